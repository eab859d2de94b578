"""Two-stage programs, and reading them in SMPS format."""

from __future__ import annotations

import itertools
import math
import pickle
from fractions import Fraction as Q
from pathlib import Path

import pytest

import tamemip as tm
from tamemip.errors import InvalidInputError, UnsupportedError

SHARED = Path(__file__).parents[3] / "shared" / "data"

CORE = """NAME          SMALL
ROWS
 N  COST
 L  BUDGET
 G  DEMAND
 L  CAPACITY
COLUMNS
    M1        'MARKER'                 'INTORG'
    BUILT     COST             3.5     BUDGET             1
    BUILT     CAPACITY          -2
    M2        'MARKER'                 'INTEND'
    MADE      COST               1     DEMAND             1
    MADE      CAPACITY           1
    BOUGHT    COST              10     DEMAND             1
RHS
    RHS       BUDGET             3     DEMAND             2
    RHS       COST              -7
BOUNDS
 UP BND       BUILT              3
ENDATA
"""
TIME = """TIME          SMALL
PERIODS       IMPLICIT
    BUILT     BUDGET                   NOW
    MADE      DEMAND                   LATER
ENDATA
"""
SCENARIOS = """STOCH         SMALL
SCENARIOS     DISCRETE
* the first one is the core but for the demand
 SC LOW       'ROOT'    0.25           LATER
    RHS       DEMAND             1
 SC HIGH      LOW       0.5            LATER
    RHS       DEMAND             5     CAPACITY          0.5
 SC CHILD     HIGH      0.25           LATER
    RHS       DEMAND             3
ENDATA
"""


def write(folder, *, core=CORE, time=TIME, stoch=SCENARIOS):
    for suffix, text in ((".cor", core), (".tim", time), (".sto", stoch)):
        (folder / "small").with_suffix(suffix).write_text(text)
    return folder / "small.cor"


def read(folder, **texts):
    return tm.read_smps(write(folder, **texts))


def test_the_stages_are_cut_at_the_second_period(tmp_path):
    P = read(tmp_path)
    assert (P.first.row_names, P.first.col_names) == (("BUDGET",), ("BUILT",))
    assert P.recourse.row_names == ("DEMAND", "CAPACITY")
    assert P.recourse.col_names == ("MADE", "BOUGHT")
    assert (P.first.offset, P.recourse.offset) == (7, 0)
    assert (P.first.exact.integer, P.recourse.exact.integer) == ((True,), (False, False))
    assert P.technology.to_dense() == ((0,), (-2,))
    assert repr(P) == "TwoStageProgram(min, first stage 1 x 1, recourse 2 x 2, 3 scenarios)"


def test_scenarios_inherit_from_their_parents(tmp_path):
    P = read(tmp_path)
    assert [s.rhs for s in P.scenarios] == [(1, 0), (5, Q(1, 2)), (3, Q(1, 2))]
    assert P.weights == (Q(1, 4), Q(1, 2), Q(1, 4))
    assert P.rhs([3], 2) == (3, Q(13, 2))
    assert P.rhs_of_all(["1/2"])[0] == (1, 1)
    assert pickle.loads(pickle.dumps(P)).scenarios == P.scenarios


def test_independent_entries_are_multiplied_out(tmp_path):
    stoch = """STOCH
INDEP         DISCRETE
    RHS       DEMAND             1     LATER           0.5
    RHS       DEMAND             5     LATER           0.5
    RHS       CAPACITY           0     0.9
    RHS       CAPACITY           1     0.1
ENDATA
"""
    P = read(tmp_path, stoch=stoch)
    assert {(s.rhs, s.probability) for s in P.scenarios} == {
        ((1, 0), Q(9, 20)),
        ((1, 1), Q(1, 20)),
        ((5, 0), Q(9, 20)),
        ((5, 1), Q(1, 20)),
    }


def test_outcomes_of_a_block_come_together(tmp_path):
    stoch = """STOCH
BLOCKS        DISCRETE
 BL B1        LATER     0.25
    RHS       DEMAND             1
    RHS       CAPACITY           3
 BL B1        LATER     0.75
    RHS       DEMAND             5
ENDATA
"""
    P = read(tmp_path, stoch=stoch)
    assert [(s.rhs, s.probability) for s in P.scenarios] == [
        ((1, 3), Q(1, 4)),
        ((5, 3), Q(3, 4)),
    ]


