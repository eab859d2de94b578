"""Terms read back from the steps of a checked certificate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias, final

from tamemip.functions import (
    Node,
    ceil,
    combination,
    generator,
    group_table,
    maximum,
    mixed_integer_rounding,
    threshold,
)

Step: TypeAlias = Mapping[str, Any]


@final
class TermReader:
    """Finds the node of a step; the steps have been checked.

    Parameters
    ----------
    steps
        The steps of a certificate, in their order.
    objective
        The coordinate of the objective row: the number of canonical rows.
    """

    def __init__(self, steps: Sequence[Step], objective: int) -> None:
        self._steps = steps
        self._objective = objective
        self._made: dict[int, Node] = {}

    def node(self, number: int) -> Node:
        """The node of a step, with those below it made first."""
        stack = [number]
        while stack:
            k = stack[-1]
            missing = [c for c in self._cited(k) if c not in self._made]
            if missing:
                stack.extend(missing)
            else:
                self._made[k] = self._read(k)
                stack.pop()
        return self._made[number]

    def _cited(self, k: int) -> Sequence[int]:
        step = self._steps[k - 1]
        if step["rule"] in ("combine", "maximum", "group-table", "generator"):
            cited: list[int] = step["of"]
            return cited
        pair = [step[name] for name in ("of", "minus") if name in step]
        return [c for c in pair if isinstance(c, int)]

    def _read(self, k: int) -> Node:
        step = self._steps[k - 1]
        return _READERS[step["rule"]](self, step)

    def _combine(self, step: Step) -> Node:
        vector = step["linear"]
        pairs = zip(vector["i"], vector["v"], strict=True)
        linear = {i: Fraction(v, vector["d"]) for i, v in pairs}
        cited = zip(step["weights"], step["of"], strict=True)
        return combination(linear, [(Fraction(w), self._made[c]) for w, c in cited])

    def _ceil(self, step: Step) -> Node:
        return ceil(self._made[step["of"]])

    def _rounding(self, step: Step) -> Node:
        minus = self._made[step["minus"]] if "minus" in step else None
        of, fraction = self._made[step["of"]], Fraction(step["fraction"])
        return mixed_integer_rounding(of, fraction, minus=minus)

    def _maximum(self, step: Step) -> Node:
        return maximum(self._made[c] for c in step["of"])

    def _threshold(self, step: Step) -> Node:
        of, granularity = self._made[step["of"]], Fraction(step["granularity"])
        return threshold(of, granularity, self._objective)

    def _group_table(self, step: Step) -> Node:
        elements, moduli = map(tuple, step["elements"]), step["moduli"]
        pairs = zip(map(tuple, step["generators"]), map(Fraction, step["costs"]), strict=True)
        inputs, weights = (self._made[c] for c in step["of"]), map(Fraction, step["weights"])
        return group_table(inputs, weights, elements, moduli, pairs)

    def _generator(self, step: Step) -> Node:
        pairs = zip(map(tuple, step["sizes"]), map(Fraction, step["profits"]), strict=True)
        inputs, weights = (self._made[c] for c in step["of"]), map(Fraction, step["weights"])
        return generator(inputs, weights, map(tuple, step["capacities"]), pairs)


_READERS: dict[str, Callable[[TermReader, Step], Node]] = {
    "combine": TermReader._combine,
    "ceil": TermReader._ceil,
    "mixed-integer-rounding": TermReader._rounding,
    "maximum": TermReader._maximum,
    "threshold": TermReader._threshold,
    "group-table": TermReader._group_table,
    "generator": TermReader._generator,
}
