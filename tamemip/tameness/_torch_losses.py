"""Losses."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tamemip.tameness._expression import (
    Expression,
    absolute,
    add,
    constant,
    exp,
    log,
    maximum,
    minimum,
    multiply,
    power,
    scale,
    subtract,
    unary,
)
from tamemip.tameness._torch_generic import Generic
from tamemip.tameness._torch_layers import refuse
from tamemip.tameness._torch_operations import operation
from tamemip.tameness._torch_unsupported import UnsupportedOperationError


def _joined(e: Any, x: Any, reduction: str) -> Any:
    if reduction == "none":
        return x
    return (e.mean if reduction == "mean" else e.total)(x, None, keepdim=False)


@operation("mse_loss")
def _mse(e: Any, x: Any, target: Any, reduction: str = "mean", **options: Any) -> Any:
    refuse(options, "this loss", {})
    return _joined(e, e.combine(lambda u, v: power(subtract(u, v), 2), x, target), reduction)


@operation("l1_loss")
def _l1(e: Any, x: Any, target: Any, reduction: str = "mean", **options: Any) -> Any:
    refuse(options, "this loss", {})
    return _joined(e, e.combine(lambda u, v: absolute(subtract(u, v)), x, target), reduction)


def _huber(d: Expression, width: Fraction) -> Expression:
    """``d**2 / 2`` up to the width, and its tangent beyond it."""
    near = scale(power(minimum(d, width), 2), Fraction(1, 2))
    return add(near, scale(maximum(subtract(d, width), 0), width))


@operation("huber_loss")
def _huber_loss(
    e: Any, x: Any, target: Any, reduction: str = "mean", delta: float = 1.0, **options: Any
) -> Any:
    refuse(options, "this loss", {})
    width = Fraction(str(delta))
    found = e.combine(lambda u, v: _huber(absolute(subtract(u, v)), width), x, target)
    return _joined(e, found, reduction)


@operation("smooth_l1_loss")
def _smooth_l1(
    e: Any, x: Any, target: Any, reduction: str = "mean", beta: float = 1.0, **options: Any
) -> Any:
    if not beta:
        return _l1(e, x, target, reduction, **options)
    refuse(options, "this loss", {})
    width = Fraction(str(beta))

    def of(u: Expression, v: Expression) -> Expression:
        return scale(_huber(absolute(subtract(u, v)), width), 1 / width)

    return _joined(e, e.combine(of, x, target), reduction)


@operation("binary_cross_entropy_with_logits")
def _bce_of_logits(e: Any, x: Any, target: Any, reduction: str = "mean", **options: Any) -> Any:
    """``softplus(x) - t x``."""
    refuse(options, "this loss", {"weight": None, "pos_weight": None})
    found = e.combine(lambda u, t: subtract(unary("softplus", u), multiply(t, u)), x, target)
    return _joined(e, found, reduction)


@operation("binary_cross_entropy")
def _bce(e: Any, x: Any, target: Any, reduction: str = "mean", **options: Any) -> Any:
    """Of probabilities, with logarithms of -100 at least, as torch has them."""
    refuse(options, "this loss", {"weight": None})
    least = exp(constant(-100))

    def of(u: Expression, t: Expression) -> Expression:
        yes, no = (log(maximum(p, least)) for p in (u, subtract(1, u)))
        return scale(add(multiply(t, yes), multiply(subtract(1, t), no)), -1)

    return _joined(e, e.combine(of, x, target), reduction)


@operation("nll_loss")
def _nll(e: Any, x: Any, target: Any, reduction: str = "mean", **options: Any) -> Any:
    refuse(options, "nll_loss", {"weight": None, "ignore_index": -100})
    return _joined(e, _picked(e, x, target), reduction)


def _picked(e: Any, logs: Any, target: Any) -> Any:
    """Minus the entries at the classes, or minus the sum of entries weighted by them."""
    dim = 1 if logs.shape is None or len(logs.shape) > 1 else 0
    classes = e.numbers(target)
    if logs.shape is None and classes is not None:
        raise UnsupportedOperationError(
            "constant targets of scores of unknown shape",
            "give the module an `example_input_array`",
        )
    # What varies over the reals, and what has the shape of the scores, are weights.
    is_class = logs.shape is not None and target.shape not in (None, logs.shape)
    if not is_class:
        weighted = e.combine(lambda u, p: scale(multiply(u, p), -1), logs, target)
        return e.total(weighted, [dim], keepdim=False)
    if classes is None:
        raise UnsupportedOperationError("classes that vary", "fix them by an `example_input_array`")
    if bool((classes < 0).any()) or bool((classes != classes.round()).any()):
        raise UnsupportedOperationError("classes that are no indices")
    if isinstance(logs, Generic):
        return e.combine(lambda u: scale(u, -1), Generic(logs.name, logs.interval, target.meta))
    places = classes.long().unsqueeze(dim)
    chosen = e.moved(lambda t: t.gather(dim, places).squeeze(dim), logs)
    return e.combine(lambda u: scale(u, -1), chosen)


@operation("cross_entropy")
def _cross_entropy(
    e: Any,
    x: Any,
    target: Any,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    **options: Any,
) -> Any:
    refuse(options, "cross_entropy", {"weight": None, "ignore_index": -100})
    dim = 1 if x.shape is None or len(x.shape) > 1 else 0
    logs = e.softmax(x, dim, is_log=True)
    found = _picked(e, logs, target)
    if label_smoothing:
        share = Fraction(str(label_smoothing))
        mean = e.mean(logs, [dim], keepdim=False)
        found = e.combine(lambda u, v: subtract(scale(u, 1 - share), scale(v, share)), found, mean)
    return _joined(e, found, reduction)
