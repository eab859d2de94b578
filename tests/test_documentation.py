"""What the documentation says is what happens: its code runs, its outputs and tables are true."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

import tamemip as tm
from tamemip.certificates import Certificate, CertificateBuilder
from tests.certificates.tiny import CHECKERS, program

ROOT = Path(__file__).parents[1]
PAGES = {
    name: ROOT / name
    for name in (
        *("README.md", "docs/quickstart.md", "docs/how-to-choose.md"),
        "docs/how-to-follow-a-number.md",
    )
}
MODEL = "examples/models/production.mps"


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def table_below(page: Path, heading: str) -> Iterator[list[str]]:
    """The cells of the first table that has a column of this name, without its head."""
    lines = page.read_text(encoding="utf-8").splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("|") and heading in line)
    for line in lines[at + 2 :]:
        if not line.startswith("|"):
            return
        yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def run(code: str, folder: Path) -> str:
    """What a script prints, in a folder where the example models are."""
    shutil.copytree(ROOT / "examples" / "models", folder / "examples" / "models")
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_code_of_a_page_runs_from_top_to_bottom(page, tmp_path):
    run("\n".join(blocks(page, "python")), tmp_path)


def test_the_ten_lines_of_the_readme_print_what_they_say(tmp_path):
    (code,) = blocks(PAGES["README.md"], "python")
    first, second, third, *_ = run(code, tmp_path).splitlines()
    assert re.search(rf"print\(F\(\[7\]\)\)  # {re.escape(first)}\b", code)
    assert Fraction(second) == 5
    assert third.startswith("proved: ")
    assert (tmp_path / "proof.jsonl").is_file()


def test_the_two_functions_of_the_choice_meet(tmp_path):
    (code,) = blocks(PAGES["docs/how-to-choose.md"], "python")
    more = "\nprint(F.exact(busy) == U.exact(busy), G.exact(busy) == F.exact(busy))"
    assert run(code + more, tmp_path) == "True True\n"


def test_the_page_on_following_a_number_runs(tmp_path):
    (code,) = blocks(PAGES["docs/how-to-follow-a-number.md"], "python")
    assert run(code + "\nprint(len(v.pieces), len(v.jumps))", tmp_path) == "7 3\n"


@pytest.mark.parametrize(
    ("block", "arguments"),
    [
        (0, ("analyze", MODEL)),
        (1, ("value", MODEL, "--along", "DEMAND_2", "--range", "20", "36")),
    ],
    ids=["analyze", "value"],
)
def test_the_reports_of_the_quickstart_are_the_reports(block, arguments):
    """But for the ranges: how far they are followed is a matter of time."""
    shown = blocks(PAGES["docs/quickstart.md"], "text")[block]
    done = subprocess.run(
        [sys.executable, "-m", "tamemip", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    printed = set(map(_without_range, done.stdout.splitlines()))
    for line in map(_without_range, shown.splitlines()):
        assert line == "..." or line in printed


def _without_range(line: str) -> str:
    return " ".join(re.sub(r"\(-?[\d./]+…?, -?[\d./]+…?\)|─", "", line).split())


@pytest.mark.parametrize(
    "cells",
    list(table_below(ROOT / "docs" / "conventions.md", "slope left")),
    ids=lambda cells: " ".join(cells[:2]),
)
def test_the_signs_of_the_convention_page(cells):
    sense, row, *expected = cells
    left, row_sense, rhs = row.split()
    sign = 1 if sense == "min" else -1
    p = tm.MixedIntegerProgram.from_arrays(
        [2 * sign, 5 * sign],
        [[-1 if left.startswith("-") else 1, 0], [1, -10]],
        [row_sense, "<="],
        [int(rhs), 0],
        integrality=[False, True],
        sense=sense,
    )
    price = tm.shadow_prices(p)[0]
    found = (price.slope_left, price.slope_right, price.jump_left, price.jump_right)
    prices = (price.lp_dual, price.fixed_dual)
    assert [*map(str, found), f"({price.low}, {price.high})", *map(str, prices)] == expected


@pytest.mark.parametrize("checker", CHECKERS)
def test_the_certificate_of_the_theory_page_is_accepted(checker):
    page = ROOT / "docs" / "theory" / "certificates.md"
    steps = next(text for text in blocks(page, "json") if '"step":1,' in text).splitlines()
    p = program("min", [1], [[2]], [">="], [1], lower=[0], upper=[1], integer=[True])
    head = CertificateBuilder(p).finish({"kind": "dual-function", "of": 6, "tight": [7]}).lines
    assert [json.loads(line)["step"] for line in steps] == list(range(1, 8))
    statement = checker(Certificate((*head, *steps)))
    assert statement.tight_at == (((1,), 1),)
    assert statement.bound([Fraction(1, 9)]) == 1
    assert statement.bound([0]) == -float("inf")
