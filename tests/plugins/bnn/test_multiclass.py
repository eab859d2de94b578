"""Duels and votes: every class is told apart, and who wins most pairs is the decision."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._multiclass import duels, votes


@given(st.integers(3, 6), st.data())
def test_a_class_that_wins_all_its_pairs_is_the_decision(n, data):
    fought = duels(n, "one-vs-one")
    scores = [np.array([data.draw(st.integers(-4, 4))]) for _ in fought]
    won = [0] * n
    for duel, score in zip(fought, scores, strict=True):
        won[duel.positive if score[0] >= 0 else duel.negative] += 1
    assert won[int(votes(fought, scores, n).argmax())] == max(won)


@given(st.integers(3, 6), st.lists(st.integers(0, 5), min_size=6, max_size=12))
def test_each_pair_sees_its_samples_only(n, indices):
    classes = np.array(indices) % n
    for duel in duels(n, "one-vs-one"):
        taking, labels = duel.labels(classes)
        assert (classes[taking] == np.where(labels == 1, duel.positive, duel.negative)).all()
        assert len(taking) == np.isin(classes, [duel.positive, duel.negative]).sum()


def test_schemes():
    assert len(duels(2, "one-vs-rest")) == 1
    assert len(duels(10, "one-vs-one")) == 45
    assert len(duels(10, "one-vs-rest")) == 10
    assert len(duels(21, "auto")) == 21
    assert duels(10, "joint") == ()
    with pytest.raises(InvalidInputError, match="all-at-once"):
        duels(3, "all-at-once")
