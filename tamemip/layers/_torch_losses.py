"""Losses that train a prediction for the decision that is made with it."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any, Literal, TypeAlias, final

import torch

from tamemip.errors import InvalidInputError
from tamemip.layers._data import Penalty
from tamemip.layers._torch_module import Tensor
from tamemip.layers._torch_value import ValueLayer
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Solver

Reduction: TypeAlias = Literal["mean", "sum", "none"]


class CostLoss(torch.nn.Module):  # type: ignore[misc]  # torch is untyped where it is absent
    """What the losses of predicted costs share: an optimal value, and the true solutions."""

    def __init__(
        self,
        program: MixedIntegerProgram,
        *,
        solver: str | Solver,
        limits: Limits | None,
        executor: Executor | None,
        reduction: Reduction,
    ) -> None:
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            raise InvalidInputError(f"reduction is {reduction!r}; use 'mean', 'sum' or 'none'.")
        self.reduction = reduction
        self.value = ValueLayer(
            program, "c", solver=solver, limits=limits, executor=executor, cache=10_000
        )

    @property
    def n_solves(self) -> int:
        """Solver calls so far."""
        return self.value.n_solves

    @property
    def sign(self) -> float:
        """1 for a minimum, -1 for a maximum."""
        return 1.0 if self.value.data.base.sense == "min" else -1.0

    def solutions(self, costs: Tensor) -> Tensor:
        """Optimal solutions, without derivatives; remembered."""
        exact = costs.detach().requires_grad_()
        with torch.enable_grad():
            total = self.value(exact).sum()
        return torch.autograd.grad(total, exact)[0]

    def least(self, costs: Tensor) -> Tensor:
        """The optimal value without the program's offset, as a minimum."""
        return self.sign * (self.value(costs) - float(self.value.data.base.offset))

    def reduced(self, losses: Tensor) -> Tensor:
        """Mean, sum, or the losses as they are."""
        match self.reduction:
            case "mean":
                return losses.mean()
            case "sum":
                return losses.sum()
            case _:
                return losses

    def extra_repr(self) -> str:
        """What stands between the parentheses of ``repr``."""
        return f"reduction={self.reduction!r}"


def _cost(costs: Tensor, points: Tensor) -> Tensor:
    return (costs * points).sum(-1)


@final
class SPOPlusLoss(CostLoss):
    """PLACEHOLDER."""

    def __init__(
        self,
        program: MixedIntegerProgram,
        *,
        solver: str | Solver = "auto",
        limits: Limits | None = None,
        executor: Executor | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(
            program, solver=solver, limits=limits, executor=executor, reduction=reduction
        )

    def forward(self, predicted: Tensor, true: Tensor, solution: Tensor | None = None) -> Tensor:
        """The loss of predicted costs; `solution` saves solving with the true ones."""
        best = self.solutions(true) if solution is None else solution
        margin = 2 * predicted - true
        return self.reduced(self.sign * _cost(margin, best) - self.least(margin))


@final
class FenchelYoungLoss(CostLoss):
    """PLACEHOLDER."""

    def __init__(
        self,
        program: MixedIntegerProgram,
        *,
        noise: Literal["gaussian", "uniform"] = "gaussian",
        samples: int = 1,
        sigma: float = 1.0,
        seed: int | None = None,
        solver: str | Solver = "auto",
        limits: Limits | None = None,
        executor: Executor | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(
            program, solver=solver, limits=limits, executor=executor, reduction=reduction
        )
        if noise not in ("gaussian", "uniform"):
            raise InvalidInputError(f"noise is {noise!r}; use 'gaussian' or 'uniform'.")
        if samples < 1 or sigma <= 0:
            raise InvalidInputError(
                f"samples is {samples}, sigma is {sigma}; both have to be positive."
            )
        self.noise, self.samples, self.sigma, self.seed = noise, samples, sigma, seed

    def forward(self, predicted: Tensor, true: Tensor, solution: Tensor | None = None) -> Tensor:
        """The loss of predicted costs; the true ones matter only through their solution."""
        best = self.solutions(true) if solution is None else solution
        moved = predicted + self.sigma * self._draw(predicted)
        least = self.least(moved.reshape(-1, predicted.shape[-1]))
        mean = least.reshape(self.samples, *predicted.shape[:-1]).mean(0)
        return self.reduced(self.sign * _cost(predicted, best) - mean)

    def _draw(self, like: Tensor) -> Tensor:
        generator = None if self.seed is None else torch.Generator().manual_seed(self.seed)
        shape = (self.samples, *like.shape)
        if self.noise == "gaussian":
            z = torch.randn(shape, generator=generator, dtype=like.dtype)
        else:
            z = 2 * torch.rand(shape, generator=generator, dtype=like.dtype) - 1
        return z.to(like.device)


@final
class ElasticValueLoss(CostLoss):
    """PLACEHOLDER."""

    def __init__(
        self,
        program: MixedIntegerProgram,
        *,
        penalty: float = 1.0,
        side: Literal["upper", "lower"] = "upper",
        solver: str | Solver = "auto",
        limits: Limits | None = None,
        executor: Executor | None = None,
        reduction: Reduction = "mean",
    ) -> None:
        super().__init__(
            program, solver=solver, limits=limits, executor=executor, reduction=reduction
        )
        if not penalty > 0:
            raise InvalidInputError(f"penalty is {penalty}; it has to be positive.")
        if side not in ("upper", "lower"):
            raise InvalidInputError(f"side is {side!r}; use 'upper' or 'lower'.")
        self.penalty, self.side = penalty, side

    def forward(self, predicted: Tensor, true: Tensor, solution: Tensor | None = None) -> Tensor:
        """The loss of predicted costs; `solution` saves solving with the true ones."""
        best = self.solutions(true) if solution is None else solution
        regret_of_none = self.sign * _cost(true, best)
        slack = self.penalty * self.least(predicted)
        if self.side == "lower":
            mixed = self.least(true + self.penalty * predicted)
            return self.reduced(mixed - regret_of_none - slack)
        mixed = self.least(self.penalty * predicted - true)
        return self.reduced(slack - mixed - regret_of_none)


_KINDS = {
    "spo+": SPOPlusLoss,
    "fenchel-young": FenchelYoungLoss,
    "elastic": ElasticValueLoss,
}


def decision_loss(kind: str, program: MixedIntegerProgram, **options: Any) -> CostLoss:
    """PLACEHOLDER."""
    if kind not in _KINDS:
        raise InvalidInputError(f"there is no loss {kind!r}; known are {', '.join(_KINDS)}.")
    return _KINDS[kind](program, **options)


del Penalty
