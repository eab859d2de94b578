"""`tamemip value`, and the value function inside `tamemip analyze`."""

from __future__ import annotations

import json
import sys
from fractions import Fraction

import pytest

import tamemip as tm
from tests.hard_model import covering
from tests.test_cli import PRODUCTION, SMALL, UNBOUNDED, one_line, run, write

KEYS = {
    *("tamemip", "version", "model", "moves", "direction", "axis", "low", "low_exact", "high"),
    *("high_exact", "given", "given_exact", "status", "stopped", "pieces", "jumps", "infeasible"),
    *("gaps", "certificates", "certificate_checked", "seconds", "notes"),
}
INTERVAL_KEYS = {"lo", "lo_exact", "hi", "hi_exact", "lo_closed", "hi_closed"}
MAX = (
    "Maximize\n 5 x + 4 y + 3 z\nSubject To\n cap: 2 x + 3 y + z <= 5\n"
    "Bounds\n x <= 3\n y <= 3\n z <= 1.5\nGeneral\n x y\nEnd\n"
)


def found(*arguments: object) -> dict:
    done = run("value", *arguments, "--json", "-")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


# -- answers ---------------------------------------------------------------------------


def test_the_table_has_pieces_jumps_and_the_proof():
    done = run("value", PRODUCTION, "--along", "DEMAND_2", "--range", "20", "36")
    assert (done.exit_code, done.stderr) == (0, "")
    text = " ".join(done.stdout.split())
    assert "7 pieces, 3 jumps on [20, 36] (all proved)" in text
    assert "at the given right-hand side of DEMAND_2, 28: value 211.4" in text
    assert "accepted by the standard checker" in text
    assert "(28, 30] 217.4 → 221 1.8 proved" in text
    assert "28 211.4 211.4 217.4" in text


def test_the_files_hold_the_same_and_the_certificate_is_accepted(tmp_path):
    names = {kind: tmp_path / f"value.{kind}" for kind in ("json", "html", "jsonl")}
    done = run(
        *("value", PRODUCTION, "--along", "DEMAND_2", "--range", "20", "36", "--quiet"),
        *("--json", names["json"], "--html", names["html"], "--certificate", names["jsonl"]),
    )
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    read = json.loads(names["json"].read_text())
    assert set(read) == KEYS
    assert (read["axis"], read["given_exact"], read["status"]) == ("rhs", "28", "proved")
    assert len(read["pieces"]) == 7
    assert set(read["pieces"][0]) == INTERVAL_KEYS | {
        *("slope", "slope_exact", "value_at_lo", "value_at_lo_exact"),
        *("value_at_hi", "value_at_hi_exact"),
    }
    assert [jump["at_exact"] for jump in read["jumps"]] == ["150/7", "28", "30"]
    page = names["html"].read_text()
    assert page.count('class="open"') == page.count('class="closed"') == 3
    assert "http" not in page
    statement = tm.check(names["jsonl"], program=tm.read(PRODUCTION))
    assert "v(t)" in str(statement)
    assert run("check", names["jsonl"], "--model", PRODUCTION).exit_code == 0


def test_the_axis_is_the_right_hand_side_itself():
    pieces = found(PRODUCTION, "--along", "DEMAND_2", "--range", "20", "36")["pieces"]
    program = tm.read(PRODUCTION)
    v = tm.value_function(program, along={"DEMAND_2": 1}, interval=(-8, 8))
    shifted = [(p.lo + 28, p.hi + 28, p.value_at_lo) for p in v.pieces]
    assert shifted == [
        tuple(Fraction(piece[key]) for key in ("lo_exact", "hi_exact", "value_at_lo_exact"))
        for piece in pieces
    ]


