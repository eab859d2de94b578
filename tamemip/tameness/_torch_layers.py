"""Layers: convolution, pooling, normalization, attention, losses; and torch's modules."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import torch

from tamemip.certificates import Enclosure
from tamemip.tameness._expression import (
    add,
    constant,
    divide,
    multiply,
    power,
    square_root,
    subtract,
)
from tamemip.tameness._torch_entries import Entries
from tamemip.tameness._torch_generic import Generic
from tamemip.tameness._torch_operations import OPERATIONS, operation, variance
from tamemip.tameness._torch_unsupported import UnsupportedOperationError

F = torch.nn.functional


@operation("dropout", "dropout1d", "dropout2d", "alpha_dropout")
def _dropout(e: Any, x: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    if training and p:
        raise UnsupportedOperationError("dropout in training, which is random", "call `eval()`")
    return x


# -- normalization -----------------------------------------------------------------------


def _normalized(e: Any, x: Any, mean: Any, var: Any, eps: float) -> Any:
    """``(x - mean) / sqrt(var + eps)``."""
    deviation = e.combine(lambda v: square_root(add(v, eps)), var)
    return e.combine(divide, e.combine(subtract, x, mean), deviation)


def _scaled(e: Any, x: Any, weight: Any, bias: Any) -> Any:
    x = x if weight is None else e.combine(multiply, x, weight)
    return x if bias is None else e.combine(add, x, bias)


@operation("layer_norm")
def layer_norm(
    e: Any, x: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """Over the last dimensions; the variance is the biased one."""
    dims = list(range(-len(normalized_shape), 0))
    mean = e.mean(x, dims, keepdim=True)
    var = variance(e, x, dims, unbiased=False, keepdim=True)
    return _scaled(e, _normalized(e, x, mean, var, eps), weight, bias)


@operation("batch_norm")
def batch_norm(  # noqa: PLR0917 - torch's own signature
    e: Any,
    x: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """By the running statistics, or in training by those of the batch."""
    rank = None if x.shape is None else len(x.shape)

    def column(t: Any) -> Any:
        if t is None or rank is None:
            return t
        return e.moved(lambda p: p.reshape(-1, *[1] * (rank - 2)) if rank > 1 else p, t)

    if training or running_mean is None:
        dims = [0] if rank is None else [d for d in range(rank) if d != 1]
        mean = e.mean(x, dims, keepdim=True)
        var = variance(e, x, dims, unbiased=False, keepdim=True)
    else:
        mean, var = column(running_mean), column(running_var)
    return _scaled(e, _normalized(e, x, mean, var, eps), column(weight), column(bias))


# -- convolution and pooling -------------------------------------------------------------


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[-1])


def _conv(e: Any, x: Any, weight: Any, bias: Any, options: tuple[Any, Any, Any, int]) -> Any:
    """A convolution in two dimensions."""
    stride, padding, dilation, groups = options
    out, inner, high, wide = weight.shape
    if isinstance(x, Generic):
        if any(_pair(padding)):
            zero = Enclosure.point(Fraction(0))
            x = Generic(x.name + ".padded", x.interval.hull(zero), x.meta)
        flat = e.moved(lambda w: w.reshape(out, -1), weight)
        found = e.linear(Generic(x.name, x.interval, None), flat, bias)
        meta = None
        if x.meta is not None:
            meta = F.conv2d(x.meta, weight.meta, None, stride, padding, dilation, groups)
        return Generic(found.name, found.interval, meta)
    is_batch = x.places.dim() == 4
    x = x if is_batch else e.moved(lambda t: t.unsqueeze(0), x)
    n, _, rows, columns = x.shape
    (sy, sx), (py, px), (dy, dx) = _pair(stride), _pair(padding), _pair(dilation)
    height = (rows + 2 * py - dy * (high - 1) - 1) // sy + 1
    width = (columns + 2 * px - dx * (wide - 1) - 1) // sx + 1
    windows = e.windows(
        x, lambda t: F.unfold(t, (high, wide), (dy, dx), (py, px), (sy, sx)), fill=0.0
    )
    windows = e.moved(lambda t: t.view(n, groups, inner * high * wide, -1).transpose(2, 3), windows)
    kernel = e.moved(lambda w: w.reshape(groups, out // groups, -1).transpose(1, 2), weight)
    product = e.matmul(windows, kernel)
    found = e.moved(lambda t: t.transpose(2, 3).reshape(n, out, height, width), product)
    if bias is not None:
        found = e.combine(add, found, e.moved(lambda b: b.view(1, -1, 1, 1), bias))
    return found if is_batch else e.moved(lambda t: t.squeeze(0), found)


@operation("conv2d")
def conv2d(  # noqa: PLR0917 - torch's own signature
    e: Any,
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """As torch's."""
    if isinstance(padding, str):
        x, padding = _padded_by_name(e, x, weight, padding, _pair(dilation)), 0
    return _conv(e, x, weight, bias, (stride, padding, dilation, groups))


