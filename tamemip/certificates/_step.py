"""One line of a proof, read strictly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, final

from tamemip.certificates._json import (
    RejectedError,
    as_indices,
    as_integer,
    as_integers,
    as_list,
    as_mapping,
    as_rational,
    as_rationals,
    parse_object,
    require_keys,
    show,
)
from tamemip.certificates._problem import SparseVector
from tamemip.errors import CertificateError

Side: TypeAlias = Literal["<=", ">="]

_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")


@final
@dataclass(frozen=True, slots=True)
class ScaledVector:
    """The sparse rational vector ``values / denominator`` at the indices."""

    denominator: int
    indices: Sequence[int]
    values: Sequence[int]

    def to_fractions(self) -> SparseVector:
        """The same vector, one Fraction an entry."""
        return tuple(
            (i, Fraction(v, self.denominator))
            for i, v in zip(self.indices, self.values, strict=True)
        )


@final
@dataclass(frozen=True, slots=True)
class Step:
    """A numbered line: the rule that it names, and what it hands to the rule."""

    number: int
    rule: str
    fields: Mapping[str, object]

    def citation(self, name: str) -> int:
        """The number of an earlier step."""
        return self._earlier(self.fields[name], name)

    def citations(self, name: str) -> tuple[int, ...]:
        """Numbers of earlier steps."""
        return tuple(self._earlier(k, name) for k in as_list(self.fields[name], name))

    def integer(self, name: str) -> int:
        """An integer."""
        return as_integer(self.fields[name], name)

    def index(self, name: str, *, size: int) -> int:
        """An integer in ``range(size)``."""
        return _index(self.fields[name], name, size=size)

    def rational(self, name: str) -> Fraction:
        """A rational number."""
        return as_rational(self.fields[name], name)

    def rationals(self, name: str, *, size: int) -> tuple[Fraction, ...]:
        """A full vector."""
        return as_rationals(self.fields[name], name, size=size)

    def vector(self, name: str, *, size: int) -> ScaledVector:
        """A sparse vector ``{"d": D, "i": indices, "v": integers}``."""
        return _vector(self.fields[name], name, size=size)

    def vectors(self, name: str, *, size: int) -> tuple[ScaledVector, ...]:
        """A list of sparse vectors."""
        return tuple(_vector(v, name, size=size) for v in as_list(self.fields[name], name))

    def bounds(self, name: str, *, size: int) -> list[tuple[int, Side, int]]:
        """A list of bounds ``[column, "<=" or ">=", integer]``."""
        found: list[tuple[int, Side, int]] = []
        for item in as_list(self.fields[name], name):
            triple = as_list(item, name)
            if len(triple) != 3:
                raise RejectedError(f"{name}: a bound has three parts, not {len(triple)}")
            j = _index(triple[0], name, size=size)
            v = as_integer(triple[2], name)
            match triple[1]:
                case "<=":
                    found.append((j, "<=", v))
                case ">=":
                    found.append((j, ">=", v))
                case other:
                    raise RejectedError(f'{name}: "<=" or ">=" is expected, not {show(other)}')
        return found

    def _earlier(self, value: object, name: str) -> int:
        cited = as_integer(value, name)
        if not 1 <= cited < self.number:
            raise RejectedError(f"{name}: step {show(cited)} is not an earlier step")
        return cited


def read_steps(lines: Sequence[str]) -> Iterator[Step]:
    """The steps of a certificate, from the lines after its problem.

    Raises
    ------
    CertificateError
        If a line is malformed, or is not numbered by its place.
    """
    for number, line in enumerate(lines, start=1):
        try:
            yield _read_step(number, line)
        except RejectedError as error:
            raise CertificateError(number, "step", str(error)) from None


def _read_step(number: int, line: str) -> Step:
    fields = parse_object(line)
    if "step" not in fields or "rule" not in fields:
        raise RejectedError("a step has the keys 'step' and 'rule'")
    found = as_integer(fields.pop("step"), "step")
    if found != number:
        raise RejectedError(f"step {number} is expected here, not step {show(found)}")
    rule = fields.pop("rule")
    if not isinstance(rule, str) or not _NAME.fullmatch(rule):
        raise RejectedError(f"{show(rule)} is no name of a rule")
    return Step(number, rule, fields)


def _vector(value: object, name: str, *, size: int) -> ScaledVector:
    fields = as_mapping(value, name)
    require_keys(fields, ("d", "i", "v"))
    denominator = as_integer(fields["d"], f"{name}.d")
    indices = as_indices(fields["i"], f"{name}.i", size=size)
    values = as_integers(fields["v"], f"{name}.v")
    if denominator < 1:
        raise RejectedError(f"{name}.d: the denominator {show(denominator)} is not positive")
    if len(indices) != len(values):
        raise RejectedError(f"{name}: {len(indices)} indices but {len(values)} values")
    if not all(values):
        raise RejectedError(f"{name}.v: a listed entry is zero")
    return ScaledVector(denominator, indices, values)


def _index(value: object, what: str, *, size: int) -> int:
    index = as_integer(value, what)
    if not 0 <= index < size:
        raise RejectedError(f"{what}: {show(index)} is not in range({size})")
    return index
