"""Expressions as numbered nodes, each made of earlier ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates._definable_atoms import ATOMS, Kind
from tamemip.certificates._definable_enclosure import EVERYTHING, Enclosure
from tamemip.certificates._definable_facts import Structure
from tamemip.certificates._json import (
    RejectedError,
    as_integer,
    as_list,
    as_mapping,
    as_rational,
    as_text,
    require_keys,
    show,
)
from tamemip.certificates._problem import Bound, bound_to_json, number_to_json

MAX_NAME = 200


@final
@dataclass(frozen=True, slots=True)
class Declaration:
    """What a plugin says about a primitive; a statement lists it as an assumption.

    Parameters
    ----------
    structure
        An o-minimal structure in which it is definable.
    values
        An interval of all its values.
    trend
        With one argument: 1 nondecreasing, -1 nonincreasing, None neither.
    is_total, is_continuous
        Whether it is defined everywhere, and continuous where it is defined.
    citation
        Where this is proved.
    """

    structure: Structure
    values: Enclosure = EVERYTHING
    trend: int | None = None
    is_total: bool = True
    is_continuous: bool = True
    citation: str = ""

    def to_json(self) -> dict[str, object]:
        """What `from_json` reads."""
        v = self.values
        return {
            "structure": self.structure.value,
            "values": [bound_to_json(v.low), bound_to_json(v.high), v.low_open, v.high_open],
            "trend": self.trend,
            "total": self.is_total,
            "continuous": self.is_continuous,
            "citation": self.citation,
        }

    @classmethod
    def from_json(cls, value: object) -> Declaration:
        """Read a declaration strictly.

        Raises
        ------
        RejectedError
            If it is malformed.
        """
        fields = as_mapping(value, "declared")
        keys = ("structure", "values", "trend", "total", "continuous", "citation")
        require_keys(fields, keys)
        trend = fields["trend"]
        if trend is not None and as_integer(trend, "trend") not in (-1, 1):
            raise RejectedError("trend: 1, -1 or null is expected")
        return cls(
            structure_of(fields["structure"]),
            interval_of(fields["values"]),
            trend if isinstance(trend, int) else None,
            as_flag(fields["total"], "total"),
            as_flag(fields["continuous"], "continuous"),
            as_text(fields["citation"], "citation"),
        )


@final
@dataclass(frozen=True, slots=True)
class Node:
    """One operation on earlier nodes.

    Parameters
    ----------
    op
        A name of `ATOMS`.
    of
        Indices of the arguments, all less than that of this node.
    value, name, declared
        What else the operation takes.
    """

    op: str
    of: tuple[int, ...] = ()
    value: Fraction | None = None
    name: str | None = None
    declared: Declaration | None = None

    def to_json(self) -> dict[str, object]:
        """A JSON object without the fields that are None."""
        fields: dict[str, object] = {"op": self.op, "of": list(self.of)}
        if self.value is not None:
            fields["value"] = number_to_json(self.value)
        if self.name is not None:
            fields["name"] = self.name
        if self.declared is not None:
            fields["declared"] = self.declared.to_json()
        return fields


def node_from_json(fields: Mapping[str, object], number: int) -> Node:
    """The node of index `number`, read strictly.

    Raises
    ------
    RejectedError
        If the operation is unknown, an argument is no earlier node, or a field is missing,
        malformed or not asked for.
    """
    require_keys(fields, ("op", "of"), optional=("value", "name", "declared"))
    op = as_text(fields["op"], "op")
    atom = ATOMS.get(op)
    if atom is None:
        raise RejectedError(f"there is no operation {show(op)}")
    require_keys(fields, ("op", "of", *atom.fields))
    of = [as_integer(k, "of") for k in as_list(fields["of"], "of")]
    if any(not 0 <= k < number for k in of):
        raise RejectedError("of: an argument is no earlier node")
    if not atom.least <= len(of) <= atom.most:
        raise RejectedError(f"{op} does not take {len(of)} arguments")
    value = as_rational(fields["value"], "value") if "value" in fields else None
    name = as_text(fields["name"], "name") if "name" in fields else None
    if name is not None and not 0 < len(name) <= MAX_NAME:
        raise RejectedError("name: it is empty, or too long")
    declared = Declaration.from_json(fields["declared"]) if "declared" in fields else None
    if op == "root" and (value is None or value.denominator != 1 or value < 1):
        raise RejectedError("root: a positive integer is expected")
    return Node(op, tuple(of), value, name, declared)


def require_kinds(node: Node, kinds: Mapping[int, Kind]) -> None:
    """Refuse a number where a condition is expected, and the other way round."""
    for place, k in enumerate(node.of):
        wanted = ATOMS[node.op].takes
        if wanted is None:
            is_default = place == len(node.of) - 1 and place % 2 == 0
            wanted = "number" if place % 2 or is_default else "condition"
        if kinds[k] != wanted:
            raise RejectedError(f"{node.op}: argument {place} is no {wanted}")


def digest_of_nodes(nodes: Sequence[Node]) -> str:
    """SHA-256 of all nodes."""
    running = hashlib.sha256()
    for node in nodes:
        text = json.dumps(node.to_json(), sort_keys=True, separators=(",", ":"))
        running.update(text.encode("ascii") + b"\n")
    return running.hexdigest()


def structure_of(value: object) -> Structure:
    """An o-minimal structure by its name."""
    text = as_text(value, "structure")
    found = next((s for s in Structure if s.value == text and s.is_o_minimal), None)
    if found is None:
        raise RejectedError(f"there is no o-minimal structure {show(text)} here")
    return found


def interval_of(value: object) -> Enclosure:
    """``[low, high, low_open, high_open]``, an end that is null being infinite."""
    parts = as_list(value, "interval")
    if len(parts) != 4:
        raise RejectedError(f"an interval has four parts, not {len(parts)}")
    everything = EVERYTHING
    low: Bound = everything.low if parts[0] is None else as_rational(parts[0], "interval")
    high: Bound = everything.high if parts[1] is None else as_rational(parts[1], "interval")
    enclosure = Enclosure.between(
        low,
        high,
        low_open=as_flag(parts[2], "interval"),
        high_open=as_flag(parts[3], "interval"),
    )
    if enclosure.is_empty:
        raise RejectedError("an interval is empty")
    return enclosure


def as_flag(value: object, what: str) -> bool:
    """``true`` or ``false``."""
    if not isinstance(value, bool):
        raise RejectedError(f"{what}: true or false is expected, not {show(value)}")
    return value
