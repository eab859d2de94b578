"""Normalization over groups of entries, and norms."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import torch

from tamemip.tameness._expression import (
    absolute,
    add,
    constant,
    divide,
    maximum,
    multiply,
    power,
    square_root,
)
from tamemip.tameness._torch_layers import batch_norm, layer_norm
from tamemip.tameness._torch_operations import OPERATIONS, dims_of, operation, variance
from tamemip.tameness._torch_unsupported import UnsupportedOperationError

_SHAPE = "give the module an `example_input_array`"


@operation("group_norm")
def group_norm(
    e: Any, x: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """A layer norm of each group of channels."""
    if x.shape is None:
        raise UnsupportedOperationError("group_norm of unknown shape", _SHAPE)
    shape = x.shape
    size = math.prod(shape[1:]) // num_groups
    rows = e.moved(lambda t: t.reshape(shape[0], num_groups, size), x)
    found = e.moved(lambda t: t.reshape(shape), layer_norm(e, rows, (size,), eps=eps))
    return _by_channel(e, found, weight, bias, rank=len(shape))


def _by_channel(e: Any, x: Any, weight: Any, bias: Any, *, rank: int) -> Any:
    def column(t: Any) -> Any:
        return e.moved(lambda p: p.reshape(-1, *[1] * (rank - 2)), t)

    x = x if weight is None else e.combine(multiply, x, column(weight))
    return x if bias is None else e.combine(add, x, column(bias))


def instance_norm(e: Any, module: Any, of: Any, x: Any) -> Any:
    """Each channel of each sample by its own statistics, or by the running ones."""
    if x.shape is None:
        raise UnsupportedOperationError("instance_norm of unknown shape", _SHAPE)
    rank = int(type(module).__name__[-2])
    is_batch = len(x.shape) == rank + 2
    x = x if is_batch else e.moved(lambda t: t.unsqueeze(0), x)
    if module.track_running_stats and not module.training:
        known = [of(name) for name in ("running_mean", "running_var", "weight", "bias")]
        found = batch_norm(e, x, *known, training=False, eps=module.eps)
    else:
        found = group_norm(e, x, x.shape[1], of("weight"), of("bias"), module.eps)
    return found if is_batch else e.moved(lambda t: t.squeeze(0), found)


@operation("rms_norm")
def _rms_norm(
    e: Any, x: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None
) -> Any:
    """``x / sqrt(mean(x**2) + eps)``."""
    dims = list(range(-len(normalized_shape), 0))
    least = Fraction(torch.finfo(torch.get_default_dtype()).eps if eps is None else str(eps))
    mean = e.mean(e.combine(lambda u: power(u, 2), x), dims, keepdim=True)
    found = e.combine(divide, x, e.combine(lambda v: square_root(add(v, least)), mean))
    return found if weight is None else e.combine(multiply, found, weight)


@operation("std")
def _std(
    e: Any, x: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, **names: Any
) -> Any:
    return e.combine(square_root, variance(e, x, dim, unbiased, keepdim, **names))


@operation("norm", "linalg_vector_norm", "linalg_norm", "vector_norm")
def _norm(
    e: Any, x: Any, p: Any = None, dim: Any = None, keepdim: bool = False, **names: Any
) -> Any:
    """With p = 1, 2 or infinity: of vectors."""
    order = names.pop("ord", p)
    if names or order not in (None, "fro", 1, 2, math.inf):
        raise UnsupportedOperationError(f"norm with p={order}")
    dims = dims_of(dim)
    if order in (1, math.inf):
        sizes = e.combine(absolute, x)
        return (e.total if order == 1 else e.greatest)(sizes, dims, keepdim=keepdim)
    squares = e.total(e.combine(lambda u: power(u, 2), x), dims, keepdim=keepdim)
    return e.combine(square_root, squares)


@operation("normalize")
def _normalize(
    e: Any, x: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: None = None
) -> Any:
    """``x / max(norm, eps)``."""
    size = _norm(e, x, p, dim, keepdim=True)
    least = constant(Fraction(str(eps)))
    return e.combine(lambda u, v: divide(u, maximum(v, least)), x, size)


@operation("cosine_similarity")
def _cosine_similarity(e: Any, x: Any, y: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The product of the vectors, each by its norm, which counts as `eps` at least."""
    a, b = (_normalize(e, t, 2.0, dim, eps) for t in (x, y))
    return OPERATIONS["sum"](e, e.combine(multiply, a, b), dim)


@operation("addmm", "baddbmm")
def _addmm(e: Any, x: Any, a: Any, b: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    product = OPERATIONS["mul"](e, e.matmul(a, b), alpha)
    return OPERATIONS["add"](e, OPERATIONS["mul"](e, x, beta), product)


@operation("lerp")
def _lerp(e: Any, x: Any, y: Any, weight: Any) -> Any:
    part = OPERATIONS["mul"](e, OPERATIONS["sub"](e, y, x), weight)
    return OPERATIONS["add"](e, x, part)
