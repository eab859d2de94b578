"""Certificates: writing them, their size, and both checkers."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from _models import classic
from _tables import CONSOLE, Clock, show

import tamemip as tm
from tamemip.certificates import check_fast


def measure(name: str, program: tm.MixedIntegerProgram, seconds: float) -> list[object]:
    F = tm.dual_function(program, limits=tm.Limits(seconds=seconds))
    writing, plain, fast = Clock(), Clock(), Clock()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "proof.jsonl"
        with writing.running():
            F.certificate.write(path)
        size = os.path.getsize(path) / 1024
        with fast.running():
            claimed = check_fast(path)
        with plain.running():
            proved = tm.check(path)
    lines = len(F.certificate.lines)
    same = str(claimed) == str(proved)
    return [name, F.n_leaves, lines, size, writing.cpu, plain.cpu, fast.cpu, same]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="p0033,bm23,stein15,egout,khb05250,stein27,misc03")
    parser.add_argument("--seconds", type=float, default=120.0, help="limit for one search")
    options = parser.parse_args()
    rows = []
    for name in options.models.split(","):
        program = classic(name)
        if program is None:
            CONSOLE.print(f"{name}: no such file, left out")
            continue
        rows.append(measure(name, program, options.seconds))
    headings = ["model", "leaves", "lines", "KiB", "write s", "check s", "check_fast s", "agree"]
    show("Certificates, from and to files (processor seconds)", headings, rows)


if __name__ == "__main__":
    main()
