"""Branch-and-bound dual functions of classic models, beside a plain 45-line loop.

Every model is built by `tamemip.dual_function` (search, exact proof, certificate, fast
check) and, right after it, by the plain loop, so that both meet the same machine.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from _models import SHARED, classic_path, known_optima
from _tables import CONSOLE, Clock, show

import tamemip as tm
from tamemip.certificates import check_fast

MODELS = (
    "p0033",
    "p0040",
    "stein09",
    "stein15",
    "stein27",
    "bm23",
    "sentoy",
    "pipex",
    "enigma",
    "flugpl",
    "misc01",
    "misc02",
    "misc03",
    "p0201",
    "p0282",
    "lseu",
    "rgn",
    "mod008",
    "mod013",
    "air01",
    "egout",
    "khb05250",
    "bell5",
    "lp4l",
    "sample2",
    "vpm1",
    "set1al",
    "bell3a",
    "stein45",
    "misc07",
)
TRIAL = SHARED / "trials" / "branch_and_bound.py"
TRIAL_SECONDS = 30


@dataclass
class Ours:
    """What one dual function took; seconds are processor seconds."""

    value: float
    is_right: bool | None
    is_tight: bool
    leaves: int
    nodes: int
    relaxations: int
    search: float
    proof: float
    certificate: float
    is_checked: bool


@dataclass
class Theirs:
    """What the plain loop took."""

    status: str
    leaves: int
    nodes: int
    seconds: float


def measure(path: Path, optimum: float | None, seconds: float) -> Ours:
    program = tm.read(path)
    building, certifying = Clock(), Clock()
    with building.running():
        F = tm.dual_function(program, limits=tm.Limits(seconds=seconds))
    # Search and proof alternate: their shares of the wall time divide the processor time.
    wall = F.report.search_seconds + F.report.proof_seconds
    proof = building.cpu * F.report.proof_seconds / wall if wall else 0.0
    with certifying.running():
        check_fast(F.certificate, program=program)
    value = float(F.value)
    close = None if optimum is None else abs(value - optimum) <= 1e-6 * max(1.0, abs(optimum))
    return Ours(
        value=value,
        is_right=close,
        is_tight=F.is_tight,
        leaves=F.n_leaves,
        nodes=F.report.nodes,
        relaxations=F.report.relaxations,
        search=building.cpu - proof,
        proof=proof,
        certificate=certifying.cpu,
        is_checked=True,
    )


def plain_loop() -> Callable[..., tuple] | None:
    """The loop, imported by its path; None where it is absent."""
    if not TRIAL.is_file():
        CONSOLE.print(f"the plain loop is absent ({TRIAL.name}); only our side is measured")
        return None
    spec = importlib.util.spec_from_file_location("plain_branch_and_bound", TRIAL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.bb


def measure_loop(loop: Callable[..., tuple], path: Path) -> Theirs:
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        plain = path
        if path.suffix == ".gz":  # the loop's reader takes plain files only
            plain = Path(folder) / path.stem
            plain.write_bytes(gzip.decompress(path.read_bytes()))
        with clock.running():
            _, status, nodes, leaves, *_ = loop(str(plain), TRIAL_SECONDS)
    return Theirs("closed" if status == "OPT" else "limit", leaves, nodes, clock.cpu)


HEADINGS = (
    "model",
    "optimum",
    "F",
    "tight",
    "leaves",
    "nodes",
    "LPs",
    "search",
    "proof",
    "cert+check",
    "|",
    "leaves",
    "nodes",
    "seconds",
    "status",
    "leaves%",
    "time%",
)


def cells(name: str, optimum: float | None, ours: Ours, theirs: Theirs | None) -> list[object]:
    row: list[object] = [
        name,
        optimum,
        ours.value if ours.is_right is not False else f"WRONG {ours.value}",
        ours.is_tight,
        ours.leaves,
        ours.nodes,
        ours.relaxations,
        ours.search,
        ours.proof,
        ours.certificate,
        "|",
    ]
    if theirs is None:
        return [*row, None, None, None, None, None, None]
    return [
        *row,
        theirs.leaves,
        theirs.nodes,
        theirs.seconds,
        theirs.status,
        round(100 * ours.leaves / max(theirs.leaves, 1)),
        round(100 * ours.search / max(theirs.seconds, 1e-9)),
    ]


def summary(pairs: list[tuple[str, Ours, Theirs | None]]) -> None:
    both = [(o, t) for _, o, t in pairs if t is not None]
    closed = [(o, t) for o, t in both if t.status == "closed"]
    rows: list[list[object]] = []
    for title, chosen in (("models both closed", closed), ("all models", both)):
        rows.append(
            [
                title,
                len(chosen),
                sum(o.leaves for o, _ in chosen),
                sum(t.leaves for _, t in chosen),
                sum(o.search for o, _ in chosen),
                sum(o.proof for o, _ in chosen),
                sum(o.certificate for o, _ in chosen),
                sum(t.seconds for _, t in chosen),
            ]
        )
    headings = ["totals", "models", "leaves", "loop leaves", "search s", "proof s", "cert+check s"]
    show("", [*headings, "loop s"], rows)
    more = [name for name, o, t in pairs if t is not None and o.leaves > t.leaves]
    few = [
        name
        for name, o, t in pairs
        if t is not None and t.leaves > 50 and o.leaves > 0.8 * t.leaves
    ]
    CONSOLE.print("not tight:", ", ".join(n for n, o, _ in pairs if not o.is_tight) or "none")
    CONSOLE.print("wrong:", ", ".join(n for n, o, _ in pairs if o.is_right is False) or "none")
    CONSOLE.print("more leaves than the loop:", ", ".join(more) or "none")
    CONSOLE.print("over 80 % of the loop's leaves, where it has over 50:", ", ".join(few) or "none")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS), help="names, with commas between")
    parser.add_argument("--seconds", type=float, default=120.0, help="limit for one model")
    parser.add_argument("--skip-trial", action="store_true", help="leave the plain loop out")
    options = parser.parse_args()
    loop = None if options.skip_trial else plain_loop()
    optima = known_optima()
    tiny = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [7], upper=10)
    tm.solve(tiny, solver="scip")  # imports are not what is measured
    check_fast(tm.dual_function(tiny).certificate)
    pairs: list[tuple[str, Ours, Theirs | None]] = []
    rows = []
    for name in options.models.split(","):
        path = classic_path(name)
        if path is None:
            CONSOLE.print(f"{name}: no such file, left out")
            continue
        ours = measure(path, optima.get(name), options.seconds)
        theirs = None if loop is None else measure_loop(loop, path)
        pairs.append((name, ours, theirs))
        rows.append(cells(name, optima.get(name), ours, theirs))
        loop_leaves = "" if theirs is None else f" (loop {theirs.leaves}, {theirs.status})"
        tight = "tight" if ours.is_tight else "NOT TIGHT"
        seconds = ours.search + ours.proof
        CONSOLE.print(f"{name}: {ours.leaves} leaves{loop_leaves}, {seconds:.2f} s, {tight}")
    show(
        "Branch-and-bound dual functions (left) and the plain loop (right, limit 30 s)",
        HEADINGS,
        rows,
        note="processor seconds; leaves% and time% = ours / loop (search time alone)",
    )
    summary(pairs)


if __name__ == "__main__":
    main()
