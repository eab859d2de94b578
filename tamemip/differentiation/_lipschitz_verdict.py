"""What `tamemip.lipschitz` answers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates import Certificate
from tamemip.differentiation._cones import Vector
from tamemip.differentiation._refusal import Jump
from tamemip.tameness import CERTIFIED, REFUTED, UNKNOWN, VerdictStatus

__all__ = ["LipschitzVerdict"]


@final
@dataclass(frozen=True, repr=False)
class LipschitzVerdict:
    r"""Whether a function is Lipschitz, and with which constant.

    Attributes
    ----------
    status
        `CERTIFIED`, `REFUTED` or `UNKNOWN`.
    where
        Where the answer holds: ``"everywhere"``, ``"near a point"`` or ``"on a box"``.
    names
        What the function depends on: rows or parameters.
    constants
        If certified, one a name: :math:`|v(b) - v(b')| \le \sum_i L_i |b_i - b'_i|` for all b
        and b' (in the box, or near the point) at which `v` is finite.
    reason
        Why, or what was not proved.
    jump
        If refuted: a jump, or None.
    normal
        If refuted: a nonzero horizon normal, or None.
    certificate
        If certified everywhere: what `tamemip.check` reads; else None, and the reason is a
        computation in rationals.
    """

    status: VerdictStatus
    where: str
    names: tuple[str, ...]
    constants: Vector | None
    reason: str
    jump: Jump | None = None
    normal: Vector | None = None
    certificate: Certificate | None = None

    @property
    def constant(self) -> Fraction | None:
        """The largest of `constants`: one for the norm ``sum |b_i|``; None if not certified."""
        if self.constants is None:
            return None
        return max(self.constants, default=Fraction(0))

    @property
    def is_certified(self) -> bool:
        """Whether it is Lipschitz, proved."""
        return self.status is CERTIFIED

    def __repr__(self) -> str:
        told = "" if self.constants is None else f", constant {self.constant}"
        return f"LipschitzVerdict({self.status.value} {self.where}{told})"

    def __str__(self) -> str:
        lines = [f"{self!r}: {self.reason}"]
        if self.constants is not None:
            shown = list(zip(self.names, self.constants, strict=True))
            lines += [f"  {name}: {value}" for name, value in shown[:12]]
            lines += [f"  ... and {len(shown) - 12} more"] if len(shown) > 12 else []
        return "\n".join(lines)

    @classmethod
    def certified(
        cls,
        where: str,
        names: tuple[str, ...],
        constants: Vector,
        reason: str,
        *,
        certificate: Certificate | None = None,
    ) -> LipschitzVerdict:
        """A constant a name, with the reason."""
        return cls(CERTIFIED, where, names, constants, reason, certificate=certificate)

    @classmethod
    def refuted(
        cls,
        where: str,
        names: tuple[str, ...],
        reason: str,
        *,
        jump: Jump | None = None,
        normal: Vector | None = None,
    ) -> LipschitzVerdict:
        """A witness of the contrary."""
        return cls(REFUTED, where, names, None, reason, jump, normal)

    @classmethod
    def unknown(cls, where: str, names: tuple[str, ...], reason: str) -> LipschitzVerdict:
        """What is not proved."""
        return cls(UNKNOWN, where, names, None, reason)
