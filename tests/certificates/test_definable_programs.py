"""Rules about value functions: the table, the laws of their hypotheses, and their saboteurs."""

import itertools
import json
import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tamemip.certificates import (
    Certificate,
    ColumnBounds,
    RejectedError,
    Structure,
    Varying,
    require_dual_feasible,
    require_improving,
    value_certificate,
)
from tamemip.errors import CertificateError
from tests.certificates.tiny import CHECKERS, edited, numbers_in, program, verdict_of_lines

F = Fraction
INF = math.inf
LINEAR, ALGEBRAIC = Structure.SEMILINEAR, Structure.SEMIALGEBRAIC
FREE = (-INF, INF)


def mixed(upper=9):
    """One integer column and one continuous one, two rows."""
    return program(
        "min", [2, 1], [[3, 1], [1, -1]], [">=", "<="], [7, 4],
        lower=[0, 0], upper=[upper, None], integer=[True, False],
    )  # fmt: skip


def knapsack(sense="<="):
    return program("min", [2, 3], [[3, 5]], [sense], [7], lower=[0, 0], upper=[None] * 2,
                   integer=[True, True])  # fmt: skip


def box(*, rhs=(), c=(), A=(), columns=None):
    def ranges(given):
        return None if given == "all" else dict(given)

    return Varying(ranges(rhs), ranges(c), dict(A), columns)


#: The lines of the table: program, box of data, evidence, structures, local.
TABLE = {
    "rhs, bounded": (mixed(), box(rhs="all"), {"bounds": []}, [LINEAR], True),
    "rhs, no integers": (
        program("min", [1], [[2]], [">="], [1], lower=[0], upper=[None], integer=[False]),
        box(rhs="all"), {"bounds": []}, [LINEAR], True,
    ),
    "rhs in a box, dual feasible": (
        knapsack(">="), box(rhs={0: (F(0), F(9))}), {"dual": {0: F(3, 5)}}, [LINEAR], True,
    ),
    "rhs in a box, unbounded below": (
        program("min", [-1, 0], [[0, 1]], [">="], [1], lower=[0, 0], upper=[None] * 2,
                integer=[True, True]),
        box(rhs={0: (F(0), F(9))}), {"ray": {0: F(1)}}, [LINEAR], True,
    ),
    "rhs bounds the integers": (
        knapsack(), box(rhs={0: (-INF, F(9))}),
        {"bounds": [(0, "<=", ((0, F(1, 3)),)), (1, "<=", ((0, F(1, 5)),))]}, [LINEAR], True,
    ),
    "rhs, unbounded": (knapsack(">="), box(rhs="all"), {}, [], True),
    "rhs in a box, no evidence": (knapsack(">="), box(rhs={0: (F(0), F(9))}), {}, [], True),
    "c, unbounded": (knapsack(">="), box(c="all"), {}, [LINEAR], True),
    "rhs and c, bounded": (mixed(), box(rhs="all", c="all"), {"bounds": []}, [ALGEBRAIC], False),
    "rhs and c of integers": (
        mixed(), box(rhs="all", c={0: FREE}), {"bounds": []}, [LINEAR], True,
    ),
    "rhs and c, levels": (
        program("min", [2, 3, 1], [[3, 5, 1]], [">="], [7], lower=[0] * 3, upper=[None] * 3,
                integer=[True, True, False]),
        box(rhs={0: (F(0), F(9))}, c={0: (F(1), F(2)), 1: (F(1), F(3)), 2: (F(1), F(2))}),
        {"bounds": [], "levels": [(0, "<=", (), F(1)), (1, "<=", (), F(1))]}, [ALGEBRAIC], False,
    ),
    "A on integers": (mixed(), box(columns="integer"), {"bounds": []}, [LINEAR], True),
    "A on integers, rhs": (
        mixed(), box(rhs="all", columns="integer"), {"bounds": []}, [LINEAR], True,
    ),
    "A on continuous": (mixed(), box(columns="continuous"), {"bounds": []}, [ALGEBRAIC], False),
    "all": (mixed(), box(rhs="all", c="all", columns="all"), {"bounds": []}, [ALGEBRAIC], False),
    "an entry of A bounds x": (
        program("min", [1], [[1]], ["<="], [5], lower=[0], upper=[None], integer=[True]),
        box(A={(0, 0): (F(1, 8), F(1))}), {"bounds": [(0, "<=", ((0, F(8)),))]}, [LINEAR], True,
    ),
    "nothing": (knapsack(), box(), {}, [LINEAR], True),
}  # fmt: skip


