"""Cold starts of the command line, each in a process of its own."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _models import classic_path
from _tables import CONSOLE, number, show

ROOT = Path(__file__).resolve().parents[1]


def once(command: list[str], folder: str) -> tuple[float, float, int]:
    """Wall seconds, processor seconds of the child, exit code."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, done.returncode


def measure(title: str, arguments: list[str], times: int) -> list[object]:
    command = [sys.executable, *arguments]
    with tempfile.TemporaryDirectory() as folder:
        runs = [once(command, folder) for _ in range(times)]
    code = runs[-1][2]
    if code:
        CONSOLE.print(f"{title}: exit code {code}")
    walls, cpus = [r[0] for r in runs], [r[1] for r in runs]
    cells = [min(walls), statistics.median(walls), min(cpus), statistics.median(cpus)]
    return [title, times, *(number(v) for v in cells), code]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    options = parser.parse_args()
    tamemip = ["-m", "tamemip"]
    certificates = "import tamemip.certificates"
    rows = [
        measure("python -c pass", ["-c", "pass"], options.times),
        measure("import tamemip", ["-c", "import tamemip"], options.times),
        measure("import tamemip.certificates", ["-c", certificates], options.times),
    ]
    if (ROOT / "tamemip" / "cli.py").is_file():
        rows.append(measure("tamemip --help", [*tamemip, "--help"], options.times))
        path = classic_path("p0033")
        if path is not None:
            analyze = [*tamemip, "analyze", str(path)]
            rows.append(measure("tamemip analyze p0033", analyze, max(3, options.times // 2)))
    headings = ["command", "runs", "wall min s", "median", "cpu min s", "median", "exit"]
    show("Cold starts", headings, rows)


if __name__ == "__main__":
    main()
