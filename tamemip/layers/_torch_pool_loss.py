"""A loss on the solutions that a solver has shown so far, without a solve where they are known."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Literal, TypeAlias, final

import numpy as np
import torch

from tamemip.errors import InvalidInputError
from tamemip.layers._data import LayerData, read_layer
from tamemip.layers._solution_pool import Minimizer, SolutionPool
from tamemip.layers._torch_module import Tensor, read_tensors, result_dtype, to_numpy
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Solver

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.layers._answer import Floats

Form: TypeAlias = Literal["spo+", "value", "regret"]

_REDUCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda losses: losses.mean(),
    "sum": lambda losses: losses.sum(),
    "none": lambda losses: losses,
}


@final
class SolutionPoolLoss(torch.nn.Module):  # type: ignore[misc]  # torch is untyped where it is absent
    r"""A smooth loss of predicted costs on a pool of solutions, which are candidates for all costs.

    The costs are predicted, the feasible set is one for all instances: so the solutions `P` that
    were found for some costs are feasible for all, and their costs need no solve [1]_. With the
    true costs `c`, the predicted :math:`\hat c`, the best solution `x` of `P` for `c`, and

    .. math:: v_T(c) = -T \log \sum_{x' \in P} e^{-c x' / T}, \qquad
        q_T(c) \propto (e^{-c x' / T})_{x' \in P}

    in place of the optimal value and of an optimal solution, the loss is, in a minimum,

    .. math::
        \text{"spo+"}: \quad & 2 \hat c x - c x - v_T(2 \hat c - c), \\
        \text{"value"}: \quad & v_T(c + L \hat c) - v_T(L \hat c) - c x, \\
        \text{"regret"}: \quad & E_{x' \sim q_T(\hat c)} \, c x' - c x.

    The first is the convex bound of the regret behind SPO+ [2]_: it is never less than the regret
    on `P`. The second is the lower elastic regret (`ElasticValueLoss`), and the third the mean
    regret of a random choice; for `L` = 1, the second is at most the third. All are zero or more,
    and smooth: the gradient is that of the formula, for the pool as it is at the call. Between two
    calls, the pool grows, and the loss changes with it.

    What is solved for: an instance whose true costs are met for the first time costs
    ``2 + draws`` solves, those of the true costs, of the predicted ones, and of the predicted ones
    with noise; from then on none, but a share `solve_ratio` of the predictions. ``pool.grow`` adds
    solutions for any other costs. In evaluation mode, true costs only are solved for.

    Parameters
    ----------
    program
        A program, or a `SolutionPool`, which is shared with whoever else has it.
    form
        ``"spo+"``, ``"value"`` or ``"regret"``.
    temperature
        ``T``, in units of `scale`.
    scale
        A cost. None: the mean of :math:`|c x|` over the batch, or 1 if that is zero.
    penalty
        ``L`` of the form ``"value"``.
    draws
        So many noisy predictions are solved for, when an instance is new. The noise is normal; its
        deviation is that of the true from the predicted costs of the new instances.
    solve_ratio
        The probability to solve for the predicted costs of an instance that is not new.
    seed
        Of the noise and of that choice: equal calls in equal order have equal results.
    oracle, solver, limits, executor
        Of the pool, see `SolutionPool`.
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.

    Attributes
    ----------
    pool
        The `SolutionPool`.
    n_solves
        Solver calls so far.

    Raises
    ------
    InvalidInputError
        If a shape, an option or a number does not fit.
    TameMIPError
        If there is no optimal solution for some costs; the message names the batch item.

    Notes
    -----
    With few instances, a flexible prediction learns them by heart: add a penalty for the distance
    to the prediction that least squares finds, and choose its weight on instances left out.

    References
    ----------
    .. [1] M. Mulamba, J. Mandi, M. Diligenti, M. Lombardi, V. Bucarey, T. Guns, "Contrastive
       losses and solution caching for predict-and-optimize", IJCAI 2021, 2833-2840.
    .. [2] A. N. Elmachtoub, P. Grigas, "Smart 'predict, then optimize'", Management Science 68
       (2022), 9-26.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([1, 1], [[1, 1]], "=", [1], upper=1)
    >>> loss = SolutionPoolLoss(p, temperature=0.01)
    >>> c = torch.tensor([[2.0, 1.0]], requires_grad=True)
    >>> found = loss(c, torch.tensor([[1.0, 2.0]]))
    >>> found.backward()
    >>> found.item(), c.grad.tolist(), len(loss.pool), loss.n_solves
    (3.0, [[2.0, -2.0]], 2, 5)
    >>> _ = loss(c, torch.tensor([[1.0, 2.0]]))
    >>> loss.n_solves
    5
    """

    def __init__(
        self,
        program: MixedIntegerProgram | SolutionPool,
        *,
        form: Form = "spo+",
        temperature: float = 0.1,
        scale: float | None = None,
        penalty: float = 1.0,
        draws: int = 3,
        solve_ratio: float = 0.0,
        seed: int = 0,
        oracle: Minimizer | None = None,
        solver: str | Solver = "auto",
        limits: Limits | None = None,
        executor: Executor | None = None,
        reduction: Literal["mean", "sum", "none"] = "mean",
    ) -> None:
        super().__init__()
        if reduction not in _REDUCTIONS:
            raise InvalidInputError(f"reduction is {reduction!r}; use 'mean', 'sum' or 'none'.")
        if form not in ("spo+", "value", "regret"):
            raise InvalidInputError(f"form is {form!r}; use 'spo+', 'value' or 'regret'.")
        _refuse_numbers(temperature, scale, penalty, draws, solve_ratio)
        if not isinstance(program, SolutionPool):
            self.pool = SolutionPool(
                program, oracle=oracle, solver=solver, limits=limits, executor=executor
            )
        elif (oracle, solver, limits, executor) == (None, "auto", None, None):
            self.pool = program
        else:
            raise InvalidInputError(
                "a SolutionPool has its own solver: give oracle, solver, limits and executor to it."
            )
        self.form, self.temperature, self.scale, self.penalty = form, temperature, scale, penalty
        self.draws, self.solve_ratio, self.reduction = draws, solve_ratio, reduction
        self.data: LayerData = read_layer(self.pool.program, "c", None)
        self._generator = np.random.default_rng(seed)

    @property
    def n_solves(self) -> int:
        """Solver calls so far, of all who share the pool."""
        return self.pool.n_solves

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # torch is untyped where absent
    def forward(self, predicted: Tensor, true: Tensor, solution: Tensor | None = None) -> Tensor:
        """The loss of predicted costs, with derivatives by them only.

        Parameters
        ----------
        predicted, true
            Costs of shape ``(batch, n)``, or ``(n,)``.
        solution
            Optimal solutions for the true costs, if they are known.
        """
        self._read(predicted, true, solution)
        self._grow(predicted, true, solution)
        if not len(self.pool):
            raise InvalidInputError("the batch is empty, and so is the pool; nothing was solved.")
        dtype = result_dtype((predicted, true))
        like = {"dtype": dtype, "device": predicted.device}
        sign = 1.0 if self.pool.program.sense == "min" else -1.0
        columns = torch.tensor(self.pool.points.T, **like)
        scores = sign * (predicted.to(dtype) @ columns)
        costs = sign * (true.detach().to(dtype) @ columns)
        best = costs.argmin(-1, keepdim=True)
        least = costs.gather(-1, best)[..., 0]
        T = self.temperature * self._scale(least)
        return _REDUCTIONS[self.reduction](self._losses(scores, costs, best, T) - least)

    def extra_repr(self) -> str:
        """What stands between the parentheses of ``repr``."""
        return f"{self.pool!r}, form={self.form!r}, reduction={self.reduction!r}"

    def _scale(self, least: Tensor) -> Tensor:
        if self.scale is not None:
            return torch.as_tensor(self.scale).to(least)
        mean = least.abs().mean()
        return torch.where(mean > 0, mean, torch.ones_like(mean))

    def _losses(self, scores: Tensor, costs: Tensor, best: Tensor, T: Tensor) -> Tensor:
        """The losses without their constant, of predicted and true costs of the pool's points."""

        def value(values: Tensor) -> Tensor:
            return -T * torch.logsumexp(-values / T, dim=-1)

        match self.form:
            case "spo+":
                return 2 * scores.gather(-1, best)[..., 0] - value(2 * scores - costs)
            case "value":
                return value(self.penalty * scores + costs) - value(self.penalty * scores)
            case _:
                return (torch.softmax(-scores / T, dim=-1) * costs).sum(-1)

    def _read(self, predicted: Tensor, true: Tensor, solution: Tensor | None) -> None:
        named = {"predicted": predicted, "true": true, "solution": solution}
        for name, tensor in named.items():
            if tensor is None:
                continue
            read_tensors(self.data, (tensor,))
            if tensor.shape != predicted.shape or tensor.device != predicted.device:
                raise InvalidInputError(
                    f"{name} has the shape {tuple(tensor.shape)} on {tensor.device}, predicted has "
                    f"{tuple(predicted.shape)} on {predicted.device}; they have to agree."
                )
            if not torch.isfinite(tensor).all():
                raise InvalidInputError(f"{name} has entries that are not finite.")

    def _grow(self, predicted: Tensor, true: Tensor, solution: Tensor | None) -> None:
        """Solve for what is new, and for a share of the rest."""
        tensors = (predicted, true) if solution is None else (predicted, true, solution)
        is_batch = predicted.dim() > 1
        guess, costs, *best = (np.atleast_2d(to_numpy(t)).astype(np.float64) for t in tensors)
        new = ~np.array(self.pool.knows(costs), dtype=bool)
        if best:
            self.pool.add(best[0], costs)
        else:
            self._solve(costs, new, is_batch)
        if not self.training:
            return
        if new.any():
            self._solve(guess, new, is_batch)
            spread = (costs[new] - guess[new]).std()
            for _ in range(self.draws):
                noise = np.zeros_like(guess)
                noise[new] = self._generator.normal(size=guess[new].shape)
                self._solve(guess + spread * noise, new, is_batch)
        if self.solve_ratio > 0:
            drawn = self._generator.random(len(guess)) < self.solve_ratio
            self._solve(guess, drawn & ~new, is_batch)

    def _solve(self, costs: Floats, which: NDArray[np.bool_], is_batch: bool) -> None:
        places = np.flatnonzero(which).tolist()
        if places:
            self.pool.grow(costs[places], labels=places if is_batch else [None])


def _refuse_numbers(
    temperature: float, scale: float | None, penalty: float, draws: int, solve_ratio: float
) -> None:
    positive = {"temperature": temperature, "scale": scale, "penalty": penalty}
    for name, number in positive.items():
        if number is not None and not 0 < number < float("inf"):
            raise InvalidInputError(f"{name} is {number}; it has to be positive and finite.")
    if draws < 0:
        raise InvalidInputError(f"draws is {draws}; a number of noisy predictions is needed.")
    if not 0 <= solve_ratio <= 1:
        raise InvalidInputError(f"solve_ratio is {solve_ratio}; a probability is needed.")
