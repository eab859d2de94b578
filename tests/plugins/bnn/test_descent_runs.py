"""How descents end and what they take: options, the clock, Ctrl-C, and data at the edge."""

from __future__ import annotations

import inspect
import math
import subprocess
import sys
import warnings
from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pytest

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn import _descent_loop
from tamemip.plugins.bnn._descent_data import DescentData
from tamemip.plugins.bnn._descent_options import DescentOptions
from tamemip.plugins.bnn._descent_result import INTERRUPTED, TIME_OVER
from tamemip.plugins.bnn._polish import polish
from tamemip.plugins.bnn._straight_through import straight_through
from tamemip.plugins.bnn._tame_descent import tame_descent

METHODS = [tame_descent, straight_through]


def test_both_descents_share_their_options_and_defaults():
    ours, theirs = (inspect.signature(method).parameters for method in METHODS)
    shared = {field.name for field in fields(DescentOptions)}
    assert shared == (set(ours) & set(theirs)) - {"X", "y"}
    assert all(ours[name].default == theirs[name].default for name in shared)


# -- the clock -----------------------------------------------------------------------------


def some_samples(count=64):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(count, 5))
    return X, np.where(X[:, 0] > X[:, 1], 1, -1)


@pytest.fixture
def slow_clock(monkeypatch):
    """A second goes by whenever somebody looks."""
    now = iter(range(10**9))
    monkeypatch.setattr(_descent_loop, "time", SimpleNamespace(monotonic=lambda: next(now)))


@pytest.mark.usefixtures("slow_clock")
def test_each_stage_gets_its_share_of_the_time():
    result = tame_descent(
        *some_samples(), hidden=(3,), epochs=5, copies=10**6, batch=16, seconds=500
    )
    assert result.reason == TIME_OVER
    ends = [record.seconds for record in result.history]
    assert [record.stage for record in result.history] == [0, 1, 2, 3, 4]
    assert ends == pytest.approx([100, 200, 300, 400, 500], abs=12)


@pytest.mark.parametrize("seconds", [0, 1e-9])
def test_without_time_each_stage_takes_one_step_and_layers_are_rounded_in_turn(seconds):
    seen = []

    def augment(X, rng):
        seen.append(len(X))
        return X

    result = tame_descent(
        *some_samples(), hidden=(3,), epochs=50, batch=16, augment=augment, seconds=seconds
    )
    assert result.reason == TIME_OVER
    assert len(result.stages) == len(result.history) == len(seen) == 5
    assert result.stages[-1].soft.fixed == 1
    # The last stage has seen the hidden layer as it is in the network.
    assert np.array_equal(result.latent.latent[0], result.network.weights[0])
    assert result.network == result.latent.rounded()


@pytest.mark.parametrize("method", METHODS)
def test_the_clock_is_kept_within_an_epoch(method):
    X, y = some_samples(2000)
    method(X, y, hidden=(8,), epochs=1, seconds=0)
    result = method(X, y, hidden=(8,), epochs=1, copies=10**5, seconds=0.2)
    assert result.reason == TIME_OVER
    assert result.seconds < 1.5


@pytest.mark.parametrize("method", METHODS)
def test_many_samples_are_augmented_in_parts(method):
    sizes = []

    def augment(X, rng):
        sizes.append(len(X))
        return X

    method(*some_samples(1300), hidden=(2,), epochs=1, batch=100, augment=augment)
    assert set(sizes) == {500, 300}


def test_samples_sorted_by_label_are_measured_evenly():
    X = np.repeat([[0.0], [2.0]], 5000, axis=0)
    measured = DescentData.read(X, np.repeat([1, -1], 5000)).measured
    assert measured.shape == (1000, 1)
    assert measured.mean() == 1
    few = some_samples()
    assert DescentData.read(*few).measured.shape == few[0].shape


def test_time_that_is_not_over_changes_nothing():
    X, y = some_samples()
    one = tame_descent(X, y, hidden=(3,), epochs=5)
    two = tame_descent(X, y, hidden=(3,), epochs=5, seconds=1000)
    assert one.network == two.network
    assert one.reason == two.reason == "all stages were done"


# -- Ctrl-C --------------------------------------------------------------------------------


INTERRUPT = """
import os, signal
import numpy as np
from tamemip.plugins.bnn import straight_through, tame_descent

signal.signal(signal.SIGINT, signal.default_int_handler)
calls = []


def augment(X, rng):
    calls.append(X)
    if len(calls) == 7:
        os.kill(os.getpid(), signal.SIGINT)
    return X


rng = np.random.default_rng(1)
X = rng.normal(size=(64, 5))
y = np.where(X[:, 0] > X[:, 1], 1, -1)
for method in (tame_descent, straight_through):
    calls.clear()
    result = method(X, y, hidden=(3,), epochs=50, copies=2, augment=augment)
    assert result.is_interrupted and result.reason == "interrupted", result.reason
    assert len(calls) == 7, len(calls)
    assert len(result.history) == 3, result.history
    assert result.network == result.latent.rounded()
print("kept")
"""

