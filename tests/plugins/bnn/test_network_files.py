"""Files of networks and samples: what is written is read, and what is damaged is refused."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn import BinarizedNetwork
from tamemip.plugins.bnn._files import load_network, save_network
from tamemip.plugins.bnn._sample_files import read_samples


@given(sizes=st.lists(st.integers(1, 4), min_size=2, max_size=4), seed=st.integers(0, 99))
def test_a_saved_network_is_the_same(tmp_path_factory, sizes, seed):
    rng = np.random.default_rng(seed)
    pairs = list(itertools.pairwise(sizes))
    network = BinarizedNetwork(
        [rng.integers(-5, 6, size=(n, m)) for m, n in pairs],
        [rng.integers(-5, 6, size=n) for _, n in pairs],
    )
    path = tmp_path_factory.mktemp("networks") / "network.json"
    save_network(network, path)
    assert load_network(path) == network


def test_every_cut_and_every_changed_digit_is_noticed(tmp_path):
    path = tmp_path / "and.json"
    save_network(BinarizedNetwork([[[1, 1]]], [[-1]]), path)
    text = path.read_text()
    bad = [text[:k] for k in range(0, len(text) - 2, 7)]
    start = text.index("content")
    bad += [text[:k] + "2" + text[k + 1 :] for k in range(start, len(text)) if text[k] == "1"]
    for content in bad:
        path.write_text(content)
        with pytest.raises(InvalidInputError, match=r"and\.json"):
            load_network(path)


def test_a_file_that_cannot_be_written_is_bad_input(tmp_path):
    with pytest.raises(InvalidInputError, match="cannot write"):
        save_network(BinarizedNetwork([[[1]]], [[0]]), tmp_path / "nowhere" / "and.json")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no samples"),
        ("a,b\n", "no samples"),
        ("1,2,yes\n1,yes\n", "line 2: 2 entries"),
        ("a,b,label\n1,2,yes\n1,x,yes\n", "line 3: 'x' in column 'b'"),
    ],
)
def test_bad_tables_are_refused_by_line(tmp_path, text, word):
    path = tmp_path / "samples.csv"
    path.write_text(text)
    with pytest.raises(InvalidInputError, match=word):
        read_samples(path)


def test_labels_of_a_table_stand_where_they_are_named(tmp_path):
    path = tmp_path / "samples.csv"
    path.write_text("kind,a,b\n3,1,2\n4,5,6\n")
    found = read_samples(path, labels="kind")
    assert found.X.tolist() == [[1, 2], [5, 6]]
    assert found.y.tolist() == [3, 4]
    assert found.features == ("a", "b")
    assert read_samples(path, has_labels=False).X.shape == (2, 3)
    with pytest.raises(InvalidInputError, match="no column 'c'"):
        read_samples(path, labels="c")


def test_suffixes_in_capitals_are_suffixes(tmp_path):
    (tmp_path / "SAMPLES.CSV").write_text("1,2,yes\n3,4,no\n")
    assert read_samples(tmp_path / "SAMPLES.CSV").y.tolist() == ["yes", "no"]
    (tmp_path / "samples.txt").write_text("1,2\n")
    with pytest.raises(InvalidInputError, match=r"neither \.npz nor \.csv"):
        read_samples(tmp_path / "samples.txt")


def test_archives(tmp_path):
    path = tmp_path / "samples.npz"
    np.savez(
        path, X_train=np.ones((3, 2, 2)), y_train=[0, 1, 1], X_test=np.zeros((1, 4)), y_test=[1]
    )
    found = read_samples(path)
    assert found.X.shape == (3, 4)
    assert found.X_test.shape == (1, 4)
    assert found.y_test.tolist() == [1]
    np.savez(path, X=np.ones((3, 2)), kind=["a", "b", "a"])
    assert read_samples(path, labels="kind").y.tolist() == ["a", "b", "a"]
    with pytest.raises(InvalidInputError, match="no array 'y'; it has X, kind"):
        read_samples(path)
    np.savez(path, X=np.ones((3, 2)), y=[1, 2])
    with pytest.raises(InvalidInputError, match="3 samples"):
        read_samples(path)
    np.savez(path, X=np.array([[{}]], dtype=object), y=[1])
    with pytest.raises(InvalidInputError, match="no NumPy archive"):
        read_samples(path)
    path.write_bytes(b"PK broken")
    with pytest.raises(InvalidInputError, match="no NumPy archive"):
        read_samples(path)
