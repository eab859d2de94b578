"""What helps to write a family: numbers that move, programs by rows, instance data, files."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.plugins import Affine, Instances, ProgramBuilder
from tamemip.plugins._data_entry import exact_number, exact_numbers, exact_point, exact_table
from tamemip.plugins._number_file import NumberFile
from tamemip.plugins.knapsack import Knapsack

NUMBERS = st.fractions(min_value=-9, max_value=9, max_denominator=4)
PARAMETERS = ("a", "b")
AFFINE = st.builds(
    lambda constant, slopes: Affine(constant, dict(zip(PARAMETERS, slopes, strict=True))),
    NUMBERS,
    st.tuples(NUMBERS, NUMBERS),
)


def at(entry: Affine, theta: tuple[Fraction, ...]) -> Fraction:
    values = dict(zip(PARAMETERS, theta, strict=True))
    return entry.constant + sum((v * values[k] for k, v in entry.slopes.items()), Fraction(0))


@given(AFFINE, AFFINE, NUMBERS, st.tuples(NUMBERS, NUMBERS))
def test_affine_numbers_compute_as_their_values_do(f, g, factor, theta):
    assert at(f + g, theta) == at(f, theta) + at(g, theta)
    assert at(f - g, theta) == at(f, theta) - at(g, theta)
    assert at(factor * f, theta) == at(f * factor, theta) == factor * at(f, theta)
    assert at(factor - f, theta) == factor - at(f, theta)


@given(AFFINE, NUMBERS.filter(bool), st.tuples(NUMBERS, NUMBERS))
def test_affine_numbers_are_divided_and_multiplied_by_what_does_not_move(f, factor, theta):
    assert at(f / factor, theta) == at(f, theta) / factor
    assert at(f * Affine.of(factor), theta) == at(Affine.of(factor) * f, theta)
    assert at(f * Affine.of(factor), theta) == factor * at(f, theta)


def test_a_product_of_two_numbers_that_move_is_refused():
    wage, hours = Affine.of(2, "wage"), Affine.of(3, "hours")
    for product in (lambda: wage * hours, lambda: 1 / hours, lambda: wage / hours):
        with pytest.raises((InvalidInputError, TypeError)):
            product()
    with pytest.raises(InvalidInputError, match=r"2 \+ wage.*3 \+ hours"):
        _ = wage * hours
    with pytest.raises(InvalidInputError, match="divide by a number"):
        _ = wage / hours
    with pytest.raises(InvalidInputError, match="/ 0"):
        _ = wage / 0


@given(st.lists(AFFINE, min_size=6, max_size=6), st.tuples(NUMBERS, NUMBERS))
def test_a_built_program_is_at_theta_what_its_entries_are(entries, theta):
    cost, low, entry, other, rhs, gap = entries
    build = ProgramBuilder("min", parameters=PARAMETERS)
    x = build.column("x", cost=cost, lower=low, upper=low + 100)
    y = build.column("y", lower=-math.inf, integer=False)
    build.row("first", {x: entry, y: 1}, "<=", rhs)
    build.row("second", {y: other}, ">=", gap)
    found = build.build().at(theta).exact
    assert found.c == (at(cost, theta), 0)
    assert found.lower == (at(low, theta), -math.inf)
    assert found.upper == (at(low, theta) + 100, math.inf)
    assert found.rhs == (at(rhs, theta), at(gap, theta))
    dense = [[dict(row).get(j, 0) for j in range(2)] for row in found.A.rows]
    assert dense == [[at(entry, theta), 1], [0, at(other, theta)]]
    assert found.integer == (True, False)


def test_parameters_come_in_the_order_they_are_declared_or_met():
    build = ProgramBuilder("max", parameters=["spare"])
    build.column("x", cost=Affine.of(1, "second"), upper=Affine.of(3, "third"))
    assert build.build().names == ("spare", "second", "third")


def test_a_builder_refuses_what_does_not_fit():
    build = ProgramBuilder("max")
    build.column("x")
    build.row("R", {"x": 1}, "<=", 1)
    with pytest.raises(InvalidInputError, match="'x'"):
        build.column("x")
    with pytest.raises(InvalidInputError, match="'R'"):
        build.row("R", {"x": 1}, "<=", 1)
    with pytest.raises(InvalidInputError, match="'z'"):
        build.row("S", {"z": 1}, "<=", 1)
    with pytest.raises(InvalidInputError, match=r"wage\[3\] is nan"):
        Affine.of(math.nan, "wage[3]")


@pytest.mark.parametrize(
    ("build", "what"),
    [
        (lambda b: b.column("y", cost=math.nan), "the cost of column 'y'"),
        (lambda b: b.column("y", upper=math.nan), "the upper bound of column 'y'"),
        (lambda b: b.column("y", lower="much"), "the lower bound of column 'y'"),
        (lambda b: b.row("R", {"x": math.inf}, "<=", 1), "the entry of column 'x' in row 'R'"),
        (lambda b: b.row("R", {"x": 1}, "<=", math.nan), "the right-hand side of row 'R'"),
    ],
)
def test_a_number_that_is_none_is_refused_by_its_place(build, what):
    builder = ProgramBuilder("max")
    builder.column("x")
    with pytest.raises(InvalidInputError) as caught:
        build(builder)
    assert what in str(caught.value)


def test_a_program_without_parameters_is_refused():
    build = ProgramBuilder("max")
    build.column("x", upper=1)
    with pytest.raises(InvalidInputError, match="no parameter"):
        build.build()


def test_slopes_by_name_are_slopes_by_position():
    p = tm.MixedIntegerProgram.from_arrays([1, 1], [[1, 2]], "<=", [3], upper=9)
    by_name = tm.ParametricProgram(
        p, rhs={0: {"b": 2}}, c={1: {"a": 1, "b": "1/2"}}, A={(0, 1): {"a": -1}}, names=("a", "b")
    )
    by_place = tm.ParametricProgram(
        p, rhs=[[0, 2]], c=[[0, 0], [1, "1/2"]], A={(0, 1): [-1, 0]}, names=("a", "b")
    )
    assert by_name == by_place
    with pytest.raises(InvalidInputError, match="did you mean"):
        tm.ParametricProgram(p, rhs={0: {"capacty": 2}}, names=("capacity",))
    with pytest.raises(InvalidInputError, match="names="):
        tm.ParametricProgram(p, rhs={0: {"a": 2}})


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: exact_numbers([1, math.nan], "w"), r"w\[1\] is nan"),
        (lambda: exact_numbers([1, -2], "w", least=0), r"w\[1\] is -2"),
        (lambda: exact_numbers("12", "w"), "sequence"),
        (lambda: exact_numbers([1, 2], "w", length=3, per="items"), "2 entries.*3 items"),
        (lambda: exact_number("1/2", "w", is_integral=True), "1/2"),
        (lambda: exact_table([[1], [None]], "w"), r"w\[1\]\[0\]"),
        (lambda: exact_point([0.5], [True], ["x"]), "'x'"),
        (lambda: exact_point([1], [True, True], ["x", "y"]), "2 columns"),
    ],
)
def test_instance_data_are_refused_by_the_name_of_the_entry(make, text):
    with pytest.raises(InvalidInputError, match=text):
        make()


def test_instance_data_are_exact_whatever_holds_them():
    expected = (Fraction(1, 10), Fraction(2))
    assert exact_numbers(np.array([0.1, 2]), "w") == expected
    assert exact_numbers(["1/10", 2], "w") == exact_numbers((v for v in expected), "w") == expected
    assert exact_table(np.array([[1, 2], [3, 4]]), "w", width=2) == ((1, 2), (3, 4))


def test_a_number_file_names_the_line_of_what_is_wrong(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text("2 1.5\n\n-3 four\n")
    file = NumberFile(path)
    assert file.integer("a count", least=1) == 2
    assert file.number("a weight") == Fraction(3, 2)
    assert not file.is_at_end
    with pytest.raises(InvalidInputError, match="line 3: a count is -3"):
        file.integer("a count")
    with pytest.raises(InvalidInputError, match="line 3: 'four' is no number; a weight is needed"):
        file.number("a weight")
    assert file.is_at_end
    with pytest.raises(InvalidInputError, match="ends here, but a weight"):
        file.number("a weight")
    again = NumberFile(path)
    assert again.numbers(2, "weight") == (2, Fraction(3, 2))
    with pytest.raises(InvalidInputError, match="goes on with '-3'"):
        again.finish()
    with pytest.raises(InvalidInputError, match="no file"):
        NumberFile(tmp_path / "absent.txt").number("a weight")


def test_instances_are_found_by_place_and_by_name():
    a, b = (Knapsack([k], [1], [2], name=f"K{k}") for k in (1, 2))
    both = Instances([a, b])
    assert (both[0], both["K2"], both[-1], len(both)) == (a, b, b, 2)
    assert list(both) == [a, b]
    assert dict(both.items()) == {"K1": a, "K2": b}
    assert "K1" in both
    assert a in both
    assert "K3" not in both
    assert both[:1].names == ("K1",)
    assert pickle.loads(pickle.dumps(both)) == both
    with pytest.raises(InvalidInputError, match="'K3'"):
        both["K3"]
    with pytest.raises(InvalidInputError, match="'K1'"):
        Instances([a, a])
