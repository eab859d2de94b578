"""Functions with a verdict that is known from mathematics, and what an answer may say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tamemip as tm
from tamemip.certificates import check_fast

LIN, ALG, AN, EXP, AN_EXP, PFAFF = list(tm.Structure)[:6]


@dataclass(frozen=True)
class Tame:
    """A definable function: the minimal structures that it truly is definable in.

    `total` and `continuous` say whether it is defined everywhere and continuous; `pieces` is
    the true number of affine ones, for a function that is defined everywhere on the line.
    An answer may claim less, never more. With `open`, UNKNOWN is today's answer.
    """

    function: Any
    domain: Any
    least: Sequence[tm.Structure]
    total: bool = True
    continuous: bool = True
    pieces: int | None = None
    open: bool = False

    def __str__(self) -> str:
        return named(self.function, self.domain)


@dataclass(frozen=True)
class Wild:
    """A function that is definable in no o-minimal expansion of the field.

    `local`: whether it is definable in (R, <, +, Z).
    """

    function: Any
    domain: Any
    local: bool = False
    open: bool = False

    def __str__(self) -> str:
        return named(self.function, self.domain)


def named(function: Any, domain: Any) -> str:
    return f"{function} on {domain or 'R'}".replace(" ", "")[:80]


def require_truth(case: Tame | Wild) -> None:
    """Fail if the answer says something false, or too little where it used to say more."""
    verdict = tm.certify(case.function, case.domain)
    if case.open:
        assert verdict.status in (tm.UNKNOWN, right_status(case)), verdict
    else:
        assert verdict.status is right_status(case), (verdict, verdict.obligation)
    if isinstance(case, Wild):
        assert verdict.local is None or case.local, "it is not locally tame"
    elif verdict.status is tm.CERTIFIED:
        _require_no_more(verdict, case)
    if verdict.certificate is not None:
        assert tm.check(verdict.certificate) == check_fast(verdict.certificate)


def right_status(case: Tame | Wild) -> tm.VerdictStatus:
    return tm.CERTIFIED if isinstance(case, Tame) else tm.REFUTED


def _require_no_more(verdict: tm.Verdict, case: Tame) -> None:
    for claimed in verdict.structures:
        assert any(least <= claimed for least in case.least), f"{claimed} is too little"
    assert case.total or not verdict.is_total, "it is undefined somewhere"
    assert case.continuous or not verdict.is_continuous, "it jumps"
    if verdict.pieces is not None and case.pieces is not None:
        assert verdict.pieces >= case.pieces, "there are more pieces"
