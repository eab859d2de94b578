"""The commands for binarized networks: what they print, write and answer."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import tamemip as tm
from tamemip._bnn_commands import _said, app
from tamemip.plugins.bnn import BinarizedNetwork, TrainingProgress, plot_training
from tamemip.plugins.bnn._network_fit import FitProgress, NetworkFit

pytest.importorskip("sklearn", reason="the classifier is one of scikit-learn")

DATA = Path(__file__).parents[1] / "examples" / "data"


def run(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_xor_is_trained_proved_written_and_read_again(tmp_path):
    model, proof, report = (tmp_path / name for name in ("xor.json", "xor.jsonl", "report.json"))
    done = run(
        *("train", DATA / "xor.csv", "--hidden", 2, "--method", "mip", "--seconds", 30),
        *("--out", model, "--certificate", proof, "--json", report),
    )
    assert done.exit_code == 0, done.output
    assert "7, bound 7 (proved)" in done.output
    found = json.loads(report.read_text())
    assert (found["value"], found["bound"], found["is_proved"]) == ("7", "7", True)
    assert found["accuracy"] == 1
    assert tm.check(proof).tight_at
    done = run("predict", model, DATA / "xor.csv")
    assert (done.exit_code, "--labels" in done.stderr) == (2, True)
    done = run("predict", model, DATA / "xor.csv", "--labels", "label")
    assert done.exit_code == 0
    assert done.stdout.split() == ["-1", "1", "1", "-1"]
    assert "4 of 4 right" in done.stderr


def test_an_archive_with_test_samples(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 3))
    y = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]
    data, model = tmp_path / "data.npz", tmp_path / "model.json"
    np.savez(data, X_train=X[:20], y_train=y[:20], X_test=X[20:], y_test=y[20:])
    done = run("train", data, "--hidden", 2, "--seconds", 1, "--out", model, "--json", "-")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["test_accuracy"] > 0.5
    done = run("predict", model, data, "--json", "-")
    assert len(json.loads(done.stdout)["predictions"]) == 10


def test_a_limit_is_an_exit_code_and_the_network_is_kept(tmp_path):
    rng = np.random.default_rng(0)
    data, model = tmp_path / "data.npz", tmp_path / "model.json"
    np.savez(data, X=rng.integers(-9, 10, size=(60, 12)), y=rng.integers(0, 2, size=60))
    done = run(
        *("train", data, "--method", "mip", "--objective", "max-correct,min-weight"),
        *("--seconds", 0.2, "--hidden", 3, "--out", model, "--quiet"),
    )
    assert done.exit_code == 3
    assert "time limit" in done.stderr
    assert done.stdout == ""
    assert run("predict", model, data).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("no-such-file.csv",), "no-such-file.csv"),
        ((DATA / "xor.csv", "--method", "magic"), "magic"),
        ((DATA / "xor.csv", "--objective", "fame"), "fame"),
        ((DATA / "xor.csv", "--hidden", "two"), "two"),
        ((DATA / "xor.csv", "--hidden", "0", "--method", "mip"), "max-correct"),
        ((DATA / "xor.csv", "--labels", "c"), "no column 'c'"),
        ((DATA / "xor.csv", "--out", "/no/such/folder/x.json"), "--out"),
        ((DATA / "xor.csv", "--weights", "0"), "weights"),
        ((DATA / "xor.csv", "--margin", "wide"), "margin"),
    ],
)
def test_bad_input_is_one_line(arguments, word):
    done = run("train", *arguments)
    assert done.exit_code == 2
    assert word in done.stderr
    assert done.stderr.count("\n") == 1


def test_samples_with_nan_or_other_features_are_bad_input(tmp_path):
    path, model = tmp_path / "bad.csv", tmp_path / "and.json"
    path.write_text("a,b,label\n1,nan,0\n1,2,1\n")
    done = run("train", path)
    assert (done.exit_code, "NaN" in done.stderr) == (2, True)
    assert run("train", DATA / "and.csv", "--hidden", 0, "--out", model).exit_code == 0
    done = run("predict", model, path)
    assert done.exit_code == 2
    assert "Traceback" not in done.output


INTERRUPTING = """
import os, signal, threading
from tamemip._bnn_commands import app
from tamemip.plugins.bnn._classifier import BinarizedNetworkClassifier

def fit(self, X, y, fit=BinarizedNetworkClassifier.fit):
    threading.Timer(0.8, os.kill, (os.getpid(), signal.SIGINT)).start()
    return fit(self, X, y)

BinarizedNetworkClassifier.fit = fit
app()
"""


@pytest.mark.parametrize("method", ["mip", "hybrid", "tame"])
def test_ctrl_c_keeps_and_saves_the_best_network(tmp_path, method):
    rng = np.random.default_rng(0)
    data, model = tmp_path / "data.npz", tmp_path / "model.json"
    np.savez(data, X=rng.integers(-9, 10, size=(300, 12)), y=rng.integers(0, 2, size=300))
    options = ("--objective", "max-correct", "--hidden", "32", "--epochs", "100000")
    command = ("train", str(data), "--method", method, "--seconds", "60", "--out", str(model))
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTING, *command, *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 130, done.stderr
    assert "interrupted" in done.stderr
    assert "of the training samples" in done.stdout
    assert len(run("predict", model, data).stdout.split()) == 300


def test_limits_of_work_make_a_training_repeatable(tmp_path):
    reports = []
    for name in ("a.json", "b.json"):
        done = run(
            *("train", DATA / "majority_of_5.csv", "--hidden", 2, "--epochs", 5, "--seconds", 60),
            *("--conflicts", 20, "--seed", 3, "--json", tmp_path / name, "--quiet"),
        )
        assert done.exit_code in (0, 3)
        reports.append(json.loads((tmp_path / name).read_text()))
        reports[-1].pop("seconds")
    assert reports[0] == reports[1]


def test_a_progress_bar_says_what_is_trained():
    assert _said(FitProgress(1.0, 2, 10, 0.25, math.nan, math.nan)) == "network 3 of 10, loss 0.25"
    assert _said(FitProgress(1.0, 0, 1, math.nan, 7.0, math.inf)) == "value 7"


@pytest.mark.extras
def test_a_picture_of_no_format_is_refused_before_training(tmp_path):
    pytest.importorskip("matplotlib", reason="pictures need Matplotlib")
    done = run("train", DATA / "xor.csv", "--plot", tmp_path / "training.picture")
    assert (done.exit_code, ".png" in done.stderr) == (2, True)


@pytest.mark.extras
def test_a_worse_value_does_not_undo_a_better_one():
    pytest.importorskip("matplotlib", reason="pictures need Matplotlib")
    told = [TrainingProgress(t, v, 9.0) for t, v in enumerate((5.0, 0.0, 6.0, 2.0))]
    network = BinarizedNetwork([[[1]]], [[0]])
    fit = NetworkFit(network, Fraction(6), Fraction(8), "limit reached", "", 5.0, tuple(told))
    value, bound = plot_training([fit]).axes[1].get_lines()
    assert value.get_ydata().tolist() == [5, 5, 6, 6, 6]
    assert bound.get_ydata().tolist() == [9, 9, 9, 9, 8]


@pytest.mark.extras
def test_loss_and_gap_are_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="pictures need Matplotlib")
    picture = tmp_path / "training.png"
    done = run("train", DATA / "birds.csv", "--hidden", 2, "--seconds", 2, "--plot", picture)
    assert done.exit_code == 0, done.output
    assert picture.read_bytes().startswith(b"\x89PNG")
