"""One line on the terminal that says how far a search among selections has come."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

Say: TypeAlias = "Callable[[str], None]"
"""Shows what is being done now."""


def say_nothing(_: str) -> None:
    """For those who do not want to see it."""


@contextmanager
def progress_text(wanted: bool) -> Iterator[Say]:
    """A line that is kept up to date on a terminal, and nothing elsewhere."""
    if not wanted or not sys.stderr.isatty():
        yield say_nothing
        return
    # Late, since a line is asked for seldom.
    from rich.console import Console
    from rich.status import Status

    with Status("starting", console=Console(stderr=True)) as line:
        yield line.update
