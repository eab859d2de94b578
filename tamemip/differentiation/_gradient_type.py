"""A conservative gradient: the hull of finitely many generators, and why it is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, final

import numpy as np

from tamemip.arithmetic import rationalize
from tamemip.differentiation._cones import Vector, dot, in_hull
from tamemip.differentiation._moving import Moving, Slot
from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ConservativeGradient", "Kind"]

Kind: TypeAlias = Literal["element", "conservative", "clarke"]
Array: TypeAlias = "NDArray[np.float64]"
Values: TypeAlias = "Array | dict[Slot, Array]"
ExactValues: TypeAlias = "Vector | tuple[Vector, ...] | dict[Slot, Vector | tuple[Vector, ...]]"

#: Generators that `str` shows.
_SHOWN = 8
_ZERO = Fraction(0)


@final
@dataclass(frozen=True, eq=False, repr=False)
class ConservativeGradient:
    r"""A conservative gradient of a value function at a point: ``conv(generators)``.

    Every element `y` of a conservative field obeys the chain rule along every absolutely
    continuous curve, :math:`(v \circ \gamma)'(t) = \langle y, \gamma'(t) \rangle` for almost
    every `t` [1]_. Derivatives are of the value of the program as it is written: that of a
    ``max`` program is not negated.

    Obtain one from `tamemip.conservative_gradient`.

    Attributes
    ----------
    moving
        The program at the point, and what moves.
    kind
        ``"element"``, ``"conservative"`` or ``"clarke"``.
    value
        The value at the point, proved.
    parts
        The optimal integer parts that were used, by rising integer column.
    flat
        The generators, flat and exact, each once.
    is_complete
        Whether all optimal parts are among `parts`; false for an element, where one suffices.
    reasons
        Why the field is conservative: the hypotheses that were checked.

    References
    ----------
    .. [1] J. Bolte, E. Pauwels, "Conservative set valued fields, automatic differentiation,
       stochastic gradient methods and deep learning", Mathematical Programming 188 (2021),
       19-51.
    """

    moving: Moving
    kind: Kind
    value: Fraction
    parts: tuple[Vector, ...]
    flat: tuple[Vector, ...]
    is_complete: bool
    reasons: tuple[str, ...]

    # -- the set ---------------------------------------------------------------------------

    @property
    def element(self) -> Values:
        """One element: an array for one slot, a dict of arrays by slot for several."""
        return self._shaped(self.flat[0])

    @property
    def exact_element(self) -> ExactValues:
        """`element` in rationals: a tuple, or for ``"A"`` a tuple of rows."""
        return self._exactly(self.flat[0])

    @property
    def generators(self) -> tuple[Values, ...]:
        """Points whose convex hull is the set; each shaped as `element`."""
        return tuple(self._shaped(v) for v in self.flat)

    @property
    def exact_generators(self) -> tuple[ExactValues, ...]:
        """`generators` in rationals."""
        return tuple(self._exactly(v) for v in self.flat)

    @property
    def is_singleton(self) -> bool:
        """Whether it is one point; of a complete set, then it is the gradient of a smooth piece."""
        return len(self.flat) == 1

    @property
    def is_tie(self) -> bool:
        """Whether several integer parts are optimal, as far as they were sought."""
        return len(self.parts) > 1

    def contains(self, y: object) -> bool:
        """Whether a point lies in the set, decided exactly.

        Parameters
        ----------
        y
            Shaped as `element`. Floats are read as the decimals that they print.

        Raises
        ------
        InvalidInputError
            If the shape does not fit.
        """
        return in_hull(self._read(y), self.flat)

    def support(self, direction: object) -> float:
        """The largest ``<y, direction>`` over the set, as a float.

        Parameters
        ----------
        direction
            Shaped as `element`.
        """
        return float(self.exact_support(direction))

    def exact_support(self, direction: object) -> Fraction:
        """`support`, as a rational."""
        d = self._read(direction)
        return max(dot(v, d) for v in self.flat)

    # -- shapes ----------------------------------------------------------------------------

    def _shaped(self, flat: Vector) -> Values:
        parts = {
            slot: np.array([float(v) for v in values]).reshape(self.moving.shape(slot))
            for slot, values in self.moving.split(flat).items()
        }
        return next(iter(parts.values())) if len(parts) == 1 else parts

    def _exactly(self, flat: Vector) -> ExactValues:
        parts = {
            slot: _in_rows(values, self.moving.shape(slot))
            for slot, values in self.moving.split(flat).items()
        }
        return next(iter(parts.values())) if len(parts) == 1 else parts

    def _read(self, given: object) -> Vector:
        slots = self.moving.slots
        if len(slots) > 1:
            if not isinstance(given, Mapping) or set(given) != set(slots):
                raise InvalidInputError(
                    f"the gradient is by {', '.join(slots)}: give a mapping with these keys."
                )
            return tuple(v for slot in slots for v in self._read_slot(slot, given[slot]))
        if isinstance(given, Mapping) and set(given) == set(slots):
            given = given[slots[0]]
        return self._read_slot(slots[0], given)

    def _read_slot(self, slot: Slot, given: object) -> Vector:
        shape = self.moving.shape(slot)
        values = list(_leaves(given, len(shape)))
        size = 1
        for k in shape:
            size *= k
        if len(values) != size:
            raise InvalidInputError(
                f"the gradient by {slot!r} has the shape {shape}; {len(values)} numbers were given."
            )
        return tuple(rationalize(cast("float", v), what=f"an entry of {slot!r}") for v in values)

    # -- how it prints ---------------------------------------------------------------------

    def __repr__(self) -> str:
        n = len(self.flat)
        by = ", ".join(self.moving.slots)
        return (
            f"ConservativeGradient({self.kind} by {by}: {n} generator{'s' * (n != 1)}, "
            f"{len(self.parts)} optimal integer part{'s' * (len(self.parts) != 1)})"
        )

    def __str__(self) -> str:
        lines = [repr(self), f"  value {self.value}"]
        for v in self.flat[:_SHOWN]:
            lines.append("  " + _told(self.moving.split(v)))
        if len(self.flat) > _SHOWN:
            lines.append(f"  ... and {len(self.flat) - _SHOWN} more")
        lines += [f"  because {reason}" for reason in self.reasons]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def _leaves(given: object, depth: int) -> Iterator[object]:
    if isinstance(given, np.ndarray):
        yield from given.ravel().tolist()
    elif hasattr(given, "toarray"):
        yield from given.toarray().ravel().tolist()
    elif depth and isinstance(given, Sequence) and not isinstance(given, str):
        for entry in given:
            yield from _leaves(entry, depth - 1)
    else:
        yield given


def _in_rows(values: Vector, shape: tuple[int, ...]) -> Vector | tuple[Vector, ...]:
    if len(shape) == 1:
        return values
    m, n = shape
    return tuple(values[i * n : (i + 1) * n] for i in range(m))


def _told(parts: Mapping[Slot, Sequence[Fraction]]) -> str:
    texts = []
    for slot, values in parts.items():
        nonzero = [(k, v) for k, v in enumerate(values) if v]
        if len(values) <= _SHOWN:
            text = f"({', '.join(map(str, values))})"
        else:
            shown = ", ".join(f"[{k}] {v}" for k, v in nonzero[:_SHOWN])
            more = f", ... {len(nonzero)} nonzero" if len(nonzero) > _SHOWN else ""
            text = f"{shown or '0'}{more}"
        texts.append(f"{slot}: {text}")
    return "; ".join(texts)
