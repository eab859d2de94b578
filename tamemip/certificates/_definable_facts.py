"""What the checker derives about a node of an expression on a domain."""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates._definable_enclosure import EVERYTHING, Enclosure
from tamemip.certificates._problem import bound_to_json


@final
class Structure(enum.Enum):
    """A structure on the real line in which a function may be definable.

    ``SEMILINEAR < SEMIALGEBRAIC < R_AN, R_EXP < R_AN_EXP < PFAFFIAN`` are o-minimal,
    compared by inclusion; `R_AN` and `R_EXP` are not comparable, and joined they are
    `R_AN_EXP`. `LOCAL` stands apart: (R, <, +, Z) with rational scalars is locally
    o-minimal only, and comparable to none of them.

    Examples
    --------
    >>> Structure.SEMILINEAR < Structure.R_EXP, Structure.R_AN <= Structure.R_EXP
    (True, False)
    >>> Structure.R_AN.join(Structure.R_EXP)
    <Structure.R_AN_EXP: 'R_an,exp'>
    """

    SEMILINEAR = "semilinear"
    SEMIALGEBRAIC = "semialgebraic"
    R_AN = "R_an"
    R_EXP = "R_exp"
    R_AN_EXP = "R_an,exp"
    PFAFFIAN = "Pfaffian"
    LOCAL = "(R,<,+,Z)"

    def __le__(self, other: Structure) -> bool:
        if self is Structure.LOCAL or other is Structure.LOCAL:
            return self is other
        return UPSETS[other] & ~UPSETS[self] == 0

    def __lt__(self, other: Structure) -> bool:
        return self is not other and self <= other

    def __ge__(self, other: Structure) -> bool:
        return other <= self

    def __gt__(self, other: Structure) -> bool:
        return other < self

    @property
    def is_o_minimal(self) -> bool:
        """Whether it is o-minimal; `LOCAL` is not."""
        return self is not Structure.LOCAL

    @property
    def is_polynomially_bounded(self) -> bool:
        """Whether each definable function of one variable grows like a power at most."""
        return self.is_o_minimal and self <= Structure.R_AN

    def join(self, other: Structure) -> Structure:
        """The least structure of the chain that contains both.

        Raises
        ------
        ValueError
            If exactly one of them is `LOCAL`: there is no o-minimal structure above it.
        """
        if self is other:
            return self
        if Structure.LOCAL in (self, other):
            raise ValueError("(R,<,+,Z) has no join with an o-minimal structure")
        found = least_structure(UPSETS[self] & UPSETS[other])
        assert found is not None
        return found


# An upset is a set of structures, one bit each, that holds what lies above its members: a
# node is definable in all of them. Premises meet by `&`: this is the join of the chain.
_BIT = {structure: 1 << i for i, structure in enumerate(list(Structure)[:6])}
NOWHERE = 0
ALL = 0b111111
UPSETS: Mapping[Structure, int] = {
    Structure.SEMILINEAR: ALL,
    Structure.SEMIALGEBRAIC: 0b111110,
    Structure.R_AN: 0b110100,
    Structure.R_EXP: 0b111000,
    Structure.R_AN_EXP: 0b110000,
    Structure.PFAFFIAN: 0b100000,
}
R_AN_AND_R_EXP = UPSETS[Structure.R_AN] | UPSETS[Structure.R_EXP]
"""Definable in both: an analytic term of exp on a compact box."""

_BY_PREFERENCE = (
    Structure.SEMILINEAR,
    Structure.SEMIALGEBRAIC,
    Structure.R_EXP,
    Structure.R_AN,
    Structure.R_AN_EXP,
    Structure.PFAFFIAN,
)


def least_structure(upset: int) -> Structure | None:
    """The least member; of the two incomparable ones `R_EXP`; None for the empty upset."""
    return next((s for s in _BY_PREFERENCE if upset & _BIT[s]), None)


def minimal_structures(upset: int) -> tuple[Structure, ...]:
    """The minimal members: two of them only if both `R_EXP` and `R_AN` are minimal."""
    members = [s for s in _BY_PREFERENCE if upset & _BIT[s]]
    return tuple(s for s in members if not any(other < s for other in members))


@final
@dataclass(frozen=True, slots=True)
class Obligation:
    """What could not be proved, and where.

    Attributes
    ----------
    node
        Index of the smallest guilty node.
    text
        What was asked and what was found.
    mend
        What would mend it.
    """

    node: int
    text: str
    mend: str


