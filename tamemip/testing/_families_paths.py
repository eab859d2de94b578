"""The check `path-law`: the chain rule along a broken line through the instance."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from tamemip.differentiation import PathPiece, examine_path
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.programs import ParametricProgram
from tamemip.testing._families_examples import Example, Subject, unproved
from tamemip.testing._families_outcome import NotJudgedError, Outcome
from tamemip.testing._families_proofs import REACH
from tamemip.testing._families_slots import Vector, groups_of, in_turn, restricted

_MOST_SLOTS = 3
"""So many slots move along one path."""


def check_path_law(subject: Subject) -> Outcome:
    """The program holds along a short path, and its gradients obey the chain rule there.

    For a few slots of each group the path goes through ``theta = 0``, with displacements up to
    1/16, and turns behind it. Exactly: each piece on which the value is affine has the residual
    0. At jumps, and where the gradient is refused, there is no law to obey.
    """
    return subject.each(_judge)


def _judge(example: Example) -> None:
    _ = example.optimum
    groups = in_turn(list(groups_of(example.parametric).items()), example.number)
    parts = [(group, restricted(example.parametric, _some(names))) for group, names in groups]
    for group, part in parts:
        _require_programs(example, group, part)
    deadline = example.deadline()
    reasons: dict[str, str] = {}
    judged = 0
    # Both halves of a path are looked at if time allows; the one through the instance comes first.
    for half, (group, part) in itertools.product((0, 1), parts):
        if group in reasons:
            continue
        reason = _refusal(example, group, part, _path(part.n_parameters)[half : half + 2])
        if reason is None:
            judged += 1
        else:
            reasons[group] = reason
        late = time.process_time() - deadline
        if late > (0 if judged else example.seconds):
            break
    if not judged:
        raise NotJudgedError("; ".join(_by_reason(reasons)))


def _refusal(
    example: Example, group: str, part: ParametricProgram, path: Sequence[Vector]
) -> str | None:
    """Why there is no law along a path; None if it is obeyed."""
    try:
        pieces = examine_path(part, None, path, limits=example.limits)
    except (NotAllowedError, UnsupportedError) as error:
        return unproved(error)
    if _obeyed(example, group, part, pieces):
        return None
    return "the gradient is refused along the whole path"


def _by_reason(reasons: Mapping[str, str]) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for group, reason in reasons.items():
        groups.setdefault(reason, []).append(repr(group))
    return (f"slots {', '.join(names)}: {reason}" for reason, names in groups.items())


def _some(names: Sequence[str]) -> Sequence[str]:
    return names[:: max(1, -(-len(names) // _MOST_SLOTS))]


def _path(k: int) -> tuple[Vector, ...]:
    chosen = random.Random(20260107)
    there, onward = (
        tuple(chosen.choice((-1, 1)) * chosen.randint(1, 4) * REACH for _ in range(k))
        for _ in range(2)
    )
    return (tuple(-v for v in there), there, onward)


def _require_programs(example: Example, group: str, part: ParametricProgram) -> None:
    """There is a program along the path: bounds that cross between two corners cross at one."""
    for corner in _path(part.n_parameters):
        try:
            part.at(corner)
        except InvalidInputError as error:
            raise example.failure(
                f"there is no program at a small displacement of the slots {group!r}: {error}",
                "Every displacement near theta = 0, of either sign, needs a program: where bounds "
                "of a column would cross, write a row instead",
            ) from error


def _obeyed(
    example: Example, group: str, part: ParametricProgram, pieces: Sequence[PathPiece]
) -> int:
    """On how many pieces the gradients exist and obey the law."""
    for piece in pieces:
        is_stretch = piece.start != piece.end
        if is_stretch and isinstance(piece.residual, Fraction) and piece.residual:
            raise example.failure(
                f"along the slots {', '.join(part.names)} of {group!r}, from {_told(piece.start)} "
                f"to {_told(piece.end)}, the value changes by {piece.change}, but the "
                f"gradients are off by {piece.residual}",
                "This is a mistake of tamemip: please report it with the example",
            )
    return sum(piece.residual == 0 for piece in pieces if piece.start != piece.end)


def _told(point: Vector) -> str:
    return f"({', '.join(map(str, point))})"
