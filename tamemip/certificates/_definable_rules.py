"""Deriving the facts of all nodes of an expression on a domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import final

from tamemip.certificates._definable_arithmetic import ARITHMETIC
from tamemip.certificates._definable_borders import MOST_BRANCHES, is_pasted
from tamemip.certificates._definable_contexts import pinned, refine
from tamemip.certificates._definable_enclosure import Enclosure
from tamemip.certificates._definable_facts import ALL, Domain, Facts
from tamemip.certificates._definable_functions import FUNCTIONS
from tamemip.certificates._definable_lines import lines_of, shape_of
from tamemip.certificates._definable_logic import LOGIC, extremum, same
from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._definable_premises import (
    Context,
    Draft,
    Premises,
    Rule,
    combined,
    conclude,
    meet,
    refined,
    unique,
)
from tamemip.certificates._definable_rounding import ROUNDING
from tamemip.certificates._json import RejectedError, show

MAX_DEPTH = 8
"""So many conditions are used at once; those inside of them are read without."""

_RULES: dict[str, Rule] = ARITHMETIC | ROUNDING | FUNCTIONS | LOGIC


def derive(nodes: Sequence[Node], domain: Domain) -> tuple[Facts, ...]:
    """The facts of every node, arguments first; no recursion along the graph.

    Parameters
    ----------
    nodes
        Each made of earlier ones.
    domain
        The intervals of the variables.

    Raises
    ------
    RejectedError
        If a variable is none of the domain, or a constant is unknown.

    Examples
    --------
    The ceiling of ``1/a`` on ``[1/8, 1]``:

    >>> from fractions import Fraction
    >>> from tamemip.certificates import Domain, Enclosure, Node
    >>> x, inverse = Node("variable", name="a"), Node("power", (0,), value=Fraction(-1))
    >>> domain = Domain(("a",), (Enclosure.between(Fraction(1, 8), 1),))
    >>> facts = derive([x, inverse, Node("ceiling", (1,))], domain)[-1]
    >>> facts.structure, facts.pieces
    (<Structure.SEMILINEAR: 'semilinear'>, 8)
    """
    derivation = _Derivation(nodes, domain)
    return tuple(derivation.at(k) for k in range(len(nodes)))


class _MissingError(Exception):
    """The facts of a node in a context are asked for before they are known."""

    def __init__(self, context: Context, node: int) -> None:
        self.context, self.node = context, node


@final
class _Derivation:
    """Facts by context and node, with an explicit stack instead of recursion."""

    def __init__(self, nodes: Sequence[Node], domain: Domain) -> None:
        self.nodes = list(nodes)
        self._domain = domain
        self._place = {name: i for i, name in enumerate(domain.names)}
        self._place_of = {
            k: self._place[node.name]
            for k, node in enumerate(nodes)
            if node.op == "variable" and node.name in self._place
        }
        self._root = Context(domain.intervals)
        self._facts: dict[int, dict[int, Facts]] = {id(self._root): {}}
        self._parent: dict[int, Context] = {}
        self._parts: dict[tuple[int, int, str], Context | None] = {}
        self._kept: list[Context] = [self._root]  # contexts are known by id: keep them alive
        self._is_univariate = len(domain.names) == 1 and not domain.eliminated
        self._lines = lines_of(nodes, domain.intervals[0]) if self._is_univariate else ()
        # Facts on parts of the domain: first those that structures need, then those of borders.
        self._budget = 3 * len(nodes) + 3_000
        self._budget_of_borders = 3 * len(nodes) + 3_000
        self._closed: set[int] = set()

    def at(self, node: int) -> Facts:
        """The facts of a node on the whole domain."""
        stack = [(self._root, node)]
        while stack:
            context, k = stack[-1]
            known = self._facts[id(context)]
            if k in known:
                stack.pop()
                continue
            try:
                known[k] = self._drawn(context, k, self._infer(context, k))
            except _MissingError as missing:
                stack.append((missing.context, missing.node))
            else:
                stack.pop()
        return self._facts[id(self._root)][node]

    def _drawn(self, context: Context, k: int, facts: Facts) -> Facts:
        """The facts, sharpened by the function of one variable where it is written out."""
        line = self._lines[k] if self._lines else None
        if context is not self._root or line is None or not (facts.is_total and facts.upset == ALL):
            return facts
        shape = shape_of(line)
        return replace(
            facts,
            is_continuous=facts.is_continuous or shape.is_continuous,
            values=facts.values if shape.values is None else shape.values,
            pieces=shape.pieces,
            laps=1 if shape.trend is not None else shape.pieces,
            trend=shape.trend,
        )

    def lookup(self, context: Context, k: int) -> Facts:
        found = self._facts[id(context)].get(k)
        if found is None:
            raise _MissingError(context, k)
        return found

    def weaker(self, context: Context, k: int) -> Facts:
        """Facts on this part of the domain, or else on a larger part."""
        while (found := self._facts[id(context)].get(k)) is None:
            if context is self._root:
                raise _MissingError(context, k)
            context = self._parent[id(context)]
        return found

    def _infer(self, context: Context, k: int) -> Facts:
        node = self.nodes[k]
        if context is not self._root:
            if not self._may_go_on(context):
                return self.weaker(self._parent[id(context)], k)
            if not self._matters(context, k):
                return self.lookup(self._parent[id(context)], k)
        if node.op == "piecewise":
            return self._piecewise(context, k)
        if node.op == "variable":
            return self._variable(context, k)
        if node.op in ("infimum", "supremum", "argmin", "argmax"):
            return self._extremum(context, k)
        args = [self.lookup(context, j) for j in node.of]
        return _RULES[node.op](self._premises(context, k, args))

    def _may_go_on(self, context: Context) -> bool:
        if id(context) in self._closed:
            self._budget_of_borders -= 1
            return self._budget_of_borders >= 0
        self._budget -= 1
        return self._budget >= 0

    def _premises(self, context: Context, k: int, args: Sequence[Facts]) -> Premises:
        return Premises(
            index=k,
            node=self.nodes[k],
            args=args,
            context=context,
            facts_of=lambda j: self.weaker(context, j),
            rounded_argument=self._rounded_argument,
            is_univariate=self._is_univariate,
        )

    def _rounded_argument(self, k: int) -> tuple[int, str] | None:
        node = self.nodes[k]
        return (node.of[0], node.op) if node.op in ("floor", "ceiling") else None

    def _matters(self, context: Context, k: int) -> bool:
        """Whether a context says more about a node than the one around it."""
        parent = self._parent[id(context)]
        if context.nonzero != parent.nonzero:
            return True
        if any(j <= k and parent.known.get(j) != e for j, e in context.known.items()):
            return True
        variables = self.weaker(parent, k).variables
        pairs = enumerate(zip(context.box, parent.box, strict=True))
        return any(variables >> i & 1 and a != b for i, (a, b) in pairs)

    def _variable(self, context: Context, k: int) -> Facts:
        name = self.nodes[k].name
        place = self._place.get(name or "")
        if place is None:
            raise RejectedError(f"the domain has no variable {show(name)}")
        draft = Draft(
            context.box[place],
            ALL,
            local=True,
            is_continuous=True,
            pieces=1,
            laps=1,
            trend=1,
            variables=1 << place,
        )
        return conclude(self._premises(context, k, []), draft)

    # -- conditions --------------------------------------------------------------------

    def _part(self, context: Context, condition: int, *, holds: bool) -> Context | None:
        """Around a border, all parts are closed: those of the inner conditions, too."""
        if id(context) in self._closed:
            return self.closed_part(context, condition, holds=holds)
        key = (id(context), condition, str(holds))
        if key not in self._parts:
            if context.depth >= MAX_DEPTH or self._budget < 0:
                return context
            part = self._refined(context, condition, holds=holds, is_closed=False)
            self._keep(part, context)
            self._parts[key] = part
        return self._parts[key]

    def _refined(
        self, context: Context, condition: int, *, holds: bool, is_closed: bool
    ) -> Context | None:
        return refine(
            self.nodes,
            self._place_of,
            context,
            partial(self.weaker, context),
            condition,
            holds=holds,
            is_closed=is_closed,
        )

    def closed_part(self, context: Context, condition: int, *, holds: bool) -> Context | None:
        """A set that holds the closure of such a part, if its comparisons are continuous."""
        key = (id(context), condition, f"closed {holds}")
        if key not in self._parts:
            if context.depth >= MAX_DEPTH + MOST_BRANCHES or self._budget_of_borders < 0:
                return context
            part = self._refined(context, condition, holds=holds, is_closed=True)
            self._keep(part, context, is_closed=True)
            self._parts[key] = part
        return self._parts[key]

    def border(self, context: Context, comparison: int) -> Context | None:
        """A set that holds the points where the two sides of a comparison are equal."""
        key = (id(context), comparison, "border")
        if key not in self._parts:
            facts_of = partial(self.weaker, context)
            left, right = (facts_of(j) for j in self.nodes[comparison].of)
            form = combined([(Fraction(1), left), (Fraction(-1), right)], Fraction(0))
            if form is None or self._budget_of_borders < 0:
                return context
            part = pinned(self.nodes, self._place_of, context, facts_of, form)
            self._keep(part, context, is_closed=True)
            self._parts[key] = part
        return self._parts[key]

    def _keep(self, part: Context | None, parent: Context, *, is_closed: bool = False) -> None:
        if part is None or part is parent:
            return
        if is_closed:
            self._closed.add(id(part))
        self._kept.append(part)
        self._facts[id(part)] = {}
        self._parent[id(part)] = parent

    def _piecewise(self, context: Context, k: int) -> Facts:
        """The join over all branches that some point reaches, each on its part of the domain."""
        of = self.nodes[k].of
        here: Context | None = context
        conditions: list[Facts] = []
        live: list[Facts] = []
        for place in range(0, len(of) - 1, 2):
            if here is None:
                break
            condition = self.lookup(here, of[place])
            value = condition.enclosure.value
            conditions.append(condition)
            if value == 0:
                continue
            part = self._part(here, of[place], holds=True)
            if part is not None:
                live.append(self.lookup(part, of[place + 1]))
            if value == 1:
                here = None
                break
            here = self._part(here, of[place], holds=False)
        if here is not None and len(of) % 2:
            live.append(self.lookup(here, of[-1]))
            here = None
        return self._join(context, k, conditions, live, is_covered=here is None)

    def _join(
        self,
        context: Context,
        k: int,
        conditions: Sequence[Facts],
        live: Sequence[Facts],
        *,
        is_covered: bool,
    ) -> Facts:
        p = self._premises(context, k, [*conditions, *live])
        is_smooth = all(f.is_continuous and f.is_total for f in live)
        open_conditions = [c for c in conditions if c.enclosure.value is None]
        if len(live) == 1 and is_covered:
            return same(p, live[0])
        everything = [*open_conditions, *live]
        enclosure = live[0].enclosure if live else Enclosure.everything()
        for facts in live[1:]:
            enclosure = enclosure.hull(facts.enclosure)
        upset = meet(f.upset for f in everything)
        counts = [f.values for f in live]
        return conclude(
            p,
            Draft(
                enclosure,
                upset,
                local=all(f.local for f in everything) and all(f.is_total for f in p.args),
                is_total=is_covered,
                is_continuous=is_smooth and is_pasted(self, context, self.nodes[k].of),
                is_integer=bool(live) and all(f.is_integer for f in live),
                values=sum(c for c in counts if c is not None) if None not in counts else None,
                pieces=refined(f.pieces for f in everything),
                undefined=(
                    "no condition of the piecewise function may hold somewhere",
                    "add a default",
                ),
                support=upset,
                obligations=unique(o for f in everything for o in f.obligations),
            ),
        )

    # -- projections -------------------------------------------------------------------

    def _extremum(self, context: Context, k: int) -> Facts:
        """The body is read on the whole interval of its variable, whatever conditions say."""
        node = self.nodes[k]
        place = self._place.get(node.name or "")
        if place is None:
            raise RejectedError(f"the domain has no variable {show(node.name)}")
        outer = self._root if context is self._root else self._freed(context, place)
        body = self.lookup(outer, node.of[0])
        interval = self._root.box[place]
        return extremum(self._premises(context, k, [body]), place, interval)

    def _freed(self, context: Context, place: int) -> Context:
        """A context that says nothing about one variable."""
        if context.box[place] == self._root.box[place] and not (context.known or context.nonzero):
            return context
        return self._root