@final
@dataclass(frozen=True, slots=True)
class Form:
    """``constant + sum(coefficient * node)``: a linear combination of nodes, by rising index."""

    constant: Fraction
    terms: tuple[tuple[int, Fraction], ...]


@final
@dataclass(frozen=True, slots=True)
class Facts:
    """Facts about one node on a domain; None, False and 0 where nothing is derived.

    A node is a partial function on the domain. It takes part with its graph, which
    is definable only if the set where it is defined is.

    Attributes
    ----------
    upset
        All o-minimal structures of the chain in which the node is definable, as bits.
    support
        Those in which the set where the node is defined is definable.
    local
        Whether it is definable in (R, <, +, Z) with rational scalars.
    enclosure
        An interval of all values.
    form
        The node as a linear combination of nodes that are no such combinations.
    is_affine
        Whether all nodes of the form are variables.
    is_total
        Whether it is defined on the whole domain.
    is_continuous
        Whether it is continuous where it is defined.
    is_integer
        Whether all values are integers.
    values
        A bound on the number of different values.
    pieces
        With one variable: so many disjoint intervals cover the domain, on each of which
        the node is affine.
    laps
        The same with "monotone".
    trend
        With one variable: 1 nondecreasing, -1 nonincreasing, 0 constant.
    variables
        The free variables, as bits by the order of the domain.
    obligations
        Why no structure is derived: the smallest guilty nodes first.
    gap
        Why the node may be undefined somewhere.
    """

    upset: int
    support: int
    local: bool
    enclosure: Enclosure
    form: Form
    is_affine: bool
    is_total: bool
    is_continuous: bool
    is_integer: bool
    values: int | None
    pieces: int | None
    laps: int | None
    trend: int | None
    variables: int
    obligations: tuple[Obligation, ...]
    gap: Obligation | None

    @property
    def structure(self) -> Structure | None:
        """The least structure of the chain in which the node is definable."""
        return least_structure(self.upset)

    @property
    def structures(self) -> tuple[Structure, ...]:
        """The minimal ones: on a compact box, exp is definable in `R_EXP` and in `R_AN`."""
        return minimal_structures(self.upset)

    @property
    def obligation(self) -> Obligation | None:
        """The first reason why no structure is derived."""
        return self.obligations[0] if self.obligations else None

    @property
    def affine(self) -> Form | None:
        """The form, if it is one in the variables."""
        return self.form if self.is_affine else None


@final
@dataclass(frozen=True, slots=True)
class Domain:
    """A box: an interval for every variable, with open, closed or infinite ends.

    Parameters
    ----------
    names
        The variables, each once.
    intervals
        Their intervals, none of them empty.
    eliminated
        Variables that only `infimum` and its kin may use: the expression is no
        function of them.

    Examples
    --------
    >>> domain = Domain(("x", "y"), (Enclosure.between(0, 1), Enclosure.everything()))
    >>> print(domain)
    x in [0, 1], y in (-inf, inf)
    """

    names: tuple[str, ...]
    intervals: tuple[Enclosure, ...]
    eliminated: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        assert len(self.names) == len(self.intervals) == len(set(self.names))
        assert self.eliminated <= set(self.names)

    @classmethod
    def real(cls, names: Iterable[str]) -> Domain:
        """All reals, for every name."""
        names = tuple(names)
        return cls(names, (EVERYTHING,) * len(names))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The variables that an expression is a function of."""
        return tuple(name for name in self.names if name not in self.eliminated)

    @property
    def is_compact(self) -> bool:
        """Whether every parameter lies between two closed ends."""
        pairs = zip(self.names, self.intervals, strict=True)
        return all(
            not (e.low_open or e.high_open) for name, e in pairs if name not in self.eliminated
        )

    @property
    def digest(self) -> str:
        """SHA-256 of names and ends."""
        parts = [
            [name, bound_to_json(e.low), bound_to_json(e.high), e.low_open, e.high_open]
            for name, e in zip(self.names, self.intervals, strict=True)
        ]
        text = json.dumps([parts, sorted(self.eliminated)], separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def interval(self, name: str) -> Enclosure:
        """The interval of one variable."""
        return self.intervals[self.names.index(name)]

    def __str__(self) -> str:
        shown = [
            f"{name} in {interval}"
            for name, interval in zip(self.names, self.intervals, strict=True)
            if name not in self.eliminated
        ]
        if len(shown) > 6:
            shown = [*shown[:5], f"and so on: {len(shown)} variables"]
        return ", ".join(shown) if shown else "no variables"
