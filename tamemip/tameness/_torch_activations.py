"""Further functions entry by entry: activations, rounding, logic, extrema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from tamemip.tameness._conditions import (
    conjunction,
    disjunction,
    equal,
    indicator,
    less,
    less_equal,
    negation,
    piecewise,
)
from tamemip.tameness._expression import (
    Expression,
    add,
    ceiling,
    constant,
    exp,
    floor,
    log,
    maximum,
    minimum,
    multiply,
    scale,
    subtract,
    unary,
)
from tamemip.tameness._torch_operations import OPERATIONS, TENSORS, lifted, operation
from tamemip.tameness._torch_unsupported import UnsupportedOperationError

_HALF = Fraction(1, 2)

# -- activations -------------------------------------------------------------------------

#: Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks" (2017).
_SELU_SCALE = Fraction("1.0507009873554804934193349852946")
_SELU_ALPHA = Fraction("1.6732632423543772848170429916717")


def _exact(value: float) -> Fraction:
    return Fraction(str(value))


@operation("celu", "celu_")
def _celu(e: Any, x: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    a = _exact(alpha)

    def of(u: Expression) -> Expression:
        below = subtract(exp(scale(minimum(u, 0), 1 / a)), 1)
        return add(maximum(u, 0), scale(below, a))

    return e.combine(of, x)


@operation("selu", "selu_")
def _selu(e: Any, x: Any, inplace: bool = False) -> Any:
    def of(u: Expression) -> Expression:
        below = scale(subtract(exp(minimum(u, 0)), 1), _SELU_ALPHA)
        return scale(add(maximum(u, 0), below), _SELU_SCALE)

    return e.combine(of, x)


def _with_slope(u: Expression, w: Expression | Fraction) -> Expression:
    return add(maximum(u, 0), multiply(w, minimum(u, 0)))


@operation("prelu")
def _prelu(e: Any, x: Any, weight: Any) -> Any:
    """One slope, or one a channel: dimension 1."""
    count = weight.shape[0] if weight.shape else 1
    if count > 1:
        if x.shape is None:
            raise UnsupportedOperationError(
                "prelu with a slope for each channel of a tensor of unknown shape",
                "give the module an `example_input_array`",
            )
        rank = max(len(x.shape), 2)
        weight = e.moved(lambda w: w.reshape(-1, *[1] * (rank - 2)), weight)
    return e.combine(_with_slope, x, weight)


@operation("rrelu")
def _rrelu(
    e: Any,
    x: Any,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Any:
    """The mean slope; in training it is random."""
    if training:
        raise UnsupportedOperationError("rrelu in training, which is random", "call `eval()`")
    return e.combine(lambda u: _with_slope(u, (Fraction(lower) + Fraction(upper)) / 2), x)


@operation("glu")
def _glu(e: Any, x: Any, dim: int = -1) -> Any:
    """The first half times the sigmoid of the second."""
    first, second = e.moved(lambda t: t.chunk(2, dim), x)
    return e.combine(lambda u, v: multiply(u, unary("sigmoid", v)), first, second)


@operation("softshrink")
def _softshrink(e: Any, x: Any, lambd: float = 0.5) -> Any:
    a = _exact(lambd)
    return e.combine(lambda u: add(maximum(subtract(u, a), 0), minimum(add(u, a), 0)), x)


@operation("hardshrink")
def _hardshrink(e: Any, x: Any, lambd: float = 0.5) -> Any:
    a = _exact(lambd)
    return e.combine(
        lambda u: piecewise([(conjunction(less_equal(-a, u), less_equal(u, a)), 0)], default=u), x
    )


@operation("threshold", "_threshold")
def _threshold(
    e: Any, x: Any, threshold: float = 0.0, value: float = 0.0, inplace: bool = False
) -> Any:
    a, low = _exact(threshold), constant(_exact(value))
    return e.combine(lambda u: piecewise([(less(a, u), u)], default=low), x)


@operation("tanhshrink")
def _tanhshrink(e: Any, x: Any) -> Any:
    return e.combine(lambda u: subtract(u, unary("tanh", u)), x)


@operation("softmin")
def _softmin(e: Any, x: Any, dim: int = -1, **_: Any) -> Any:
    return e.softmax(e.combine(lambda u: scale(u, -1), x), dim, is_log=False)


@operation("exp2")
def _exp2(e: Any, x: Any) -> Any:
    return e.combine(lambda u: exp(multiply(log(constant(2)), u)), x)


# -- rounding ----------------------------------------------------------------------------


def _rounded(u: Expression) -> Expression:
    """To the nearest integer, and half-way to the even one."""
    above = add(u, _HALF)
    whole = floor(above)
    even = scale(floor(scale(above, _HALF)), 2)
    return piecewise([(equal(above, whole), even)], default=whole)


def _truncated(u: Expression) -> Expression:
    return piecewise([(less(u, 0), ceiling(u))], default=floor(u))


@operation("round")
def _round(e: Any, x: Any, *, decimals: int = 0) -> Any:
    if decimals:
        raise UnsupportedOperationError("round with decimals")
    return e.combine(_rounded, x)


@operation("trunc", "fix")
def _trunc(e: Any, x: Any) -> Any:
    return e.combine(_truncated, x)


@operation("frac")
def _frac(e: Any, x: Any) -> Any:
    return e.combine(lambda u: subtract(u, _truncated(u)), x)


@operation("remainder", "mod")
def _remainder(e: Any, x: Any, y: Any) -> Any:
    """``x - y floor(x/y)``."""
    if not isinstance(x, TENSORS) and not isinstance(y, TENSORS):
        return x % y
    step = _divisor("remainder", y)
    return e.combine(lambda u: subtract(u, scale(floor(scale(u, 1 / step)), step)), x)


@operation("floordiv", "floor_divide")
def _floordiv(e: Any, x: Any, y: Any) -> Any:
    if not isinstance(x, TENSORS) and not isinstance(y, TENSORS):
        return x // y
    step = _divisor("floor division", y)
    return e.combine(lambda u: floor(scale(u, 1 / step)), x)


def _divisor(name: str, y: Any) -> Fraction:
    if not isinstance(y, int | float) or not y:
        raise UnsupportedOperationError(f"{name} by what is no number but 0", "divide by a number")
    return _exact(y)


@operation("heaviside")
def _heaviside(e: Any, x: Any, values: Any) -> Any:
    return e.combine(
        lambda u, v: piecewise([(less(u, 0), 0), (equal(u, 0), v)], default=1),
        x,
        lifted(e, values),
    )


# -- logic -------------------------------------------------------------------------------


def _holds(u: Expression) -> Expression:
    return u.of[0] if u.op == "indicator" else less(_HALF, u)


def _logic(*names: str, of: Callable[..., Expression]) -> None:
    def apply(e: Any, *parts: Any) -> Any:
        if not all(isinstance(p, TENSORS) and p.is_boolean for p in parts):
            raise UnsupportedOperationError(f"{names[0]} of what is no comparison")
        found = e.combine(lambda *us: indicator(of(*map(_holds, us))), *parts)
        return replace(found, is_boolean=True)

    OPERATIONS.update(dict.fromkeys(names, apply))


_logic("and", "and_", "logical_and", "bitwise_and", of=conjunction)
_logic("or", "or_", "logical_or", "bitwise_or", of=disjunction)
_logic("not", "invert", "logical_not", "bitwise_not", of=negation)


@operation("ne")
def _ne(e: Any, x: Any, y: Any) -> Any:
    if not isinstance(x, TENSORS) and not isinstance(y, TENSORS):
        return x != y
    found = e.combine(lambda u, v: indicator(negation(equal(u, v))), lifted(e, x), lifted(e, y))
    return replace(found, is_boolean=True)


# -- extrema -----------------------------------------------------------------------------


def _negative(e: Any, x: Any) -> Any:
    return e.combine(lambda u: scale(u, -1), x)


@operation("amin")
def _amin(e: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return _negative(e, OPERATIONS["amax"](e, _negative(e, x), dim, keepdim))


@operation("min")
def _min(e: Any, x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    if isinstance(dim, TENSORS):
        return e.combine(minimum, x, dim)
    found = _amin(e, x, dim, keepdim)
    return found if dim is None else (found, None)


@operation("argmax")
def _argmax(e: Any, x: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The first place of the maximum, as torch counts."""
    if x.shape is None or dim is None:
        raise UnsupportedOperationError(
            "argmax without dimension, or of unknown shape",
            "name the dimension, and give the module an `example_input_array`",
        )
    entries = e.moved(lambda t: t.unbind(dim), x)

    def of(*us: Expression) -> Expression:
        branches = [
            (conjunction(*(less_equal(v, u) for v in us if v is not u)), constant(k))
            for k, u in enumerate(us[:-1])
        ]
        return piecewise(branches, default=constant(len(us) - 1)) if branches else constant(0)

    found = e.combine(of, *entries)
    return e.moved(lambda t: t.unsqueeze(dim), found) if keepdim else found


@operation("one_hot")
def _one_hot(e: Any, x: Any, num_classes: int = -1) -> Any:
    if num_classes < 0:
        raise UnsupportedOperationError("one_hot without `num_classes`", "name their number")
    classes = e.constant(list(range(num_classes)))
    column = e.moved(lambda t: t.unsqueeze(-1), x)
    return e.combine(lambda u, k: indicator(equal(u, k)), column, classes)