def test_with_rates_the_range_counts_steps_from_the_model_as_it_is():
    moved = ("--along", "DEMAND_2=1/2", "--along", "CAP_A=-2")
    read = found(PRODUCTION, *moved, "--range", "0", "10")
    assert (read["axis"], read["given"], read["low"], read["high"]) == ("step", 0, 0, 10)
    rates = {line["name"]: line["rate_exact"] for line in read["direction"]}
    assert rates == {"CAP_A": "-2", "DEMAND_2": "1/2"}
    v = tm.value_function(
        tm.read(PRODUCTION), along={"CAP_A": -2, "DEMAND_2": "1/2"}, interval=(0, 10)
    )
    assert [Fraction(piece["hi_exact"]) for piece in read["pieces"]] == [p.hi for p in v.pieces]
    alone = found(PRODUCTION, "--along", "DEMAND_2=1", "--range", "0", "1")
    assert (alone["axis"], alone["low"]) == ("step", 0)


def test_infeasible_stretches_are_said(tmp_path):
    model = write(tmp_path, "small.lp", SMALL)
    read = found(model, "--along", "cover", "--range", "70", "90")
    assert [part["lo_exact"] for part in read["infeasible"]] == ["80"]
    assert read["jumps"][-1]["right_exact"] == "inf"
    nowhere = run("value", model, "--along", "cover", "--range", "81", "90")
    assert nowhere.exit_code == 0
    assert "infeasible on all of [81, 90] (proved)" in nowhere.stdout


def test_a_max_program_and_a_negative_range(tmp_path):
    model = write(tmp_path, "max.lp", MAX)
    read = found(model, "--along", "cap", "--range", "-1", "5")
    assert read["infeasible"][0]["hi_exact"] == "0"
    assert read["pieces"][-1]["value_at_hi_exact"] == str(
        tm.solve(tm.read(model)).value
    ).removesuffix(".0")


def test_a_cost_by_the_same_door(tmp_path):
    proof = tmp_path / "proof.jsonl"
    read = found(PRODUCTION, "--along-cost", "X1A", "--range", "-10", "30", "--certificate", proof)
    assert (read["moves"], read["axis"], read["given_exact"]) == ("cost", "cost", "21/10")
    assert read["jumps"] == []
    slopes = [Fraction(piece["slope_exact"]) for piece in read["pieces"]]
    assert slopes == sorted(slopes, reverse=True)
    count = len(read["certificates"])
    proofs = [proof, *(tmp_path / f"proof-{k}.jsonl" for k in range(2, count + 1))]
    assert all(run("check", path).exit_code == 0 for path in proofs)
    assert not (tmp_path / f"proof-{count + 1}.jsonl").exists()


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_plot(tmp_path, ending):
    pytest.importorskip("matplotlib", reason="the picture needs Matplotlib (the extra plot)")
    place = tmp_path / f"value.{ending}"
    done = run("value", PRODUCTION, "--along", "SHIP", "--range", "-20", "20", "--plot", place)
    assert done.exit_code == 0
    assert place.stat().st_size > 1000


def test_a_plot_without_matplotlib_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    done = run(
        *("value", PRODUCTION, "--along", "SHIP", "--range", "-20", "20"),
        *("--plot", tmp_path / "value.png"),
    )
    assert done.exit_code == 1
    assert "tamemip[plot]" in one_line(done.stderr)


# -- inside of the report --------------------------------------------------------------


def test_analyze_has_the_value_function_in_every_form(tmp_path):
    names = {kind: tmp_path / f"report.{kind}" for kind in ("json", "html", "jsonl")}
    done = run(
        *("analyze", PRODUCTION, "--no-prices", "--along", "SHIP", "--range", "-20", "20"),
        *("--json", names["json"], "--html", names["html"], "--certificate", names["jsonl"]),
    )
    assert done.exit_code == 0
    assert "The optimal value along the right-hand side of SHIP" in done.stdout
    read = json.loads(names["json"].read_text())["value_function"]
    assert [piece["value_at_lo_exact"] for piece in read["pieces"]] == [
        *("1027/5", "1057/5", "1087/5", "1117/5")
    ]
    assert "right-hand side of SHIP" in names["html"].read_text()
    for name in ("report.jsonl", "report-2.jsonl"):
        assert run("check", tmp_path / name, "--model", PRODUCTION).exit_code == 0


