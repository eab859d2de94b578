"""The proof of a value function on a line by several trees, each with cuts in its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tamemip.certificates import CertificateBuilder, Over


def read_cuts(
    builder: CertificateBuilder, line: int, trees: Mapping[int, Over]
) -> list[tuple[Over, int]]:
    """Write how the cuts of some trees are read: intervals from left to right, with steps."""
    found = [
        (over, builder.cuts(tree, line, (over.lo, over.hi, over.brackets)))
        for tree, over in trees.items()
    ]
    return sorted(found, key=lambda pair: (pair[0].lo, pair[0].hi, not pair[0].lo_closed))


def parts_with_cuts(
    whole: Over, cuts: Sequence[tuple[Over, int]]
) -> Iterator[tuple[Over, int | None]]:
    """An interval in parts, each within one of those in which cuts are read.

    Without any cuts that is the whole interval.
    """
    if not cuts:
        yield whole, None
        return
    for over, step in cuts:
        part = _common(whole, over)
        if part is not None:
            yield part, step


def _common(a: Over, b: Over) -> Over | None:
    lo, hi = max(a.lo, b.lo), min(a.hi, b.hi)
    lo_closed = all(side.lo_closed for side in (a, b) if side.lo == lo)
    hi_closed = all(side.hi_closed for side in (a, b) if side.hi == hi)
    if lo > hi or (lo == hi and not (lo_closed and hi_closed)):
        return None
    return Over(lo, hi, lo_closed, hi_closed)
