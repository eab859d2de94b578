"""A proved branching tree as one function: leaves first, then joint by joint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

from tamemip.duality._mir_tree import Inequality, Key, Lifting, Settled, Weights
from tamemip.duality._mir_tree_prices import Leaves, SharedPrices
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._tree import Evidence, Literals, Tree

if TYPE_CHECKING:
    from tamemip.programs import MixedIntegerProgram

_ZERO, _ONE = Fraction(0), Fraction(1)
#: Weights with longer common denominators are rounded to one of these, if that will do.
_LONG, _DENOMINATORS = 2**12, (2**4, 2**10)

Proof: TypeAlias = tuple[Weights, Inequality]
"""Weights of rows and cuts, and what they prove in the box of a leaf."""


@final
class Folding:
    """Folds the leaves of a proved tree into one inequality without prices.

    Parameters
    ----------
    lifting
        The leaves and joints of the program.
    program
        The program with its cuts as rows, at the right-hand side of the search.
    tree
        The tree, with exact multipliers at its leaves.
    duals
        Dual vectors of the relaxation, which hold in every box.
    """

    def __init__(
        self,
        lifting: Lifting,
        program: MixedIntegerProgram,
        tree: Tree,
        duals: Sequence[Multipliers],
    ) -> None:
        self._lifting, self._program, self._tree = lifting, program, tree
        self._duals, self._data = duals, IntegerData(program.exact)
        self._boxes = dict(tree.leaf_boxes())
        # With the multipliers, so that their ids stay theirs.
        self._known: dict[int, tuple[Multipliers, Settled]] = {}

    def function(self, goal: Fraction | None) -> Inequality | None:
        """``f`` with coefficients of at most the costs, and `goal` as its value if it can be."""
        proofs = {k: proof for k in self._boxes if (proof := self._bound(k)) is not None}
        if len(proofs) < len(self._boxes):
            return None
        goal = max(f.value for _, f in proofs.values()) if goal is None else goal
        proofs = {k: self._refuted(k, proof, goal) for k, proof in proofs.items()}
        shared = self._shared(goal, is_ray=False)
        leaves = {k: f for k, (_, f) in proofs.items()} | shared
        target = min(goal, *(f.value for f in leaves.values()))
        for k in leaves.keys() - shared.keys():
            leaves[k] = self._shortened(k, proofs[k], target)
        return self._folded(self._relieved(leaves, target), self.fallback())

    def guard(self) -> Inequality | None:
        """``f`` with coefficients of at most 0, and a positive value."""
        leaves = self._shared(_ONE, is_ray=True)
        for k in self._boxes.keys() - leaves.keys():
            rays = [f for m in self._evidence(k).rays if (f := self._ray(m, self._boxes[k]))]
            if not rays:
                return None
            leaves[k] = min(rays, key=lambda f: len(f.prices))
        target = min(f.value for f in leaves.values())
        found = self._folded(self._relieved(leaves, target), None)
        return None if found is None or found.value <= 0 else found

    def _shared(self, goal: Fraction, *, is_ray: bool) -> Leaves:
        shared = SharedPrices(self._lifting, self._program, self._tree, is_ray=is_ray)
        return shared.leaves(goal)

    def _relieved(self, leaves: Leaves, target: Fraction) -> Leaves:
        """The leaves without prices that they can do without, but for shared ones."""
        made = {}
        for k, f in leaves.items():
            kept = [
                key for key in f.prices if not self._lifting.is_face(key) and key != self._key(k)
            ]
            made[k] = self._lifting.relieved(f, target, kept) if f.value >= target else f
        return made

    def _evidence(self, k: int) -> Evidence:
        return self._tree.nodes[k].evidence or Evidence()

    def _bound(self, k: int) -> Proof | None:
        """The best of the dual vectors of a leaf."""
        box = self._boxes[k]
        return self._best(self._evidence(k).duals, box) or self._best(self._duals, box)

    def _best(self, duals: Sequence[Multipliers], box: Literals) -> Proof | None:
        found = [(s.weights, self._lifting.leaf(s, box)) for s in map(self._settled, duals)]
        proofs = [(weights, f) for weights, f in found if f is not None]
        return max(proofs, key=lambda proof: proof[1].value, default=None)

    def fallback(self) -> Inequality | None:
        """The best dual vector of the relaxation, without prices."""
        found = self._best(self._duals, {})
        return None if found is None else found[1]

    def _shortened(self, k: int, proof: Proof, target: Fraction) -> Inequality:
        """A leaf with short weights, where its value leaves room for them.

        Weights of many leaves meet in one function; common denominators keep it fast.
        """
        weights, f = proof
        longest = math.lcm(*(w.denominator for w in weights.rows.values()))
        for q in _DENOMINATORS if f.value > target and longest > _LONG else ():
            y = {i: Fraction(round(w * q), q) for i, w in weights.rows.items()}
            found = Weights.of(self._data.multipliers(y, is_ray=False))
            short = self._lifting.leaf(self._lifting.settled(found), self._boxes[k])
            if short is not None and short.value >= target:
                return short
        return f

    def _settled(self, m: Multipliers) -> Settled:
        """Leaves share multipliers: each is settled once."""
        if id(m) not in self._known:
            self._known[id(m)] = (m, self._lifting.settled(Weights.of(m)))
        return self._known[id(m)][1]

    def _ray(self, m: Multipliers, box: Literals) -> Inequality | None:
        """A ray, scaled to the value 1; None if it refutes nothing."""
        found = self._lifting.leaf(self._settled(m), box)
        if found is None or found.value <= 0:
            return None
        scaled = Weights.of(m).times(1 / found.value)
        return self._lifting.leaf(self._lifting.settled(scaled), box)

    def _refuted(self, k: int, proof: Proof, goal: Fraction) -> Proof:
        """The bound of a leaf, raised to the goal by a ray where there is one."""
        box, evidence, value = self._boxes[k], self._evidence(k), proof[1].value
        best = proof
        for ray in evidence.rays if value < goal else ():
            found = self._lifting.leaf(self._settled(ray), box)
            if found is None or found.value <= 0:
                continue
            scaled = Weights.of(ray).times(short_above((goal - value) / found.value))
            for m in (*evidence.duals, *self._duals):
                total = self._lifting.settled(Weights.of(m).plus(scaled))
                raised = self._lifting.leaf(total, box)
                if raised is not None and raised.value > best[1].value:
                    best = (total.weights, raised)
        return best

    def _folded(
        self, leaves: dict[int, Inequality], fallback: Inequality | None
    ) -> Inequality | None:
        """From the leaves to the root, children before parents.

        `fallback` holds everywhere: it steps in for what it is better than.
        """
        nodes = self._tree.nodes
        made: dict[int, Inequality | None] = dict(leaves)
        for k in self._rising():
            children = nodes[k].children
            if children is None:
                continue
            left, right = made.pop(children[0]), made.pop(children[1])
            keys = (self._key(child) for child in children)
            joined = None
            if left is not None and right is not None:
                joined = self._lifting.joined(left, right, *keys)
            is_worse = joined is None or (fallback is not None and joined.value < fallback.value)
            made[k] = fallback if is_worse else joined
        return made[0]

    def _key(self, child: int) -> Key:
        node = self._tree.nodes[child]
        return (node.column, node.side, node.at)

    def _rising(self) -> list[int]:
        """Nodes of the tree, children before parents."""
        order, stack = [], [0]
        while stack:
            k = stack.pop()
            order.append(k)
            stack.extend(self._tree.nodes[k].children or ())
        return order[::-1]


def short_above(value: Fraction) -> Fraction:
    """A short fraction that is at least a positive value, and hardly more."""
    if value <= 0:
        return _ONE
    size = Fraction(2) ** (math.floor(math.log2(value)) - 2 if value < 2**900 else 0)
    return math.ceil(value / size) * size
