"""Which data of a program vary, from what a user writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from tamemip.certificates import Bound, Columns, Domain, Range, Varying
from tamemip.errors import InvalidInputError
from tamemip.programs import Box, MixedIntegerProgram
from tamemip.tameness._domain import domain_of
from tamemip.tameness._program_words import names_shown, read_ranges

SLOTS = ("rhs", "c", "A", "A_I", "A_C")
_OTHER_NAMES = {"b": "rhs"}


def slots_of(varying: object) -> frozenset[str]:
    """The slots that vary: of ``"rhs"`` (or ``"b"``), ``"c"``, ``"A"``, ``"A_I"``, ``"A_C"``.

    Raises
    ------
    InvalidInputError
        If there is none, or an unknown one.

    Examples
    --------
    >>> sorted(slots_of("b, c"))
    ['c', 'rhs']
    """
    parts: Iterable[object] = varying.split(",") if isinstance(varying, str) else ()
    if isinstance(varying, Iterable) and not isinstance(varying, str):
        parts = varying
    names = [_OTHER_NAMES.get(str(part).strip(), str(part).strip()) for part in parts]
    wrong = [name for name in names if name not in SLOTS]
    if wrong or not names:
        raise InvalidInputError(
            f"varying is {varying!r}; give one or more of {', '.join(map(repr, SLOTS))} "
            "(A_I and A_C: the entries of A on integer and on continuous columns). Bounds of "
            "columns move as slots of a ParametricProgram, or as rows."
        )
    return frozenset(names)


def varying_of(program: MixedIntegerProgram, domain: object, varying: object) -> Varying:
    """The box of data that a domain describes.

    Parameters
    ----------
    program
        The program.
    domain
        None if every entry of the slots ranges over all reals. Otherwise a box, a mapping or a
        text as for `domain_of`, by row for `rhs`, by column for `c`, by (row, column) for `A`;
        or one of these for each slot: ``{"rhs": ..., "c": ...}``. In a slot of which something
        is named, what is not named keeps the value of the program.
    varying
        The slots.

    Raises
    ------
    InvalidInputError
        If something is named that does not vary, or that the program does not have.
    """
    slots = slots_of(varying)
    reader = _Reader(program, slots)
    for key, ends in _pairs(domain, program):
        reader.take(key, ends)
    return reader.result()


def _pairs(domain: object, program: MixedIntegerProgram) -> list[tuple[Any, Range]]:
    """Keys with their closed intervals; for nested mappings the key is (slot, key)."""
    match domain:
        case None:
            return []
        case str():
            return [
                (key if isinstance(key, str) else _Nested(*key), ends)
                for key, ends in read_ranges(domain, program)
            ]
        case Domain():
            return list(zip(domain.names, map(_ends, domain.intervals), strict=True))
        case Box() | Mapping():
            pairs: list[tuple[Any, Range]] = []
            for key, value in domain.items():
                if key in ("rhs", "b", "c", "A") and isinstance(value, Box | Mapping):
                    slot = _OTHER_NAMES.get(str(key), str(key))
                    pairs += [
                        (_Nested(slot, inner), ends) for inner, ends in _pairs(value, program)
                    ]
                else:
                    (interval,) = domain_of({str(key): value}, [str(key)]).intervals
                    pairs.append((key, _ends(interval)))
            return pairs
        case _:
            raise InvalidInputError(
                "the domain of a program is a box, a mapping or a text such as 'R0 in [0, 9]', "
                f"not {type(domain).__name__}."
            )


class _Nested(tuple[str, Any]):
    """A key with the slot that it is about."""

    __slots__ = ()

    def __new__(cls, slot: str, key: object) -> _Nested:
        return super().__new__(cls, (slot, key))


class _Reader:
    """Collects ranges by slot."""

    def __init__(self, program: MixedIntegerProgram, slots: frozenset[str]) -> None:
        self.program, self.slots = program, slots
        self.rhs: dict[int, Range] = {}
        self.c: dict[int, Range] = {}
        self.A: dict[tuple[int, int], Range] = {}

    def take(self, key: Any, ends: Range) -> None:
        """One interval."""
        slot, key = tuple(key) if isinstance(key, _Nested) else (self._slot(key), key)
        if slot not in self.slots and not (slot == "A" and self.slots & {"A_I", "A_C"}):
            raise InvalidInputError(
                f"the domain gives a range to {key!r} of {slot}, which does not vary; "
                f"varying is {sorted(self.slots)}."
            )
        match slot:
            case "rhs":
                _put(self.rhs, self.program.row_index(key), ends, key)
            case "c":
                j = self.program.col_index(key)
                self._put_moving(self.c, j, ends, self.program.exact.c[j], key)
            case _:
                if not isinstance(key, tuple) or len(key) != 2:
                    raise InvalidInputError(f"an entry of A is named (row, column), not {key!r}.")
                i, j = self.program.row_index(key[0]), self.program.col_index(key[1])
                kind = "A_I" if self.program.exact.integer[j] else "A_C"
                if not self.slots & {"A", kind}:
                    raise InvalidInputError(f"the entry {key!r} lies in {kind}, which is fixed.")
                self._put_moving(self.A, (i, j), ends, self.program.exact.A[i, j], key)

    def result(self) -> Varying:
        """What was collected; a slot of which nothing was named ranges over all reals."""
        return Varying(
            rhs=self.rhs if self.rhs or "rhs" not in self.slots else None,
            c=self.c if self.c or "c" not in self.slots else None,
            A=self.A,
            columns=None if self.A else self._columns(),
        )

    def _columns(self) -> Columns | None:
        if "A" in self.slots or self.slots >= {"A_I", "A_C"}:
            return "all"
        if "A_I" in self.slots:
            return "integer"
        return "continuous" if "A_C" in self.slots else None

    def _slot(self, key: object) -> str:
        if isinstance(key, tuple):
            return "A"
        known = {"rhs": self.program.row_names, "c": self.program.col_names}
        fitting = [
            slot
            for slot, names in known.items()
            if slot in self.slots and (key in names or isinstance(key, int))
        ]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise InvalidInputError(
                f"{key!r} names both a row and a column; say which: "
                f"domain={{'rhs': {{...}}, 'c': {{...}}}}, or rhs[{key}] and c[{key}] in a text."
            )
        raise InvalidInputError(
            f"the domain speaks of {key!r}, which is no {_kinds(self.slots)} of the program; "
            f"{self._what_varies()}."
        )

    def _what_varies(self) -> str:
        rows, columns = self.program.row_names, self.program.col_names
        said = {
            "rhs": f"rows are {names_shown(rows)}",
            "c": f"columns are {names_shown(columns)}",
        }
        found = [said[slot] for slot in ("rhs", "c") if slot in self.slots]
        return "; ".join(found) or "an entry is named A[ROW, COLUMN]"

    @staticmethod
    def _put_moving(
        into: dict[Any, Range], place: object, ends: Range, value: Fraction, key: object
    ) -> None:
        if ends[0] < ends[1]:
            _put(into, place, ends, key)
        elif ends[0] != value:
            raise InvalidInputError(
                f"{key!r} is held at {ends[0]}, where the program has {value}; "
                "change the program first."
            )


def _put(into: dict[Any, Range], place: object, ends: Range, key: object) -> None:
    if place in into:
        raise InvalidInputError(f"the domain names {key!r} twice, by name and by index.")
    into[place] = ends


def _ends(interval: Any) -> Range:
    ends: tuple[Bound, Bound] = (interval.low, interval.high)
    return ends


def _kinds(slots: frozenset[str]) -> str:
    words = {"rhs": "row", "c": "column"}
    return " or ".join(words[s] for s in ("rhs", "c") if s in slots) or "pair (row, column)"
