"""What the form of a term proves about it: classes, subadditivity, finiteness, constants.

Nothing here looks at values. A fault names the smallest part that breaks a property.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never, final

from tamemip.errors import UnsupportedError
from tamemip.functions._nodes import (
    ZERO,
    Ceil,
    Combination,
    Guarded,
    Maximum,
    Minimum,
    MixedIntegerRounding,
    Node,
    Threshold,
    children,
    combination,
    generator,
    group_table,
    topological,
)
from tamemip.functions._readings import exact_value, threshold_carrier
from tamemip.functions._tables import Generator, GroupTable


@final
@dataclass(frozen=True, slots=True)
class Fault:
    """The smallest part of a term that breaks a property, and why it does."""

    node: Node
    reason: str


# -- classes of terms --------------------------------------------------------------------


def fault_of_kind(root: Node, kinds: tuple[type[Node], ...]) -> Fault | None:
    """The first part of another kind, or a combination that is not subadditive by its form."""
    for node in topological(root):
        if not isinstance(node, kinds):
            allowed = ", ".join(kind.__name__ for kind in kinds)
            return Fault(node, f"a {type(node).__name__} is not among {allowed}")
        if isinstance(node, Combination) and (reason := _combination_reason(node)):
            return Fault(node, reason)
    return None


def fault_of_weights(root: Node) -> Fault | None:
    """The first combination with a negative weight on a part."""
    for node in topological(root):
        if isinstance(node, Combination):
            for w, part in node.parts:
                if w < 0:
                    return Fault(node, f"a {type(part).__name__} has the negative weight {w}")
    return None


# -- subadditivity -----------------------------------------------------------------------


def fault_of_subadditivity(root: Node) -> Fault | None:
    """None if the form proves that a term is subadditive and 0 at 0.

    One rule a kind, each an easy inequality (`docs/theory/terms.md` has the proofs):
    combinations without constant and with nonnegative weights on parts, ceilings and
    roundings of such functions, maxima, functions with such guards, and thresholds of
    such functions that are nondecreasing in the threshold's own coordinate. A maximum may
    also have members that are nothing but guards.
    """
    faults: dict[Node, Fault | None] = {}
    for node in topological(root):
        faults[node] = _fault(node, faults)
    return faults[root]


def _fault(node: Node, faults: Mapping[Node, Fault | None]) -> Fault | None:
    inherited = [faults[child] for child in children(node)]
    match node:
        case Combination():
            reason = _combination_reason(node)
        case Ceil() | MixedIntegerRounding():
            reason = None
        case Maximum():
            mere_guards = [f for f in node.of if _is_mere_guard(f, faults)]
            inherited = [faults[f] for f in node.of if f not in mere_guards]
            reason = None if inherited else "no member of the maximum has a value at 0"
        case Minimum():
            reason = "a minimum of subadditive functions need not be subadditive"
        case Guarded():
            reason = "without a function under its guards it is not 0 at 0"
            reason = None if node.of is not None else reason
        case Threshold():
            reason = _threshold_reason(node)
        case GroupTable() | Generator():
            reason = _table_reason(node)
        case _:
            assert_never(node)
    first = next((fault for fault in inherited if fault is not None), None)
    if first is not None:
        return first
    return None if reason is None else Fault(node, reason)


def _combination_reason(node: Combination) -> str | None:
    if node.constant:
        return f"the constant {node.constant} keeps it from being 0 at 0"
    for w, part in node.parts:
        if w < 0:
            return f"a {type(part).__name__} has the negative weight {w}"
    return None


def _is_mere_guard(node: Node, faults: Mapping[Node, Fault | None]) -> bool:
    if not isinstance(node, Guarded) or node.of is not None:
        return False
    return all(faults[guard] is None for guard in node.guards)


def _threshold_reason(node: Threshold) -> str | None:
    falls, is_plain = False, True
    for part in topological(node.of):
        match part:
            case GroupTable() | Generator():
                return f"a {type(part).__name__} stands inside"
            case Combination():
                weight = dict(part.linear).get(node.coordinate, ZERO)
                if weight < 0:
                    return f"what is inside falls with its own coordinate, by the weight {weight}"
                falls = falls or weight > 0
                is_plain = is_plain and all(w > 0 for w, _ in part.parts)
            case Maximum() | Minimum() | Guarded():
                is_plain = False
            case Ceil() | MixedIntegerRounding() | Threshold():
                pass
            case _:
                assert_never(part)
    # Sums of products of positive weights: the carrier need not be computed, which takes
    # denominators of thousands of digits in deep graphs.
    if falls and is_plain:
        return None
    try:
        threshold_carrier(node)
    except UnsupportedError as error:
        return str(error)
    return None


def _table_reason(node: GroupTable | Generator) -> str | None:
    """Tables are subadditive in integers; inputs that are not linear need monotonicity too."""
    for k, part in enumerate(node.inputs):
        if is_linear(part):
            continue
        if part not in whole_nodes(part):
            return f"input {k} is neither linear nor always an integer"
        if not rises_with_input(node, k):
            return f"input {k} is not linear, and the table does not rise with it"
    return None


def rises_with_input(node: GroupTable | Generator, k: int) -> bool:
    """Whether a table is nondecreasing in an input, on integers.

    It is if its value ``N`` at ``-e_k`` is not positive: ``N(y - e_k) <= N(y) + N(-e_k)``.
    """
    inputs = [combination({i: 1}) for i in range(len(node.inputs))]
    if isinstance(node, GroupTable):
        plain = group_table(inputs, node.weights, node.elements, node.moduli, node.generators)
    else:
        plain = generator(inputs, node.weights, node.capacities, node.columns)
    step = [Fraction(-int(i == k)) for i in range(len(inputs))]
    return exact_value(plain, step) <= 0


# -- integrality and finiteness -------------------------------------------------------------


def whole_nodes(root: Node) -> frozenset[Node]:
    """The parts whose values are integers (or infinite) for every argument, by their form."""
    whole: set[Node] = set()
    for node in topological(root):
        if is_whole(node, whole):
            whole.add(node)
    return frozenset(whole)


def is_whole(node: Node, whole: Collection[Node]) -> bool:
    """Whether a node is whole, if one knows which of the nodes that it is made of are."""
    match node:
        case Combination():
            is_integral = node.constant.denominator == 1 and not node.linear
            return is_integral and all(
                w.denominator == 1 and part in whole for w, part in node.parts
            )
        case Ceil():
            return True
        case MixedIntegerRounding():
            return node.minus is None and node.of in whole
        case Maximum() | Minimum():
            return all(f in whole for f in node.of)
        case Guarded():
            return node.of is None or node.of in whole
        case Threshold():
            return node.granularity.denominator == 1
        case GroupTable() | Generator():
            return False
        case _:
            assert_never(node)


@final
@dataclass(frozen=True, slots=True)
class Ends:
    """Whether a value may be ``inf`` or ``-inf``, as far as the form tells."""

    above: bool
    below: bool

    @property
    def is_finite(self) -> bool:
        """Whether every value is finite."""
        return not (self.above or self.below)


def ends(root: Node) -> Mapping[Node, Ends]:
    """Which infinities the values of each part may take."""
    result: dict[Node, Ends] = {}
    for node in topological(root):
        result[node] = ends_of(node, result)
    return result


def ends_of(node: Node, known: Mapping[Node, Ends]) -> Ends:
    """The infinities of a node, from those of the nodes that it is made of."""
    match node:
        case Combination():
            above = any(known[f].above if w > 0 else known[f].below for w, f in node.parts)
            below = any(known[f].below if w > 0 else known[f].above for w, f in node.parts)
            return Ends(above, below)
        case Ceil() | MixedIntegerRounding() | Maximum() | Minimum():
            inner = [known[child] for child in children(node)]
            return Ends(any(e.above for e in inner), any(e.below for e in inner))
        case Guarded():
            if node.of is None:
                return Ends(bool(node.guards), True)
            return Ends(bool(node.guards) or known[node.of].above, known[node.of].below)
        case Threshold():
            return Ends(not known[node.of].is_finite, False)
        case GroupTable() | Generator():
            return Ends(True, False)
        case _:
            assert_never(node)


# -- Lipschitz constants ---------------------------------------------------------------------


@final
@dataclass(frozen=True, slots=True)
class Steepness:
    """How fast a continuous term can change.

    Attributes
    ----------
    by_row
        Interval of the partial derivatives, for every row that the term reads.
    constant
        ``|F(d) - F(e)| <= constant * max |d_i - e_i|``.
    """

    by_row: Mapping[int, tuple[Fraction, Fraction]]
    constant: Fraction


_FLAT = Steepness({}, ZERO)


def steepness(root: Node) -> Steepness:
    """Bounds on the derivatives of a continuous term, exact for linear functions.

    A rounding multiplies derivatives by something between 0 and ``1/r``; a rounding of a
    pair has those of ``f/r`` or of ``g/r``. The constant is, at every part, the smaller
    one of what the derivatives by row add up to and what the constants of its parts give.

    Raises
    ------
    UnsupportedError
        For ceilings, guards and thresholds: they jump.
    """
    known: dict[Node, Steepness] = {}
    for node in topological(root):
        by_row, constant = _steepness(node, known)
        total = sum((max(-low, high) for low, high in by_row.values()), ZERO)
        known[node] = Steepness(by_row, min(constant, total))
    return known[root]


def _steepness(
    node: Node, known: Mapping[Node, Steepness]
) -> tuple[dict[int, tuple[Fraction, Fraction]], Fraction]:
    match node:
        case Combination():
            by_row = {i: (w, w) for i, w in node.linear}
            constant = sum((abs(w) for _, w in node.linear), ZERO)
            for w, part in node.parts:
                constant += abs(w) * known[part].constant
                for i, (low, high) in known[part].by_row.items():
                    own = by_row.get(i, (ZERO, ZERO))
                    scaled = (w * low, w * high)
                    by_row[i] = (own[0] + min(scaled), own[1] + max(scaled))
            return by_row, constant
        case MixedIntegerRounding():
            inner = [known[child] for child in children(node)]
            hull = _hull(inner if node.minus is not None else [*inner, _FLAT])
            by_row = {i: (low / node.fraction, high / node.fraction) for i, (low, high) in hull}
            return by_row, max(e.constant for e in inner) / node.fraction
        case Maximum() | Minimum():
            inner = [known[f] for f in node.of]
            return dict(_hull(inner)), max(e.constant for e in inner)
        case Ceil() | Guarded() | Threshold() | GroupTable() | Generator():
            raise UnsupportedError(
                f"a {type(node).__name__} jumps: the function has no Lipschitz constant."
            )
        case _:
            assert_never(node)


def _hull(inner: list[Steepness]) -> list[tuple[int, tuple[Fraction, Fraction]]]:
    """The smallest intervals that hold those of all functions, row by row."""
    hull = []
    for i in sorted({i for e in inner for i in e.by_row}):
        own = [e.by_row.get(i, (ZERO, ZERO)) for e in inner]
        hull.append((i, (min(low for low, _ in own), max(high for _, high in own))))
    return hull


# -- rows ---------------------------------------------------------------------------------------


def fault_of_rows(root: Node, n_rows: int) -> Fault | None:
    """The first part that reads a coordinate its argument does not have.

    Inside a threshold the argument is as long as the threshold's coordinate says, plus 1.
    """
    seen: set[tuple[Node, int]] = set()
    stack = [(root, n_rows)]
    while stack:
        node, length = stack.pop()
        if (node, length) in seen:
            continue
        seen.add((node, length))
        if isinstance(node, Combination):
            for i, _ in node.linear:
                if not 0 <= i < length:
                    return Fault(node, f"it reads coordinate {i}, of an argument of {length}")
        if isinstance(node, Threshold):
            if not n_rows <= node.coordinate <= length:
                return Fault(node, f"its coordinate is {node.coordinate}, after {length} others")
            length = node.coordinate + 1
        stack.extend((child, length) for child in children(node))
    return None


def is_affine(node: Node) -> bool:
    """Whether a node is an affine function, by its form."""
    return isinstance(node, Combination) and not node.parts


def is_linear(node: Node) -> bool:
    """Whether a node is a linear function, by its form."""
    return isinstance(node, Combination) and not (node.parts or node.constant)
