"""What a separation of rounding cuts tries, and for how long."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, final

Source: TypeAlias = Literal["rows", "pairs", "parities", "tableau", "wide tableau", "gomory"]

#: Denominators and multiples of tableau rows, by source.
_TABLEAU: dict[Source, tuple[Sequence[int], Sequence[int]]] = {
    "tableau": ((2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 24, 32, 64, 128, 256, 1024), (1, -1)),
    "wide tableau": (
        (*range(2, 33), 48, 64, 96, 128, 256, 512, 1024),
        (1, -1, 2, -2, 3, -3, 5, -5),
    ),
    "gomory": ((10_000_000,), (1, -1)),
}


@final
@dataclass(frozen=True, slots=True)
class Strategy:
    """The knobs of a separation.

    Attributes
    ----------
    levels
        Lists of sources; a later list is tried when the earlier ones give less than
        `enough` cuts, or after `idle_per_level` rounds without progress.
    lexicographic_levels, lexicographic_after
        Levels, and rounds without progress after which the lexicographically least
        optimum is cut off, with the objective as the first row of the tableau: it helps
        where the objective is degenerate.
    largest_coefficient, least_efficacy
        Cuts with larger coefficients, or less violation for their length, are not made.
    cuts_per_round, enough, parallel, tableau_rows
        Cuts taken a round; cuts that make a round; the largest cosine between two
        of them; rows of the basis inverse that are looked at.
    idle_rounds
        Rounds after which a cut with a basic slack leaves the relaxation.
    patience, rounds
        Rounds without progress, and rounds, after which to stop.
    """

    levels: tuple[tuple[Source, ...], ...] = (
        ("rows",),
        ("tableau", "parities"),
        ("wide tableau", "pairs"),
    )
    lexicographic_levels: tuple[tuple[Source, ...], ...] = (("gomory", "rows", "parities"),)
    lexicographic_after: int = 8
    largest_coefficient: int = 20_000
    least_efficacy: float = 1e-4
    cuts_per_round: int = 100
    enough: int = 20
    parallel: float = 0.95
    tableau_rows: int = 60
    idle_rounds: int = 6
    idle_per_level: int = 2
    patience: int = 40
    rounds: int = sys.maxsize

    def tableau(self, source: Source) -> tuple[Sequence[int], Sequence[int]]:
        """Denominators and multiples of a source of tableau rows."""
        return _TABLEAU[source]


#: Rows of the optimal tableau alone, as in Gomory's fractional method.
PLAIN_GOMORY = Strategy(
    levels=(("gomory",),),
    lexicographic_levels=(("gomory",),),
    lexicographic_after=sys.maxsize,
    largest_coefficient=1_000_000,
    least_efficacy=0.0,
    parallel=0.9999,
    patience=sys.maxsize,
)
#: The same at lexicographic optima, as in his finite method.
LEXICOGRAPHIC_GOMORY = replace(PLAIN_GOMORY, lexicographic_after=0)
