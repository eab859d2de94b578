"""Domains from what a user writes: a text, a mapping, a box."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from tamemip.arithmetic import rationalize_bound
from tamemip.certificates import Domain, Enclosure
from tamemip.errors import InvalidInputError
from tamemip.programs import Box

DomainLike: TypeAlias = "Domain | Box | Mapping[Any, Any] | str | None"
"""A domain, a box, a mapping from a name to its interval, or a text."""

_PART = re.compile(
    r"\s*([^\W\d][\w.]*)\s+in\s+([\[(])\s*([^,\[\]()]+)\s*,\s*([^,\[\]()]+)\s*([\])])\s*"
)
_REAL = re.compile(r"\s*([^\W\d][\w.]*)\s+in\s+R\s*")
_INFINITE = {"oo": math.inf, "+oo": math.inf, "-oo": -math.inf}


def domain_of(spec: DomainLike, names: Iterable[str], *, eliminated: Iterable[str] = ()) -> Domain:
    """The domain of an expression in some variables.

    Parameters
    ----------
    spec
        A `Domain`; a `tm.Box` or a mapping from names to closed intervals, or to objects
        with ``start``, ``end``, ``left_open`` and ``right_open``; or a text such as
        ``"x in [0, 1], y in (0, inf)"``. A variable that is not named there, and every one
        if it is None, ranges over all reals.
    names
        The variables of the expression.
    eliminated
        Those that the expression is no function of: `infimum` ranges over them.

    Raises
    ------
    InvalidInputError
        If an interval is malformed or empty, or if it is about an unknown variable.

    Examples
    --------
    >>> print(domain_of("x in [0, 1/2), y in (0, inf)", ["x", "y", "z"]))
    x in [0, 1/2), y in (0, inf), z in (-inf, inf)
    """
    names = tuple(dict.fromkeys(names))
    if isinstance(spec, Domain):
        intervals = dict(zip(spec.names, spec.intervals, strict=True))
        eliminated = {*eliminated, *spec.eliminated}
        names = tuple(dict.fromkeys((*spec.names, *names)))
    else:
        intervals = _intervals(spec)
    unknown = [name for name in intervals if name not in names]
    if unknown:
        raise InvalidInputError(
            f"the domain speaks of {unknown[0]!r}, which is no variable here; "
            f"the variables are {', '.join(names) if names else 'none'}."
        )
    everything = Enclosure.everything()
    gone = frozenset(eliminated) & frozenset(names)
    return Domain(names, tuple(intervals.get(name, everything) for name in names), gone)


def names_of(spec: DomainLike) -> tuple[str, ...]:
    """The variables that a domain speaks of, in its order."""
    return spec.names if isinstance(spec, Domain) else tuple(_intervals(spec))


def _intervals(spec: Box | Mapping[Any, Any] | str | None) -> dict[str, Enclosure]:
    if spec is None:
        return {}
    if isinstance(spec, str):
        return _from_text(spec)
    if isinstance(spec, Box | Mapping):
        return _from_mapping(spec)
    raise InvalidInputError(
        "a domain is a box, a mapping from names to intervals such as {'x': (0, 1)} or a text "
        f"such as 'x in [0, 1]', not the {type(spec).__name__} {str(spec)[:60]}: it has to say "
        "which variable each interval is of."
    )


def _from_mapping(spec: Box | Mapping[Any, Any]) -> dict[str, Enclosure]:
    found: dict[str, Enclosure] = {}
    for key, pair in spec.items():
        if str(key) in found:
            raise InvalidInputError(
                f"the domain speaks of {str(key)!r} twice: two keys have this name."
            )
        found[str(key)] = _interval(key, pair)
    return found


def _interval(name: Hashable, pair: Any) -> Enclosure:
    if isinstance(pair, Enclosure):
        return _not_empty(name, pair)
    if hasattr(pair, "left_open") and hasattr(pair, "start"):
        return _made(name, pair.start, pair.end, bool(pair.left_open), bool(pair.right_open))
    if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
        raise InvalidInputError(
            f"the interval of {name!r} is {pair!r}; a pair (low, high) is expected. "
            "Only boxes are domains: one interval a variable."
        )
    return _made(name, pair[0], pair[1], False, False)


def _made(name: Hashable, low: Any, high: Any, low_open: bool, high_open: bool) -> Enclosure:
    ends = [
        rationalize_bound(
            _INFINITE.get(str(end).strip(), str(end) if not isinstance(end, float | int) else end),
            what=f"an end of the interval of {name!r}",
        )
        for end in (low, high)
    ]
    if ends[0] == math.inf or ends[1] == -math.inf:
        raise InvalidInputError(f"the interval of {name!r} has no numbers: ({low}, {high}).")
    return _not_empty(
        name, Enclosure.between(ends[0], ends[1], low_open=low_open, high_open=high_open)
    )


def _not_empty(name: Hashable, interval: Enclosure) -> Enclosure:
    if interval.is_empty:
        raise InvalidInputError(
            f"the domain is empty: {name} in {interval}. Put the lesser end first, "
            "and close both ends of an interval that is one point."
        )
    return interval


def _from_text(text: str) -> dict[str, Enclosure]:
    found: dict[str, Enclosure] = {}
    place = 0
    while text[place:].strip():
        match = _PART.match(text, place) or _REAL.match(text, place)
        if match is None:
            raise InvalidInputError(
                f"cannot read the domain at {text[place:].strip()[:40]!r}: write "
                "'x in [0, 1], y in (0, inf)' or 'x in R', one interval with rational ends a "
                "variable, joined by commas."
            )
        name = match[1]
        if name in found:
            raise InvalidInputError(f"the domain speaks of {name!r} twice.")
        found[name] = (
            _made(name, match[3], match[4], match[2] == "(", match[5] == ")")
            if match.re is _PART
            else Enclosure.everything()
        )
        place = match.end()
        if place < len(text) and text[place] not in ",;":
            raise InvalidInputError(
                f"cannot read the domain at {text[place:].strip()[:40]!r}: a comma is expected "
                "between intervals, and each variable has one, as in 'x in [0, 1], y in (0, inf)'."
            )
        place += 1
    return found
