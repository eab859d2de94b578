"""Whether the optimal value is Lipschitz near the given right-hand side, for the report."""

from __future__ import annotations

from fractions import Fraction

from tamemip.analysis._prices import ShadowPrices
from tamemip.certificates import Bound
from tamemip.differentiation import Jump, LipschitzVerdict, lipschitz
from tamemip.errors import TameMIPError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.tameness import CERTIFIED, REFUTED

__all__ = ["lipschitz_near_rhs", "lipschitz_words"]

#: Seconds for finding all optimal integer parts, where no row jumps.
_SECONDS = 5.0


def lipschitz_near_rhs(
    program: MixedIntegerProgram, prices: ShadowPrices, limits: Limits
) -> LipschitzVerdict | None:
    """A jump of a row that the prices prove, or what `tamemip.lipschitz` says; None if neither."""
    names = program.row_names
    for row in prices:
        for sign, gap in ((-1, row.jump_left), (1, row.jump_right)):
            value = prices.value
            if not gap or not isinstance(value, Fraction):
                continue
            way = tuple(Fraction(sign * (k == row.index)) for k in range(program.n_rows))
            limit: Bound = value + gap if isinstance(gap, Fraction) else gap
            jump = Jump(way, value, limit, is_certified=True)
            side = "below" if sign < 0 else "above"
            reason = f"{row.name} jumps directly {side} its right-hand side"
            return LipschitzVerdict.refuted("near the point", names, reason, jump=jump)
    seconds = _SECONDS if limits.seconds is None else min(_SECONDS, limits.seconds)
    try:
        return lipschitz(program, at=program.exact.rhs, limits=Limits(seconds=seconds))
    except TameMIPError:
        return None


def lipschitz_words(verdict: LipschitzVerdict) -> str:
    """The verdict in one line."""
    if verdict.status is CERTIFIED:
        return f"Lipschitz near this rhs with constant {verdict.constant} (norm: sum of moves)"
    if verdict.status is REFUTED:
        return f"not Lipschitz at this rhs: {verdict.reason}"
    return f"not known to be Lipschitz near this rhs: {verdict.reason}"