def test_rounded_probabilities_are_divided_by_their_sum(tmp_path):
    thirds = SCENARIOS.replace("0.25 ", "0.333").replace("0.5  ", "0.333")
    assert read(tmp_path, stoch=thirds).weights == (Q(1, 3),) * 3


def test_the_expected_recourse_adds_up_to_the_deterministic_equivalent(tmp_path):
    P = read(tmp_path)
    values = {}
    for x in range(4):
        if not P.first.violations([x]):
            Q_of_x = tm.expected_value(P.recourse, P.rhs_of_all([x]), P.weights)
            values[x] = P.first.objective([x]) + Q_of_x.value
    whole = P.deterministic_equivalent()
    assert (whole.n_rows, whole.n_cols) == (1 + 3 * 2, 1 + 3 * 2)
    assert tm.dual_function(whole).value == min(values.values())


@pytest.mark.parametrize(
    ("part", "old", "new", "error"),
    [
        (
            "stoch",
            "    RHS       DEMAND             1",
            "    MADE      DEMAND  1",
            UnsupportedError,
        ),
        ("stoch", "    RHS       DEMAND             1", " UP BND MADE 1", UnsupportedError),
        ("stoch", "    RHS       DEMAND             1", "    RHS BUDGET 1", UnsupportedError),
        ("stoch", "    RHS       DEMAND             1", "    RHS NONE 1", UnsupportedError),
        ("stoch", "    RHS       DEMAND             1", "    RHS DEMAND x", InvalidInputError),
        ("stoch", "SCENARIOS     DISCRETE", "CHANCE", UnsupportedError),
        ("stoch", "SCENARIOS     DISCRETE", "SCENARIOS ADD", UnsupportedError),
        ("stoch", "SCENARIOS     DISCRETE", "INDEP NORMAL", UnsupportedError),
        ("stoch", "0.25 ", "0.75 ", InvalidInputError),
        ("stoch", "SC HIGH      LOW", "SC HIGH NOBODY", InvalidInputError),
        ("stoch", "SC CHILD", "SC HIGH", InvalidInputError),
        ("stoch", "ENDATA\n", "", InvalidInputError),
        ("time", "IMPLICIT", "EXPLICIT", UnsupportedError),
        ("time", "ENDATA", "    BOUGHT    CAPACITY                 LAST\nENDATA", UnsupportedError),
        ("time", "MADE      DEMAND", "NONE      DEMAND", InvalidInputError),
        ("time", "MADE      DEMAND", "MADE      NONE", InvalidInputError),
        ("core", "    MADE      CAPACITY           1", "    MADE  BUDGET  1", InvalidInputError),
    ],
)
def test_what_it_cannot_read_is_refused(tmp_path, part, old, new, error):
    texts = {"core": CORE, "time": TIME, "stoch": SCENARIOS}
    assert old in texts[part]
    with pytest.raises(error):
        read(tmp_path, **{part: texts[part].replace(old, new)})


def test_a_range_on_a_random_row_is_refused(tmp_path):
    core = CORE.replace("BOUNDS", "RANGES\n    RNG       DEMAND             4\nBOUNDS")
    with pytest.raises(UnsupportedError, match="range"):
        read(tmp_path, core=core)


def test_a_driver_names_the_three_files(tmp_path):
    write(tmp_path)
    driver = tmp_path / "any.smps"
    driver.write_text("small.cor\nsmall.tim\nsmall.sto\n")
    assert len(tm.read_smps(driver).scenarios) == 3
    driver.write_text("small.cor\n")
    with pytest.raises(InvalidInputError):
        tm.read_smps(driver)
    with pytest.raises(InvalidInputError, match="no file"):
        tm.read_smps(tmp_path / "absent.cor")