INTERRUPT_POLISH = """
import os, signal, threading
import numpy as np
from tamemip.plugins.bnn import BinarizedNetwork, polish
from tamemip.plugins.bnn import _polish

signal.signal(signal.SIGINT, signal.default_int_handler)
rng = np.random.default_rng(1)
X, y = rng.integers(-9, 10, (60, 80)), rng.choice([-1, 1], 60)
network = BinarizedNetwork(
    [rng.integers(-1, 2, (6, 80)), rng.integers(-1, 2, (1, 6))], [[0] * 6, [0]]
)
solve = _polish.reoptimized_block
timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))


def watched(*given, **options):
    # Within the first search of the solver, or soon after.
    if not timer.is_alive() and not timer.finished.is_set():
        timer.start()
    return solve(*given, **options)


_polish.reoptimized_block = watched
_polish._BLOCK_SECONDS = _polish._SEARCH_SHARE = 60.0
_polish._FIRST_BLOCK = 80
result = polish(network, X, y, seconds=60, margin=30)
assert result.is_interrupted and result.reason == "interrupted", result.reason
assert result.seconds < 30, result.seconds
assert result.steps and result.after > result.before
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
print("kept")
"""

needs_signals = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows cannot send SIGINT to itself"
)


def run(code):
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (found.returncode, found.stdout) == (0, "kept\n"), found.stderr


@needs_signals
def test_ctrl_c_keeps_what_descent_has_reached():
    run(INTERRUPT)


@needs_signals
def test_ctrl_c_keeps_what_polish_has_gained():
    run(INTERRUPT_POLISH)


# -- data at the edge ----------------------------------------------------------------------


def edge_cases():
    X, y = some_samples(24)
    constant = X.copy()
    constant[:, 2], constant[:, 3] = 7, 1e12
    return {
        "constant features": (constant, y),
        "nothing but constants": (np.full((24, 5), 3.0), y),
        "zeros": (np.zeros((24, 5)), y),
        "one sample": (X[:1], y[:1]),
        "contradiction": (np.tile(X[:1], (2, 1)), np.array([1, -1])),
        "one label": (X, np.ones(24)),
        "one feature": (X[:, :1], y),
        "one number": (np.ones((1, 1)), np.array([-1])),
        "a class without samples": (X, np.where(y > 0, 2, 0)),
        "huge": (X * 1e12, y),
        "tiny": (X * 1e-12, y),
        "below single precision": (X * 1e-300, y),
        "all scales": (X * np.array([1e12, 1e-12, 1, 0, 1e6]), y),
        "an outlier": (np.vstack([X, np.full((1, 5), 1e12)]), np.append(y, 1)),
    }


@pytest.mark.parametrize("name", edge_cases())
@pytest.mark.parametrize("hidden", [(), (1,), (4, 3)], ids=str)
def test_at_the_edge_there_are_neither_warnings_nor_nans(name, hidden):
    X, y = edge_cases()[name]
    for method, options in (
        (tame_descent, {"loss": "logistic"}),
        (tame_descent, {"batch": 1, "start": "random"}),
        (straight_through, {"normalization": "batch"}),
        (straight_through, {"window": "plain", "batch": 1}),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            result = method(X, y, hidden=hidden, epochs=5, **options)
        latent = result.latent
        for part in (*latent.latent, *latent.offsets, *latent.centers):
            assert np.isfinite(part).all()
        assert all(math.isfinite(record.loss) for record in result.history)
        assert result.network.scores(X).shape[0] == len(X)


@pytest.mark.parametrize("name", ["nothing but constants", "huge", "below single precision"])
def test_polish_at_the_edge_gives_no_warnings(name):
    X, y = edge_cases()[name]
    network = tame_descent(X, y, hidden=(2,), epochs=5).network
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = polish(network, X, y, seconds=0.2)
    assert result.after >= result.before


def test_separable_data_of_any_scale_are_learned():
    X = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    y = np.array([1, -1, -1, -1])
    for scale in (1, 10, 1e6, 1e12):
        network = tame_descent(X * scale, y, hidden=(), epochs=20, copies=10).network
        assert network.predict(X * scale).tolist() == y.tolist()


def test_a_loss_without_bounds_is_told():
    X, y = some_samples()
    with pytest.raises(InvalidInputError, match="smaller step"):
        tame_descent(X, y, hidden=(3,), epochs=50, copies=50, step=1e30)


@pytest.mark.parametrize(
    ("options", "word"), [({"seconds": -1}, "seconds"), ({"layers": [2]}, "layers")]
)
def test_polish_refuses_what_is_no_choice(options, word):
    network = tame_descent(*some_samples(), hidden=(2,), epochs=5).network
    with pytest.raises(InvalidInputError, match=word):
        polish(network, *some_samples(), **options)


def test_polish_tells_why_it_ended():
    X, y = some_samples(8)
    network = tame_descent(X, y, hidden=(), epochs=5).network
    done = polish(network, X, y, seconds=60)
    assert done.reason == "no block gained any more"
    assert done.seconds < 60
    assert polish(network, X, y, seconds=0).reason == TIME_OVER
    assert INTERRUPTED not in (done.reason, TIME_OVER)
