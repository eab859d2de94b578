"""Laws of copies: unchanged until somebody changes them."""

from __future__ import annotations

from collections import namedtuple
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.testing._families_changes import copied, is_changed, with_other_value
from tests.testing.shopping import Purchase

DATA = st.recursive(
    st.integers() | st.text() | st.fractions() | st.just(float("nan")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=12,
)


class Plain:
    """An instance with attributes and no ``==``."""

    def __init__(self, data):
        self.data = data


@given(DATA)
def test_a_copy_is_unchanged(data):
    for given_data in (data, Plain(data), [np.array([1.5, 2]), data]):
        assert not is_changed(given_data, copied(given_data))


@given(DATA, st.lists(DATA))
def test_an_item_more_is_a_change(item, items):
    instance = {"items": items, "name": Plain(items)}
    before = copied(instance)
    items.append(item)
    assert is_changed(before, instance)
    assert is_changed(before["name"], instance["name"])


def test_what_is_computed_once_and_kept_is_no_change():
    instance = Plain([1, 2])
    before = copied(instance)
    instance.total = sum(instance.data)
    assert not is_changed(before, instance)


def test_arrays_are_compared_by_their_entries():
    array = np.array([1, 2])
    before = copied({"a": array})
    array[0] = 7
    assert is_changed(before, {"a": array})


@dataclass(frozen=True, slots=True)
class Slots:
    """A solution whose constructor takes no value."""

    value: int

    def __init__(self) -> None:
        object.__setattr__(self, "value", 3)


class Derived:
    """A solution whose value nobody can set."""

    value = property(lambda self: 3)


@pytest.mark.parametrize(
    "solution",
    [
        Purchase((1,), Fraction(3)),
        SimpleNamespace(value=3),
        namedtuple("Named", "value")(3),
        Slots(),
    ],
    ids=lambda solution: type(solution).__name__,
)
def test_a_solution_can_claim_another_value(solution):
    assert with_other_value(solution).value == 4
    assert solution.value == 3


def test_a_solution_whose_value_is_derived_cannot():
    assert with_other_value(Derived()) is None
