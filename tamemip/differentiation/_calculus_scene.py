"""Where a composition is differentiated, and what is known of its parts there."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, TypeAlias, final

from tamemip.certificates import Domain, Enclosure, Facts
from tamemip.differentiation._calculus_numbers import Real, as_enclosure
from tamemip.differentiation._calculus_sets import GeneratorSet
from tamemip.differentiation._cones import Vector, interior_point, primitive_vector
from tamemip.errors import NotAllowedError
from tamemip.tameness import Expression, facts, variables_of

if TYPE_CHECKING:
    from tamemip.solvers import Limits

__all__ = [
    "Bridge",
    "Inner",
    "Local",
    "Scene",
    "State",
    "Truth",
    "Visit",
    "number",
    "refused",
    "shown",
]

#: Half the widths of the boxes on which the checker is asked about a function.
_NEAR = Fraction(1, 2**20)
#: Longer texts of expressions are cut.
_LONGEST = 80


@final
@dataclass(frozen=True, slots=True)
class Local:
    """A number near the point: its value there, and a conservative gradient.

    Attributes
    ----------
    value
        The value at the point.
    slopes
        A conservative gradient in the coordinates of the point.
    is_constant
        Whether it is proved to be constant near the point.
    """

    value: Real
    slopes: GeneratorSet
    is_constant: bool = False


@final
@dataclass(frozen=True, slots=True)
class Truth:
    """A condition near the point.

    Attributes
    ----------
    here
        Whether it holds at the point; None if that is not decided.
    near
        Whether it holds, or fails, in a neighborhood; None on a border.
    """

    here: bool | None
    near: bool | None


State: TypeAlias = "Local | Truth"
Visit: TypeAlias = "Generator[Expression, State, State]"
"""Asks for the states of other expressions, and ends with its own."""


@final
@dataclass(frozen=True, slots=True)
class Bridge:
    """Terms of a sum that are Lipschitz together, though each of them jumps.

    Attributes
    ----------
    terms
        The terms.
    local
        Their sum.
    """

    terms: frozenset[Expression]
    local: Local


class Inner(Protocol):
    """A function that a variable of a composition stands for."""

    @property
    def arguments(self) -> tuple[Expression, ...]:
        """What it is a function of."""

    def local(self, values: Vector, limits: Limits | None) -> tuple[Fraction, tuple[Vector, ...]]:
        """Its value, and generators of a conservative gradient in its arguments."""


@final
@dataclass(frozen=True, eq=False)
class Scene:
    """The point, and what the variables stand for.

    Attributes
    ----------
    at
        The coordinates, by name, in their order.
    inner
        What other variables stand for.
    limit
        The cap of generators.
    limits
        Of the programs that are solved.
    values
        The values of the inner variables that were met so far.
    along
        If given, numbers are looked at on a half-line that begins at the point: their values are
        the limits there, and their gradients by the step along it have one entry. Of the
        direction 0, the half-line is the point.
    bridges
        By sums: terms that are taken together.
    """

    at: Mapping[str, Fraction]
    inner: Mapping[str, Inner]
    limit: int
    limits: Limits | None
    values: dict[str, Real]
    along: Vector | None = None
    bridges: dict[Expression, list[Bridge]] = field(default_factory=dict)

    @property
    def dimension(self) -> int:
        """The length of gradients."""
        return len(self.at) if self.along is None else 1

    def constant(self, value: Real) -> Local:
        """A number that does not move."""
        return Local(value, GeneratorSet.zero(self.dimension), is_constant=True)

    def coordinate(self, name: str) -> Local:
        """One coordinate."""
        if self.along is not None:
            rate = dict(zip(self.at, self.along, strict=True))[name]
            return Local(self.at[name], GeneratorSet.of([(rate,)]), is_constant=not rate)
        unit = tuple(Fraction(key == name) for key in self.at)
        return Local(self.at[name], GeneratorSet.of([unit]))

    def facts_near(self, e: Expression) -> Facts:
        """What the checker derives about an expression on a small box around the point."""
        names = variables_of([e])
        return facts(e, Domain(names, tuple(self._around(name) for name in names)))

    def reach(self, e: Expression) -> frozenset[str]:
        """The coordinates that an expression depends on, also through inner functions."""
        found: set[str] = set()
        stack = list(variables_of([e]))
        while stack:
            name = stack.pop()
            if name in found:
                continue
            found.add(name)
            if name in self.inner:
                stack += variables_of(self.inner[name].arguments)
        return frozenset(found & self.at.keys())

    def on(self, along: Vector) -> Scene:
        """The same on a half-line."""
        return Scene(self.at, self.inner, self.limit, self.limits, self.values, along)

    def side_of(self, f: Local) -> int:
        """On a half-line: the sign of what a number does from its limit on; 0 if not proved."""
        if self.along is None:
            return 0
        ((low, high),) = f.slopes.ends()
        return (low > 0) - (high < 0)

    def rising_direction(self, slopes: GeneratorSet) -> Vector | None:
        """A direction along which a function strictly grows, and shrinks backwards, proved.

        The Clarke subdifferential lies in every convex conservative gradient: where 0 is outside
        of that, it is separated, and the mean value theorem of Lebourg does the rest.
        """
        if not slopes.is_exact or slopes.is_zero:
            return None
        if slopes.is_singleton:
            return primitive_vector(slopes.points[0])
        return interior_point(slopes.points, self.dimension)

    def _around(self, name: str) -> Enclosure:
        if name in self.inner and name not in self.values:
            return Enclosure.everything()
        value = as_enclosure(self.values[name] if name in self.inner else self.at[name])
        return value.plus(Enclosure.between(-_NEAR, _NEAR))


def number(e: Expression) -> Generator[Expression, State, Local]:
    """Ask for the state of a number."""
    state = yield e
    assert isinstance(state, Local), "expressions know which arguments are numbers"
    return state


def shown(e: Expression) -> str:
    """An expression as text, cut where it is long."""
    text = str(e)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def refused(e: Expression, why: str, do: str = "Ask at another point.") -> NotAllowedError:
    """The refusal of one part of a composition."""
    return NotAllowedError(f"the part {shown(e)} {why}. {do}")
