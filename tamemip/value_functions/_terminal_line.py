"""One line on the terminal that says how far long work has come."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

P = ParamSpec("P")


@contextmanager
def terminal_line(
    wanted: bool, words: Callable[P, str], *, start: str = "starting"
) -> Iterator[Callable[P, None]]:
    """A callback that keeps the line up to date; it does nothing without a terminal.

    Parameters
    ----------
    wanted
        Whether the user has asked for it.
    words
        What to say, from the arguments of the callback.
    start
        What to say before the first call.
    """
    if not wanted or not sys.stderr.isatty():
        yield lambda *args, **kwargs: None
        return
    from rich.console import Console
    from rich.status import Status

    with Status(start, console=Console(stderr=True)) as status:

        def watch(*args: P.args, **kwargs: P.kwargs) -> None:
            status.update(words(*args, **kwargs))

        yield watch
