"""Projects of PSPLIB: makespans found by CP-SAT, and proved by the core.

    python bench/resource_constrained.py [--projects 1,2,10] [--seconds 120]

*found* is the makespan of CP-SAT's schedule with one worker, *known* that of the library's
optimum, *claimed* CP-SAT's bound; *proved* is the bound of a certificate that was checked, by
both checkers, against the time-indexed program. *rows* and *columns* are those of that program,
*lines* those of the certificate. All seconds are processor seconds; the limit is one of wall time.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from _tables import Clock, show

import tamemip as tm
from tamemip.certificates import check_fast
from tamemip.plugins.scheduling._read_psplib import read_psplib
from tamemip.plugins.scheduling._resource_constrained_proof import prove_project
from tamemip.plugins.scheduling._resource_constrained_search import find_project_schedule

_DATA = Path(__file__).parents[2] / "shared" / "data" / "scheduling" / "rcpsp_scip"
_KNOWN = (43, 47, 47, 62, 39, 48, 60, 53, 49, 45)


def _row(k: int, seconds: float) -> tuple[object, ...]:
    project = read_psplib(_DATA / f"j301_{k}.sm")
    search, proving, checking = Clock(), Clock(), Clock()
    limits = tm.Limits(seconds=seconds)
    with search.running():
        found = find_project_schedule(project, limits=limits)
    with proving.running():
        proof = prove_project(project, found.schedule, limits=limits)
    with checking.running():
        tm.check(proof.certificate, program=proof.program)
        check_fast(proof.certificate, program=proof.program)
    return (
        project.name,
        _KNOWN[k - 1],
        int(found.value),
        int(found.bound),
        int(proof.bound),
        search.cpu,
        proving.cpu,
        checking.cpu,
        proof.program.n_rows,
        proof.program.n_cols,
        len(proof.certificate.lines),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", default="1,2,3,4,5,6,7,8,9,10")
    parser.add_argument("--seconds", type=float, default=120.0)
    options = parser.parse_args()
    headings = "project known found claimed proved search_s proof_s check_s rows columns lines"
    show(
        "PSPLIB j301: found by CP-SAT, proved by certificate",
        [heading.replace("_", " ") for heading in headings.split()],
        [_row(int(k), options.seconds) for k in options.projects.split(",")],
    )


if __name__ == "__main__":
    main()
