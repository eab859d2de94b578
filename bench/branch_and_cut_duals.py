"""Branch-and-cut dual functions of classic models, beside plain branch and bound.

Every model is built by both methods in one run; what is shown of each are leaves, cuts
and processor seconds, and of branch and cut whether it is tight at the known optimum and
what its certificate takes.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from _models import classic_path, known_optima
from _tables import CONSOLE, Clock, show
from branch_and_bound_duals import MODELS

import tamemip as tm
from tamemip.certificates import check_fast

HEADINGS = (
    "model",
    "optimum",
    "F",
    "tight",
    "leaves",
    "cuts",
    "seconds",
    "cert+check",
    "|",
    "plain leaves",
    "seconds",
    "tight",
    "leaves%",
    "time%",
)


@dataclass
class Built:
    """One dual function with what it took, in processor seconds."""

    F: tm.DualFunction
    seconds: float

    @property
    def cuts(self) -> int:
        return sum(len(tree.cuts) for tree in self.F.cut_trees)


def built(program: tm.MixedIntegerProgram, method: str, seconds: float) -> Built:
    clock = Clock()
    with clock.running():
        F = tm.dual_function(program, method=method, limits=tm.Limits(seconds=seconds))
    return Built(F, clock.cpu)


def is_right(built: Built, optimum: float | None) -> bool:
    value = float(built.F.value)
    return optimum is None or abs(value - optimum) <= 1e-6 * max(1.0, abs(optimum))


def cells(
    name: str, optimum: float | None, ours: Built, checked: float, plain: Built
) -> list[object]:
    value = float(ours.F.value)
    return [
        name,
        optimum,
        value if is_right(ours, optimum) or not ours.F.is_tight else f"WRONG {value}",
        ours.F.is_tight,
        ours.F.n_leaves,
        ours.cuts,
        ours.seconds,
        checked,
        "|",
        plain.F.n_leaves,
        plain.seconds,
        plain.F.is_tight,
        round(100 * ours.F.n_leaves / plain.F.n_leaves),
        round(100 * ours.seconds / max(plain.seconds, 1e-9)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default=",".join(MODELS), help="names, with commas between")
    parser.add_argument("--seconds", type=float, default=300.0, help="limit for one function")
    options = parser.parse_args()
    optima = known_optima()
    tiny = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [7], upper=10)
    tm.solve(tiny, solver="scip")  # imports are not what is measured
    check_fast(tm.dual_function(tiny, method="branch-and-cut").certificate)
    rows, pairs = [], []
    for name in options.models.split(","):
        path = classic_path(name)
        if path is None:
            CONSOLE.print(f"{name}: no such file, left out")
            continue
        program = tm.read(path)
        ours = built(program, "branch-and-cut", options.seconds)
        certifying = Clock()
        with certifying.running():
            check_fast(ours.F.certificate, program=program)
        plain = built(program, "branch-and-bound", options.seconds)
        pairs.append((name, ours, plain))
        rows.append(cells(name, optima.get(name), ours, certifying.cpu, plain))
        CONSOLE.print(
            f"{name}: {ours.F.n_leaves} leaves over {ours.cuts} cuts in {ours.seconds:.1f} s, "
            f"plain {plain.F.n_leaves} in {plain.seconds:.1f} s"
        )
    note = "processor seconds; leaves% and time% = branch and cut / branch and bound"
    show("Branch-and-cut dual functions (left) and plain ones (right)", HEADINGS, rows, note=note)
    summary(pairs)


def summary(pairs: list[tuple[str, Built, Built]]) -> None:
    ours, plain = [o for _, o, _ in pairs], [p for _, _, p in pairs]
    CONSOLE.print(
        f"leaves in all: {sum(o.F.n_leaves for o in ours)} over {sum(o.cuts for o in ours)} cuts, "
        f"plain {sum(p.F.n_leaves for p in plain)}; seconds {sum(o.seconds for o in ours):.1f}, "
        f"plain {sum(p.seconds for p in plain):.1f}"
    )
    more = [name for name, o, p in pairs if o.F.n_leaves > p.F.n_leaves]
    same = [name for name, o, p in pairs if o.F.n_leaves == p.F.n_leaves]
    CONSOLE.print("not tight:", ", ".join(n for n, o, _ in pairs if not o.F.is_tight) or "none")
    CONSOLE.print("more leaves than plain:", ", ".join(more) or "none")
    CONSOLE.print("as many:", ", ".join(same) or "none")


if __name__ == "__main__":
    main()
