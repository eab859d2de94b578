"""What growing a tree gives, and what it took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.duality._search import Progress
from tamemip.duality._tree import Tree

Point: TypeAlias = tuple[Fraction, ...]
Watch: TypeAlias = Callable[[str, Progress], None]
"""Called with the stage of the search and a glance at it."""


@final
@dataclass(frozen=True, slots=True)
class BuildReport:
    """What building took.

    Attributes
    ----------
    nodes, relaxations
        Nodes solved; linear programs solved, strong branching included.
    leaves_before
        Leaves before branches that no proof needs were cut away.
    search_seconds, proof_seconds
        Time in floats, time in exact arithmetic.
    stopped
        None if the search was finished, else why not: "seconds", "nodes", "gap",
        "interrupted", or "precision" where floats cannot tell what is left to tell.
    reason
        Why the method was taken, where ``method="auto"`` took it.
    """

    nodes: int
    relaxations: int
    leaves_before: int
    search_seconds: float
    proof_seconds: float
    stopped: str | None
    reason: str = ""


@final
@dataclass(frozen=True, slots=True)
class Incumbent:
    """The best exact point known: point and cost (min orientation, no constant)."""

    point: Point
    cost: Fraction


@final
@dataclass(frozen=True, slots=True)
class Grown:
    """A proved tree with the best point at the right-hand side it was grown for."""

    rhs: tuple[Fraction, ...]
    tree: Tree
    incumbent: Incumbent | None
    improving_ray: Point | None
    is_tight: bool
    report: BuildReport


def merged(first: BuildReport, second: BuildReport) -> BuildReport:
    """The sum of two reports."""
    return replace(
        second,
        nodes=first.nodes + second.nodes,
        relaxations=first.relaxations + second.relaxations,
        search_seconds=first.search_seconds + second.search_seconds,
        proof_seconds=first.proof_seconds + second.proof_seconds,
    )
