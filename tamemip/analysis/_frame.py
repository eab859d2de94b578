"""The frame of a picture: from numbers to places, axes with round numbers, strokes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import final

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 76, 20, 46, 52
_MARGIN = 0.08
_TICKS = 6


@final
@dataclass(frozen=True, slots=True)
class Frame:
    """From data to the picture: the range of numbers across, and the range upwards."""

    x: tuple[float, float]
    y: tuple[float, float]

    @classmethod
    def around(cls, ends: tuple[float, float], values: Sequence[float]) -> Frame:
        """A frame with room above and below some values."""
        low, high = min(values), max(values)
        margin = _MARGIN * (high - low) or max(1.0, 0.05 * abs(high))
        start, end = ends
        around = 0.0 if start < end else max(1.0, 0.05 * abs(start))
        return cls((start - around, end + around), (low - margin, high + margin))

    def across(self, x: float) -> float:
        """The place of a number on the horizontal axis."""
        share = (x - self.x[0]) / (self.x[1] - self.x[0])
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def up(self, y: float) -> float:
        """The place of a number on the vertical axis."""
        share = (y - self.y[0]) / (self.y[1] - self.y[0])
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def axes(self, name: str) -> Iterator[str]:
        """Axes, a grid at round numbers, and the name of what goes across."""
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        for x in ticks(*self.x):
            yield line(self.across(x), TOP, self.across(x), bottom, "grid")
            yield text(self.across(x), bottom + 18, _label(x), "middle")
        for y in ticks(*self.y):
            yield line(LEFT, self.up(y), right, self.up(y), "grid")
            yield text(LEFT - 8, self.up(y) + 4, _label(y), "end")
        yield line(LEFT, bottom, right, bottom, "axis")
        yield line(LEFT, TOP, LEFT, bottom, "axis")
        yield text((LEFT + right) / 2, HEIGHT - 10, name, "middle")

    def upright(self, x: float, kind: str) -> str:
        """A vertical stroke over the whole height."""
        return line(self.across(x), TOP, self.across(x), HEIGHT - BOTTOM, kind)

    def box(self, x: tuple[float, float], y: tuple[float, float], kind: str) -> str:
        """A filled rectangle."""
        left, right = self.across(x[0]), self.across(x[1])
        top, bottom = self.up(y[1]), self.up(y[0])
        return (
            f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" '
            f'width="{max(right - left, 1.0):.1f}" height="{max(bottom - top, 1.0):.1f}"/>'
        )

    def path(self, points: Sequence[tuple[float, float]], kind: str) -> str:
        """A line through some points; nothing for fewer than two."""
        if len(points) < 2:
            return ""
        places = " ".join(f"{self.across(x):.1f},{self.up(y):.1f}" for x, y in points)
        return f'<polyline class="{kind}" points="{places}"/>'

    def dot(self, point: tuple[float, float], kind: str, radius: float) -> str:
        """A circle."""
        x, y = self.across(point[0]), self.up(point[1])
        return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>'


def opening(title: str) -> str:
    """The tag that opens a picture."""
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight stroke between two places of the picture."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def text(x: float, y: float, words: str, anchor: str) -> str:
    """Words at a place of the picture."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def ticks(low: float, high: float) -> tuple[float, ...]:
    """Round numbers between two ends, about `_TICKS` of them."""
    raw = (high - low) / _TICKS
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(k * size for k in (1, 2, 2.5, 5, 10) if k * size >= raw)
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple(k * step for k in range(first, last + 1))


def _label(value: float) -> str:
    return f"{value + 0.0:.6g}"
