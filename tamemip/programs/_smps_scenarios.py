"""The stoch file of SMPS format: scenarios, independent entries, blocks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

from tamemip.errors import InvalidInputError
from tamemip.programs._decimals import read_decimal
from tamemip.programs._lines import Lines
from tamemip.programs._program import MixedIntegerProgram

_MOST_SCENARIOS = 1_000_000
_SECTIONS = ("SCENARIOS", "INDEP", "BLOCKS")


@final
@dataclass(slots=True)
class Outcome:
    """A probability and the right-hand sides that it sets, by row of the recourse program."""

    name: str
    probability: Fraction
    changes: dict[int, Fraction] = field(default_factory=dict)


def read_outcomes(
    lines: Lines, program: MixedIntegerProgram, places: Mapping[str, int]
) -> list[Outcome]:
    """The outcomes of a stoch file, multiplied out where they are independent.

    Parameters
    ----------
    lines
        The file.
    program
        The core program.
    places
        From the names of the recourse rows to their indices.
    """
    return _StochReader(lines, program, places).read()


@final
class _StochReader:
    def __init__(
        self, lines: Lines, program: MixedIntegerProgram, places: Mapping[str, int]
    ) -> None:
        self.lines = lines
        self.columns = frozenset(program.col_names)
        self.rows = frozenset(program.row_names)
        self.places = places
        self.section = ""
        self.scenarios: dict[str, Outcome] = {}
        # Independent of each other; of each block one outcome comes true.
        self.blocks: dict[tuple[str, ...], list[Outcome]] = {}
        self.current: Outcome | None = None

    def read(self) -> list[Outcome]:
        for line in self.lines:
            fields = line.split()
            if not fields or line[0] == "*":
                continue
            if not line[0].isspace():
                if fields[0].upper() == "ENDATA":
                    return self._finish()
                self._header(fields)
            elif self.section == "SCENARIOS":
                self._scenario(fields)
            elif self.section == "INDEP":
                self._independent(fields)
            elif self.section == "BLOCKS":
                self._block(fields)
            else:
                raise self.lines.invalid("data before the first section")
        raise self.lines.invalid("the file ends without ENDATA")

    def _header(self, fields: Sequence[str]) -> None:
        keyword, *options = (text.upper() for text in fields)
        if keyword in ("STOCH", "NAME"):
            return
        if keyword not in _SECTIONS:
            raise self.lines.unsupported(
                f"section {keyword} is not read: of a random right-hand side the sections "
                f"{', '.join(_SECTIONS)} are"
            )
        other = next((text for text in options if text not in ("DISCRETE", "REPLACE")), None)
        if other is not None:
            raise self.lines.unsupported(
                f"{keyword} {other} is not read: only discrete values that replace the core's are"
            )
        self.section, self.current = keyword, None

    # -- sections --------------------------------------------------------------------------

    def _scenario(self, fields: Sequence[str]) -> None:
        if fields[0].upper() == "SC" and len(fields) in (4, 5):
            name, parent = fields[1], fields[2].strip("'")
            if name in self.scenarios:
                raise self.lines.invalid(f"scenario {name!r} is given twice")
            if parent.upper() != "ROOT" and parent not in self.scenarios:
                raise self.lines.invalid(f"scenario {name!r} has the unknown parent {parent!r}")
            known = self.scenarios.get(parent)
            changes = {} if known is None else dict(known.changes)
            self.current = Outcome(name, self._number(fields[3]), changes)
            self.scenarios[name] = self.current
        else:
            self._set(fields)

    def _independent(self, fields: Sequence[str]) -> None:
        """``RHS row value [period] probability``."""
        if len(fields) not in (4, 5):
            raise self.lines.invalid(
                "an independent entry needs: set, row, value, period (or none), probability"
            )
        self.current = Outcome("", self._number(fields[-1]))
        self._set(fields[:3])
        self.blocks.setdefault(("row", fields[1]), []).append(self.current)

    def _block(self, fields: Sequence[str]) -> None:
        """``BL name [period] probability``, then the entries of the block."""
        if fields[0].upper() == "BL" and len(fields) in (3, 4):
            group = self.blocks.setdefault(("block", fields[1]), [])
            # What a later outcome of a block leaves open is as in its first one.
            changes = dict(group[0].changes) if group else {}
            self.current = Outcome("", self._number(fields[-1]), changes)
            group.append(self.current)
        else:
            self._set(fields)

    def _set(self, fields: Sequence[str]) -> None:
        """``[set] row value [row value]``."""
        if self.current is None:
            raise self.lines.invalid("an entry before the first scenario or block")
        if fields[0] in self.columns and fields[0] not in self.rows:
            raise self.lines.unsupported(
                f"column {fields[0]!r} has a random entry or cost; only right-hand sides may be "
                "random"
            )
        values = fields if fields[0] in self.rows and len(fields) % 2 == 0 else fields[1:]
        if len(values) % 2 or not values:
            raise self.lines.unsupported(
                f"{' '.join(fields)!r} is no right-hand side, which is all that may be random"
            )
        for row, text in zip(values[::2], values[1::2], strict=True):
            if row not in self.places:
                where = "the first stage" if row in self.rows else "no stage"
                raise self.lines.unsupported(
                    f"row {row!r} has a random right-hand side and belongs to {where}; rows of "
                    "the second stage may be random"
                )
            self.current.changes[self.places[row]] = self._number(text)

    def _number(self, text: str) -> Fraction:
        try:
            return read_decimal(text)
        except ValueError:
            raise self.lines.invalid(f"{text!r} is no decimal number") from None

    # -- the end ---------------------------------------------------------------------------

    def _finish(self) -> list[Outcome]:
        if self.scenarios and self.blocks:
            raise self.lines.unsupported("scenarios and independent entries in one file")
        if self.scenarios:
            return list(self.scenarios.values())
        if not self.blocks:
            raise self.lines.invalid("the file has no scenario")
        count = math.prod(len(group) for group in self.blocks.values())
        if count > _MOST_SCENARIOS:
            raise InvalidInputError(
                f"{self.lines.path}: the independent entries make {count} scenarios; "
                f"{_MOST_SCENARIOS} is the most. Sample some of them."
            )
        return list(self._products())

    def _products(self) -> Iterator[Outcome]:
        for k, combination in enumerate(itertools.product(*self.blocks.values())):
            changes: dict[int, Fraction] = {}
            for outcome in combination:
                changes.update(outcome.changes)
            probability = math.prod((o.probability for o in combination), start=Fraction(1))
            yield Outcome(f"S{k}", probability, changes)
