"""How exact numbers are written into certificates."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from tamemip.certificates._problem import number_to_json
from tamemip.errors import InvalidInputError


def json_line(value: object) -> str:
    """One line of JSON."""
    return json.dumps(value, separators=(",", ":"))


def json_steps(steps: Iterable[int]) -> list[int]:
    """Numbers of steps, or other integers."""
    return [operator.index(k) for k in steps]


def json_rows(rows: Iterable[Sequence[int]]) -> list[list[int]]:
    """A list of lists of integers."""
    return [[operator.index(v) for v in row] for row in rows]


def _exact(value: Fraction | int) -> Fraction:
    if isinstance(value, bool | float):
        raise InvalidInputError(
            f"a certificate holds exact numbers, not {value!r}; hand in a Fraction"
        )
    try:
        return value if isinstance(value, Fraction) else Fraction(operator.index(value))
    except TypeError as error:
        raise InvalidInputError(f"an int or a Fraction is expected, not {value!r}") from error


def json_number(value: Fraction | int) -> int | str:
    """A rational as it stands in a file."""
    return number_to_json(_exact(value))


def json_numbers(values: Sequence[Fraction | int]) -> list[int | str]:
    """A full vector."""
    return [json_number(v) for v in values]


def json_vector(values: Mapping[int, Fraction | int]) -> dict[str, object]:
    """A sparse vector over one denominator, without zeros."""
    entries = sorted((operator.index(i), _exact(v)) for i, v in values.items() if v)
    denominator = math.lcm(*[v.denominator for _, v in entries])
    return {
        "d": denominator,
        "i": [i for i, _ in entries],
        "v": [v.numerator * (denominator // v.denominator) for _, v in entries],
    }
