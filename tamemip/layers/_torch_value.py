"""The optimal value of a program as a layer for PyTorch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import final

import torch

from tamemip.layers._answer import Answer
from tamemip.layers._batch import stacked
from tamemip.layers._data import LayerData, Penalty, Program
from tamemip.layers._oracle import IfInfeasible
from tamemip.layers._refusals import read_on_jump, refuse
from tamemip.layers._torch_autograd import differentiable, nonzero
from tamemip.layers._torch_module import (
    ProgramModule,
    Tensor,
    ask,
    read_tensors,
    result_dtype,
)
from tamemip.solvers import Limits, Solver


@final
class ValueLayer(ProgramModule):
    r"""The optimal value of a program as a function of its data.

    The backward pass makes one solve do: from the optimal point `x` with its integer part held,
    and optimal duals `y` of the linear program that is left, :math:`(-y x^T, y, x)` is an element
    of a conservative gradient by ``A``, ``rhs`` and ``c``, wherever the value is locally
    Lipschitz [1]_. Where the duals show that it may jump, nothing is a gradient, and the backward
    pass refuses (`on_jump`). A `penalty` replaces the value by its elastic envelope, which is
    Lipschitz everywhere: see `tamemip.elastic`.

    All this is decided in floats, for one optimal integer part;
    `tamemip.conservative_gradient` decides it exactly, for all of them.

    Parameters
    ----------
    program
        The program, or a `ParametricProgram` whose parameters are the input.
    wrt
        What the tensors are, in this order: ``"c"`` (the default), ``"rhs"``, ``"A"``,
        ``"lower"``, ``"upper"``, or several of them; ``"theta"`` for a `ParametricProgram`. Each
        has the shape of the slot, with or without a batch axis in front.
    solver, limits
        See `tamemip.solve`.
    penalty
        What a unit of violation of a row costs: one number, one a row, or a mapping of rows.
        ``"exact"``: so much that the envelope is proved to meet the value at the data of the
        program itself. None: the program as it is.
    executor
        Any `concurrent.futures.Executor`, for the items of a batch.
    on_jump
        ``"raise"``, ``"warn"``, or ``"element"``: hand out the derivative with the integers held.
    infeasible
        ``"raise"``, or ``"inf"``: infinite values, whose derivatives are refused.
    cache
        So many answers are remembered; 0 for none.
    warm_start
        Start the solver from the last solution at the same place of the batch: for data that
        change a little from call to call. Where several points are optimal, the answer may then
        depend on the calls before; without it, equal data have equal answers.

    Attributes
    ----------
    flags
        After a call: what was noticed about each item, see `tamemip.layers.ItemFlags`.
    n_solves
        Solver calls so far.

    Raises
    ------
    InvalidInputError
        If a shape, a slot or a number does not fit; the message names the batch item.
    NotAllowedError
        If an item has no finite value, or a limit was reached.
    NotLipschitzError
        By ``backward()``, where the value may jump.
    UnsupportedError
        If the derivative is differentiated again, or forward-mode derivatives are asked for.

    References
    ----------
    .. [1] J. Bolte, E. Pauwels, "Conservative set valued fields, automatic differentiation,
       stochastic gradient methods and deep learning", Mathematical Programming 188 (2021),
       19-51.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([3, 5], [[2, 3]], "<=", [4], upper=1, sense="max")
    >>> layer = ValueLayer(p, wrt="c")
    >>> c = torch.tensor([[3.0, 5.0], [6.0, 5.0]], requires_grad=True)
    >>> value = layer(c)
    >>> value.sum().backward()
    >>> value.tolist(), c.grad.tolist()
    ([5.0, 6.0], [[0.0, 1.0], [1.0, 0.0]])
    """

    def __init__(
        self,
        program: Program,
        wrt: str | Sequence[str] | None = None,
        *,
        solver: str | Solver = "auto",
        limits: Limits | None = None,
        penalty: Penalty = None,
        executor: Executor | None = None,
        on_jump: str = "raise",
        infeasible: IfInfeasible = "raise",
        cache: int = 1000,
        warm_start: bool = False,
    ) -> None:
        super().__init__(
            program,
            wrt=wrt,
            solver=solver,
            limits=limits,
            penalty=penalty,
            executor=executor,
            infeasible=infeasible,
            cache=cache,
            warm_start=warm_start,
        )
        self.on_jump = read_on_jump(on_jump)

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # torch is untyped where absent
    def forward(self, *tensors: Tensor) -> Tensor:
        """The optimal values: shape ``(batch,)``, or ``()`` if no tensor has a batch axis."""
        read_tensors(self.data, tensors)
        return differentiable(_Call(self), *tensors)

    def solutions(self, *tensors: Tensor) -> Tensor:
        """The optimal points behind the values, without derivatives: ``(batch, n)`` or ``(n,)``."""
        batch = read_tensors(self.data, tensors)
        answers = ask(self.oracle, batch, tensors)
        rows = stacked([answer.point for answer in answers], (self.data.n,))
        points = torch.as_tensor(rows, dtype=result_dtype(tensors), device=tensors[0].device)
        return points if batch.size is not None else points[0]


@final
class _Call:
    """One call of a value layer."""

    def __init__(self, layer: ValueLayer) -> None:
        self.layer = layer
        self.answers: list[Answer] = []
        self.is_batch = False

    @property
    def data(self) -> LayerData:
        """What the layer is of."""
        return self.layer.data

    def run(self, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The values, and their derivatives by every slot."""
        data = self.data
        batch = read_tensors(data, tensors)
        self.is_batch = batch.size is not None
        self.answers = ask(self.layer.oracle, batch, tensors)
        self.layer.flags = tuple(answer.flags for answer in self.answers)
        like = {"dtype": result_dtype(tensors), "device": tensors[0].device}
        results = [torch.as_tensor([answer.value for answer in self.answers], **like)]
        for slot in data.wrt:
            rows = [data.derivative(slot, answer) for answer in self.answers]
            results.append(torch.as_tensor(stacked(rows, data.shape(slot)), **like))
        return tuple(result if self.is_batch else result[0] for result in results)

    def pull_back(
        self, g: Tensor, kept: Sequence[Tensor], tensors: Sequence[Tensor]
    ) -> list[Tensor]:
        """The derivatives, times `g`."""
        if any(a.flags.jump or not math.isfinite(a.value) for a in self.answers):
            used = nonzero(g, len(self.answers))
            refuse(self.answers, used, is_batch=self.is_batch, on_jump=self.layer.on_jump)
        return [g.reshape(*g.shape, *[1] * (D.dim() - g.dim())) * D for D in kept]
