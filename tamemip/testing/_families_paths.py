"""The check `path-law`: the chain rule along a broken line through the instance."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

from tamemip.differentiation import PathPiece, examine_path
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.programs import ParametricProgram
from tamemip.testing._families_examples import Example, Subject
from tamemip.testing._families_outcome import NotJudgedError, Outcome
from tamemip.testing._families_proofs import REACH
from tamemip.testing._families_slots import Vector, groups_of, restricted

_MOST_SLOTS = 3
"""So many slots move along one path."""


def check_path_law(subject: Subject) -> Outcome:
    """The program holds along a short path, and its gradients obey the chain rule there.

    For a few slots of each group the path goes through ``theta = 0``, with displacements up to
    1/16. Exactly: each piece on which the value is affine has the residual 0. At
    jumps, and where the gradient is refused, there is no law to obey.
    """
    return subject.each(_judge)


def _judge(example: Example) -> None:
    _ = example.optimum
    reasons = []
    groups = groups_of(example.parametric)
    for group, names in groups.items():
        part = restricted(example.parametric, _some(names))
        try:
            pieces = examine_path(part, None, _path(part.n_parameters), limits=example.limits)
        except InvalidInputError as error:
            raise example.failure(
                f"the program does not hold along a short path of the slots {group!r}: {error}",
                "Near theta = 0 every displacement needs a program: where bounds of a column "
                "would cross, write a row instead",
            ) from error
        except (NotAllowedError, UnsupportedError) as error:
            reasons.append(f"{group!r}: {error}")
            continue
        _require_law(example, group, part, pieces)
    if len(reasons) == len(groups):
        raise NotJudgedError("; ".join(reasons))


def _some(names: Sequence[str]) -> Sequence[str]:
    return names[:: max(1, -(-len(names) // _MOST_SLOTS))]


def _path(k: int) -> tuple[Vector, ...]:
    chosen = random.Random(20260107)
    there, onward = (
        tuple(chosen.choice((-1, 1)) * chosen.randint(1, 4) * REACH for _ in range(k))
        for _ in range(2)
    )
    return (tuple(-v for v in there), there, onward)


def _require_law(
    example: Example, group: str, part: ParametricProgram, pieces: Sequence[PathPiece]
) -> None:
    for piece in pieces:
        is_stretch = piece.start != piece.end
        if is_stretch and isinstance(piece.residual, Fraction) and piece.residual:
            raise example.failure(
                f"along the slots {', '.join(part.names)} of {group!r}, from {_told(piece.start)} "
                f"to {_told(piece.end)}, the value changes by {piece.change}, but the "
                f"gradients are off by {piece.residual}",
                "This is a mistake of tamemip: please report it with the example",
            )


def _told(point: Vector) -> str:
    return f"({', '.join(map(str, point))})"
