"""A picture of a profile, as inline SVG that needs nothing from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tamemip.analysis._frame import LEFT, Frame, line, opening, text
from tamemip.analysis._profile import Profile, Stretch

#: Staircases of more steps are drawn without the dots at their ends.
_STEPS_WITH_DOTS = 14


def picture(profile: Profile) -> str:
    """An ``<svg>`` element: the dual function, the relaxation, and where the program stands."""
    values = [y for stretch in profile.bound for _, y in stretch.points]
    values += [y for _, y in profile.relaxation]
    values += [y for line in profile.proved for _, y in line]
    if not values:
        return ""
    frame = Frame.around((profile.low, profile.high), values)
    parts = [
        opening(f"Optimal value along the right-hand side of row {profile.row}"),
        *frame.axes(f"right-hand side of {profile.row} ({profile.sense})"),
        frame.upright(profile.rhs, "here"),
        *(frame.path(line, "proved") for line in profile.proved),
        frame.path(profile.relaxation, "relaxation"),
        *(frame.path(stretch.points, "bound") for stretch in profile.bound),
        *_ends(frame, profile.bound),
        "" if profile.value is None else frame.dot((profile.rhs, profile.value), "optimum", 6),
        *_legend(profile),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


def _ends(frame: Frame, stretches: Sequence[Stretch]) -> Iterable[str]:
    for stretch in stretches if len(stretches) <= _STEPS_WITH_DOTS else ():
        for point, closed in (
            (stretch.points[0], stretch.left_closed),
            (stretch.points[-1], stretch.right_closed),
        ):
            if closed is not None:
                yield frame.dot(point, "closed" if closed else "open", 3.6)


def _legend(profile: Profile) -> Iterable[str]:
    y = 20.0
    entries: list[tuple[str, Callable[[float], str], bool]] = [
        ("dual function: a proved bound", lambda x: line(x, y, x + 28, y, "bound"), True),
        (
            "linear relaxation",
            lambda x: line(x, y, x + 28, y, "relaxation"),
            bool(profile.relaxation),
        ),
        (
            "optimal value, proved",
            lambda x: (
                line(x, y, x + 28, y, "proved")
                + f'<circle class="optimum" cx="{x + 14:.0f}" cy="{y:.0f}" r="6"/>'
            ),
            profile.value is not None,
        ),
    ]
    x = float(LEFT)
    for words, mark, is_shown in entries:
        if is_shown:
            yield mark(x)
            yield text(x + 36, y + 4, words, "start")
            x += 60 + 6.6 * len(words)