def _padded_by_name(e: Any, x: Any, weight: Any, padding: str, dilation: Any) -> Any:
    """For ``padding="same"``: the odd zero goes to the right."""
    if padding == "valid":
        return x
    sides: list[int] = []
    for k, d in zip(reversed(weight.shape[2:]), reversed(dilation), strict=True):
        total = d * (k - 1)
        sides += [total // 2, total - total // 2]
    return OPERATIONS["pad"](e, x, sides)


@operation("conv1d")
def conv1d(  # noqa: PLR0917 - torch's own signature
    e: Any,
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """A convolution of images that are one row high."""
    if isinstance(padding, str):
        x = _padded_by_name(e, x, weight, padding, (_pair(dilation)[0],))
        padding = 0
    options = ((1, _pair(stride)[0]), (0, _pair(padding)[0]), (1, _pair(dilation)[0]), groups)
    row, tall = (e.moved(lambda t: t.unsqueeze(-2), t) for t in (x, weight))
    return e.moved(lambda t: t.squeeze(-2), _conv(e, row, tall, bias, options))


def _pooled(
    e: Any, x: Any, pool: Callable[..., Any], kernel: Any, *, is_max: bool, options: Any
) -> Any:
    """Windows of a channel each, joined by maximum or mean."""
    stride, padding = options
    stride = kernel if stride is None else stride
    if isinstance(x, Generic):
        meta = None if x.meta is None else pool(x.meta, kernel, stride, padding)
        found = e.greatest(x, None, keepdim=False) if is_max else e.mean(x, None, keepdim=False)
        has_padding = not is_max and any(_pair(padding))
        zero = Enclosure.point(Fraction(0))
        interval = x.interval.hull(zero) if has_padding else found.interval
        return Generic(found.name, interval, meta)
    outer, (rows, columns) = x.shape[:-2], x.shape[-2:]
    alone = e.moved(lambda t: t.reshape(-1, 1, rows, columns), x)
    windows = e.windows(
        alone,
        lambda t: F.unfold(t, _pair(kernel), 1, _pair(padding), _pair(stride)),
        fill=-math.inf if is_max else 0.0,
    )
    joined = (
        e.greatest(windows, [1], keepdim=False) if is_max else e.mean(windows, [1], keepdim=False)
    )
    shape = pool(torch.empty(1, rows, columns, device="meta"), kernel, stride, padding).shape[-2:]
    return e.moved(lambda t: t.reshape(*outer, *shape), joined)


def refuse(options: dict[str, Any], what: str, usual: dict[str, Any]) -> None:
    """Only the usual values of options are read."""
    for name, value in options.items():
        if value is not None and value != usual.get(name, False):
            raise UnsupportedOperationError(f"{what} with {name}={value}")


_MAXIMA = ("dilation", "ceil_mode", "return_indices")
_AVERAGES = ("ceil_mode", "count_include_pad", "divisor_override")
_POOL_DEFAULTS = {"dilation": 1, "count_include_pad": True, "divisor_override": None}


def _pooling(name: str, *, is_max: bool) -> None:
    is_row = name.endswith("1d")
    more = _MAXIMA if is_max else _AVERAGES
    flat: Callable[..., Any] = F.max_pool2d if is_max else F.avg_pool2d

    def of(
        e: Any,
        x: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        *rest: Any,
        **options: Any,
    ) -> Any:
        refuse({**dict(zip(more, rest, strict=False)), **options}, name, _POOL_DEFAULTS)
        if not is_row:
            return _pooled(e, x, flat, kernel_size, is_max=is_max, options=(stride, padding))
        kernel = (1, _pair(kernel_size)[0])
        stride = kernel if stride is None else (1, _pair(stride)[0])
        row = e.moved(lambda t: t.unsqueeze(-2), x)
        settings = (stride, (0, _pair(padding)[0]))
        found = _pooled(e, row, flat, kernel, is_max=is_max, options=settings)
        return e.moved(lambda t: t.squeeze(-2), found)

    OPERATIONS[name] = of


for _name in ("max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d"):
    _pooling(_name, is_max=_name.startswith("max"))


@operation("adaptive_avg_pool1d")
def _adaptive_row(e: Any, x: Any, output_size: Any) -> Any:
    return _adaptive(e, x, (output_size,) if isinstance(output_size, int) else output_size)


@operation("adaptive_avg_pool2d")
def _adaptive_image(e: Any, x: Any, output_size: Any) -> Any:
    return _adaptive(e, x, (output_size,) * 2 if isinstance(output_size, int) else output_size)


def _adaptive(e: Any, x: Any, sizes: Any) -> Any:
    if any(s != 1 for s in sizes):
        raise UnsupportedOperationError("adaptive pooling to more than one entry", "use AvgPool")
    dims = list(range(-len(sizes), 0))
    return e.mean(x, dims, keepdim=True)


# -- attention ---------------------------------------------------------------------------


@operation("scaled_dot_product_attention")
def attention(  # noqa: PLR0917 - torch's own signature
    e: Any,
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale_by: float | None = None,
    width: int | None = None,
    **options: Any,
) -> Any:
    """``softmax(q k^T / sqrt(width)) v``."""
    scale_by = options.pop("scale", scale_by)
    refuse(options, "attention", {})
    if dropout_p:
        raise UnsupportedOperationError("attention with dropout, which is random", "call `eval()`")
    width = width or (None if query.shape is None else query.shape[-1])
    if width is None and scale_by is None:
        raise UnsupportedOperationError(
            "attention of unknown width", "give the module an `example_input_array`"
        )
    factor = (
        constant(scale_by) if scale_by is not None else power(constant(width or 1), Fraction(-1, 2))
    )
    scores = e.matmul(query, e.moved(lambda t: t.transpose(-1, -2), key))
    scores = e.combine(lambda u: multiply(factor, u), scores)
    if attn_mask is not None:
        scores = _masked(e, scores, attn_mask)
    if is_causal and isinstance(scores, Entries):
        keep = torch.ones_like(scores.places).tril().bool()
        scores = Entries(torch.where(keep, scores.places, 0))
    weights = e.softmax(scores, -1, is_log=False, is_masked=is_causal)
    return e.matmul(weights, value)


def _masked(e: Any, scores: Any, mask: Any) -> Any:
    """A boolean mask says what is kept; any other is added."""
    known = e.numbers(mask)
    if mask.is_boolean:
        if known is None:
            raise UnsupportedOperationError("a boolean mask that varies", "fix it as a buffer")
        return OPERATIONS["masked_fill"](e, scores, e.constant(known == 0), -math.inf)
    if known is not None and bool(((known == 0) | (known == 1)).all()):
        # Of some masks it is forgotten that they are boolean.
        raise UnsupportedOperationError("an attention mask of 0 and 1", "use one of 0 and -inf")
    return e.combine(add, scores, mask, is_sum=True)
