"""Infima and minimisers over a variable, as quantified formulas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from tamemip.certificates import Enclosure
from tamemip.tameness._smtlib_text import both, inequalities


@final
@dataclass(frozen=True, slots=True)
class Projection:
    """An extremum of a function that is defined on the whole interval of a variable.

    Attributes
    ----------
    op
        ``"infimum"``, ``"supremum"``, ``"argmin"`` or ``"argmax"``.
    variable
        The symbol of the variable, free in the body.
    interval
        Where it ranges.
    body
        The term whose extremum is taken.
    stem
        A prefix of symbols that are free to use.
    """

    op: str
    variable: str
    interval: Enclosure
    body: str
    stem: str

    def lines(self, value: str, where: str | None) -> list[str]:
        """Commands that declare the value, and define it where there is one."""
        fact = self._is_value(value)
        fact = fact if where is None else f"(=> {where} {fact})"
        return [f"(declare-const {value} Real)", f"(assert {fact})"]

    def exists(self) -> str:
        """Whether there is a value: whether the infimum is finite, or attained."""
        m = f"{self.stem}.m"
        formula = self._bounds(m) if self._is_extremum else self._is_value(m)
        return f"(exists (({m} Real)) {formula})"

    @property
    def _is_extremum(self) -> bool:
        return self.op in ("infimum", "supremum")

    def _is_value(self, m: str) -> str:
        if self._is_extremum:
            return both([self._bounds(m), self._is_approached(m)])
        best = self._at(m)
        no_worse = f"({self._no_more} {best} {self.body})"
        is_first = f"(=> (< {self.variable} {m}) ({self._less} {best} {self.body}))"
        return both([*inequalities(m, self.interval), self._all(both([no_worse, is_first]))])

    def _bounds(self, m: str) -> str:
        return self._all(f"({self._no_more} {m} {self.body})")

    def _is_approached(self, m: str) -> str:
        """No better bound than m."""
        e = f"{self.stem}.e"
        inside = both(
            [*inequalities(self.variable, self.interval), f"({self._less} {self.body} {e})"]
        )
        close = f"(exists (({self.variable} Real)) {inside})"
        return f"(forall (({e} Real)) (=> ({self._less} {m} {e}) {close}))"

    def _all(self, formula: str) -> str:
        inside = inequalities(self.variable, self.interval)
        body = f"(=> {both(inside)} {formula})" if inside else formula
        return f"(forall (({self.variable} Real)) {body})"

    def _at(self, m: str) -> str:
        return f"(let (({self.variable} {m})) {self.body})"

    @property
    def _no_more(self) -> str:
        return "<=" if self.op in ("infimum", "argmin") else ">="

    @property
    def _less(self) -> str:
        return "<" if self.op in ("infimum", "argmin") else ">"
