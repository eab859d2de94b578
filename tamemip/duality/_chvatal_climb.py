"""Chvátal functions proper: the objective climbs one unit at a time, by trees on its face."""

from __future__ import annotations

import time

from tamemip.duality._chvatal_relaxation import CutRelaxation
from tamemip.duality._chvatal_search import Effort
from tamemip.duality._chvatal_tree import OutOfTimeError, TreeCompiler
from tamemip.duality._cut_system import CutSystem
from tamemip.duality._rounding_cuts import separate_root
from tamemip.functions import Node, combination

#: Share of the time for root cuts, and at most so many seconds of it.
_ROOT_SHARE, _ROOT_SECONDS = 0.3, 4.0


def climb(system: CutSystem, steps: int, effort: Effort) -> Node | None:
    """A Chvátal function of the canonical rhs that reaches `steps`, or as far as it gets.

    From ``cost x >= k``, a valid row, a tree refutes the face ``cost x = k``; lifting
    gives ``cost x >= k + 1`` or more.
    """
    now = time.monotonic()
    seconds = min(_ROOT_SHARE * (effort.deadline - now), _ROOT_SECONDS)
    root = separate_root(system, deadline=now + seconds, target=steps)
    if root.bound is None:
        return None
    top = system.add(root.price_rows, root.price_multipliers, root.price_divisor)
    if top is None:
        return None
    rows = system.relaxation_rows()
    rows += [i for i in root.rows if i not in rows]
    while int(system.rhs(top)) < steps:
        higher = _higher(system, rows, top, effort)
        if higher is None:
            break
        top = higher
    return combination((), [(system.granularity, system.node(top))])


def _higher(system: CutSystem, rows: list[int], top: int, effort: Effort) -> int | None:
    """A row that bounds the objective by more; None if time runs out."""
    system.move(target=int(system.rhs(top)))
    compiler = TreeCompiler(CutRelaxation(system, rows), objective_row=top, glance=effort.glance)
    try:
        refutation = compiler.refute(
            deadline=effort.deadline, most_nodes=effort.most_nodes - effort.nodes
        )
        return compiler.lift_objective(refutation) if refutation.faces else None
    except OutOfTimeError:
        return None
    finally:
        effort.add(compiler, nodes=0, leaves=0, solves=0)
