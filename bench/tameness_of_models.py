"""Certificates of tameness for the value functions of the classic models.

    python bench/tameness_of_models.py [--models p0033,lseu] [--varying rhs]

Each model: the class of its optimal value as a function of all right-hand sides (or of what
`--varying` names) over all reals, the processor seconds to find and to check the certificate
again, its size, and how many bounds of columns were proved besides those in the model. Models
with integer columns that no right-hand side bounds are LOCAL only, or refuted.
"""

from __future__ import annotations

import argparse
import json

from _models import CLASSIC, classic
from _tables import CONSOLE, Clock, show

import tamemip as tm
from tamemip.certificates import check, check_fast


def row(name: str, varying: str) -> list[object]:
    """One line of the table."""
    program = classic(name)
    assert program is not None
    find, check_it = Clock(), Clock()
    with find.running():
        verdict = tm.certify(program, varying=varying)
    proof = verdict.certificate or verdict.local
    if proof is not None:
        with check_it.running():
            check(proof, program=program)
        check_fast(proof, program=program)
    structure = verdict.structure.value if verdict.structure else "-"
    return [
        name,
        program.n_rows,
        program.n_cols,
        sum(program.exact.integer),
        verdict.status.value,
        structure if verdict.status.value == "certified" or not verdict.local else "local",
        _bounds(proof),
        find.cpu,
        check_it.cpu,
        None if proof is None else sum(map(len, proof.lines)) / 1000,
    ]


def _bounds(proof: tm.Certificate | None) -> int | None:
    """How many bounds of columns the certificate proves."""
    if proof is None:
        return None
    steps = (json.loads(line) for line in proof.lines[2:])
    return sum(len(s["bounds"]) for s in steps if s["rule"] == "bounded-integers")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="")
    parser.add_argument("--varying", default="rhs")
    options = parser.parse_args()
    files = sorted(CLASSIC.glob("*.mps*")) if CLASSIC.is_dir() else []
    names = options.models.split(",") if options.models else [f.name.split(".")[0] for f in files]
    if not names:
        CONSOLE.print(f"no models in {CLASSIC}")
        return
    tm.certify(tm.MixedIntegerProgram.from_arrays([1], [[1]], ">=", [1]))  # imports
    heads = ["model", "rows", "columns", "integer", "verdict", "class", "bounds", "s", "check s"]
    show(
        f"value functions, varying {options.varying}",
        [*heads, "KB"],
        [row(name, options.varying) for name in names],
    )


if __name__ == "__main__":
    main()
