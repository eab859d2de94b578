"""The trial in `../shared/trials/parametric`: parametric branch and bound in floats, unproved."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from _models import SHARED
from _tables import Clock

#: MIPs of HiGHS that give the trial its first points; they count.
SEEDS = 20


def trial() -> ModuleType | None:
    """The trial's module; None where it is absent."""
    folder = SHARED / "trials" / "parametric"
    if not (folder / "pvf.py").is_file():
        return None
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return importlib.import_module("pvf")


def run_trial(
    path: Path, interval: tuple[float, float], seconds: float, **instance: Any
) -> tuple[Any, float] | None:
    """The finished search and its processor seconds; None where the trial is absent.

    `instance` says what moves, as the trial names it: ``drow`` with ``setrhs0`` or nothing.
    """
    module = trial()
    if module is None:
        return None
    clock = Clock()
    model = module.Inst(str(path), rng=interval, **instance)
    with clock.running():
        highs = module.mipsolver(model, "off")
        steps = np.linspace(*interval, SEEDS)
        seeds = [x for t in steps for _, x in [module.mipsolve(highs, model, t)] if x is not None]
        search = module.PBB(model, seed=seeds, tlimit=seconds).run()
    return search, clock.cpu


def shape(search: Any) -> tuple[int, int]:
    """Pieces and jumps of a finished search."""
    module = trial()
    assert module is not None
    pieces, jumps = module.simplify(search.U)
    return len(pieces), jumps
