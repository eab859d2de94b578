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
    """One call of a layer."""

    @property
    def data(self) -> LayerData:
        """What the layer is of."""
        ...

    def run(self, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The result of the layer, and what the backward pass needs.

        All of them have a batch axis in front if one of the tensors has one.
        """
        ...

    def pull_back(
        self, g: Tensor, kept: Sequence[Tensor], tensors: Sequence[Tensor]
    ) -> list[Tensor]:
        """Derivatives by the tensors, each with a batch axis if the call has one.

        Parameters
        ----------
        g
            The derivative by the result.
        kept
            What `run` kept.
        tensors
            What `run` was called with.
        """
        ...


def differentiable(call: Call, *tensors: Tensor) -> Tensor:
    """The result of a call, with its backward pass."""
    return _Asked.apply(call, *tensors)[0]


def has_axis(data: LayerData, tensors: Sequence[Tensor]) -> list[bool]:
    """Which tensors have a batch axis."""
    shapes = [data.shape(slot) for slot in data.wrt]
    return [t.dim() > len(shape) for t, shape in zip(tensors, shapes, strict=True)]


def nonzero(g: Tensor, count: int) -> list[bool]:
    """Which items have a derivative that is not zero; all, if the numbers are not to be had."""
    rows = g.reshape(count, -1) if g.numel() else g.reshape(count, 1)[:0]
    try:
        return [bool(v) for v in (rows != 0).any(1).tolist()]
    except RuntimeError:  # inside of a transform of torch.func
        return [True] * count


class _Asked(torch.autograd.Function):  # type: ignore[misc]  # torch is untyped where absent
    @staticmethod
    def forward(call: Call, *tensors: Tensor) -> tuple[Tensor, ...]:
        return call.run(tensors)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        ctx.call, ctx.count = inputs[0], len(inputs) - 1
        ctx.mark_non_differentiable(*output[1:])
        ctx.save_for_backward(*inputs[1:], *output[1:])

    @staticmethod
    def backward(ctx: Any, g: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        tensors, kept = ctx.saved_tensors[: ctx.count], ctx.saved_tensors[ctx.count :]
        gradients = ctx.call.pull_back(g, kept, tensors)
        axes = has_axis(ctx.call.data, tensors)
        found: list[Tensor | None] = [None]
        for t, axis, gradient, needed in zip(
            tensors, axes, gradients, ctx.needs_input_grad[1:], strict=True
        ):
            total = gradient.sum(0) if any(axes) and not axis else gradient
            found.append(_once(total.to(t.dtype), g, *tensors) if needed else None)
        return tuple(found)

    @staticmethod
    def vmap(
        info: Any, in_dims: tuple[int | None, ...], call: Call, *tensors: Tensor
    ) -> tuple[tuple[Tensor, ...], int]:
        return _mapped(call, info.batch_size, in_dims[1:], tensors), 0

    @staticmethod
    def jvp(ctx: Any, *tangents: Tensor) -> Tensor:
        raise UnsupportedError(
            "a layer has no forward-mode derivative: use backward(), torch.func.grad or vjp."
        )


def _mapped(
    call: Call, size: int, dims: Sequence[int | None], tensors: Sequence[Tensor]
) -> tuple[Tensor, ...]:
    """Make the axis of vmap the batch axis, together with the batch axis that is there."""
    data = call.data
    front = [t if d is None else t.movedim(d, 0) for t, d in zip(tensors, dims, strict=True)]
    batched = [
        t.dim() - (d is not None) > len(data.shape(slot))
        for slot, t, d in zip(data.wrt, front, dims, strict=True)
    ]
    if not any(batched):
        return tuple(_Asked.apply(call, *front))
    axes = [(t.shape[int(d is not None)], b) for t, d, b in zip(front, dims, batched, strict=True)]
    batch = next(count for count, is_batched in axes if is_batched)
    full = []
    for slot, t, d, b in zip(data.wrt, front, dims, batched, strict=True):
        wide = t if d is not None else t.unsqueeze(0)
        wide = wide if b else wide.unsqueeze(1)
        shape = data.shape(slot)
        full.append(wide.expand(size, batch, *shape).reshape(size * batch, *shape))
    results = _Asked.apply(call, *full)
    return tuple(result.reshape(size, batch, *result.shape[1:]) for result in results)


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


def _once(gradient: Tensor, *tensors: Tensor) -> Tensor:
    """A gradient that refuses to be differentiated, where a graph of it is made."""
    return _Once.apply(gradient, *tensors) if torch.is_grad_enabled() else gradient