def test_analyze_ranges_the_costs():
    done = run("analyze", PRODUCTION, "--rows", "SHIP", "--json", "-")
    columns = {line["name"]: line for line in json.loads(done.stdout)["columns"]}
    program = tm.read(PRODUCTION)
    expected = tm.cost_ranges(program, columns=["S2B"])["S2B"]
    line = columns["S2B"]
    assert line["cost_range_proved"] is True
    assert (line["cost_low_exact"], line["cost_high_exact"]) == (str(expected.low), "inf")


def test_an_unbounded_model_has_no_value_function(tmp_path):
    model = write(tmp_path, "model.lp", UNBOUNDED)
    done = run("analyze", model, "--along", "a", "--range", "0", "5")
    assert done.exit_code == 0
    assert "the value function was not looked for: the program is unbounded" in done.stdout
    alone = run("value", model, "--along", "a", "--range", "0", "5")
    assert alone.exit_code == 2
    assert "unbounded" in one_line(alone.stderr)


# -- limits ----------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", ["0", "1"])
def test_a_limit_keeps_what_is_proved(tmp_path, seconds):
    model = write(tmp_path, "hard.lp", covering())
    program = tm.read(model)
    row, rhs = program.row_names[0], float(program.rhs[0])
    done = run(
        *("value", model, "--along", row, "--range", rhs - 2, rhs + 2, "--seconds", seconds),
        *("--json", tmp_path / "value.json", "--certificate", tmp_path / "proof.jsonl"),
    )
    assert done.exit_code == 3
    assert "limit was reached: not finished" in one_line(done.stderr)
    assert "not proved" in done.stdout
    read = json.loads((tmp_path / "value.json").read_text())
    assert (read["status"], read["stopped"]) == ("limit", "seconds")
    assert read["gaps"]
    assert run("check", tmp_path / "proof.jsonl", "--model", model).exit_code == 0


# -- bad input -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("--along", "DEMAND2", "--range", "0", "5"),
        ("--along", "DEMAND_2", "--range", "9", "5"),
        ("--along", "DEMAND_2", "--range", "9"),
        ("--along", "DEMAND_2"),
        ("--range", "0", "5"),
        (),
        ("--along", "DEMAND_2", "--range", "0", "inf"),
        ("--along", "DEMAND_2", "--range", "nan", "4"),
        ("--along", "DEMAND_2", "--range", "a", "b"),
        ("--along", "DEMAND_2=x", "--range", "0", "4"),
        ("--along", "DEMAND_2=0", "--range", "0", "4"),
        ("--along", "DEMAND_2=inf", "--range", "0", "4"),
        ("--along", "X1A", "--range", "0", "4"),
        ("--along-cost", "CAP_A", "--range", "0", "4"),
        ("--along", "CAP_A", "--along-cost", "X1A", "--range", "0", "4"),
        ("--along", "CAP_A", "--along", "CAP_A", "--range", "0", "4"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("command", ["value", "analyze"])
def test_a_wrong_question_gives_one_line(command, words):
    if command == "analyze" and not words:
        pytest.skip("analyze without a line is the usual report")
    done = run(command, PRODUCTION, *words)
    assert done.exit_code == 2
    assert done.stdout == ""
    one_line(done.stderr)


def test_a_row_nearly_named_is_suggested():
    done = run("value", PRODUCTION, "--along", "DEMAND2", "--range", "0", "5")
    assert "'DEMAND_2'" in done.stderr


@pytest.mark.parametrize("option", ["--json", "--html", "--plot", "--certificate"])
def test_an_output_that_cannot_be_written_is_refused_before_the_work(tmp_path, option):
    for path in (tmp_path, tmp_path / "no-such-folder" / "file.png"):
        done = run("value", PRODUCTION, "--along", "SHIP", "--range", "0", "1", option, path)
        assert done.exit_code == 2
        assert option in one_line(done.stderr)


def test_a_plot_without_a_value_function_is_refused(tmp_path):
    done = run("analyze", PRODUCTION, "--plot", tmp_path / "value.png")
    assert done.exit_code == 2
    assert "--along" in one_line(done.stderr)


def test_a_missing_model_gives_one_line(tmp_path):
    done = run("value", tmp_path / "missing.mps", "--along", "A", "--range", "0", "1")
    assert done.exit_code == 2
    assert "missing.mps" in one_line(done.stderr)
