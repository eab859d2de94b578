"""Tables as plain text."""

from __future__ import annotations

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]], *, left: int) -> list[str]:
    r"""Lines with the cells of each column below one another, two blanks between columns.

    Parameters
    ----------
    rows
        The cells; all rows have as many.
    left
        So many columns, from the first on, are flush left; the others, of numbers, flush right.

    Examples
    --------
    >>> print("\n".join(aligned([("item", "weight"), ("0", "105"), ("1", "90")], left=1)))
    item  weight
    0        105
    1         90
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if k < left else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
