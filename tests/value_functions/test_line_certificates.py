"""Certificates of value functions on a line: what they say, and what is refused."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction as Q

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import Certificate, CertificateBuilder, Statement
from tests.brute_force import ValueOracle
from tests.certificates.tiny import CHECKERS, edited, numbers_in, verdict_of_lines
from tests.certificates.tiny import program as problem
from tests.duality.laws import calm
from tests.value_functions.test_line_laws import lines, some_programs, value_of

KIND = "value-function-on-a-line"


def values(stretch, t):
    """The value that a stretch states at a step, or None if the step is not on it."""
    after = t > stretch.lo or (t == stretch.lo and stretch.lo_closed)
    if not after or t > stretch.hi or (t == stretch.hi and not stretch.hi_closed):
        return None
    first, last = stretch.values
    if first == last:
        return first
    return first + (last - first) * (t - stretch.lo) / (stretch.hi - stretch.lo)


def told(statement, t):
    found = [values(stretch, t) for stretch in statement.stretches]
    return [value for value in found if value is not None]


# -- what is accepted ----------------------------------------------------------------------


@calm(25)
@given(st.data())
def test_both_checkers_accept_the_whole_function(data):
    p = data.draw(some_programs())
    v = value_of(p, *data.draw(lines(p)))
    if v is None:
        return
    first, second = (checker(v.certificate, program=p) for checker in CHECKERS)
    assert (first.kind, first.text, first.stretches) == (KIND, second.text, second.stretches)
    lo, hi = v.interval
    breaks = [lo, *v.breakpoints, hi]
    for t in {*breaks, *((a + b) / 2 for a, b in itertools.pairwise(breaks))}:
        assert told(first, t) == [v.exact(t)]


@calm(15)
@given(st.data())
def test_what_is_proved_at_a_limit_is_certified(data):
    p = data.draw(some_programs())
    along, interval = data.draw(lines(p))
    limits = tm.Limits(nodes=data.draw(st.integers(1, 3)))
    try:
        v = tm.value_function(p, along=along, interval=interval, limits=limits)
    except tm.errors.UnsupportedError:
        return
    for checker in CHECKERS:
        statement = checker(v.certificate, program=p)
        if statement.kind == KIND:
            for piece in v.pieces:
                middle = (piece.lo + piece.hi) / 2
                assert told(statement, middle) == [piece.at(middle)]


# -- what is refused -----------------------------------------------------------------------

#: min -x1 + y, x1 - y <= d1, -y <= d2, x1 in 0..3 integer, 0 <= y <= 5.
PROBLEM = problem(
    "min", [-1, 2], [[1, -1], [0, -1]], ["<=", "<="], [0, 0],
    lower=[0, 0], upper=[3, 5], integer=[True, False],
)  # fmt: skip


def start(b):
    """A leaf with the dual (-1, 0) and a ray, and the line t -> (t, 0)."""
    leaf = b.leaf([], [b.dual({0: Q(-1)})], [b.ray({0: Q(-1)})])
    return b.close(leaf), b.line([0, 0], {0: Q(1)})


def at(x, y):
    return {j: Q(v) for j, v in enumerate((x, y)) if v}


def segment_that_moves_an_integer(b):
    _, line = start(b)
    b.segment(line, 0, 1, at(0, 0), at(1, 0))


def segment_that_is_infeasible_at_its_end(b):
    _, line = start(b)
    b.segment(line, 0, 1, at(1, 1), at(1, Q(-1, 2)))


def segment_that_is_infeasible_at_its_start(b):
    _, line = start(b)
    b.segment(line, 0, 1, at(2, 1), at(2, 1))


def segment_that_runs_backwards(b):
    _, line = start(b)
    b.segment(line, 1, 0, at(0, 0), at(0, 0))


def segment_of_one_step_with_two_points(b):
    _, line = start(b)
    b.segment(line, 0, 0, at(0, 0), at(0, 1))


def segment_along_a_function(b):
    function, _ = start(b)
    b.segment(function, 0, 0, at(0, 0), at(0, 0))


def direction_of_a_row_that_is_not_there(b):
    b.line([0, 0], {2: Q(1)})


def line_with_a_short_rhs(b):
    b.line([0], {0: Q(1)})


def stretch_where_the_bound_is_too_low(b):
    function, line = start(b)
    segment = b.segment(line, 0, 1, at(0, 0), at(0, 0))
    b.stretch(function, line, (0, 1, "[]"), segment=segment)


def stretch_beyond_its_segment(b):
    function, line = start(b)
    segment = b.segment(line, 0, 0, at(0, 0), at(0, 0))
    b.stretch(function, line, (0, 1, "[]"), segment=segment)


def stretch_before_its_segment(b):
    function, line = start(b)
    segment = b.segment(line, 1, 1, at(1, 0), at(1, 0))
    b.stretch(function, line, (0, 1, "[]"), segment=segment)


def stretch_with_the_segment_of_another_line(b):
    function, line = start(b)
    other = b.line([0, 1], {0: Q(1)})
    segment = b.segment(other, 0, 0, at(0, 0), at(0, 0))
    b.stretch(function, line, (0, 0, "[]"), segment=segment)


def stretch_that_is_feasible_at_its_end(b):
    function, line = start(b)
    b.stretch(function, line, (-7, -5, "[]"))


def stretch_that_is_empty(b):
    function, line = start(b)
    b.stretch(function, line, (-7, -7, "[)"))


def stretch_that_runs_backwards(b):
    function, line = start(b)
    b.stretch(function, line, (-6, -7, "[]"))


def stretch_with_strange_brackets(b):
    function, line = start(b)
    b.stretch(function, line, (-7, -6, "]["))


def stretch_of_a_line(b):
    _, line = start(b)
    b.stretch(line, line, (-7, -6, "[]"))


FAULTS = [
    (segment_that_moves_an_integer, "segment"),
    (segment_that_is_infeasible_at_its_end, "segment"),
    (segment_that_is_infeasible_at_its_start, "segment"),
    (segment_that_runs_backwards, "segment"),
    (segment_of_one_step_with_two_points, "segment"),
    (segment_along_a_function, "segment"),
    (direction_of_a_row_that_is_not_there, "line"),
    (line_with_a_short_rhs, "line"),
    (stretch_where_the_bound_is_too_low, "stretch"),
    (stretch_beyond_its_segment, "stretch"),
    (stretch_before_its_segment, "stretch"),
    (stretch_with_the_segment_of_another_line, "stretch"),
    (stretch_that_is_feasible_at_its_end, "stretch"),
    (stretch_that_is_empty, "stretch"),
    (stretch_that_runs_backwards, "stretch"),
    (stretch_with_strange_brackets, "stretch"),
    (stretch_of_a_line, "stretch"),
]


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(("fault", "rule"), FAULTS, ids=lambda f: getattr(f, "__name__", None))
def test_a_step_that_does_not_follow_is_rejected_by_number_and_rule(checker, fault, rule):
    b = CertificateBuilder(PROBLEM)
    fault(b)
    lines_ = b.finish({"kind": KIND, "of": 1, "tight": [1]}).lines
    assert verdict_of_lines(checker, lines_) == (b.n_steps, rule)


@pytest.mark.parametrize("checker", CHECKERS)
def test_open_and_closed_ends_are_told_apart(checker):
    """The ray is positive for t < -5 alone; at -5 the point (0, 5) is feasible."""
    b = CertificateBuilder(PROBLEM)
    function, line = start(b)
    steps = [b.stretch(function, line, (-7, -5, "[)"))]
    accepted = verdict_of_lines(checker, b.finish({"kind": KIND, "of": line, "tight": steps}).lines)
    assert isinstance(accepted, Statement)
    assert accepted.stretches[0].values == (math.inf, math.inf)
    assert accepted.bound([-6, 0]) == math.inf


def good():
    p = tm.MixedIntegerProgram.from_arrays(
        [2, "7/3", 1], [[3, 5, -1]], "=", [0], upper=[2, 2, 1], integrality=[True, True, False],
        sense="min", offset=1,
    )  # fmt: skip
    return p, tm.value_function(p, along={0: 1}, interval=(-2, 7)).certificate


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(
    "change",
    [
        lambda tight: tight[::-1],
        lambda tight: [tight[0], *tight],
        lambda tight: [],
        lambda tight: [1],
    ],
    ids=["backwards", "twice", "nothing", "another step"],
)
def test_stretches_have_to_follow_each_other(checker, change):
    _, certificate = good()
    header = json.loads(certificate.lines[0])
    header["statement"]["tight"] = change(header["statement"]["tight"])
    lines_ = (json.dumps(header), *certificate.lines[1:])
    assert verdict_of_lines(checker, lines_) == (0, "statement")


@pytest.mark.parametrize("checker", CHECKERS)
def test_whatever_number_is_changed_a_false_statement_is_never_accepted(checker):
    p, certificate = good()
    oracle = ValueOracle(p)
    refused = 0
    for k, line in enumerate(certificate.lines[2:], start=2):
        for path in numbers_in(json.loads(line)):
            entry = json.loads(line)
            for key in path:
                entry = entry[key]
            for value in (Q(entry) + 1, Q(entry) - Q(1, 2)):
                shown = int(value) if value.denominator == 1 else str(value)
                spoiled = [*certificate.lines]
                spoiled[k] = edited(line, path, shown)
                found = verdict_of_lines(checker, spoiled)
                refused += not isinstance(found, Statement)
                if isinstance(found, Statement):
                    assert is_true(found, spoiled, oracle)
    assert refused > 100


def is_true(statement, lines_, oracle):
    """Whether brute force agrees with every stretch, at its ends and inside."""
    steps = [json.loads(line) for line in Certificate(tuple(lines_)).lines[2:]]
    for stretch in statement.stretches:
        line = steps[stretch.line - 1]
        for t in (stretch.lo, (stretch.lo + stretch.hi) / 2, stretch.hi):
            value = values(stretch, t)
            if value is not None:
                rates = dict(zip(line["direction"]["i"], line["direction"]["v"], strict=True))
                under = line["direction"]["d"]
                b = [Q(r) + t * Q(rates.get(i, 0), under) for i, r in enumerate(line["rhs"])]
                if oracle(b) != value:
                    return False
    return True