def test_parts_that_do_not_fit_are_refused():
    first = tm.MixedIntegerProgram.from_arrays([1], [[1]], "<=", [3])
    recourse = tm.MixedIntegerProgram.from_arrays([1, 2], [[1, 1]], ">=", [3])
    build = tm.TwoStageProgram.from_arrays
    P = build(first, recourse, [[1]], [[3], [4]], weights=["1/4", "3/4"])
    assert P.rhs([1], 1) == (3,)
    for technology, rhs, weights in (
        ([[1, 2]], [[3]], None),
        ([[1], [1]], [[3]], None),
        ([[1]], [[3, 4]], None),
        ([[1]], [[3], [4]], [1]),
        ([[1]], [[3], [4]], ["1/4", "1/4"]),
        ([[1]], [[3], [4]], [2, -1]),
        ([[1]], [], None),
    ):
        with pytest.raises(InvalidInputError):
            build(first, recourse, technology, rhs, weights=weights)
    other = tm.MixedIntegerProgram.from_arrays([1], [[1]], "<=", [3], sense="max")
    with pytest.raises(InvalidInputError, match="min"):
        build(other, recourse, [[1]], [[3]])
    with pytest.raises(InvalidInputError, match="entries"):
        P.rhs([1, 2], 0)


# -- models of the literature --------------------------------------------------------------


def shared(name):
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the shared data are absent: {name}")
    return tm.read_smps(path)


def value_after(P, x):
    """Cost of a decision and the expected recourse, exactly."""
    recourse = tm.expected_value(P.recourse, P.rhs_of_all(x), P.weights)
    return P.first.objective(x) + recourse.value, recourse


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("siplib/sslp/sslp_5_25-100.smps", ((1, 5), (30, 130), 100)),
        ("siplib/sslp/sslp_15_45-5.smps", ((1, 15), (60, 690), 5)),
        ("siplib/sizes/sizes-10.smps", ((31, 75), (31, 75), 10)),
        ("siplib/textbook/bl42.cor", ((0, 2), (6, 2), 4)),
        ("siplib/textbook/dakota.cor", ((3, 3), (6, 3), 3)),
    ],
)
def test_models_of_the_literature_are_read(name, shape):
    P = shared(name)
    stages = ((P.first.n_rows, P.first.n_cols), (P.recourse.n_rows, P.recourse.n_cols))
    assert (*stages, len(P.scenarios)) == shape


def test_the_decision_of_sslp_5_25_50_has_the_published_value():
    P = shared("siplib/sslp/sslp_5_25-50.smps")
    value, recourse = value_after(P, (1, 0, 1, 0, 0))
    assert value == Q(-1216, 10)
    claims = [tm.solve(P.recourse.with_rhs(b)).value for b in P.rhs_of_all((1, 0, 1, 0, 0))[:10]]
    for claim, scenario in zip(claims, recourse.per_scenario, strict=False):
        assert math.isclose(claim, scenario.low, rel_tol=1e-9)


def test_sslp_5_25_5_is_solved_by_its_expected_recourse():
    P = shared("stochastic_scip/sslp_5_25_5.smps")
    linear = tm.dual_function(P.recourse, method="linear", at=P.rhs((1,) * 5, 0))

    def bound(x):
        below = (w * linear.exact(b) for w, b in zip(P.weights, P.rhs_of_all(x), strict=True))
        return P.first.objective(x) + sum(below)

    decisions = [x for x in itertools.product((0, 1), repeat=5) if not P.first.violations(x)]
    known, best = {}, None
    for x in sorted(decisions, key=bound):
        if best is not None and known[best] <= bound(x):
            break
        known[x] = value_after(P, x)[0]
        best = min(known, key=known.get)
    assert (best, known[best]) == ((1, 1, 0, 0, 0), Q(-1006, 10))
    assert len(known) < len(decisions)
    claim = tm.solve(P.deterministic_equivalent())
    assert math.isclose(claim.value, known[best], rel_tol=1e-9)


def test_the_deterministic_equivalent_of_sizes_is_the_published_one():
    P = shared("siplib/sizes/sizes-3.smps").deterministic_equivalent()
    published = tm.read(SHARED / "siplib" / "sizes" / "sizes-3.mps")
    # The published file has its weighted costs with two decimals.
    rounded = P.with_cost([round(c, 2) for c in P.exact.c])
    assert sorted(rounded.exact.c) == sorted(published.exact.c)
    assert sorted(rounded.exact.rhs) == sorted(published.exact.rhs)
    ours, theirs = tm.solve(rounded.relax()).value, tm.solve(published.relax()).value
    assert math.isclose(ours, theirs, rel_tol=1e-9)
