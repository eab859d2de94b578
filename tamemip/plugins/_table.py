"""The table of problem families."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from tamemip._aligned import aligned
from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from rich.table import Table


@final
@dataclass(frozen=True, slots=True)
class FamilyInfo:
    """One line of `tamemip.families`.

    Attributes
    ----------
    name
        What `tamemip.family` is asked for.
    kind
        One line on what it models.
    distribution
        The installed package that it comes from.
    missing
        What is missing or wrong; empty if it can be used.
    """

    name: str
    kind: str
    distribution: str
    missing: str

    @property
    def is_installed(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """Name, kind, distribution, and ``yes`` or what is missing."""
        return (self.name, self.kind, self.distribution, self.missing or "yes")


@final
@dataclass(frozen=True, repr=False)
class FamilyTable:
    """The problem families that are installed; iterate over it for `FamilyInfo`."""

    families: tuple[FamilyInfo, ...]

    HEADER = ("family", "kind", "distribution", "installed")

    def __iter__(self) -> Iterator[FamilyInfo]:
        return iter(self.families)

    def __len__(self) -> int:
        return len(self.families)

    def __getitem__(self, name: str) -> FamilyInfo:
        for info in self.families:
            if info.name == name:
                return info
        raise InvalidInputError(
            f"there is no family {name!r} in the table; it has "
            f"{', '.join(repr(info.name) for info in self.families)}."
        )

    def __contains__(self, name: object) -> bool:
        return any(info.name == name for info in self.families)

    def __repr__(self) -> str:
        return f"FamilyTable({', '.join(info.name for info in self.families)})"

    def __str__(self) -> str:
        rows = [self.HEADER, *(info.cells for info in self.families)]
        return "\n".join(aligned(rows, left=len(self.HEADER)))

    def _repr_html_(self) -> str:
        rows = (
            "<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>"
            for row in (self.HEADER, *(info.cells for info in self.families))
        )
        return f"<table>{''.join(rows)}</table>"

    def __rich__(self) -> Table:
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, title="Problem families", title_justify="left")
        for header in self.HEADER:
            table.add_column(header, overflow="fold")
        for info in self.families:
            table.add_row(*info.cells)
        return table
