"""What commands share with the shell: one line for an error, its exit code, and a console."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from tamemip.errors import CertificateError, InvalidInputError, TameMIPError, UnsupportedError

if TYPE_CHECKING:
    from rich.console import Console

ANSWERED, OTHER, BAD_INPUT, LIMIT, INTERRUPTED = 0, 1, 2, 3, 130
"""The exit codes."""

_PAGE_WIDTH = 100
"""Width of what is printed where there is no terminal."""


def console() -> Console:
    """A console that is as wide as the terminal, or as a page."""
    from rich.console import Console

    fixed = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PAGE_WIDTH
    return Console(width=fixed, highlight=False)


@contextmanager
def one_line_for_errors() -> Iterator[None]:
    """Every error that is raised on purpose becomes one line and an exit code."""
    try:
        yield
        sys.stdout.flush()
    except (InvalidInputError, UnsupportedError) as error:
        raise typer.Exit(complain(str(error), BAD_INPUT)) from None
    except CertificateError as error:
        raise typer.Exit(complain(f"rejected: {error}", OTHER)) from None
    except TameMIPError as error:
        raise typer.Exit(complain(str(error), OTHER)) from None
    except KeyboardInterrupt:  # typer would leave without a word
        raise typer.Exit(complain("interrupted.", INTERRUPTED)) from None
    except BrokenPipeError:
        _stop_writing()
        raise typer.Exit(OTHER) from None


def complain(message: str, code: int) -> int:
    """Print a line to the standard error, and give the exit code back."""
    print(f"tamemip: {' '.join(message.split())}", file=sys.stderr)
    return code


def _stop_writing() -> None:
    """Nobody reads the output any more: let Python's own flush at exit find nothing to do."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
