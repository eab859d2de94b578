"""``tamemip certify``: what it prints and writes, and its exit codes."""

from __future__ import annotations

import json

import pytest

import tamemip as tm
from tests.test_cli import PRODUCTION, one_line, run, write

TWO = "floor(3*x) + abs(y)", "x in [0, 1], y in (0, inf)"
UNBOUNDED_INTEGERS = "Minimize\n x\nSubject To\n a: 2 x >= 3\nBounds\n x >= 0\nGeneral\n x\nEnd\n"


def test_a_certified_function_is_0_and_its_proof_is_accepted(tmp_path):
    proof = tmp_path / "proof.jsonl"
    done = run("certify", "--expr", TWO[0], "--domain", TWO[1], "--certificate", proof)
    assert done.exit_code == 0
    assert done.stderr == ""
    assert "certified: definable in semilinear" in done.stdout
    assert tm.check(proof).definable.structures == (tm.Structure.SEMILINEAR,)
    checked = run("check", proof)
    assert checked.exit_code == 0
    assert "semilinear" in checked.stdout


def test_json_on_stdout_is_nothing_but_json():
    done = run("certify", "--expr", "ceiling(1/a)", "--domain", "a in [1/8, 1]", "--json", "-")
    shown = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (shown["status"], shown["structures"], shown["pieces"]) == (
        "certified",
        ["semilinear"],
        8,
    )


def test_a_refuted_function_is_1_and_says_its_witness(tmp_path):
    proof, told = tmp_path / "proof.jsonl", tmp_path / "told.json"
    done = run("certify", "--expr", "ceil(x)", "--certificate", proof, "--json", told)
    assert done.exit_code == 1
    assert "witness W1" in done.stdout
    assert tm.check(proof).refuted is not None
    shown = json.loads(told.read_text())
    assert (shown["witness"]["kind"], shown["locally"]) == ("W1", True)


def test_what_is_open_is_3_and_one_line_names_the_guilty_part(monkeypatch):
    monkeypatch.setattr("tamemip.tameness._refutation_search.refute", lambda *_: None)
    done = run("certify", "--expr", "x + floor(sqrt(2)*x*y)", "--quiet")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "floor(sqrt(2)*x*y)" in one_line(done.stderr)


@pytest.mark.parametrize("varying", ["rhs", "c", "A", "rhs,c"])
def test_the_value_of_a_model_is_certified(varying):
    done = run("certify", PRODUCTION, "--varying", varying)
    assert done.exit_code == 0, done.stderr
    assert "certified" in done.stdout


def test_unbounded_integers_on_all_right_hand_sides_are_not_certified(tmp_path):
    model = write(tmp_path, "model.lp", UNBOUNDED_INTEGERS)
    assert run("certify", model).exit_code in (1, 3)
    assert run("certify", model, "--domain", "a in [0, 10]").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        (PRODUCTION, "--expr", "x"),
        ("--expr", "x", "--varying", "c"),
        ("--expr", "x +"),
        ("--expr", "x + z", "--domain", "x in [0, 1]"),
        ("--expr", "x", "--domain", "x in [2, 1]"),
        ("--expr", "x", "--domain", "x > 0"),
        ("--expr", "x", "--json", "/no/such/folder/file.json"),
        ("--expr", "x", "--json", "same", "--certificate", "same"),
        ("no-such-model.mps",),
        (PRODUCTION, "--varying", "everything"),
    ],
    ids=lambda a: " ".join(a)[-40:],
)
def test_wrong_calls_are_2_with_one_line(arguments):
    done = run("certify", *arguments)
    assert done.exit_code == 2
    one_line(done.stderr)


COVERING = (
    "Minimize\n 2 x + 3 y\nSubject To\n cap: 3 x + 5 y >= 7\n side.1: x - y <= 4\n"
    "Bounds\n x <= 9\n y <= 9\nGeneral\n x\nEnd\n"
)


def test_a_verdict_on_a_model_speaks_of_its_rows_in_few_lines(tmp_path):
    model = write(tmp_path, "model.lp", COVERING)
    shown = run("certify", model, "--domain", "cap in [0, 9], side.1 in [1, 4]").stdout
    assert "domain: cap in [0, 9], side.1 in [1, 4]" in shown
    assert shown.count("\n") <= 8
    assert max(map(len, shown.split("\n"))) <= 220


@pytest.mark.parametrize(
    ("varying", "domain", "said"),
    [
        ("A", "A[cap, x] in [1, 2], A[side.1, y] in [0, 1]", "A[cap, x] in [1, 2]"),
        ("A_C", "A[cap, y] in [1, 2]", "A[cap, y] in [1, 2]"),
        ("b,c", "cap in [0, 9], c[y] in [1, 2]", "cap in [0, 9], c[y] in [1, 2]"),
        ("b,c", "rhs[cap] in R, y in [1, 2]", "cap in (-inf, inf), c[y] in [1, 2]"),
    ],
)
def test_entries_of_every_kind_are_named_in_a_text(tmp_path, varying, domain, said):
    model = write(tmp_path, "model.lp", COVERING)
    done = run("certify", model, "--varying", varying, "--domain", domain)
    assert done.exit_code == 0, done.stderr
    assert said in done.stdout


def test_long_domains_and_long_functions_are_folded(tmp_path):
    rows = "".join(f" r{k}: x >= 0\n" for k in range(40))
    model = write(tmp_path, "m.lp", f"Minimize\n x\nSubject To\n{rows}End\n")
    domain = ", ".join(f"r{k} in [0, 1]" for k in range(40))
    told = tmp_path / "told.json"
    shown = run("certify", model, "--domain", domain, "--json", told).stdout
    assert "and 34 more intervals" in shown
    assert json.loads(told.read_text())["domain"].count(" in [0, 1]") == 40
    text = " + ".join(f"abs(x{k})" for k in range(40))
    assert "(400 letters)" in run("certify", "--expr", text).stdout


def test_a_proof_that_there_is_not_is_not_written(monkeypatch, tmp_path):
    monkeypatch.setattr("tamemip.tameness._refutation_search.refute", lambda *_: None)
    proof = tmp_path / "proof.jsonl"
    done = run("certify", "--expr", "x + floor(sqrt(2)*x*y)", "--certificate", proof)
    assert done.exit_code == 3
    assert not proof.exists()
    assert "is not written" in done.stderr
    assert "to mend it: " in done.stdout


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("--domain", "cup in [0, 9]"), "rows are cap, side.1"),
        (("--varying", "c", "--domain", "z in [0, 9]"), "columns are x, y"),
        (("--varying", "A", "--domain", "A[cap, z] in [0, 9]"), "columns x, y"),
        (("--varying", "A", "--domain", "cap in [0, 9]"), "A[ROW, COLUMN]"),
        (("--varying", "A_I", "--domain", "A[cap, y] in [0, 9]"), "A_C"),
        (("--domain", "cap in [0, 9"), "ROW in [0, 9]"),
        (("--domain", "cap in [0, 9], cap in [0, 8]"), "twice"),
        (("--varying", "lower"), "ParametricProgram"),
    ],
)
def test_wrong_names_are_told_the_right_ones(tmp_path, arguments, part):
    model = write(tmp_path, "model.lp", COVERING)
    done = run("certify", model, *arguments)
    assert done.exit_code == 2
    assert part in one_line(done.stderr)
