"""Why a module is not read."""

from __future__ import annotations

from typing import final


@final
class UnsupportedOperationError(Exception):
    """An operation that the reader does not know: the verdict is unknown.

    Attributes
    ----------
    operation
        Its name.
    mend
        What would help.
    """

    def __init__(
        self, operation: str, mend: str = "write it with operations that are read"
    ) -> None:
        super().__init__(operation)
        self.operation, self.mend = operation, mend


@final
class TooLargeError(Exception):
    """The exact expansion has too many nodes."""
