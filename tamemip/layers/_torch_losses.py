"""Losses that train a prediction of costs for the decision that is made with them."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Literal, TypeAlias, final

import torch

from tamemip.errors import InvalidInputError
from tamemip.layers._torch_module import Tensor
from tamemip.layers._torch_value import ValueLayer
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Solver

Reduction: TypeAlias = Literal["mean", "sum", "none"]


class CostLoss(torch.nn.Module):  # type: ignore[misc]  # torch is untyped where it is absent
    """What the losses of predicted costs share: an optimal value, and the true solutions.

    Call one with predicted costs, true costs, both of shape ``(batch, n)``, and the true optimal
    solutions if they are known: otherwise they are solved for once, and remembered.

    Attributes
    ----------
    value
        The `ValueLayer` that is asked.
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        *,
        solver: str | Solver,
        limits: Limits | None,
        executor: Executor | None,
        reduction: Reduction,
        cache: int,
    ) -> None:
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            raise InvalidInputError(f"reduction is {reduction!r}; use 'mean', 'sum' or 'none'.")
        self.reduction = reduction
        self.value = ValueLayer(
            program, "c", solver=solver, limits=limits, executor=executor, cache=cache
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
        return self.value.solutions(costs)

    def least(self, costs: Tensor) -> Tensor:
        """The optimal value as a minimum, without the offset of the program."""
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


@final
class SPOPlusLoss(CostLoss):
    r"""The SPO+ loss: a convex upper bound on the regret of a decision [1]_.

    With the true costs `c`, the predicted :math:`\hat c` and the true solution `x`, in a minimum,

    .. math:: 2 \hat c x - c x - \min_{x'} (2 \hat c - c) x'.

    One solve an item.

    References
    ----------
    .. [1] A. N. Elmachtoub, P. Grigas, "Smart 'predict, then optimize'", Management Science 68
       (2022), 9-26.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([1, 1], [[1, 1]], "=", [1], upper=1)
    >>> loss = SPOPlusLoss(p)
    >>> loss(torch.tensor([[2.0, 1.0]]), torch.tensor([[1.0, 2.0]])).item()
    3.0
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        *,
        solver: str | Solver = "auto",
        limits: Limits | None = None,
        executor: Executor | None = None,
        reduction: Reduction = "mean",
        cache: int = 10_000,
    ) -> None:
        super().__init__(
            program,
            solver=solver,
            limits=limits,
            executor=executor,
            reduction=reduction,
            cache=cache,
        )

    def forward(self, predicted: Tensor, true: Tensor, solution: Tensor | None = None) -> Tensor:
        """The loss of predicted costs."""
        best = self.solutions(true) if solution is None else solution
        margin = 2 * predicted - true
        return self.reduced(self.sign * _cost(margin, best) - self.least(margin))


@final
class FenchelYoungLoss(CostLoss):
    r"""The perturbed Fenchel-Young loss [1]_.

    .. math:: \hat c x - E \min_{x'} (\hat c + \sigma Z) x',

    up to a constant, and estimated from samples: its derivative is the difference of the true
    solution and the mean solution under noise. `samples` solves an item.

    Parameters
    ----------
    noise
        ``"gaussian"``: standard normal. ``"uniform"``: on ``[-1, 1]``, independent.
    samples, sigma
        How many samples, and the scale of the noise.
    seed
        The same noise at every call, or if None torch's own generator.

    References
    ----------
    .. [1] Q. Berthet, M. Blondel, O. Teboul, M. Cuturi, J.-P. Vert, F. Bach, "Learning with
       differentiable perturbed optimizers", NeurIPS 2020.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([1, 1], [[1, 1]], "=", [1], upper=1)
    >>> loss = FenchelYoungLoss(p, sigma=0.01, seed=0)
    >>> c = torch.tensor([[2.0, 1.0]], requires_grad=True)
    >>> loss(c, torch.tensor([[1.0, 2.0]])).backward()
    >>> c.grad.tolist()
    [[1.0, -1.0]]
    """

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
        cache: int = 10_000,
    ) -> None:
        super().__init__(
            program,
            solver=solver,
            limits=limits,
            executor=executor,
            reduction=reduction,
            cache=cache,
        )
        if noise not in ("gaussian", "uniform"):
            raise InvalidInputError(f"noise is {noise!r}; use 'gaussian' or 'uniform'.")
        if samples < 1 or not sigma > 0:
            raise InvalidInputError(
                f"samples is {samples}, sigma is {sigma}; both have to be positive."
            )
        self.noise, self.samples, self.sigma, self.seed = noise, samples, sigma, seed

    def forward(self, predicted: Tensor, true: Tensor, solution: Tensor | None = None) -> Tensor:
        """The loss of predicted costs; the true ones matter through their solution only."""
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
    r"""The regret of a decision, where not being optimal for the predicted costs has a price `L`.

    The regret :math:`c x - v(c)` of a decision `x` that is optimal for the predicted costs
    :math:`\hat c` jumps with them. Here `x` need not be optimal: it pays `L` a unit of
    :math:`\hat c x - v(\hat c) \ge 0`. The kindest decision and the unkindest one give two
    functions of values only, in a minimum

    .. math::
        \min_x \, c x - v(c) + L (\hat c x - v(\hat c)) = v(c + L \hat c) - v(c) - L v(\hat c),
        \max_x \, c x - v(c) - L (\hat c x - v(\hat c)) = L v(\hat c) - v(L \hat c - c) - v(c),

    below and above the regret, for every `L`; both are zero or more, locally Lipschitz and
    piecewise linear, and tend to the regret as `L` grows, ties decided in favor of the first and
    against the second. Two solves an item.

    Parameters
    ----------
    penalty
        ``L``: the price, in units of true cost a unit of predicted cost.
    side
        ``"upper"`` or ``"lower"``.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([1, 1], [[1, 1]], "=", [1], upper=1)
    >>> predicted, true = torch.tensor([[2.0, 1.0]]), torch.tensor([[1.0, 3.0]])
    >>> [ElasticValueLoss(p, side=s)(predicted, true).item() for s in ("lower", "upper")]
    [1.0, 2.0]
    """

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
        cache: int = 10_000,
    ) -> None:
        super().__init__(
            program,
            solver=solver,
            limits=limits,
            executor=executor,
            reduction=reduction,
            cache=cache,
        )
        if not penalty > 0:
            raise InvalidInputError(f"penalty is {penalty}; it has to be positive.")
        if side not in ("upper", "lower"):
            raise InvalidInputError(f"side is {side!r}; use 'upper' or 'lower'.")
        self.penalty, self.side = penalty, side

    def forward(self, predicted: Tensor, true: Tensor, solution: Tensor | None = None) -> Tensor:
        """The loss of predicted costs."""
        best = self.solutions(true) if solution is None else solution
        least_true = self.sign * _cost(true, best)
        least_predicted = self.penalty * self.least(predicted)
        if self.side == "lower":
            mixed = self.least(true + self.penalty * predicted)
            return self.reduced(mixed - least_true - least_predicted)
        mixed = self.least(self.penalty * predicted - true)
        return self.reduced(least_predicted - mixed - least_true)


def _cost(costs: Tensor, points: Tensor) -> Tensor:
    return (costs * points).sum(-1)
