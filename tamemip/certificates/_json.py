"""Strict JSON with exact numbers: all that a certificate may contain."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

MAX_DIGITS = 4000
"""Longest number that is read; Python itself refuses to convert more than 4300 digits."""

_LONG_NUMBER = re.compile(rf"[0-9]{{{MAX_DIGITS + 1}}}")
_RATIONAL = re.compile(r"(-?[0-9]+)/([1-9][0-9]*)")
_SHOWN = 60


class RejectedError(Exception):
    """Why a line does not stand; whoever reads the line adds its number and its rule."""


def parse_object(text: str) -> dict[str, object]:
    """Read one JSON object; no floats, no repeated keys, no absurdly long numbers."""
    if len(text) > MAX_DIGITS and _LONG_NUMBER.search(text):
        raise RejectedError(f"a number has more than {MAX_DIGITS} digits")
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise RejectedError(f"not JSON: {error.msg} at character {error.pos}") from None
    except RecursionError:
        raise RejectedError("nested too deeply") from None
    except ValueError as error:
        raise RejectedError(f"a number cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise RejectedError(f"a JSON object is expected, not {show(value)}")
    return value


def require_keys(
    fields: Mapping[str, object], required: Collection[str], *, optional: Collection[str] = ()
) -> None:
    """Refuse missing keys, and keys that nobody asked for."""
    missing = [key for key in required if key not in fields]
    if missing:
        raise RejectedError(f"{missing[0]!r} is missing")
    extra = [key for key in fields if key not in required and key not in optional]
    if extra:
        raise RejectedError(f"unexpected key {show(extra[0])}")


def as_list(value: object, what: str) -> list[object]:
    """A JSON array."""
    if not isinstance(value, list):
        raise RejectedError(f"{what}: a list is expected, not {show(value)}")
    return value


def as_mapping(value: object, what: str) -> Mapping[str, object]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise RejectedError(f"{what}: an object is expected, not {show(value)}")
    return value


def as_text(value: object, what: str) -> str:
    """A JSON string."""
    if not isinstance(value, str):
        raise RejectedError(f"{what}: a string is expected, not {show(value)}")
    return value


def as_integer(value: object, what: str) -> int:
    """An integer; ``true`` is none."""
    if type(value) is not int:
        raise RejectedError(f"{what}: an integer is expected, not {show(value)}")
    return value


def as_integers(value: object, what: str) -> list[int]:
    """A list of integers."""
    values = as_list(value, what)
    if set(map(type, values)) <= {int}:
        return values  # type: ignore[return-value]  # the line above is the proof
    return [as_integer(v, what) for v in values]


def as_indices(value: object, what: str, *, size: int) -> list[int]:
    """Strictly rising integers in ``range(size)``."""
    indices = as_integers(value, what)
    if indices and (indices[0] < 0 or indices[-1] >= size):
        raise RejectedError(f"{what}: an index is not in range({size})")
    if any(a >= b for a, b in pairwise(indices)):
        raise RejectedError(f"{what}: the indices do not rise strictly")
    return indices


def as_rational(value: object, what: str) -> Fraction:
    """An integer, or a string ``"p/q"`` in lowest terms with ``q >= 2``."""
    if type(value) is int:
        return Fraction(value)
    match = _RATIONAL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise RejectedError(f'{what}: an integer or "p/q" is expected, not {show(value)}')
    try:
        p, q = int(match[1]), int(match[2])
    except ValueError as error:
        raise RejectedError(f"{what}: a number cannot be read: {error}") from None
    if q < 2 or math.gcd(p, q) != 1:
        raise RejectedError(f"{what}: {show(value)} is not in lowest terms")
    return Fraction(p, q)


def as_rationals(value: object, what: str, *, size: int) -> tuple[Fraction, ...]:
    """A list of rationals of a given length."""
    values = as_list(value, what)
    if len(values) != size:
        raise RejectedError(f"{what}: {len(values)} numbers where {size} are expected")
    return tuple(as_rational(v, what) for v in values)


def show(value: object) -> str:
    """Text for a message: one short line of ASCII, whatever the value."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, Fraction | int):
        return show_number(value)
    if isinstance(value, float):
        return "inf" if value == math.inf else "-inf" if value == -math.inf else str(value)
    if isinstance(value, str):
        text = ascii(value)
        return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    return "a list" if isinstance(value, list) else "an object"


def show_number(value: Fraction | int) -> str:
    """``p/q``, or the sizes of p and q where they are too long to read."""
    bits = value.numerator.bit_length() + value.denominator.bit_length()
    if bits <= 8 * _SHOWN:
        return str(value)
    return f"(a rational of {value.numerator.bit_length()}/{value.denominator.bit_length()} bits)"


def show_vector(values: Sequence[Fraction | int]) -> str:
    """``(1, 7/2, ...)``, at most eight entries."""
    head = [show_number(v) for v in values[:8]]
    if len(values) > 8:
        head.append(f"... {len(values)} entries")
    return f"({', '.join(head)})"


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise RejectedError("a key occurs twice in one object")
    return fields


def _no_float(text: str) -> object:
    raise RejectedError(f"{show(text)} is no exact number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_no_float, parse_constant=_no_float
)
