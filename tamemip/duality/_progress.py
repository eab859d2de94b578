"""A progress line for long searches."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tamemip.duality._reports import Watch
    from tamemip.duality._search import Progress


@contextmanager
def progress_line(wanted: bool) -> Iterator[Watch | None]:
    """A callback that keeps one line on the terminal up to date, or None."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.status import Status

    with Status("starting", console=Console(stderr=True)) as status:

        def watch(stage: str, now: Progress) -> None:
            status.update(
                f"{stage}: {now.nodes} nodes, {now.open} open, "
                f"bound {now.bound:.8g}, value {now.value:.8g}, {now.seconds:.0f} s"
            )

        yield watch
