"""The examples on derivatives run, and print what is true."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _run(arguments: list[str], folder: Path) -> str:
    """What a script prints, run in an empty folder."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_prices_of_the_lot_sizes_are_those_of_solving_again(tmp_path):
    text = _run([str(ROOT / "examples" / "price_a_lot_size.py")], tmp_path)
    found = re.search(r"right, of ten: relaxation (\d+), integers fixed (\d+), ours (\d+)", text)
    assert found is not None
    relaxed, fixed, ours = map(int, found.groups())
    assert (relaxed, ours) == (0, 10)
    assert fixed < 10
    assert "DEMAND_1: no derivative. The value jumps from 202 to 215" in text
    assert "DEMAND_2: between 3 and 7, from 2 plans" in text
    assert {"8 7 9 11 12", "20 3 5 4 5"} <= {line.strip() for line in text.splitlines()}


@pytest.mark.slow
def test_the_hypotheses_of_the_subgradient_method_hold_and_it_descends(tmp_path):
    script = ROOT / "examples" / "subgradient_with_its_hypotheses.py"
    code = script.read_text(encoding="utf-8")
    assert "STEPS, PENALTY, N_OUTCOMES = 127, 12, 16" in code
    short = tmp_path / "short.py"
    short.write_text(code.replace("= 127, 12, 16", "= 15, 12, 16"), encoding="utf-8")
    text = _run([str(short)], tmp_path)
    assert "1. Lipschitz: certified everywhere, constant 12 a row" in text
    assert "2. definable: certified, semilinear" in text
    values = {int(k): float(v) for k, v in re.findall(r"^ +(\d+)   ([\d.]+)$", text, re.MULTILINE)}
    assert set(values) == {0, 1, 3, 7, 15}
    assert "the expected cost there is 719/16" in text
    assert 719 / 16 <= values[15] < 1.05 * 719 / 16
