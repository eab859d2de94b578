"""What is proved of the value function on a lattice: the conclusion that both checkers share."""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates._json import RejectedError, as_integers, as_text, show
from tamemip.certificates._problem import Bound, Problem, number_to_json
from tamemip.certificates._step import Step
from tamemip.errors import UnsupportedError

MOST_WORK = 10**7
"""Cells times passes that a checker makes: seconds in plain Python."""


@final
@dataclass(frozen=True, slots=True)
class ValueOnLattice:
    """The optimal value at every right-hand side that is nowhere above `caps`.

    Attributes
    ----------
    caps
        The greatest right-hand side, in integers.
    values
        The optimal values at the integer right-hand sides from 0 to the caps, the last row
        fastest; in the user's orientation, infinite where no point is feasible.
    is_packing
        Whether the rows are ``<=`` (right-hand sides round down), or ``>=`` (up).
    sign
        1 for min, -1 for max.
    """

    caps: tuple[int, ...]
    values: tuple[Bound, ...]
    is_packing: bool
    sign: int

    def at_rhs(self, d: Sequence[Fraction]) -> Bound | None:
        """The value at a right-hand side; None if it is above the caps somewhere."""
        whole = [math.floor(v) if self.is_packing else max(0, math.ceil(v)) for v in d]
        if any(v > cap for v, cap in zip(whole, self.caps, strict=True)):
            return None
        if min(whole) < 0:
            return self.sign * math.inf
        place = 0
        for v, cap in zip(whole, self.caps, strict=True):
            place = place * (cap + 1) + v
        return self.values[place]

    # -- as a bound, in min orientation --------------------------------------------------

    @property
    def n_leaves(self) -> int:
        """It has none."""
        return 0

    @property
    def n_terms(self) -> int:
        """It has none."""
        return 0

    @property
    def is_subadditive(self) -> bool:
        """Not by its form."""
        return False

    def at(self, d: Sequence[Fraction]) -> Bound:
        """The bound at a right-hand side: nothing is known above the caps."""
        value = self.at_rhs(d)
        return -math.inf if value is None else self.sign * value


def read_lattice(step: Step, n_rows: int) -> tuple[tuple[int, ...], str]:
    """The caps of a step, and the digest of the values that it claims."""
    caps = as_integers(step.fields["caps"], "caps")
    if len(caps) != n_rows or not caps:
        raise RejectedError(f"caps: {len(caps)} numbers for {n_rows} rows")
    if min(caps) < 0:
        raise RejectedError(f"caps: {show(min(caps))} is negative")
    return tuple(caps), as_text(step.fields["values"], "values")


def require_work(caps: Sequence[int], passes: int) -> None:
    """Refuse a table that takes too long to be made again."""
    work = math.prod(cap + 1 for cap in caps) * max(passes, 1)
    if work > MOST_WORK:
        raise RejectedError(
            f"the table takes {show(work)} steps to be made, and {MOST_WORK} are the most that a "
            "checker takes"
        )


def refuse_long_work(problem: Problem, caps: Sequence[int]) -> None:
    """Refuse to write what no checker would make again.

    Raises
    ------
    UnsupportedError
        If the table takes more than `MOST_WORK`.
    """
    try:
        require_work(caps, _passes_of(problem, caps))
    except RejectedError as error:
        raise UnsupportedError(f"{error}. Ask for the certificate of a smaller box.") from None


def digest_of_values(values: Iterable[Bound]) -> str:
    """SHA-256 of values: rationals as in a certificate, ``null`` for an infinity, with commas."""
    digest = hashlib.sha256()
    texts = (str(number_to_json(v)) if isinstance(v, Fraction) else "null" for v in values)
    while chunk := list(itertools.islice(texts, 1 << 12)):
        digest.update(("".join(f"{text}," for text in chunk)).encode("ascii"))
    return digest.hexdigest()


def _passes_of(problem: Problem, caps: Sequence[int]) -> int:
    """How many passes a checker makes: one for a column, or one for each of its few copies."""
    passes = 0
    for column, up in zip(problem.A.columns, problem.upper, strict=True):
        shares = [Fraction(caps[i]) / a for i, a in column if a > 0]
        if not shares:
            continue
        is_packing = "<=" in problem.row_sense
        room = math.floor(min(shares)) if is_packing else math.ceil(max(shares))
        is_bound = isinstance(up, Fraction) and math.floor(up) < room
        passes += max(1, math.floor(up)) if is_bound else 1
    return passes
