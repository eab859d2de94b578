"""Write ``docs/theory/table-of-verdicts.md`` by running the certifier.

``python docs/_ext/verdict_table.py`` writes the page; a test asks whether it is up to date.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

from verdict_functions import SECTIONS, Entry
from verdict_programs import MODELS, Model

from tamemip.tameness import CERTIFIED, Verdict, certify

PAGE = Path(__file__).parents[1] / "theory" / "table-of-verdicts.md"
_HEAD = """# A table of verdicts

Written by `python docs/_ext/verdict_table.py`, which runs `tamemip.certify` on each function and
checks each certificate. Do not edit this page by hand: a test compares it with what the certifier
says. Functions live on all reals where no domain is given. *Pieces* bounds the number of intervals
on which a function of one variable is affine. [](tameness.md) explains the words.
"""


Line: TypeAlias = Entry | Model
"""One line of the table."""

ALL: Sequence[tuple[str, Sequence[Line]]] = (
    *SECTIONS,
    ("Programs, some of their data varying", MODELS),
)
"""The titles and lines of the page."""


@cache
def verdict_of(line: Line) -> Verdict:
    """What the certifier says about a function or a program."""
    match line:
        case Entry():
            return certify(line.expression, line.domain or None)
        case Model():
            return certify(line.program, line.ranges, varying=line.varying)


def page() -> str:
    """The page as text."""
    verdicts = {e: verdict_of(e) for _, lines in ALL for e in lines}
    counts = Counter(v.status.value for v in verdicts.values())
    total = ", ".join(f"{counts[word]} {word}" for word in ("certified", "refuted", "unknown"))
    parts = [_HEAD, f"{len(verdicts)} functions: {total}.\n"]
    for title, lines in ALL:
        parts += [f"## {title}\n", _table(lines, verdicts)]
    return "\n".join(parts)


def _table(entries: Sequence[Line], verdicts: dict[Line, Verdict]) -> str:
    head = ("function", "formula", "domain", "verdict", "where", "pieces", "remark")
    rows = [_row(e, verdicts[e]) for e in entries]
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ("---",) * len(head), *rows)]
    return "\n".join(lines) + "\n"


def _row(entry: Line, verdict: Verdict) -> tuple[str, ...]:
    return (
        entry.name,
        entry.formula,
        _where(entry),
        verdict.status.value,
        ", ".join(s.value for s in verdict.structures),
        "" if verdict.pieces is None else str(verdict.pieces),
        _escaped(_remark(verdict)),
    )


def _where(entry: Line) -> str:
    """The domain; for programs what varies, too."""
    if isinstance(entry, Entry):
        return entry.domain
    return f"varying {entry.varying}".replace("_", "\\_") + (
        f", {entry.domain}" if entry.domain else ""
    )


def _remark(verdict: Verdict) -> str:
    words = []
    if verdict.witness is not None:
        words.append(f"{verdict.witness.kind}: {verdict.witness.text}")
    if verdict.obligation is not None:
        words.append(f"open: {verdict.obligation}")
    if verdict.status is CERTIFIED and not verdict.is_total:
        words.append("perhaps not defined everywhere")
    if verdict.status is CERTIFIED and not verdict.is_continuous:
        words.append("perhaps not continuous")
    if verdict.status is not CERTIFIED and verdict.local is not None:
        words.append("definable in (R,<,+,Z)")
    return "; ".join(words)


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in "\\|*_<" else sign for sign in text)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
