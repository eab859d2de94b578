"""Tables and clocks that the benchmarks share."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.table import Table

CONSOLE = Console(width=170, highlight=False)


class Clock:
    """Processor seconds and wall seconds of a block; processor time does not see the neighbours."""

    def __init__(self) -> None:
        self.cpu = 0.0
        self.wall = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            yield
        finally:
            self.cpu += time.process_time() - cpu
            self.wall += time.perf_counter() - wall


def show(
    title: str, headings: Sequence[str], rows: Sequence[Sequence[object]], *, note: str = ""
) -> None:
    """Print a table: the first column on the left, numbers on the right."""
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", caption=note or None)
    table.caption_justify = "left"
    for k, heading in enumerate(headings):
        table.add_column(heading, justify="left" if k == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(number(v) for v in row))
    CONSOLE.print(table)


def number(value: object) -> str:
    """A value as a cell: short floats, a dash for what was not measured."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        return _float(value)
    return str(value)


def _float(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    if value == int(value) and size < 1e9:
        return str(int(value)) if size >= 1 else "0"
    if size >= 1000:
        return f"{value:.1f}"
    return f"{value:.3g}" if size < 100 else f"{value:.2f}"
