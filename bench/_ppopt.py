"""PPOPT in a process of its own, which ends itself at a limit of processor seconds.

As a script it reads a problem from one JSON file and writes its answer into another one.
"""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import tamemip as tm

#: Wall seconds that a process may take for each processor second of its limit.
_PATIENCE = 6


@dataclass(frozen=True)
class Answer:
    """What PPOPT found: seconds without its imports, regions, a value at each theta asked for.

    At the limit there are no regions and no values, and the seconds are the limit.
    """

    seconds: float
    regions: int | None
    values: tuple[float, ...]


def is_there() -> bool:
    """Whether PPOPT can be imported."""
    return importlib.util.find_spec("ppopt") is not None


def arrays_of(
    program: tm.MixedIntegerProgram, F: np.ndarray, box: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    """The program as PPOPT takes it: `min`, rows `<=` or `=`, bounds as rows, 0-1 columns.

    `F` has one row a row of the program and one column a parameter.
    """
    sign = 1.0 if program.sense == "min" else -1.0
    n = program.n_cols
    dense = program.A.toarray()
    flips = np.where([sense == ">=" for sense in program.row_sense], -1.0, 1.0)
    A, b, moves = [flips[:, None] * dense], [flips * program.rhs], [flips[:, None] * F]
    for bounds, flip in ((program.upper, 1.0), (program.lower, -1.0)):
        rows = np.flatnonzero(np.isfinite(bounds) & ~program.integrality)
        A.append(flip * np.eye(n)[rows])
        b.append(flip * bounds[rows])
        moves.append(np.zeros((len(rows), F.shape[1])))
    k = F.shape[1]
    return {
        "A": np.vstack(A).tolist(),
        "b": np.concatenate(b).tolist(),
        "c": (sign * program.c).tolist(),
        "F": np.vstack(moves).tolist(),
        "H": np.zeros((n, k)).tolist(),
        "A_t": np.vstack([np.eye(k), -np.eye(k)]).tolist(),
        "b_t": [*(hi for _, hi in box), *(-lo for lo, _ in box)],
        "binary": np.flatnonzero(program.integrality).tolist(),
        "equality": [i for i, sense in enumerate(program.row_sense) if sense == "="],
    }


def ask(arrays: dict[str, Any], thetas: Sequence[Sequence[float]], seconds: float) -> Answer:
    """Solve a problem, and evaluate the solution; values are those of `min`."""
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder) / "question.json", Path(folder) / "answer.json"
        asked = [list(map(float, theta)) for theta in thetas]
        question.write_text(json.dumps(arrays | {"thetas": asked, "limit": seconds}))
        command = [sys.executable, __file__, str(question), str(answer)]
        try:
            subprocess.run(command, capture_output=True, check=False, timeout=_PATIENCE * seconds)
        except subprocess.TimeoutExpired:
            return Answer(seconds, None, ())
        if not answer.is_file():
            return Answer(seconds, None, ())
        found = json.loads(answer.read_text())
    values = tuple(math.inf if v is None else float(v) for v in found["values"])
    return Answer(found["seconds"], found["regions"], values)


def _answer(question: Path, answer: Path) -> None:
    """The work of the child process."""
    import resource

    from ppopt.mp_solvers.solve_mpmiqp import solve_mpmiqp
    from ppopt.mpmilp_program import MPMILP_Program

    given = json.loads(question.read_text())
    start = time.process_time()
    limit = math.ceil(start + given["limit"])
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))

    def column(values: Sequence[float]) -> np.ndarray:
        return np.array(values, dtype=float).reshape(-1, 1)

    A, F, H, A_t = (np.array(given[name], dtype=float) for name in ("A", "F", "H", "A_t"))
    b, c, b_t = (column(given[name]) for name in ("b", "c", "b_t"))
    program = MPMILP_Program(
        A, b, c, H, A_t, b_t, F, given["binary"], equality_indices=given["equality"]
    )
    solution = solve_mpmiqp(program, num_cores=1)
    seconds = time.process_time() - start
    values = [solution.evaluate_objective(column(theta)) for theta in given["thetas"]]
    found = {
        "seconds": seconds,
        "regions": len(solution.critical_regions),
        "values": [None if v is None else float(np.ravel(v)[0]) for v in values],
    }
    answer.write_text(json.dumps(found))


if __name__ == "__main__":
    _answer(Path(sys.argv[1]), Path(sys.argv[2]))
