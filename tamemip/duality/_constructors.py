"""The door: `dual_function`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._dual_function import DualFunction, tight_points
from tamemip.duality._linear import build_linear
from tamemip.duality._multipliers import Multipliers
from tamemip.duality._progress import progress_line
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._reports import Watch, merged
from tamemip.duality._tree import Evidence, Tree
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from tamemip.programs import Vector

_METHODS = ("auto", "branch-and-bound", "linear")


class Builder(Protocol):
    """A constructor of dual functions, strong at one right-hand side if it can."""

    def __call__(
        self,
        program: MixedIntegerProgram,
        rhs: tuple[Fraction, ...],
        *,
        limits: Limits,
        watch: Watch | None,
    ) -> DualFunction:
        """Build."""
        ...


def dual_function(
    program: MixedIntegerProgram,
    *,
    method: str = "auto",
    at: Vector | None = None,
    limits: Limits | None = None,
    progress: bool = False,
) -> DualFunction:
    """A function that bounds the optimal value for every right-hand side.

    Parameters
    ----------
    program
        Any mixed-integer linear program with rational data.
    method
        ``"branch-and-bound"``: a minimum over the leaves of a branching tree,
        equal to the value at ``at``. ``"linear"``: the dual of the linear
        relaxation, one affine piece. ``"auto"`` takes branch and bound.
    at
        Right-hand side at which the function shall be strong; the program's own
        if None.
    limits
        Limits of the search. At a limit, or after Ctrl-C, the best valid function
        so far is returned: look at `DualFunction.is_tight` and `DualFunction.report`.
    progress
        Show a progress line on a terminal.

    Returns
    -------
    DualFunction
        Valid everywhere, with its certificate. For an infeasible program it is
        infinite at ``at``; for an unbounded one it is minus infinity (for ``min``).

    Raises
    ------
    InvalidInputError
        If the method is unknown or ``at`` does not fit.
    UnsupportedError
        If the method is one of a later version.

    Notes
    -----
    With ``c`` on integer columns only and all of them multiples of ``g``, the
    function is rounded up to multiples of ``g``: every attainable objective is one.

    References
    ----------
    .. [1] L. A. Wolsey, "Integer programming duality: price functions and
       sensitivity analysis", Mathematical Programming 20 (1981), 173-195.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([1], [[2]], [">="], [1], upper=1)
    >>> F = tm.dual_function(p)
    >>> [F.exact([d]) for d in (0, 1, 2, 3)]
    [Fraction(0, 1), Fraction(1, 1), Fraction(1, 1), inf]
    """
    if method not in _METHODS:
        known = ", ".join(repr(name) for name in _METHODS)
        kind = UnsupportedError if method in _LATER else InvalidInputError
        raise kind(f"method {method!r} is not available; choose one of {known}.")
    if not isinstance(program, MixedIntegerProgram):
        raise InvalidInputError(
            f"dual_function needs a MixedIntegerProgram, not {type(program).__name__}; "
            "read one with tamemip.read or build it with MixedIntegerProgram.from_arrays."
        )
    limits = limits or Limits()
    rhs = program.exact.rhs if at is None else program.exact_rhs(at)
    with progress_line(progress) as watch:
        return _BUILDERS[method](program, rhs, limits=limits, watch=watch)


def _build_branch_and_bound(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    *,
    limits: Limits,
    watch: Watch | None,
) -> DualFunction:
    grown = BranchAndBound(program).grow(rhs, limits=limits, watch=watch)
    return DualFunction.of_grown(program, grown, method="branch-and-bound")


_BUILDERS: dict[str, Builder] = {
    "auto": _build_branch_and_bound,
    "branch-and-bound": _build_branch_and_bound,
    "linear": build_linear,
}


_LATER = frozenset({"chvatal", "mir", "branch-and-cut", "group", "generator", "lagrangian"})


def _best_tree(F: DualFunction, rhs: tuple[Fraction, ...]) -> int:
    """The tree that says most at a right-hand side; only trees with bounds can be refined."""
    grown = [k for k, tree in enumerate(F.trees) if not _is_guard(tree)]
    if len(grown) < 2:
        return grown[0] if grown else 0
    return max(grown, key=lambda k: F.functions[k].exact(rhs))


def _is_guard(tree: Tree) -> bool:
    """Whether a tree is nothing but rays of the root."""
    evidence = tree.nodes[0].evidence
    return (
        evidence is not None
        and bool(evidence.rays)
        and not evidence.duals
        and not evidence.sums
        and tree.nodes[0].children is None
    )


def _guarded(trees: list[Tree], ray: Multipliers) -> tuple[Tree, ...]:
    """The trees, with one ray more in the tree that is nothing but rays."""
    for k, tree in enumerate(trees):
        evidence = tree.nodes[0].evidence
        if evidence is not None and len(trees) > 1 and _is_guard(tree):
            grown = tree.copy()
            grown.nodes[0].evidence = Evidence(rays=[*evidence.rays, ray])
            return (*trees[:k], grown, *trees[k + 1 :])
    guard = Tree()
    guard.nodes[0].evidence = Evidence(rays=[ray])
    return (*trees, guard)


def refine(
    F: DualFunction, rhs: tuple[Fraction, ...], *, limits: Limits | None, progress: bool
) -> DualFunction:
    """See `DualFunction.refine`."""
    if rhs in F.tight_at:
        return F
    try:
        return _refined(F, rhs, limits or Limits(), progress=progress)
    except KeyboardInterrupt:  # at a moment that left nothing new
        return replace(F, report=replace(F.report, stopped="interrupted"))


def _joined(
    F: DualFunction, rhs: tuple[Fraction, ...], limits: Limits, *, progress: bool
) -> DualFunction:
    """A function in closed form with another one that is strong elsewhere.

    The method that made it has the first word, so that a subadditive function stays
    one; where it does not reach the value, branch and bound does.
    """
    with progress_line(progress) as watch:
        builder = _BUILDERS.get(F.method)
        if builder is not None and F.method != "linear":
            G = builder(F.program, rhs, limits=limits, watch=watch)
            F = replace(F | G, method=F.method, report=merged(F.report, G.report))
            if rhs in F.tight_at or G.report.stopped is not None:
                return F
        grown = _build_branch_and_bound(F.program, rhs, limits=limits, watch=watch)
    method = "branch-and-bound" if F.method == "linear" else (F | grown).method
    return replace(F | grown, method=method, report=merged(F.report, grown.report))


def _refined(
    F: DualFunction, rhs: tuple[Fraction, ...], limits: Limits, *, progress: bool
) -> DualFunction:
    if not F.trees:
        return _joined(F, rhs, limits, progress=progress)
    grower = BranchAndBound(F.program)
    trees = list(F.trees)
    ray = grower.root_ray(rhs)
    if ray is not None:
        points = (*F.tight_points, TightPoint(rhs, None, None))
        return replace(F, trees=_guarded(trees, ray), tight_points=points)
    best = _best_tree(F, rhs)
    with progress_line(progress) as watch:
        grown = grower.grow(rhs, tree=trees[best].copy(), limits=limits, watch=watch)
    trees[best] = grown.tree
    points = (*F.tight_points, *tight_points(F.program, grown))
    return DualFunction(
        F.program,
        "branch-and-bound" if F.method == "linear" else F.method,
        tuple(trees),
        points,
        merged(F.report, grown.report),
    )
