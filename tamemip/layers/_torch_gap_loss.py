"""A loss that learns the data of a program from solutions that were observed."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any, Literal, final

import torch

from tamemip.differentiation import penalties_of
from tamemip.errors import InvalidInputError
from tamemip.layers._data import Penalty
from tamemip.layers._torch_module import Tensor
from tamemip.layers._torch_value import ValueLayer
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Solver

_SLOTS = frozenset({"c", "rhs", "A"})


@final
class ElasticGapLoss(torch.nn.Module):  # type: ignore[misc]  # torch is untyped where it is absent
    r"""How far an observed solution is from optimal for predicted data, in the elastic program.

    With the penalties `L`, the value :math:`v_L` of the elastic envelope, and an observed
    solution `x` within its bounds, in a minimum

    .. math:: c x + \kappa \sum_i L_i \, [b_i - a_i x]_i - v_L(A, b, c) \ge 0,

    where the bracket is the violation of row `i` and :math:`\kappa > 1`. It is zero exactly if `x`
    is feasible for the predicted data, and optimal for their elastic program. It is locally
    Lipschitz in all data, semialgebraic, and its backward pass hands out elements of a
    conservative gradient: that of the violations, and that of :math:`v_L`. A row that cuts off
    `x` is pushed back by its violation; rows that leave too much room are pulled in by the duals.
    One solve an item.

    Parameters
    ----------
    program
        A program; data without a prediction stay as they are in it.
    wrt
        What is predicted, in the order of the tensors: of ``"A"``, ``"rhs"`` and ``"c"``.
    penalty
        What a unit of violation of a row costs: one number, or one a row, all finite.
    violation
        :math:`\kappa`: how many times as much it costs the observed solution. At 1 the loss is flat
        where it pays to violate a row in the elastic program too.
    solver, limits, executor, cache
        See `ValueLayer`.
    reduction
        ``"mean"``, ``"sum"`` or ``"none"``.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [3], upper=9)
    >>> loss = ElasticGapLoss(p, wrt="rhs", penalty=2)
    >>> b = torch.tensor([[3.75], [5.75]], requires_grad=True)
    >>> losses = loss(b, torch.tensor([[4.0], [4.0]]))
    >>> losses.backward()
    >>> losses.item(), b.grad.tolist()
    (1.0, [[-1.0], [1.0]])
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        *,
        wrt: str | Sequence[str] = ("A", "rhs"),
        penalty: Penalty = 1,
        violation: float = 2.0,
        solver: str | Solver = "auto",
        limits: Limits | None = None,
        executor: Executor | None = None,
        reduction: Literal["mean", "sum", "none"] = "mean",
        cache: int = 10_000,
    ) -> None:
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            raise InvalidInputError(f"reduction is {reduction!r}; use 'mean', 'sum' or 'none'.")
        self.reduction = reduction
        self.value = ValueLayer(
            program,
            wrt,
            penalty=penalty,
            solver=solver,
            limits=limits,
            executor=executor,
            cache=cache,
        )
        found = penalties_of(self.value.data.solved)
        rigid = [name for name in program.row_names if name not in found]
        if rigid or not set(self.value.data.wrt) <= _SLOTS:
            raise InvalidInputError(
                f"wrt is {wrt!r}, and {len(rigid)} rows have no finite penalty; predict some of "
                "'A', 'rhs', 'c', and give every row a finite penalty."
            )
        if not violation >= 1:
            raise InvalidInputError(f"violation is {violation}; a number of 1 or more is needed.")
        prices = [violation * float(found[name]) for name in program.row_names]
        sides = list(zip(program.row_sense, prices, strict=True))
        #: What a unit above, and a unit below the right-hand side costs.
        self._prices = (
            [0.0 if sense == ">=" else price for sense, price in sides],
            [0.0 if sense == "<=" else price for sense, price in sides],
        )

    @property
    def n_solves(self) -> int:
        """Solver calls so far."""
        return self.value.n_solves

    def forward(self, *tensors: Tensor) -> Tensor:
        """The loss of predicted data, in the order of `wrt`, and last the observed solutions."""
        *predicted, observed = tensors
        values = self.value(*predicted)
        base = self.value.data.base
        given: dict[str, Any] = dict(zip(self.value.data.wrt, predicted, strict=True))
        for slot, fixed in (("c", base.c), ("rhs", base.rhs), ("A", base.A.toarray())):
            if slot not in given:
                given[slot] = torch.as_tensor(fixed.copy()).to(values)
        x = observed.to(values)
        excess = (given["A"] @ x.unsqueeze(-1)).squeeze(-1) - given["rhs"]
        over, under = (torch.tensor(prices).to(values) for prices in self._prices)
        violation = (over * excess.clamp(min=0) + under * (-excess).clamp(min=0)).sum(-1)
        sign = 1.0 if base.sense == "min" else -1.0
        cost = (given["c"] * x).sum(-1) + float(base.offset)
        losses = sign * (cost - values) + violation
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
