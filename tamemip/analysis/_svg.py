"""A picture of a profile, as inline SVG that needs nothing from outside."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import final

from tamemip.analysis._profile import Profile, Stretch

_WIDTH, _HEIGHT = 760, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 20, 46, 52
_MARGIN = 0.08
_TICKS = 6
#: Staircases of more steps are drawn without the dots at their ends.
_STEPS_WITH_DOTS = 14


def picture(profile: Profile) -> str:
    """An ``<svg>`` element: the dual function, the relaxation, and where the program stands."""
    values = [y for stretch in profile.bound for _, y in stretch.points]
    values += [y for _, y in profile.relaxation]
    values += [y for line in profile.proved for _, y in line]
    if not values:
        return ""
    frame = _Frame.around(profile, values)
    title = f"Optimal value along the right-hand side of row {profile.row}"
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}">',
        *_axes(frame, profile),
        *_here(frame, profile),
        *(_path(frame, line, "proved") for line in profile.proved),
        _path(frame, profile.relaxation, "relaxation"),
        *(_path(frame, stretch.points, "bound") for stretch in profile.bound),
        *_ends(frame, profile.bound),
        *_optimum(frame, profile),
        *_legend(profile),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


@final
@dataclass(frozen=True, slots=True)
class _Frame:
    """From data to the picture."""

    x: tuple[float, float]
    y: tuple[float, float]

    @classmethod
    def around(cls, profile: Profile, values: Sequence[float]) -> _Frame:
        low, high = min(values), max(values)
        margin = _MARGIN * (high - low) or max(1.0, 0.05 * abs(high))
        return cls((profile.low, profile.high), (low - margin, high + margin))

    def across(self, x: float) -> float:
        share = (x - self.x[0]) / (self.x[1] - self.x[0])
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def up(self, y: float) -> float:
        share = (y - self.y[0]) / (self.y[1] - self.y[0])
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _axes(frame: _Frame, profile: Profile) -> Iterable[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for x in ticks(*frame.x):
        yield _line(frame.across(x), _TOP, frame.across(x), bottom, "grid")
        yield _text(frame.across(x), bottom + 18, _label(x), "middle")
    for y in ticks(*frame.y):
        yield _line(_LEFT, frame.up(y), right, frame.up(y), "grid")
        yield _text(_LEFT - 8, frame.up(y) + 4, _label(y), "end")
    yield _line(_LEFT, bottom, right, bottom, "axis")
    yield _line(_LEFT, _TOP, _LEFT, bottom, "axis")
    name = f"right-hand side of {profile.row} ({profile.sense})"
    yield _text((_LEFT + right) / 2, _HEIGHT - 10, name, "middle")


def _here(frame: _Frame, profile: Profile) -> Iterable[str]:
    x = frame.across(profile.rhs)
    yield _line(x, _TOP, x, _HEIGHT - _BOTTOM, "here")


def _optimum(frame: _Frame, profile: Profile) -> Iterable[str]:
    if profile.value is not None:
        x, y = frame.across(profile.rhs), frame.up(profile.value)
        yield f'<circle class="optimum" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'


def _ends(frame: _Frame, stretches: Sequence[Stretch]) -> Iterable[str]:
    for stretch in stretches if len(stretches) <= _STEPS_WITH_DOTS else ():
        for point, closed in (
            (stretch.points[0], stretch.left_closed),
            (stretch.points[-1], stretch.right_closed),
        ):
            if closed is not None:
                kind = "closed" if closed else "open"
                x, y = frame.across(point[0]), frame.up(point[1])
                yield f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="3.6"/>'


def _legend(profile: Profile) -> Iterable[str]:
    y = 20.0
    entries: list[tuple[str, Callable[[float], str], bool]] = [
        ("dual function: a proved bound", lambda x: _line(x, y, x + 28, y, "bound"), True),
        (
            "linear relaxation",
            lambda x: _line(x, y, x + 28, y, "relaxation"),
            bool(profile.relaxation),
        ),
        (
            "optimal value, proved",
            lambda x: (
                _line(x, y, x + 28, y, "proved")
                + f'<circle class="optimum" cx="{x + 14:.0f}" cy="{y:.0f}" r="6"/>'
            ),
            profile.value is not None,
        ),
    ]
    x = float(_LEFT)
    for text, mark, is_shown in entries:
        if is_shown:
            yield mark(x)
            yield _text(x + 36, y + 4, text, "start")
            x += 60 + 6.6 * len(text)


def _path(frame: _Frame, points: Sequence[tuple[float, float]], kind: str) -> str:
    if len(points) < 2:
        return ""
    path = " ".join(f"{frame.across(x):.1f},{frame.up(y):.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{path}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def ticks(low: float, high: float) -> tuple[float, ...]:
    """Round numbers between two ends, about `_TICKS` of them."""
    raw = (high - low) / _TICKS
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(k * size for k in (1, 2, 2.5, 5, 10) if k * size >= raw)
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple(k * step for k in range(first, last + 1))


def _label(value: float) -> str:
    return f"{value + 0.0:.6g}"
