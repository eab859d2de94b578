"""Padding, convolutions that need it, and their transposes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from tamemip.tameness._torch_entries import Entries
from tamemip.tameness._torch_generic import Generic
from tamemip.tameness._torch_layers import conv2d
from tamemip.tameness._torch_operations import OPERATIONS, operation
from tamemip.tameness._torch_unsupported import UnsupportedOperationError

F = torch.nn.functional


def _placed(e: Any, x: Any, move: Callable[[Any], Any]) -> Any:
    """What moves places only if they are floats, which hold them exactly."""
    if isinstance(x, Entries):
        return Entries(move(x.places.double()).long())
    return e.moved(move, x)


@operation("pad")
def pad(e: Any, x: Any, pad: Sequence[int], mode: str = "constant", value: Any = None) -> Any:
    """By a constant, or by reflection, repetition or going round."""
    if mode != "constant":
        return _placed(e, x, lambda t: F.pad(t, tuple(pad), mode))
    fill = e.constant(float(value or 0.0))
    if isinstance(x, Entries):
        return Entries(F.pad(x.places, tuple(pad), value=int(fill.places)))
    if fill.values is None or x.is_masked:
        raise UnsupportedOperationError("padding by minus infinity, or of a mask")
    meta = None if x.meta is None else F.pad(x.meta, tuple(pad))
    # A name of its own: other paddings of the same tensor have other intervals.
    name = e.moved(lambda t: t, x).name
    return Generic(name, x.interval.hull(fill.interval), meta)


@operation("interpolate", "upsample")
def _interpolate(
    e: Any, x: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", **names: Any
) -> Any:
    """The nearest entry."""
    if mode != "nearest" or any(v not in (None, False) for v in names.values()):
        raise UnsupportedOperationError(f"interpolation by {mode}", "use mode='nearest'")
    return _placed(e, x, lambda t: F.interpolate(t, size, scale_factor, mode))


def _row(value: Any, usual: int) -> tuple[int, int]:
    return usual, value if isinstance(value, int) else value[0]


@operation("conv_transpose1d")
def _row_transposed(  # noqa: PLR0917 - torch's own signature
    e: Any,
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """Of images that are one row high."""
    row, tall = (e.moved(lambda t: t.unsqueeze(-2), t) for t in (x, weight))
    found = conv_transpose2d(
        *(e, row, tall, bias, _row(stride, 1), _row(padding, 0), _row(output_padding, 0)),
        *(groups, _row(dilation, 1)),
    )
    return e.moved(lambda t: t.squeeze(-2), found)


@operation("conv_transpose2d")
def conv_transpose2d(  # noqa: PLR0917 - torch's own signature
    e: Any,
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Any:
    """The convolution of the image, its entries spread by zeros, with the kernel turned round."""
    if x.shape is None:
        raise UnsupportedOperationError(
            "transposed convolution of unknown shape", "give the module an `example_input_array`"
        )
    steps, edges, more, gaps = (
        (v, v) if isinstance(v, int) else tuple(v)
        for v in (stride, padding, output_padding, dilation)
    )
    inner, outer, high, wide = weight.shape
    kernel = e.moved(
        lambda w: (
            w.reshape(groups, inner // groups, outer, high, wide)
            .transpose(1, 2)
            .reshape(groups * outer, inner // groups, high, wide)
            .flip((-2, -1))
        ),
        weight,
    )
    spread = _spread(e, x, steps)
    border = [g * (k - 1) - p for g, k, p in zip(gaps, (high, wide), edges, strict=True)]
    (top, left), (below, right) = border, more
    wider = pad(e, spread, (left, left + right, top, top + below))
    return conv2d(e, wider, kernel, bias, 1, 0, gaps, groups)


def _spread(e: Any, x: Any, steps: Sequence[int]) -> Any:
    """Zeros between the entries."""
    for dim, step in zip((-2, -1), steps, strict=True):
        x = _spread_along(e, x, dim, step) if step > 1 else x
    return x


def _spread_along(e: Any, x: Any, dim: int, step: int) -> Any:
    """Each entry becomes a cell of its own, is padded, and the cells are laid side by side."""
    size = x.shape[dim]
    cells = e.moved(lambda t: t.movedim(dim, -1).unsqueeze(-1), x)
    wide = pad(e, cells, (0, step - 1))
    row = e.moved(lambda t: t.flatten(-2)[..., : (size - 1) * step + 1], wide)
    return e.moved(lambda t: t.movedim(-1, dim), row)


def _adaptive_maximum(rank: int) -> None:
    def of(e: Any, x: Any, output_size: Any, return_indices: bool = False) -> Any:
        sizes = (output_size,) if isinstance(output_size, int) else tuple(output_size)
        if return_indices or any(s != 1 for s in sizes):
            raise UnsupportedOperationError("adaptive pooling to more than one entry")
        return e.greatest(x, list(range(-rank, 0)), keepdim=True)

    OPERATIONS[f"adaptive_max_pool{rank}d"] = of


for _rank in (1, 2):
    _adaptive_maximum(_rank)

OPERATIONS["pixel_shuffle"] = lambda e, x, factor: e.moved(
    lambda t: torch.pixel_shuffle(t, factor), x
)
