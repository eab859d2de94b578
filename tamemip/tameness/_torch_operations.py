"""What torch's functions do to tensors of expressions, whichever way these are kept."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import torch

from tamemip.tameness._conditions import equal, indicator
from tamemip.tameness._expression import (
    Expression,
    absolute,
    add,
    constant,
    divide,
    maximum,
    minimum,
    multiply,
    named,
    power,
    scale,
    sign,
    square_root,
    subtract,
    unary,
)
from tamemip.tameness._expression import ceiling as ceil_of
from tamemip.tameness._expression import floor as floor_of
from tamemip.tameness._torch_entries import Entries, choose
from tamemip.tameness._torch_generic import Generic
from tamemip.tameness._torch_unsupported import UnsupportedOperationError

TENSORS = (Entries, Generic)

OPERATIONS: dict[str, Callable[..., Any]] = {}
"""By the name of torch's function or method; the first argument is the engine."""


def operation(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register an operation under torch's names for it."""

    def register(f: Callable[..., Any]) -> Callable[..., Any]:
        OPERATIONS.update(dict.fromkeys(names, f))
        return f

    return register


def lifted(engine: Any, value: Any) -> Any:
    """A tensor, or a number as one."""
    if isinstance(value, TENSORS):
        return value
    if isinstance(value, float) and math.isfinite(value):
        # A float of a program counts as the decimal that it prints, a weight as its bits.
        return engine.combine(lambda _: constant(value), engine.constant(0.0))
    return engine.constant(value)


# -- entry by entry ----------------------------------------------------------------------

_HALF = Fraction(1, 2)


def _gelu(x: Expression) -> Expression:
    return multiply(x, unary("gaussian-cdf", x))


def _gelu_by_tanh(x: Expression) -> Expression:
    """``x (1 + tanh(sqrt(2/pi) (x + 0.044715 x**3))) / 2``."""
    factor = square_root(divide(2, named("pi")))
    inner = multiply(factor, add(x, scale(power(x, 3), Fraction(44715, 10**6))))
    return scale(multiply(x, add(1, unary("tanh", inner))), _HALF)


def _elu(x: Expression, alpha: float = 1.0) -> Expression:
    low = scale(subtract(unary("exp", minimum(x, 0)), 1), alpha)
    return add(maximum(x, 0), low)


def _leaky(x: Expression, slope: float) -> Expression:
    return add(maximum(x, 0), scale(minimum(x, 0), slope))


def _clamp(x: Expression, low: float | None, high: float | None) -> Expression:
    x = x if low is None else maximum(x, low)
    return x if high is None else minimum(x, high)


def _hard(x: Expression, slope: Fraction) -> Expression:
    return _clamp(add(scale(x, slope), _HALF), 0, 1)


_UNARY: dict[str, Callable[[Expression], Expression]] = {
    "relu": lambda x: maximum(x, 0),
    "relu_": lambda x: maximum(x, 0),
    "relu6": lambda x: _clamp(x, 0, 6),
    "sigmoid": lambda x: unary("sigmoid", x),
    "logsigmoid": lambda x: scale(unary("softplus", scale(x, -1)), -1),
    "tanh": lambda x: unary("tanh", x),
    "silu": lambda x: multiply(x, unary("sigmoid", x)),
    "mish": lambda x: multiply(x, unary("tanh", unary("softplus", x))),
    "hardsigmoid": lambda x: _hard(x, Fraction(1, 6)),
    "hardswish": lambda x: multiply(x, _hard(x, Fraction(1, 6))),
    "softsign": lambda x: divide(x, add(1, absolute(x))),
    "sign": sign,
    "sgn": sign,
    "abs": absolute,
    "neg": lambda x: scale(x, -1),
    "exp": lambda x: unary("exp", x),
    "log": lambda x: unary("log", x),
    "log1p": lambda x: unary("log", add(1, x)),
    "expm1": lambda x: subtract(unary("exp", x), 1),
    "sqrt": square_root,
    "rsqrt": lambda x: divide(1, square_root(x)),
    "square": lambda x: power(x, 2),
    "reciprocal": lambda x: divide(1, x),
    "sin": lambda x: unary("sin", x),
    "cos": lambda x: unary("cos", x),
    "tan": lambda x: unary("tan", x),
    "atan": lambda x: unary("atan", x),
    "sinh": lambda x: unary("sinh", x),
    "cosh": lambda x: unary("cosh", x),
    "erf": lambda x: unary("erf", x),
    "floor": floor_of,
    "ceil": ceil_of,
}


def _register_unary(name: str, f: Callable[[Expression], Expression]) -> None:
    def of(engine: Any, x: Any, inplace: bool = False) -> Any:
        return engine.combine(f, lifted(engine, x))

    OPERATIONS[name] = of


for _name, _f in _UNARY.items():
    _register_unary(_name, _f)


@operation("gelu")
def gelu(engine: Any, x: Any, approximate: str = "none") -> Any:
    """Exact, or by tanh."""
    return engine.combine(_gelu_by_tanh if approximate == "tanh" else _gelu, x)


@operation("leaky_relu")
def _leaky_relu(e: Any, x: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    return e.combine(lambda u: _leaky(u, negative_slope), x)


@operation("elu")
def _elu_of(e: Any, x: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    return e.combine(lambda u: _elu(u, alpha), x)


@operation("softplus")
def _softplus(e: Any, x: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """The function itself: its linear part beyond `threshold` is rounding, not meaning."""
    b = Fraction(str(beta))
    return e.combine(lambda u: scale(unary("softplus", scale(u, b)), 1 / b), x)


@operation("clamp", "clip", "hardtanh")
def _clamp_of(
    e: Any, x: Any, min: float | None = None, max: float | None = None, **names: Any
) -> Any:
    low, high = names.get("min_val", min), names.get("max_val", max)
    if isinstance(low, TENSORS) or isinstance(high, TENSORS):
        x = x if low is None else e.combine(maximum, x, lifted(e, low))
        return x if high is None else e.combine(minimum, x, lifted(e, high))
    return e.combine(lambda u: _clamp(u, low, high), x)


@operation("pow")
def _pow(e: Any, x: Any, exponent: Any) -> Any:
    if not isinstance(x, TENSORS) and not isinstance(exponent, TENSORS):
        return x**exponent
    if not isinstance(exponent, int | float):
        if not isinstance(x, int | float) or x <= 0:
            raise UnsupportedOperationError("pow with a tensor as its exponent")
        base = unary("log", constant(Fraction(str(x))))
        return e.combine(lambda u: unary("exp", multiply(base, u)), exponent)
    return e.combine(lambda u: power(u, exponent) if exponent else constant(1), x)


def _binary(*names: str, f: Callable[..., Expression], of_numbers: Callable[..., Any]) -> None:
    is_sum = names[0] in ("add", "sub")

    def of(e: Any, x: Any, y: Any, **options: Any) -> Any:
        if not isinstance(x, TENSORS) and not isinstance(y, TENSORS):
            return of_numbers(x, y)
        y = lifted(e, y)
        factor = options.pop("alpha", 1)
        if options:
            raise UnsupportedOperationError(f"{names[0]} with {', '.join(options)}")
        if is_sum and (_is_boolean(e, x, y) or _is_boolean(e, y, x)):
            raise UnsupportedOperationError("a sum of booleans, which is none of numbers")
        if factor != 1:
            y = e.combine(lambda v: scale(v, factor), y)
        return e.combine(f, lifted(e, x), y, is_sum=is_sum)

    OPERATIONS.update(dict.fromkeys(names, of))


def _is_boolean(e: Any, x: Any, y: Any) -> bool:
    """Whether comparisons are added to comparisons, or to zeros and ones."""
    if not isinstance(x, TENSORS) or not x.is_boolean:
        return False
    if isinstance(y, TENSORS) and y.is_boolean:
        return True
    known = e.numbers(lifted(e, y))
    return known is not None and bool(((known == 0) | (known == 1)).all())


_binary("add", "iadd", "add_", f=add, of_numbers=operator.add)
_binary("sub", "isub", "sub_", f=subtract, of_numbers=operator.sub)
_binary("mul", "imul", "mul_", "multiply", f=multiply, of_numbers=operator.mul)
_binary("truediv", "div", "itruediv", "div_", f=divide, of_numbers=operator.truediv)
_binary("maximum", f=maximum, of_numbers=max)
_binary("minimum", f=minimum, of_numbers=min)


def _comparison(name: str, holds: Callable[[Any, Any], Any]) -> None:
    def of(e: Any, x: Any, y: Any) -> Any:
        if not isinstance(x, TENSORS) and not isinstance(y, TENSORS):
            return holds(x, y)
        compare = equal if name == "eq" else holds
        found = e.combine(lambda u, v: indicator(compare(u, v)), lifted(e, x), lifted(e, y))
        return replace(found, is_boolean=True)

    OPERATIONS[name] = of


for _holds in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq):
    _comparison(_holds.__name__, _holds)


@operation("where")
def _where(e: Any, condition: Any, x: Any, y: Any) -> Any:
    return e.combine(choose, condition, lifted(e, x), lifted(e, y))


@operation("masked_fill")
def _masked_fill(e: Any, x: Any, mask: Any, value: float) -> Any:
    known = e.numbers(mask)
    if value != -math.inf:
        return _where(e, mask, value, x)
    if known is None or bool((known != 0).all(-1).any()):
        raise UnsupportedOperationError("masked_fill with minus infinity and a mask that varies")
    if isinstance(x, Entries):
        return Entries(torch.where(known != 0, 0, x.places))
    return Generic(f"{x.name}.masked", x.interval, x.meta, None, is_masked=True)


# -- along dimensions --------------------------------------------------------------------


def dims_of(dim: Any) -> Sequence[int] | None:
    """The dimensions as a list; None for all of them."""
    return None if dim is None else [dim] if isinstance(dim, int) else list(dim)


def _reduction(*names: str, method: str) -> None:
    def of(e: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return getattr(e, method)(x, dims_of(dim), keepdim=keepdim)

    OPERATIONS.update(dict.fromkeys(names, of))


_reduction("sum", method="total")
_reduction("mean", method="mean")
_reduction("amax", method="greatest")


@operation("max")
def _max(e: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    if isinstance(dim, TENSORS):
        return e.combine(maximum, x, dim)
    found = e.greatest(x, dims_of(dim), keepdim=keepdim)
    # The place of the maximum is no output: whoever asks for it meets None.
    return found if dim is None else (found, None)


@operation("var")
def variance(
    e: Any, x: Any, dim: Any = None, unbiased: bool = True, keepdim: bool = False, **names: Any
) -> Any:
    """The mean square distance from the mean; unbiased as torch's default."""
    dims = dims_of(dim)
    center = e.combine(subtract, x, e.mean(x, dims, keepdim=True))
    found = e.mean(e.combine(lambda u: power(u, 2), center), dims, keepdim=keepdim)
    if names.get("correction", int(unbiased)) == 0:
        return found
    if x.shape is None:
        raise UnsupportedOperationError(
            "var of unknown shape", "give the module an `example_input_array`"
        )
    n = math.prod(x.shape[d] for d in (range(len(x.shape)) if dims is None else dims))
    if n < 2:
        raise UnsupportedOperationError("var of one entry")
    return e.combine(lambda u: scale(u, Fraction(n, n - 1)), found)


@operation("softmax")
def _softmax(e: Any, x: Any, dim: int = -1, **_: Any) -> Any:
    return e.softmax(x, dim, is_log=False)


@operation("log_softmax")
def _log_softmax(e: Any, x: Any, dim: int = -1, **_: Any) -> Any:
    return e.softmax(x, dim, is_log=True)


@operation("logsumexp")
def _logsumexp(e: Any, x: Any, dim: Any, keepdim: bool = False) -> Any:
    total = e.total(e.combine(lambda u: unary("exp", u), x), dims_of(dim), keepdim=keepdim)
    return e.combine(lambda u: unary("log", u), total)


@operation("matmul", "bmm", "mm")
def _matmul(e: Any, a: Any, b: Any) -> Any:
    return e.matmul(lifted(e, a), lifted(e, b))


@operation("linear")
def _linear(e: Any, x: Any, weight: Any, bias: Any = None) -> Any:
    return e.linear(x, weight, bias)


@operation("_assert_is_none", "_assert", "manual_seed")
def _nothing(e: Any, *_: Any) -> None:
    """What torch.fx records beside the function."""
