"""Looking for a small refutation: root cuts or none, a tree on top, the smaller graph kept."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, final

from tamemip.duality._chvatal_relaxation import CutRelaxation
from tamemip.duality._chvatal_tree import OutOfTimeError, TreeCompiler
from tamemip.duality._cut_system import CutSystem
from tamemip.duality._rounding_cuts import RootCuts, separate_root
from tamemip.duality._rounding_cuts_strategy import Strategy
from tamemip.duality._search import Progress
from tamemip.functions import Node, ceil, combination, threshold

if TYPE_CHECKING:
    from tamemip.duality._reports import Watch

#: Nodes that each way may grow to before the next one takes its turn. Counting nodes, not
#: seconds, makes the same function in every run.
_TURNS = (150, 600)
#: Further nodes for the most advanced way after that, and the factor between two turns.
_LONG_TURN, _FAVOR = 3000.0, 6.0
#: Seconds for root cuts at most; those of single rows end long before.
_ROOT_SECONDS = 15.0
#: Graphs of so few cuts are small enough; of so many, too large to be grown again.
_SMALL, _LARGE = 2, 400

_ROWS = Strategy(levels=(("rows",),))
_EVERYTHING = Strategy()
_FEW_ROUNDS = replace(_ROWS, rounds=2)
_SOME_ROUNDS = Strategy(levels=(("rows",), ("tableau", "parities")), rounds=8)
#: A tree goes on to be smaller if this share of it is done at half of the nodes.
_PROMISING = 0.4
#: Root cuts by turn, None for a tree on the rows alone; and those that are tried in the end,
#: when it is only about the size.
_BY_TURN: tuple[tuple[Strategy | None, ...], ...] = ((_ROWS, None), (_ROWS, None, _EVERYTHING))
_IN_THE_END: tuple[Strategy | None, ...] = (_ROWS, None, _FEW_ROUNDS, _SOME_ROUNDS)


@final
@dataclass(frozen=True, slots=True)
class Proof:
    """``sum(multiplier * row)`` with coefficients <= 0 and a positive right-hand side."""

    rows: tuple[int, ...]
    multipliers: tuple[int, ...]
    n_cuts: int


@final
@dataclass(slots=True)
class Effort:
    """What was spent, the clock, and who watches."""

    deadline: float
    most_nodes: float
    watch: Watch | None = None
    value: float = math.nan
    began: float = field(default_factory=time.monotonic)
    nodes: int = 0
    leaves: int = 0
    solves: int = 0
    is_interrupted: bool = False

    @property
    def is_over(self) -> bool:
        """Whether time or nodes have run out."""
        return time.monotonic() > self.deadline or self.nodes >= self.most_nodes

    def interrupt(self) -> None:
        """Let everything end that goes on after an interrupt."""
        self.deadline, self.is_interrupted = -math.inf, True

    def glance(self, nodes: int, open_nodes: int) -> None:
        """Tell who watches."""
        if self.watch is not None:
            seconds = time.monotonic() - self.began
            self.watch(
                "compiling a tree",
                Progress(nodes, 0, open_nodes, -math.inf, self.value, seconds),
            )

    def add(self, compiler: TreeCompiler, *, nodes: int, leaves: int, solves: int) -> None:
        """Count what a compiler has done since it stood at these counts."""
        self.nodes += compiler.nodes - nodes
        self.leaves += compiler.leaves - leaves
        self.solves += compiler.solves - solves


@final
class ChvatalSearch:
    """Looks for refutations of one cut system at its right-hand side."""

    def __init__(self, system: CutSystem, effort: Effort) -> None:
        self.system, self.effort = system, effort
        self._roots: dict[Strategy, RootCuts] = {}

    def refute(self, target: int | None, *, deadline: float = math.inf) -> Proof | None:
        """A proof that no point costs `target` or less; that none is feasible, for None.

        Several ways take turns; once one has succeeded the others may try to be smaller.

        Raises
        ------
        BetterPointError
            With a point that costs no more than the target.
        UnsupportedError
            If a column without bounds has to be branched on.
        """
        deadline = min(deadline, self.effort.deadline)
        if target is not None:
            self.system.move(target=target)
        ways: dict[Strategy | None, _Way] = {}
        for most_nodes, strategies in zip(_TURNS, _BY_TURN, strict=True):
            for strategy in strategies:
                way = ways.setdefault(strategy, _Way(self, target, strategy))
                proof = way.go_on(deadline, most_nodes)
                if proof is not None:
                    return self._smallest(proof, way, ways, deadline)
        return self._long_run(list(ways.values()), deadline)

    def _long_run(self, ways: list[_Way], deadline: float) -> Proof | None:
        """Turns that favor the most advanced way; how advanced it looks may deceive."""
        more = _LONG_TURN
        while any(way.is_able for way in ways):
            for way in sorted(ways, key=lambda way: -way.progress):
                proof = way.go_on(deadline, way.nodes + more)
                if proof is not None:
                    return proof
                if time.monotonic() > deadline or self.effort.is_over:
                    return None
                more /= _FAVOR
            more *= _FAVOR ** (len(ways) + 1)
        return None

    def _smallest(
        self, best: Proof, winner: _Way, ways: Mapping[Strategy | None, _Way], deadline: float
    ) -> Proof:
        """Let others try: a tree of twice as many nodes as there are cuts is no smaller."""
        try:
            return self._smaller(best, winner, ways, deadline)
        except KeyboardInterrupt:
            self.effort.interrupt()
            return best

    def _smaller(
        self, best: Proof, winner: _Way, ways: Mapping[Strategy | None, _Way], deadline: float
    ) -> Proof:
        for strategy in _IN_THE_END:
            way = ways.get(strategy) or _Way(self, winner.target, strategy)
            if way is winner or not _SMALL < best.n_cuts <= _LARGE:
                continue
            proof = way.go_on(deadline, 1.0 * best.n_cuts)
            if proof is None and way.progress > _PROMISING:
                proof = way.go_on(deadline, 2.0 * best.n_cuts)
            if proof is not None and proof.n_cuts < best.n_cuts:
                best = proof
        return best

    def root(self, strategy: Strategy, target: int | None, deadline: float) -> RootCuts:
        """The root cuts of a strategy, made once."""
        if strategy not in self._roots:
            now = time.monotonic()
            self._roots[strategy] = separate_root(
                self.system,
                deadline=min(now + _ROOT_SECONDS, now + (deadline - now) / 2),
                target=None if target is None else target + 1,
                strategy=strategy,
            )
        return self._roots[strategy]

    def proof(self, rows: Iterable[int], multipliers: Iterable[int]) -> Proof | None:
        """A proof, if integers confirm it."""
        rows, multipliers = tuple(rows), tuple(multipliers)
        total = self.system.combined(rows, multipliers)
        if (total > 0).any() or self.system.sum_of_rhs(rows, multipliers) <= 0:
            return None
        return Proof(rows, multipliers, len(self.system.reachable(rows)))

    # -- functions -------------------------------------------------------------------------

    def node(self, proof: Proof) -> Node:
        """The function of the canonical rhs that a proof at a target gives."""
        system = self.system
        cuts = system.reachable(proof.rows)
        if any(system.m in system.cut(i).rows for i in cuts):
            of = system.combination(proof.rows, proof.multipliers)
            return threshold(of, system.granularity, system.m)
        # The objective is used once, G = f - p t, and min {t : G <= 0} = ceil(f / p).
        place = proof.rows.index(system.m)
        rows = [i for i in proof.rows if i != system.m]
        multipliers = [p for k, p in enumerate(proof.multipliers) if k != place]
        rounded = ceil(system.combination(rows, multipliers, proof.multipliers[place]))
        return combination((), [(system.granularity, rounded)])

    def closed_forms(self) -> list[Node]:
        """What root cuts alone have proved: Chvátal functions of the canonical rhs."""
        made = [root.function(self.system) for root in self._roots.values()]
        return [node for node in made if node is not None]


@final
class _Way:
    """A tree on the root cuts of a strategy, or on none, grown in turns."""

    def __init__(
        self, search: ChvatalSearch, target: int | None, strategy: Strategy | None
    ) -> None:
        self._search, self.target, self._strategy = search, target, strategy
        self._compiler: TreeCompiler | None = None
        self.is_able = True

    @property
    def progress(self) -> float:
        """How much of the tree is done."""
        return -1.0 if self._compiler is None else self._compiler.progress

    @property
    def nodes(self) -> int:
        """Nodes so far."""
        return 0 if self._compiler is None else self._compiler.nodes

    def go_on(self, deadline: float, most_nodes: float) -> Proof | None:
        """Take a turn; None if it ends without a proof."""
        search, effort = self._search, self._search.effort
        if not self.is_able or effort.is_over or time.monotonic() > deadline:
            return None
        if self._compiler is None:
            rows = search.system.relaxation_rows()
            if self._strategy is not None:
                root = search.root(self._strategy, self.target, deadline)
                if (closed := self._closed(root)) is not None:
                    return closed
                rows += [i for i in root.rows if i not in rows]
            relaxation = CutRelaxation(search.system, rows, has_cost=self.target is not None)
            self._compiler = TreeCompiler(relaxation, glance=effort.glance)
        return self._turn(self._compiler, deadline, most_nodes)

    def _turn(self, compiler: TreeCompiler, deadline: float, most_nodes: float) -> Proof | None:
        effort = self._search.effort
        nodes, leaves, solves = compiler.nodes, compiler.leaves, compiler.solves
        most_nodes = min(most_nodes, nodes + effort.most_nodes - effort.nodes)
        try:
            refutation = compiler.refute(deadline=deadline, most_nodes=most_nodes)
        except OutOfTimeError as end:
            self.is_able = end.may_go_on
            return None
        finally:
            effort.add(compiler, nodes=nodes, leaves=leaves, solves=solves)
        return self._search.proof(refutation.rows.keys(), refutation.rows.values())

    def _closed(self, root: RootCuts) -> Proof | None:
        """The proof that root cuts give alone."""
        if root.bound is None or self.target is None or root.bound <= self.target:
            return None
        rows = (*root.price_rows, self._search.system.m)
        return self._search.proof(rows, (*root.price_multipliers, root.price_divisor))
