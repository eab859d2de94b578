"""The classic models beside the repository, and what their optimum is known to be."""

from __future__ import annotations

import csv
from pathlib import Path

import tamemip as tm

SHARED = Path(__file__).resolve().parents[2] / "shared"
CLASSIC = SHARED / "data" / "miplib2_classic"


def classic_path(name: str) -> Path | None:
    """The file of a classic model, plain or packed; None where it is absent."""
    for suffix in (".mps", ".mps.gz"):
        path = CLASSIC / f"{name}{suffix}"
        if path.is_file():
            return path
    return None


def classic(name: str) -> tm.MixedIntegerProgram | None:
    """A classic model; None where its file is absent."""
    path = classic_path(name)
    return None if path is None else tm.read(path)


def known_optima() -> dict[str, float]:
    """Optimum by model name, from the table beside the models."""
    table = SHARED / "data" / "optimum.csv"
    if not table.is_file():
        return {}
    with table.open(newline="") as lines:
        return {
            Path(row["file"]).name.removesuffix(".gz").removesuffix(".mps"): float(row["optimum"])
            for row in csv.DictReader(lines)
            if row["file"].startswith("miplib2_classic/") and row["optimum"]
        }