@pytest.mark.parametrize("check", CHECKERS)
@pytest.mark.parametrize("name", TABLE)
def test_the_class_is_that_of_the_table(name, check):
    problem, varying, evidence, structures, local = TABLE[name]
    found = check(value_certificate(problem, varying, **evidence)).definable
    assert (list(found.structures), found.is_local) == (structures, local)


#: What no line of the table covers.
REFUSED = {
    "A and rhs, unbounded": (knapsack(">="), box(rhs="all", columns="all"), {}),
    "A, unbounded": (knapsack(">="), box(A={(0, 0): (F(0), F(1))}), {"dual": {}}),
    "rhs and c, unbounded": (knapsack(">="), box(rhs={0: (F(0), F(9))}, c="all"), {"dual": {}}),
    "levels, rhs not compact": (
        knapsack(">="), box(rhs="all", c={0: (F(1), F(2))}),
        {"bounds": [], "levels": [(0, "<=", (), F(1)), (1, "<=", (), F(1))]},
    ),
    "levels, A moves": (
        knapsack(">="), box(A={(0, 0): (F(1), F(2))}),
        {"bounds": [], "levels": [(0, "<=", (), F(1)), (1, "<=", (), F(1))]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_line_covers_is_refused(name):
    problem, varying, evidence = REFUSED[name]
    with pytest.raises(RejectedError):
        value_certificate(problem, varying, **evidence)


#: A line of the table, the step and the path of an entry, and what a saboteur writes there.
SABOTAGE = [
    ("rhs bounds the integers", 2, ("bounds", 0, "y", "v"), [-1]),
    ("rhs bounds the integers", 2, ("bounds", 0, "side"), ">="),
    ("rhs bounds the integers", 2, ("bounds", 0, "y", "i"), [1]),
    ("rhs bounds the integers", 2, ("bounds",), []),
    ("rhs bounds the integers", 1, ("rhs",), "all"),
    ("rhs bounds the integers", 1, ("rhs", 0, 2), None),
    ("rhs bounds the integers", 1, ("rhs", 0), [0, 9, 3]),
    ("rhs bounds the integers", 1, ("rhs", 0), [5, 3, 9]),
    ("rhs in a box, dual feasible", 2, ("dual", "v"), [7]),
    ("rhs in a box, dual feasible", 2, ("dual", "v"), [-3]),
    ("rhs in a box, dual feasible", 1, ("rhs",), "all"),
    ("rhs in a box, dual feasible", 3, ("bounded",), 2),
    ("rhs in a box, unbounded below", 2, ("ray", "v"), [-1]),
    ("rhs in a box, unbounded below", 2, ("ray", "i"), [1]),
    ("rhs in a box, unbounded below", 3, ("below",), 1),
    ("rhs, bounded", 3, ("structures",), ["semialgebraic"]),
    ("rhs, bounded", 3, ("structures",), []),
    ("rhs, bounded", 3, ("local",), False),
    ("rhs and c, bounded", 3, ("structures",), ["semilinear"]),
    ("rhs and c, bounded", 3, ("local",), True),
    ("rhs, unbounded", 2, ("structures",), ["semilinear"]),
    ("A on integers", 1, ("A",), "all"),
    ("an entry of A bounds x", 1, ("A", 0, 2), 0),
    ("an entry of A bounds x", 1, ("A", 0, 2), "-1/8"),
    ("rhs and c, levels", 1, ("c", 0, 1), 0),
    ("rhs and c, levels", 2, ("levels", 0, "price"), 0),
    ("rhs and c, levels", 2, ("levels", 0, "price"), -1),
    ("rhs and c, levels", 2, ("levels",), []),
    ("rhs and c, levels", 1, ("rhs", 0, 2), None),
    ("c, unbounded", 1, ("c",), [[0, 5, 5]]),
]


@pytest.mark.parametrize("check", CHECKERS)
@pytest.mark.parametrize(("name", "step", "path", "value"), SABOTAGE)
def test_saboteurs_are_caught(name, step, path, value, check):
    problem, varying, evidence, _, _ = TABLE[name]
    lines = list(value_certificate(problem, varying, **evidence).lines)
    lines[step + 1] = edited(lines[step + 1], path, value)
    with pytest.raises(CertificateError):
        check(Certificate(tuple(lines)))


@pytest.mark.parametrize("check", CHECKERS)
def test_an_integer_column_without_a_bound_is_missed_by_nobody(check):
    problem, varying, evidence, _, _ = TABLE["rhs bounds the integers"]
    certificate = value_certificate(problem, varying, bounds=evidence["bounds"][:1])
    with pytest.raises(CertificateError, match="column 1 is not bounded"):
        check(certificate)


@pytest.mark.parametrize("check", CHECKERS)
def test_bounds_over_another_box_prove_nothing(check):
    problem, varying, evidence, _, _ = TABLE["rhs bounds the integers"]
    lines = list(value_certificate(problem, varying, **evidence).lines)
    wide = {"step": 3, "rule": "varying", **box(rhs="all").to_json()}
    claim = json.loads(lines[-1]) | {"step": 4, "over": 3}
    header = json.loads(lines[0])
    header["statement"]["of"] = 4
    changed = [json.dumps(header), *lines[1:-1], json.dumps(wide), json.dumps(claim)]
    with pytest.raises(CertificateError, match="another box"):
        check(Certificate(tuple(changed)))


NONSENSE = [None, -1, 0, 1, 2, 10**30, "1/2", "all", True, [], {}, [[]], [0, None, None], "<="]


@given(st.data())
def test_edited_certificates_are_read_alike_by_both_checkers_and_crash_neither(data):
    problem, varying, evidence, *_ = TABLE[data.draw(st.sampled_from(sorted(TABLE)))]
    lines = list(value_certificate(problem, varying, **evidence).lines)
    k = data.draw(st.integers(2, len(lines) - 1))
    fields = json.loads(lines[k])
    paths = [(key,) for key in fields] + list(numbers_in(fields))
    path = data.draw(st.sampled_from(paths))
    lines[k] = edited(lines[k], path, data.draw(st.sampled_from(NONSENSE)))
    first, second = (verdict_of_lines(checker, lines) for checker in CHECKERS)
    assert str(first) == str(second)


# -- laws ------------------------------------------------------------------------------

numbers = st.builds(F, st.integers(-3, 3), st.sampled_from([1, 1, 2]))


@st.composite
def ranges(draw, value, *, finite=False):
    if draw(st.booleans()):
        return (value, value)
    low = value - draw(st.integers(0, 2))
    high = value + draw(st.integers(0, 2))
    if not finite and draw(st.integers(0, 3)) == 0:
        return (-INF, high) if draw(st.booleans()) else (low, INF)
    return (low, high)


@st.composite
def boxes(draw):
    """A pure program of two columns and two rows, and a box around its data."""
    bounds = st.sampled_from([(0, None), (None, 2), (-1, 2), (None, None), (1, 3)])
    pairs = [draw(bounds) for _ in range(2)]
    p = program(
        draw(st.sampled_from(["min", "max"])),
        [draw(numbers) for _ in range(2)],
        [[draw(numbers) for _ in range(2)] for _ in range(2)],
        [draw(st.sampled_from(["<=", "=", ">="])) for _ in range(2)],
        [draw(numbers) for _ in range(2)],
        lower=[a for a, _ in pairs],
        upper=[b for _, b in pairs],
        integer=[True, draw(st.booleans())],
    )
    rhs = {i: draw(ranges(p.rhs[i])) for i in range(2)}
    c = {j: draw(ranges(p.c[j], finite=True)) for j in range(2)}
    A = {(i, j): draw(ranges(p.A[i, j])) for i in range(2) for j in range(2) if draw(st.booleans())}
    return p, Varying(rhs, c, A)


def within(draw, ends):
    """A number of an interval, its ends often."""
    low, high = (-9 if ends[0] == -INF else ends[0]), (9 if ends[1] == INF else ends[1])
    return F(draw(st.sampled_from([low, high, (F(low) + F(high)) / 2])))


def feasible_points(draw, p, varying):
    """Points of a grid that are feasible for some data of the box, with those costs."""
    data = {key: within(draw, ends) for key, ends in varying.A.items()}
    matrix = [[data.get((i, j), p.A[i, j]) for j in range(2)] for i in range(2)]
    rhs = [within(draw, varying.rhs[i]) for i in range(2)]
    costs = [within(draw, varying.c[j]) for j in range(2)]
    compare = {"<=": lambda a, b: a <= b, "=": lambda a, b: a == b, ">=": lambda a, b: a >= b}
    for x in itertools.product(range(-6, 7), repeat=2):
        inside = all(p.lower[j] <= x[j] <= p.upper[j] for j in range(2))
        rows = (
            compare[s](sum(a * v for a, v in zip(row, x, strict=True)), b)
            for row, s, b in zip(matrix, p.row_sense, rhs, strict=True)
        )
        if inside and all(rows):
            yield x, costs


@given(st.data())
def test_a_proved_bound_holds_at_every_feasible_point_for_all_data(data):
    p, varying = data.draw(boxes())
    known = ColumnBounds.of(p, varying)
    proved = 0
    for _ in range(3):
        y = tuple((i, v) for i in range(2) if (v := data.draw(numbers)))
        try:
            known.prove(data.draw(st.integers(0, 1)), data.draw(st.sampled_from(["<=", ">="])), y)
            proved += 1
        except RejectedError:
            pass
    assume(proved)
    for x, _ in feasible_points(data.draw, p, varying):
        assert all(known.lower[j] <= x[j] <= known.upper[j] for j in range(2))


@given(st.data())
def test_a_proved_level_bound_holds_at_every_feasible_point_for_all_data(data):
    p, varying = data.draw(boxes())
    j, side = data.draw(st.integers(0, 1)), data.draw(st.sampled_from(["<=", ">="]))
    y = tuple((i, v) for i in range(2) if (v := data.draw(numbers)))
    price = data.draw(st.sampled_from([F(1, 2), F(1), F(3)]))
    try:
        constant = ColumnBounds.of(p, varying).prove_level(j, side, y, price)
    except RejectedError:
        assume(False)
    sign = 1 if p.sense == "min" else -1
    for x, costs in feasible_points(data.draw, p, varying):
        objective = sign * sum(a * v for a, v in zip(costs, x, strict=True))
        assert (x[j] if side == "<=" else -x[j]) <= price * objective + constant


@given(st.data())
def test_a_dual_feasible_point_bounds_every_objective_and_a_ray_improves_it(data):
    p, _ = data.draw(boxes())
    y = tuple((i, v) for i in range(2) if (v := data.draw(numbers)))
    ray = tuple((j, v) for j in range(2) if (v := data.draw(numbers)))
    accepted = []
    for rule, vector in ((require_dual_feasible, y), (require_improving, ray)):
        try:
            rule(p, vector)
            accepted.append(rule)
        except RejectedError:
            pass
    # Weak duality: no program has both.
    assert len(accepted) < 2
