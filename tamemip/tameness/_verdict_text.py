"""What a verdict prints: its few lines, with long lists folded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tamemip.certificates import Structure

if TYPE_CHECKING:
    from tamemip.tameness._consequences import Consequence
    from tamemip.tameness._verdict import Verdict

_PARTS = 6
"""Intervals of a domain that are shown."""
_LENGTH = 160
"""Letters of a function that are shown."""


def text_of(verdict: Verdict) -> str:
    """The verdict in lines: the question, the answer, what limits it, and what follows.

    Examples
    --------
    >>> from tamemip.tameness import certify
    >>> print(text_of(certify("abs(x)", "x in [-1, 1]")))
    abs(x)
    domain: x in [-1, 1]
    certified: definable in semilinear
    affine on each of at most 2 intervals
    so: smooth on finitely many cells that cover the domain up to a null set; Lipschitz on the \
domain, piecewise affine; path differentiable: its Clarke subdifferential is conservative; \
finitely many critical values
    if also steps with infinite sum and finite sum of squares, martingale-difference noise of \
bounded conditional variance, almost surely bounded iterates: the stochastic subgradient method \
converges to critical values
    """
    lines = [
        _shortened(verdict.subject),
        f"domain: {_folded(verdict.where)}",
        f"{verdict.status.value}{_how(verdict)}",
    ]
    if verdict.pieces is not None:
        many = verdict.pieces != 1
        lines.append(f"affine on each of at most {verdict.pieces} intervals" if many else "affine")
    if verdict.structures and not verdict.is_total:
        lines.append("not proved to be defined on the whole domain")
    if verdict.witness is not None:
        lines.append(f"witness {verdict.witness}")
    if verdict.obligation is not None:
        guilty = _shortened(", ".join(verdict.obligation.culprits))
        lines.append(f"open: {guilty}: {verdict.obligation.text}")
        if verdict.obligation.mend:
            lines.append(f"to mend it: {verdict.obligation.mend}")
    # What is semilinear over the reals is so on boxes.
    if verdict.local is not None and Structure.SEMILINEAR not in verdict.structures:
        lines.append("definable in (R,<,+,Z), hence semilinear on every compact box")
    lines += [f"assumed: {text}" for text in verdict.assumptions]
    return "\n".join([*lines, *_what_follows(verdict.consequences)])


def _how(verdict: Verdict) -> str:
    if verdict.structures:
        return ": definable in " + " and in ".join(s.value for s in verdict.structures)
    is_refuted = verdict.witness is not None
    return ": definable in no o-minimal expansion of the real field" if is_refuted else ""


def _what_follows(consequences: Sequence[Consequence]) -> list[str]:
    """One line for each set of open hypotheses; only what is more than in the line before."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for c in consequences:
        groups.setdefault(c.open, []).append(c.text)
    lines: list[str] = []
    before: tuple[str, ...] = ()
    for needed, texts in groups.items():
        is_more = set(before) <= set(needed)
        more = [h for h in needed if not is_more or h not in before]
        also = "also " if is_more and lines else ""
        start = f"if {also}{', '.join(more)}" if more else "so"
        lines.append(f"{start}: {'; '.join(texts)}")
        before = needed
    return lines


def _shortened(text: str) -> str:
    if len(text) <= _LENGTH:
        return text
    return f"{text[: _LENGTH - 20]} ... ({len(text)} letters)"


def _folded(where: str) -> str:
    """The first intervals of a domain, and how many there are more."""
    parts, depth, start = [], 0, 0
    for k, letter in enumerate(where):
        depth += (letter in "[(") - (letter in "])")
        if letter == "," and depth == 0:
            parts.append(where[start:k].strip())
            start = k + 1
    parts.append(where[start:].strip())
    if len(parts) <= _PARTS:
        return where
    return f"{', '.join(parts[:_PARTS])}, and {len(parts) - _PARTS} more intervals"
