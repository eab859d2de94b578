"""Block-structured programs: sums of small trees are valid, exact and certified."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import check_fast
from tamemip.duality._blocks import find_blocks
from tamemip.duality._branch_and_bound import BranchAndBound
from tests.brute_force import ValueOracle
from tests.duality.laws import calm


@st.composite
def block_programs(draw):
    """Two or three blocks of two columns and two rows each, and one long linking row."""
    blocks = draw(st.integers(2, 3))
    small = st.integers(-3, 4)
    rows, rhs, sense = [], [], []
    n = 2 * blocks
    for k in range(blocks):
        for _ in range(2):
            row = [0] * n
            row[2 * k], row[2 * k + 1] = draw(st.integers(1, 4)), draw(st.integers(1, 4))
            rows.append(row)
            sense.append(draw(st.sampled_from([">=", "<="])))
            rhs.append(draw(st.integers(1, 7)) if sense[-1] == ">=" else draw(st.integers(5, 14)))
    link = [draw(st.integers(1, 3)) for _ in range(n)]
    rows.append(link)
    sense.append(draw(st.sampled_from([">=", "<="])))
    rhs.append(draw(st.integers(3, 14)))
    integrality = [j % 2 == 0 or draw(st.booleans()) for j in range(n)]
    return tm.MixedIntegerProgram.from_arrays(
        [draw(small) for _ in range(n)],
        rows,
        sense,
        rhs,
        upper=3,
        integrality=integrality,
        sense=draw(st.sampled_from(["min", "max"])),
    )


def decomposed(program: tm.MixedIntegerProgram) -> tm.duality.DualFunction | None:
    """The dual function of the block decomposition, where it comes about."""
    found = BranchAndBound(program).grow_by_blocks(program.exact.rhs, limits=tm.Limits(seconds=60))
    return None if found is None else tm.duality.DualFunction.of_grown(program, found)


@calm(60)
@given(block_programs(), st.data())
def test_sums_of_blocks_bound_the_value_everywhere(program, data):
    F = decomposed(program)
    if F is None:
        return
    v = ValueOracle(program)
    sign = 1 if program.sense == "min" else -1
    step = st.fractions(-4, 4, max_denominator=2)
    for _ in range(5):
        b = [r + data.draw(step) for r in program.exact.rhs]
        assert sign * F.exact(b) <= sign * v(b)
    assert F.exact(program.exact.rhs) == v(program.exact.rhs)
    for checker in (tm.check, check_fast):
        statement = checker(F.certificate, program=program)
        assert statement.bound(b) == F.exact(b)


def facility_like(items: int) -> tm.MixedIntegerProgram:
    """`items` small covering problems that share one budget row."""
    rng = np.random.default_rng(7)
    n = 4 * items
    rows, sense, rhs = [], [], []
    for k in range(items):
        for _ in range(3):
            row = np.zeros(n, dtype=int)
            row[4 * k : 4 * k + 4] = rng.integers(1, 9, 4)
            rows.append(row.tolist())
            sense.append(">=")
            rhs.append(int(rng.integers(5, 12)))
    rows.append([1] * n)
    sense.append(">=")
    rhs.append(0)
    cost = rng.integers(3, 20, n).tolist()
    return tm.MixedIntegerProgram.from_arrays(cost, rows, sense, rhs, upper=3)


def test_the_structure_is_the_linking_row_and_the_blocks():
    structure = find_blocks(facility_like(5))
    assert structure is not None
    assert structure.master_rows.tolist() == [15]
    assert [len(columns) for columns, _ in structure.blocks] == [4] * 5


def test_a_sum_of_blocks_has_few_leaves_and_survives_saving_and_refining(tmp_path):
    program = facility_like(8)
    F = decomposed(program)
    assert F is not None
    claim = tm.solve(program)
    assert float(F.value) == pytest.approx(claim.value)
    F.save(tmp_path / "F.jsonl")
    G = tm.load(tmp_path / "F.jsonl")
    b = [r + Fraction(1, 2) for r in program.exact.rhs]
    assert G.exact(b) == F.exact(b)
    whole = [r + 1 for r in program.exact.rhs]
    finer = F.refine(at=whole)
    assert finer.exact(whole) == Fraction(round(tm.solve(program.with_rhs(whole)).value))
    assert finer.exact(program.exact.rhs) == F.value
    assert tm.check(finer.certificate, program=program).bound(whole) == finer.exact(whole)


def test_blocks_that_have_blocks_of_their_own_are_one_tree_each(monkeypatch):
    """Two blocks of two smaller ones each: the outer sum would not know inner sums."""
    monkeypatch.setattr("tamemip.duality._growth._FIRST_NODES", 2)
    monkeypatch.setattr("tamemip.duality._decomposition._WORTH", -1e9)
    rng = np.random.default_rng(2)
    rows, rhs = [], []
    for k in range(4):
        for _ in range(3):
            row = [0] * 8
            row[2 * k], row[2 * k + 1] = map(int, rng.integers(1, 8, 2))
            rows.append(row)
            rhs.append(int(rng.integers(3, 12)))
    rows += [[1, 2, 1, 3, 0, 0, 0, 0], [0, 0, 0, 0, 2, 1, 3, 1], [1] * 8]
    sense = [">="] * 12 + ["<="] * 3
    cost = rng.integers(3, 20, 8).tolist()
    p = tm.MixedIntegerProgram.from_arrays(cost, rows, sense, [*rhs, 15, 15, 20], upper=3)
    F = decomposed(p)
    assert F is not None
    (tree,) = F.trees
    (total,) = tree.nodes[0].evidence.sums
    inner = [b.tree.nodes[k].evidence for b in total.blocks for k in b.tree.leaves()]
    assert not any(evidence.sums for evidence in inner)
    assert float(F.value) == pytest.approx(tm.solve(p).value)
    assert tm.check(F.certificate, program=p).tight_at == ((p.exact.rhs, F.value),)
