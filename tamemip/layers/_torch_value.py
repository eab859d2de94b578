"""The optimal value of a program as a layer for PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import final

import torch

from tamemip.layers._answer import Answer
from tamemip.layers._batch import Batch, stacked
from tamemip.layers._data import LayerData, Penalty
from tamemip.layers._oracle import IfInfeasible
from tamemip.layers._refusals import read_on_jump, refuse
from tamemip.layers._torch_autograd import Asked, nonzero
from tamemip.layers._torch_module import (
    Program,
    ProgramModule,
    Tensor,
    ask,
    read_tensors,
    result_dtype,
)
from tamemip.solvers import Limits, Solver


@final
class ValueLayer(ProgramModule):
    """PLACEHOLDER."""

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
        warm_start: bool = True,
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
        return Asked.apply(_Call(self), *tensors)


@final
class _Call:
    """One call of a layer: what the forward pass found, for the backward pass."""

    def __init__(self, layer: ValueLayer) -> None:
        self.layer = layer
        self.answers: list[Answer] = []
        self.batch = Batch(None, ())
        self.derivatives: list[Tensor] = []

    @property
    def data(self) -> LayerData:
        """What the layer is of."""
        return self.layer.data

    def again(self) -> _Call:
        """Another call of the same layer."""
        return _Call(self.layer)

    def run(self, tensors: Sequence[Tensor]) -> Tensor:
        data = self.data
        self.batch = read_tensors(data, tensors)
        self.answers = ask(self.layer.oracle, self.batch, tensors)
        self.layer.flags = tuple(answer.flags for answer in self.answers)
        like = {"dtype": result_dtype(tensors), "device": tensors[0].device}
        self.derivatives = [
            torch.as_tensor(
                stacked([data.derivative(slot, a) for a in self.answers], data.shape(slot)), **like
            )
            for slot in data.wrt
        ]
        values = torch.as_tensor([answer.value for answer in self.answers], **like)
        return values if self.batch.size is not None else values[0]

    def pull_back(self, g: Tensor, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Derivatives by the tensors of a number with the derivative `g` by the values."""
        is_batch = self.batch.size is not None
        row = g if is_batch else g.reshape(1)
        if any(a.flags.jump or a.value in (float("inf"), float("-inf")) for a in self.answers):
            refuse(self.answers, nonzero(row), is_batch=is_batch, on_jump=self.layer.on_jump)
        gradients = []
        for tensor, axis, D in zip(tensors, self.batch.has_axis, self.derivatives, strict=True):
            weighted = row.reshape(-1, *[1] * (D.dim() - 1)) * D
            total = weighted if axis else weighted.sum(0)
            gradients.append(total.to(tensor.dtype))
        return gradients
