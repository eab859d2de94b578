"""Autograd for layers: one function for all of them, batched under vmap, differentiable once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import torch

from tamemip.errors import UnsupportedError
from tamemip.layers._data import LayerData
from tamemip.layers._refusals import NO_SECOND
from tamemip.layers._torch_module import Tensor


class Call(Protocol):
    """One call of a layer: what the forward pass found, for the backward pass."""

    @property
    def data(self) -> LayerData:
        """What the layer is of."""
        ...

    def run(self, tensors: Sequence[Tensor]) -> Tensor:
        """The result of the layer; what the backward pass needs is kept."""
        ...

    def pull_back(self, g: Tensor, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Derivatives by the tensors of a number with the derivative `g` by the result."""
        ...

    def again(self) -> Call:
        """Another call of the same layer."""
        ...


class Asked(torch.autograd.Function):  # type: ignore[misc]  # torch is untyped where absent
    @staticmethod
    def forward(call: Call, *tensors: Tensor) -> Tensor:
        return call.run(tensors)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        ctx.call = inputs[0]
        ctx.save_for_backward(*inputs[1:])

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor | None, ...]:
        tensors = ctx.saved_tensors
        gradients = ctx.call.pull_back(g, tensors)
        wanted = [
            once(gradient, g, *tensors) if needed else None
            for gradient, needed in zip(gradients, ctx.needs_input_grad[1:], strict=True)
        ]
        return (None, *wanted)

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], call: Call, *tensors: Tensor
    ) -> tuple[Tensor, int]:
        return mapped(Asked, call.again(), info.batch_size, in_dims[1:], tensors), 0

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor) -> Tensor:
        raise UnsupportedError(
            "a layer has no forward-mode derivative: use backward(), torch.func.grad or vjp."
        )


def mapped(
    function: Any, call: Any, size: int, dims: Sequence[int | None], tensors: Sequence[Tensor]
) -> Tensor:
    """Apply a function to tensors with one more axis, by making it the batch axis."""
    data = call.data
    front = [t if d is None else t.movedim(d, 0) for t, d in zip(tensors, dims, strict=True)]
    inner = [
        t.dim() - (d is not None) - len(data.shape(slot))
        for slot, t, d in zip(data.wrt, front, dims, strict=True)
    ]
    if not any(inner):
        return function.apply(call, *front)
    batch = max(t.shape[int(d is not None)] for t, d, k in zip(front, dims, inner, strict=True) if k)
    full = []
    for slot, t, d, k in zip(data.wrt, front, dims, inner, strict=True):
        wide = t if d is not None else t.unsqueeze(0)
        wide = wide if k else wide.unsqueeze(1)
        shape = data.shape(slot)
        full.append(wide.expand(size, batch, *shape).reshape(size * batch, *shape))
    result = function.apply(call, *full)
    return result.reshape(size, batch, *result.shape[1:])


class _Once(torch.autograd.Function):  # type: ignore[misc]  # torch is untyped where absent
    """The identity in its first argument, whose derivative is refused."""

    generate_vmap_rule = True

    @staticmethod
    def forward(gradient: Tensor, *tensors: Tensor) -> Tensor:
        return gradient.clone()

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        pass

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> tuple[Tensor, ...]:
        raise UnsupportedError(NO_SECOND)


def once(gradient: Tensor, *tensors: Tensor) -> Tensor:
    """A gradient that refuses to be differentiated, where a graph of it is made."""
    return _Once.apply(gradient, *tensors) if torch.is_grad_enabled() else gradient


def nonzero(row: Tensor) -> list[bool]:
    try:
        return [bool(v) for v in (row != 0).tolist()]
    except RuntimeError:  # inside of a transform of torch.func the numbers are not to be had
        return [True] * len(row)
