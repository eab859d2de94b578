"""Unit commitment from the JSON files of PGLib-UC."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeVar, cast, final

from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._unit_commitment import UnitCommitment
from tamemip.plugins.scheduling._unit_commitment_units import RenewableUnit, ThermalUnit

Value = TypeVar("Value")


def read_unit_commitment(path: str | os.PathLike[str]) -> UnitCommitment:
    """Read a unit commitment problem in the format of PGLib-UC [1]_.

    Decimals are read exactly. The file states no optimum, so that ``optimum`` is None.

    Parameters
    ----------
    path
        A JSON file, plain or gzipped. Its name without the ending becomes the instance's.

    Raises
    ------
    InvalidInputError
        If the file is missing, is no JSON (the message names the line) or no such problem
        (the message names the entry).

    References
    ----------
    .. [1] IEEE PES Power Grid Library, "Unit commitment benchmarks" (PGLib-UC),
       https://github.com/power-grid-lib/pglib-uc.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "one.json")
    >>> _ = path.write_text('''{"time_periods": 2, "demand": [10, 12.5], "reserves": [1, 1],
    ... "thermal_generators": {"gas": {"must_run": 0, "power_output_minimum": 5,
    ... "power_output_maximum": 20, "ramp_up_limit": 20, "ramp_down_limit": 20,
    ... "ramp_startup_limit": 20, "ramp_shutdown_limit": 20, "time_up_minimum": 1,
    ... "time_down_minimum": 1, "power_output_t0": 0, "unit_on_t0": 0, "time_down_t0": 9,
    ... "time_up_t0": 0, "startup": [{"lag": 1, "cost": 51.75}],
    ... "piecewise_production": [{"mw": 5, "cost": 200}, {"mw": 20, "cost": 650}]}},
    ... "renewable_generators": {}}''')
    >>> print(read_unit_commitment(path))
    one: unit commitment over 2 hours: 1 thermal unit, 0 renewable units
      demand 10 to 12.5, capacity 20
      reserve 1
    """
    file = Path(path)
    entry = _Entry(str(file), "", _loaded(file))
    hours = entry["time_periods"].integer()
    demand = entry["demand"].series(hours)
    thermal = [
        unit.read(partial(_thermal, name)) for name, unit in entry["thermal_generators"].items()
    ]
    renewable = [
        unit.read(partial(_renewable, name, hours))
        for name, unit in entry["renewable_generators"].items()
    ]
    return entry.read(
        lambda _: UnitCommitment(
            demand,
            thermal,
            reserve=entry["reserves"].series(hours),
            renewable=renewable,
            name=file.name.removesuffix(".gz").removesuffix(".json"),
        )
    )


def _thermal(name: str, entry: _Entry) -> ThermalUnit:
    production = [
        (p["mw"].number(), p["cost"].number()) for p in entry["piecewise_production"].list()
    ]
    startup = [(s["lag"].integer(), s["cost"].number()) for s in entry["startup"].list()]
    for key, power in (("minimum", production[:1]), ("maximum", production[-1:])):
        stated = entry[f"power_output_{key}"]
        if [stated.number()] != [p for p, _ in power]:
            stated.refuse(f"is {stated.value}, but piecewise_production does not say so")
    was_on = entry["unit_on_t0"].integer() == 1
    return ThermalUnit(
        name,
        production,
        startup=startup,
        ramp_up=entry["ramp_up_limit"].number(),
        ramp_down=entry["ramp_down_limit"].number(),
        startup_limit=entry["ramp_startup_limit"].number(),
        shutdown_limit=entry["ramp_shutdown_limit"].number(),
        min_up=entry["time_up_minimum"].integer(),
        min_down=entry["time_down_minimum"].integer(),
        must_run=entry["must_run"].integer() == 1,
        hours_on=entry["time_up_t0"].integer() if was_on else 0,
        hours_off=None if was_on else entry["time_down_t0"].integer(),
        power_before=entry["power_output_t0"].number(),
    )


def _renewable(name: str, hours: int, entry: _Entry) -> RenewableUnit:
    return RenewableUnit(
        name,
        entry["power_output_maximum"].series(hours),
        minimum=entry["power_output_minimum"].series(hours),
    )


@final
class _Entry:
    """A value of the file, and where it stands."""

    def __init__(self, file: str, where: str, value: object) -> None:
        self.file = file
        self.where = where
        self.value = value

    def __getitem__(self, key: str) -> _Entry:
        if not isinstance(self.value, dict):
            self.refuse("is no object")
        if key not in self.value:
            self.refuse(f"has no {key!r}")
        return _Entry(self.file, f"{self.where}/{key}", self.value[key])

    def items(self) -> list[tuple[str, _Entry]]:
        """The entries of an object, by key."""
        if not isinstance(self.value, dict):
            self.refuse("is no object")
        return [(str(key), self[key]) for key in self.value]

    def list(self) -> list[_Entry]:
        """The entries of a list that is not empty."""
        if not isinstance(self.value, list) or not self.value:
            self.refuse("is no list, or an empty one")
        return [_Entry(self.file, f"{self.where}[{k}]", v) for k, v in enumerate(self.value)]

    def number(self) -> Fraction:
        """A number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | Fraction):
            self.refuse(f"is {self.value!r}; a number is needed")
        return Fraction(self.value)

    def integer(self) -> int:
        """An integer that is not negative."""
        value = self.number()
        if value.denominator != 1 or value < 0:
            self.refuse(f"is {value}; an integer of at least 0 is needed")
        return int(value)

    def series(self, hours: int) -> tuple[Fraction, ...]:
        """One number an hour."""
        entries = self.list()
        if len(entries) != hours:
            self.refuse(f"has {len(entries)} entries, but time_periods is {hours}")
        return tuple(entry.number() for entry in entries)

    def read(self, make: Callable[[_Entry], Value]) -> Value:
        """What is made of the entry; refusals say where it stands."""
        try:
            return make(self)
        except InvalidInputError as error:
            if self.file in str(error):
                raise
            raise InvalidInputError(f"{self._here()}: {error}") from None

    def refuse(self, what: str) -> NoReturn:
        """Refuse the entry."""
        raise InvalidInputError(f"{self._here()} {what}.")

    def _here(self) -> str:
        return f"{self.file}: {self.where or 'the file'}"


def _loaded(path: Path) -> object:
    def refuse_constant(word: str) -> NoReturn:
        raise InvalidInputError(f"{path}: there is a {word}; all numbers have to be finite.")

    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
        return cast(
            "object", json.loads(text, parse_float=Fraction, parse_constant=refuse_constant)
        )
    except FileNotFoundError:
        raise InvalidInputError(f"there is no file {path}.") from None
    except RecursionError:
        raise InvalidInputError(f"{path}: the brackets are nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"{path}, line {error.lineno}: this is no JSON ({error.msg}). Is the file complete?"
        ) from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"{path} is not a text file in UTF-8.") from None
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInputError(f"cannot read {path}: {error}.") from None
