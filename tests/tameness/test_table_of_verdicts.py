"""The page of verdicts is what the certifier says, and what it says is true."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import pytest

from tamemip.certificates import check
from tamemip.tameness import CERTIFIED, REFUTED, Structure, nodes_of
from tests.tameness.evaluation import values

EXTENSIONS = str(Path(__file__).parents[2] / "docs" / "_ext")
sys.path.insert(0, EXTENSIONS)
import verdict_table  # noqa: E402

sys.path.remove(EXTENSIONS)
ENTRIES = [entry for _, lines in verdict_table.ALL for entry in lines]


def test_the_page_is_up_to_date():
    written = verdict_table.PAGE.read_text(encoding="utf-8")
    assert written == verdict_table.page(), "run python docs/_ext/verdict_table.py"


def test_the_table_is_long_enough():
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES) >= 60


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.name)
def test_no_verdict_is_wrong_and_each_has_a_checked_certificate(entry):
    verdict = verdict_table.verdict_of(entry)
    if verdict.status is CERTIFIED:
        assert entry.truth == "tame"
        assert check(verdict.certificate).definable.structures == verdict.structures
    elif verdict.status is REFUTED:
        assert entry.truth == "wild"
        assert check(verdict.certificate).refuted.kind == verdict.witness.kind
    else:
        assert verdict.obligation.mend


@pytest.mark.parametrize(
    ("name", "structure"),
    [
        ("choice min{c y : y ∈ {0, 1}}, plain", Structure.SEMILINEAR),
        ("choice under uniform noise on [-1, 1]", Structure.SEMILINEAR),
        ("the same, the width s varies", Structure.SEMIALGEBRAIC),
        ("choice with a quadratic term", Structure.SEMILINEAR),
        ("choice under Gaussian noise", Structure.PFAFFIAN),
        ("the same, the deviation s varies", Structure.PFAFFIAN),
    ],
)
def test_smoothed_choices_stay_tame(name, structure):
    (entry,) = [entry for entry in ENTRIES if entry.name == name]
    assert verdict_table.verdict_of(entry).structure is structure


OF_ONE_VARIABLE = [
    entry
    for entry in ENTRIES
    if isinstance(entry, verdict_table.Entry)
    and len(verdict_table.verdict_of(entry).domain.names) == 1
]


@pytest.mark.parametrize("entry", OF_ONE_VARIABLE, ids=lambda e: e.name)
def test_what_is_said_of_pieces_and_domains_holds_on_a_grid(entry):
    verdict = verdict_table.verdict_of(entry)
    (name,), (interval,) = verdict.domain.names, verdict.domain.intervals
    nodes, (root,) = nodes_of(verdict.expressions)
    grid = [Fraction(k, 16) for k in range(-192, 193) if interval.contains(Fraction(k, 16))]
    graph = [(t, values(nodes, {name: t})[root]) for t in grid]
    if verdict.is_total:
        assert all(value is not None for _, value in graph)
    if verdict.status is CERTIFIED and verdict.pieces is not None:
        assert affine_runs([(t, v) for t, v in graph if isinstance(v, Fraction)]) <= verdict.pieces


def affine_runs(graph):
    """The least number of intervals on which the samples lie on a line."""
    runs, start = (1 if graph else 0), 0
    for k in range(2, len(graph)):
        (s, u), (t, v), (r, w) = graph[max(start, k - 2)], graph[k - 1], graph[k]
        if k - start >= 2 and (v - u) * (r - t) != (w - v) * (t - s):
            runs, start = runs + 1, k
    return runs
