"""Classic job shops: found, claimed by CP-SAT, and proved by a certificate.

    python bench/job_shops.py [--shops ft06,la01,...] [--seconds 20] [--find 60]

*stated* is the optimum that the file states, *found* the exact makespan of the best schedule,
*claimed* CP-SAT's bound, which nothing proves. *program* is the bound that a checked certificate
proves for the family's own program: its dual function holds for other durations too. *windows* is
the bound for the program of the instance with windows for the starts. An asterisk says that the
bound is the makespan found: the optimum is proved. Each proof may take `--seconds` of wall time,
CP-SAT `--find`; seconds shown are processor seconds, of search, proof, certificate and check.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from _tables import Clock, show

import tamemip as tm
from tamemip.plugins.scheduling._cp_shop import find_schedule
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._proof import Formulation, prove_makespan
from tamemip.plugins.scheduling._read_job_shop_files import read_shops
from tamemip.plugins.scheduling._schedule import Schedule

_SHARED = Path(__file__).parents[1].parent / "shared" / "data" / "scheduling" / "jobshop.json"
_FORMULATIONS: tuple[Formulation, ...] = ("disjunctive", "windows")


def proved(
    shop: JobShop, schedule: Schedule, formulation: Formulation, limits: tm.Limits
) -> list[object]:
    """Bound, nodes, leaves and seconds of a proof."""
    clock = Clock()
    with clock.running():
        proof = prove_makespan(shop, schedule=schedule, formulation=formulation, limits=limits)
    bound = f"{proof.bound}{'*' * proof.is_optimal}"
    return [bound, proof.function.report.nodes, proof.function.n_leaves, clock.cpu]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--file", default=str(_SHARED))
    parser.add_argument("--shops", default="")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--find", type=float, default=60)
    options = parser.parse_args()
    if not Path(options.file).exists():
        print(f"{options.file} is not there: nothing to measure.")
        return
    shops = read_shops(options.file)
    rows = []
    for name in options.shops.split(",") if options.shops else shops.names:
        shop, clock = shops[name], Clock()
        with clock.running():
            found = find_schedule(shop, limits=tm.Limits(seconds=options.find))
        row = [name, f"{shop.n_jobs}x{len(shop.machine_numbers)}", shop.optimum]
        row += [found.value, found.bound, clock.cpu]
        limits = tm.Limits(seconds=options.seconds)
        for formulation in _FORMULATIONS:
            row += proved(shop, found.schedule, formulation, limits)
        rows.append(row)
    headings = ["shop", "size", "stated", "found", "claimed", "s"]
    headings += ["program", "nodes", "leaves", "s", "windows", "nodes", "leaves", "s"]
    show("Job shops", headings, rows)


if __name__ == "__main__":
    main()
