"""Regions on which an expression is affine, found by evaluating it on regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

from tamemip.certificates import Domain, Facts, Node
from tamemip.errors import UnsupportedError
from tamemip.tameness._cells_geometry import Region, constant_form, coordinate, minus, plus
from tamemip.tameness._cells_operations import Operands, Value, apply, linear_combination
from tamemip.tameness._cells_splitting import (
    MOST_CELLS,
    CannotSplitError,
    Opaque,
    too_many,
    value_on,
)
from tamemip.tameness._expression import expressions_of
from tamemip.value_functions import AffineForm

Leaf = tuple[Region, AffineForm | None]
"""A region with the function on it; None where it is undefined."""


@final
@dataclass(slots=True)
class _State:
    """A region with the values of nodes there, and the nodes that wait for others."""

    region: Region
    values: dict[int, Value]
    waiting: list[int]
    place: int


@final
@dataclass(slots=True)
class _Part:
    """A part of the domain: cut further, or with its value."""

    region: Region
    parts: list[int] = field(default_factory=list)
    leaves: list[Leaf] = field(default_factory=list)


@final
class CellSearch:
    """The evaluation of one expression on regions that are split where its nodes ask for it."""

    def __init__(
        self, nodes: Sequence[Node], root: int, known: Sequence[Facts], domain: Domain
    ) -> None:
        self._nodes, self._root, self._known = nodes, root, known
        self._axes = {name: i for i, name in enumerate(domain.parameters)}
        places = {n.name: k for k, n in enumerate(nodes) if n.op == "variable"}
        self._variables = {places[name]: i for name, i in self._axes.items() if name in places}
        self._start = Region.of_box([domain.interval(name) for name in domain.parameters])
        self._tree: list[_Part] = []

    def leaves(self) -> list[Leaf]:
        """Disjoint regions that cover the domain; those of one value are joined where split."""
        self._tree = [_Part(self._start)]
        states = [_State(self._start, {}, [self._root], 0)]
        n_leaves = 0
        while states:
            state = states.pop()
            parts = self._advance(state)
            if not parts:
                self._tree[state.place].leaves = [self._leaf(state)]
                n_leaves += 1
            for part in parts:
                part.place = len(self._tree)
                self._tree[state.place].parts.append(part.place)
                self._tree.append(_Part(part.region))
            states += parts
            if n_leaves + len(states) > MOST_CELLS:
                raise too_many()
        for part_of_tree in reversed(self._tree):
            self._join(part_of_tree)
        return self._tree[0].leaves

    def _advance(self, state: _State) -> list[_State]:
        """Evaluate until the root is known, or the region is split: then its parts."""
        while state.waiting:
            k = state.waiting[-1]
            if k in state.values:
                state.waiting.pop()
                continue
            missing = self._try(k, state)
            if missing is not None:
                state.waiting.append(missing)
                continue
            if k in state.values:
                continue
            outcomes = self._outcomes(k, state)
            if len(outcomes) == 1 and outcomes[0][0] is state.region:
                state.values[k] = outcomes[0][1]
                continue
            return [
                _State(region, {**state.values, k: value}, list(state.waiting), 0)
                for region, value in outcomes
            ]
        return []

    def _outcomes(self, k: int, state: _State) -> list[tuple[Region, Value]]:
        args = [state.values[j] for j in self._nodes[k].of]
        try:
            outcomes = apply(Operands(k, self._nodes[k], state.region, args, self._known))
        except CannotSplitError as error:
            raise UnsupportedError(
                f"no cells: where {self._show(k)} splits the domain has no description with "
                f"rational numbers here, for of its argument we know: {error}. Restrict the "
                "domain, or write the function with its pieces."
            ) from None
        assert outcomes, "the parts of a region cover it"
        return outcomes

    def _try(self, k: int, state: _State) -> int | None:
        """An argument that is to be evaluated first; None if the value is known, or may be made."""
        node, facts, values = self._nodes[k], self._known[k], state.values
        if k in self._variables:
            values[k] = coordinate(self._variables[k], state.region.dimension)
            return None
        if facts.is_total:
            if facts.enclosure.value is not None:
                values[k] = self._constant(k, facts.enclosure.value, state)
                return None
            if facts.form.terms != ((k, Fraction(1)),) or facts.form.constant:
                return self._combine(k, state)
        if node.op == "piecewise":
            return self._choose(k, state)
        for j in node.of:
            if j not in values:
                return j
            if values[j] is None or (facts.is_total and values[j] is self._decisive(node)):
                values[k] = values[j]
                return None
        return None

    def _combine(self, k: int, state: _State) -> int | None:
        """A node that is a linear combination of others."""
        form = self._known[k].form
        terms = []
        for j, factor in form.terms:
            if j not in state.values:
                return j
            value = state.values[j]
            if value is None or isinstance(value, bool):
                break
            terms.append((value_on(value, state.region), factor))
        else:
            unknown = Opaque(k, self._known[k].enclosure)
            state.values[k] = linear_combination(terms, form.constant, state.region, unknown)
            return None
        return next((j for j in self._nodes[k].of if j not in state.values), None)

    def _choose(self, k: int, state: _State) -> int | None:
        """The number behind the first condition that holds; later ones are not looked at."""
        of, values = self._nodes[k].of, state.values
        for i in range(0, len(of) - 1, 2):
            if of[i] not in values:
                return of[i]
            truth = values[of[i]]
            if truth is None:
                values[k] = None
                return None
            if truth:
                return self._take(k, of[i + 1], state)
        if len(of) % 2:
            return self._take(k, of[-1], state)
        values[k] = None
        return None

    def _take(self, k: int, chosen: int, state: _State) -> int | None:
        if chosen not in state.values:
            return chosen
        state.values[k] = state.values[chosen]
        return None

    def _decisive(self, node: Node) -> bool | None:
        """The truth that decides a junction."""
        return {"and": False, "or": True}.get(node.op)

    def _constant(self, k: int, value: Fraction, state: _State) -> Value:
        if self._nodes[k].op in ("less", "less-equal", "equal", "and", "or", "not"):
            return bool(value)
        return constant_form(value, state.region.dimension)

    def _leaf(self, state: _State) -> Leaf:
        value = state.values[self._root]
        if value is None:
            return state.region, None
        assert not isinstance(value, bool)
        value = value_on(value, state.region)
        if not isinstance(value, AffineForm):
            raise UnsupportedError(
                f"no cells: the value {self._show(self._root)} is not affine with rational "
                f"coefficients near {tuple(map(str, state.region.inner_point()))}."
            )
        return state.region, value

    def _join(self, part: _Part) -> None:
        """If the parts of a part have one value, it is one leaf."""
        if not part.parts:
            return
        below = [leaf for i in part.parts for leaf in self._tree[i].leaves]
        part.leaves = below
        if any(len(self._tree[i].leaves) != 1 for i in part.parts):
            return
        values = [value for _, value in below]
        if all(value is None for value in values):
            part.leaves = [(part.region, None)]
            return
        for candidate in values:
            if candidate is None:
                return
            if all(v is not None and r.vanishes(plus(v, minus(candidate))) for r, v in below):
                part.leaves = [(part.region, candidate)]
                return

    def _show(self, k: int) -> str:
        return str(expressions_of(self._nodes[: k + 1])[k])
