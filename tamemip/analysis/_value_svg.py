"""The picture of a value function: closed ends filled, open ends hollow."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from tamemip.analysis._curve import Curve, spread
from tamemip.analysis._frame import LEFT, Frame, line, opening, text
from tamemip.certificates import Bound
from tamemip.value_functions import LineGap

#: Curves with more dots are drawn with smaller ones.
_MANY_DOTS = 60


def value_picture(curve: Curve, *, axis: str, place: Fraction) -> str:
    """An ``<svg>`` element; nothing if no finite value or bound is known.

    Parameters
    ----------
    curve
        The value function.
    axis
        What the axis shows.
    place
        Where the program itself stands.
    """
    ends = spread(curve)
    if ends is None:
        return ""
    frame = Frame.around((float(curve.low), float(curve.high)), [float(v) for v in ends])
    dots = curve.dots
    radius = 3.6 if len(dots) <= _MANY_DOTS else 2.0
    parts = [
        opening(f"Optimal value along the {axis}"),
        *(frame.box(_span(part.lo, part.hi), frame.y, "empty") for part in curve.infeasible),
        *(_gap(frame, gap) for gap in curve.gaps),
        *frame.axes(axis),
        frame.upright(float(place), "here") if curve.low <= place <= curve.high else "",
        *(
            frame.path([(float(t), float(piece.at(t))) for t in (piece.lo, piece.hi)], "bound")
            for piece in curve.pieces
            if piece.lo < piece.hi
        ),
        *(
            frame.dot(
                (float(dot.at), float(dot.value)), "closed" if dot.is_closed else "open", radius
            )
            for dot in dots
        ),
        *_legend(curve),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


def _gap(frame: Frame, gap: LineGap) -> str:
    """The box between the bounds."""
    height = _within(frame, gap.low), _within(frame, gap.high)
    return frame.box(_span(gap.lo, gap.hi), height, "gap")


def _span(lo: Fraction, hi: Fraction) -> tuple[float, float]:
    return float(lo), float(hi)


def _within(frame: Frame, bound: Bound) -> float:
    """A bound on the page: an infinite one is the edge of the picture."""
    return min(max(float(bound), frame.y[0]), frame.y[1])


def _legend(curve: Curve) -> Iterable[str]:
    y = 20.0
    entries: list[tuple[str, Callable[[float], str], bool]] = [
        (
            "optimal value, proved",
            lambda x: line(x, y, x + 28, y, "bound"),
            bool(curve.pieces),
        ),
        ("infeasible, proved", lambda x: _swatch(x, y, "empty"), bool(curve.infeasible)),
        ("not proved: between bounds", lambda x: _swatch(x, y, "gap"), bool(curve.gaps)),
    ]
    x = float(LEFT)
    for words, mark, is_shown in entries:
        if is_shown:
            yield mark(x)
            yield text(x + 36, y + 4, words, "start")
            x += 60 + 6.6 * len(words)


def _swatch(x: float, y: float, kind: str) -> str:
    return f'<rect class="{kind}" x="{x:.0f}" y="{y - 7:.0f}" width="28" height="14"/>'
