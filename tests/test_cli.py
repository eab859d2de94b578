"""The command line from inside: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import tamemip as tm
from tamemip.cli import app
from tests.hard_model import market_split

ROOT = Path(__file__).parents[1]
PRODUCTION = str(ROOT / "examples" / "models" / "production.mps")
CLASSICS = ROOT.parent / "shared" / "data" / "miplib2_classic"

INFEASIBLE = (
    "Minimize\n x + y\nSubject To\n a: x + y >= 3\n b: 2 x + 2 y <= 5\nGeneral\n x y\nEnd\n"
)
UNBOUNDED = "Maximize\n x + y\nSubject To\n a: x - y >= 3\nGeneral\n x y\nEnd\n"
SMALL = (
    "Minimize\n 2 x + 3 y\nSubject To\n cover: 3 x + 5 y >= 7\n"
    "Bounds\n x <= 10\n y <= 10\nGeneral\n x y\nEnd\n"
)

MPS_HEAD = "NAME X\nROWS\n N cost\n G r\nCOLUMNS\n x cost 1 r 1\nRHS\n RHS r 1\n"
MALFORMED = {
    "empty.mps": "",
    "truncated.mps": "NAME X\nROWS\n N cost\n G r\nCOLUMNS\n x co",
    "nan.mps": MPS_HEAD.replace("cost 1", "cost NaN") + "ENDATA\n",
    "duplicate-row.mps": MPS_HEAD.replace(" G r\n", " G r\n G r\n") + "ENDATA\n",
    "unknown-section.mps": MPS_HEAD + "WISHES\n x 1\nENDATA\n",
    "crossed-bounds.mps": MPS_HEAD + "BOUNDS\n LO B x 3\n UP B x 2\nENDATA\n",
    "quadratic.mps": MPS_HEAD + "QUADOBJ\n x x 2\nENDATA\n",
    "junk.mps": "%$&/()=? \x01\x02\n" * 50,
    "junk.lp": "lorem ipsum dolor sit amet\n",
    "not-gzip.mps.gz": "this is no gzip file",
    "suffix.txt": SMALL,
}


def run(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def one_line(text: str) -> str:
    """The only line of what went to stderr."""
    assert text.endswith("\n")
    assert text.count("\n") == 1, text
    assert text.startswith("tamemip: ")
    return text


# -- answers ---------------------------------------------------------------------------


def test_a_report_shows_value_prices_and_columns():
    done = run("analyze", PRODUCTION)
    assert done.exit_code == 0
    assert done.stderr == ""
    assert "optimal, value 1057/5 = 211.4 (proved)" in done.stdout
    assert "accepted by the standard checker" in done.stdout
    assert "SHIP" in done.stdout
    assert "TRUCKS" in done.stdout


def test_the_files_hold_the_same_answer_and_the_certificate_is_accepted(tmp_path):
    names = {kind: tmp_path / f"report.{kind}" for kind in ("json", "html", "jsonl")}
    done = run(
        *("analyze", PRODUCTION, "--json", names["json"], "--html", names["html"]),
        *("--certificate", names["jsonl"], "--quiet"),
    )
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    assert json.loads(names["json"].read_text())["value_exact"] == "1057/5"
    assert "<svg" in names["html"].read_text()
    assert tm.check(names["jsonl"], program=tm.read(PRODUCTION)).tight_at
    checked = run("check", names["jsonl"], "--model", PRODUCTION)
    assert checked.exit_code == 0
    assert checked.stdout.startswith("proved: ")
    assert run("check", names["jsonl"], "--fast").stdout == checked.stdout


def test_json_on_the_output_is_nothing_but_json():
    done = run("analyze", PRODUCTION, "--json", "-", "--no-prices")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["status"] == "optimal"


@pytest.mark.parametrize(("text", "status"), [(INFEASIBLE, "infeasible"), (UNBOUNDED, "unbounded")])
def test_infeasible_and_unbounded_are_answers(tmp_path, text, status):
    model = write(tmp_path, "model.lp", text)
    done = run("analyze", model, "--json", tmp_path / "report.json")
    assert done.exit_code == 0
    assert status in done.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["status"] == status
    assert report["value"] is None
    assert report["value_exact"] == "inf"
    assert report["dual_function"]["certificate_checked"] is True
    assert (report["infeasible_subset"] is not None) == (status == "infeasible")
    assert (report["ray"] is not None) == (status == "unbounded")


def test_only_the_rows_that_were_asked_for_are_priced():
    several = run("analyze", PRODUCTION, "--rows", "SHIP", "CAP_A", "--json", "-")
    assert [row["name"] for row in json.loads(several.stdout)["rows"]] == ["SHIP", "CAP_A"]
    repeated = run("analyze", "--rows", "SHIP", PRODUCTION, "--rows", "CAP_A", "--json", "-")
    assert [row["name"] for row in json.loads(repeated.stdout)["rows"]] == ["SHIP", "CAP_A"]
    none = run("analyze", PRODUCTION, "--no-prices", "--json", "-")
    assert json.loads(none.stdout)["rows"] == []


def test_a_wide_model_shows_its_first_rows_and_says_how_to_see_all(tmp_path):
    rows = "".join(f" r{i}: x + {i + 1} y >= {i}\n" for i in range(40))
    model = write(tmp_path, "wide.lp", f"Minimize\n x + y\nSubject To\n{rows}End\n")
    some, everything = run("analyze", model), run("analyze", model, "--all")
    assert "15 more rows; --all shows them" in some.stdout
    assert "r39" not in some.stdout
    assert "r39" in everything.stdout


def test_solve_prints_a_claim_and_says_that_it_is_one(tmp_path):
    done = run("solve", PRODUCTION, "--solver", "scip", "--json", tmp_path / "claim.json")
    assert done.exit_code == 0
    assert "claimed by scip" in done.stdout
    assert "not yet checked" in " ".join(done.stdout.split())
    claim = json.loads((tmp_path / "claim.json").read_text())
    assert claim["checked"] is False
    assert claim["value"] == pytest.approx(211.4)


def test_plugins_lists_the_solvers():
    done = run("plugins")
    assert done.exit_code == 0
    assert all(name in done.stdout for name in ("scip", "cp-sat", "highs"))


def test_version_and_help():
    assert run("--version").stdout == f"tamemip {tm.__version__}\n"
    for command in ((), ("analyze",), ("check",), ("solve",), ("plugins",)):
        done = run(*command, "--help")
        assert done.exit_code == 0
        assert "Exit codes" in done.stdout


# -- limits ----------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [("--seconds", "1"), ("--nodes", "20"), ("--seconds", "0")])
def test_a_limit_keeps_what_is_proved(tmp_path, limit):
    model = write(tmp_path, "hard.lp", market_split())
    done = run("analyze", model, *limit, "--json", tmp_path / "report.json")
    assert done.exit_code == 3
    assert "limit was reached" in one_line(done.stderr)
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["status"] == "limit"
    assert report["stopped"] == limit[0].removeprefix("--")
    assert report["bound"] >= 0  # the relaxation's value
    assert report["value"] is None or report["bound"] <= report["value"]
    assert report["dual_function"]["tight"] is False
    assert report["dual_function"]["certificate_checked"] is True


def test_a_solver_at_its_limit_is_no_answer(tmp_path):
    model = write(tmp_path, "hard.lp", market_split())
    done = run("solve", model, "--seconds", "0.5")
    assert done.exit_code == 3
    assert "limit reached" in done.stdout


# -- bad input -------------------------------------------------------------------------


@pytest.mark.parametrize("name", MALFORMED)
@pytest.mark.parametrize("command", ["analyze", "solve"])
def test_a_malformed_model_gives_one_line(tmp_path, command, name):
    done = run(command, write(tmp_path, name, MALFORMED[name]))
    assert done.exit_code == 2
    assert done.stdout == ""
    one_line(done.stderr)


@pytest.mark.parametrize("command", ["analyze", "solve", "check"])
def test_a_missing_file_and_a_folder_give_one_line(tmp_path, command):
    folder = tmp_path / "folder.mps"
    folder.mkdir()
    for path in (tmp_path / "missing.mps", folder):
        done = run(command, path)
        assert done.exit_code == 2
        assert path.name in one_line(done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyze",),
        ("analyze", PRODUCTION, "--rows", "NO_SUCH_ROW"),
        ("analyze", PRODUCTION, "--bogus"),
        ("analyze", PRODUCTION, "--seconds", "-1"),
        ("analyze", PRODUCTION, "--seconds", "soon"),
        ("analyze", PRODUCTION, "--seconds", "nan"),
        ("analyze", PRODUCTION, "--json"),
        ("analyze", PRODUCTION, PRODUCTION),
        ("solve", PRODUCTION, "--solver", "no-such-solver"),
        ("frobnicate",),
        ("--bogus",),
    ],
    ids=" ".join,
)
def test_a_wrong_call_gives_one_line(arguments):
    done = run(*arguments)
    assert done.exit_code == 2
    one_line(done.stderr)


@pytest.mark.parametrize("option", ["--json", "--html", "--certificate"])
def test_an_output_that_cannot_be_written_is_refused_before_the_work(tmp_path, option):
    model = write(tmp_path, "hard.lp", market_split())  # would not be closed in a test's time
    for path in (tmp_path, tmp_path / "no-such-folder" / "file", model):
        done = run("analyze", model, option, path)
        assert done.exit_code == 2
        assert option in one_line(done.stderr)
    assert model.read_text() == market_split()


def test_two_outputs_in_one_file_are_refused(tmp_path):
    path = tmp_path / "report"
    done = run("analyze", PRODUCTION, "--json", path, "--html", path)
    assert done.exit_code == 2
    assert "overwrite" in one_line(done.stderr)


# -- certificates ----------------------------------------------------------------------


def test_a_rejected_certificate_gives_one_line_and_code_1(tmp_path):
    proof = tmp_path / "proof.jsonl"
    assert run("analyze", PRODUCTION, "-q", "--no-prices", "--certificate", proof).exit_code == 0
    proof.write_text(proof.read_text().replace("1057/5", "1058/5"))
    for arguments in ((proof,), (proof, "--fast")):
        done = run("check", *arguments)
        assert done.exit_code == 1
        assert "rejected" in one_line(done.stderr)


def test_a_certificate_of_another_model_is_rejected(tmp_path):
    proof, other = tmp_path / "proof.jsonl.gz", write(tmp_path, "other.lp", SMALL)
    run("analyze", PRODUCTION, "-q", "--no-prices", "--certificate", proof)
    done = run("check", proof, "--model", other)
    assert done.exit_code == 1
    assert "another program" in one_line(done.stderr)


# -- public models ---------------------------------------------------------------------


@pytest.mark.skipif(
    not CLASSICS.is_dir(), reason="the public models are not next to the repository"
)
@pytest.mark.parametrize(("name", "value"), [("p0033", 3089), ("bm23", 34), ("flugpl", 1201500)])
def test_public_models_are_answered(name, value):
    done = run("analyze", CLASSICS / f"{name}.mps", "--no-prices", "--json", "-")
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert (report["status"], report["value"], report["bound"]) == ("optimal", value, value)
    assert report["dual_function"]["certificate_checked"] is True


def test_an_interrupt_before_anything_is_known_is_one_line(monkeypatch):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("tamemip.read", interrupted)
    result = run("analyze", PRODUCTION)
    assert result.exit_code == 130
    assert result.stderr == "tamemip: interrupted.\n"


def test_a_link_to_itself_is_bad_input(tmp_path):
    loop = tmp_path / "loop.mps"
    loop.symlink_to(loop)
    result = run("analyze", loop, "--json", tmp_path / "out.json")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
