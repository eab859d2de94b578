"""What follows from definability, with the hypotheses that are still open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from tamemip.certificates import Structure

if TYPE_CHECKING:
    from tamemip.tameness._verdict import Verdict

_DEFINED = "defined on the whole domain"
_LIPSCHITZ = "locally Lipschitz"


@final
@dataclass(frozen=True, slots=True)
class Consequence:
    """A theorem whose hypothesis about definability holds.

    Attributes
    ----------
    theorem
        Its name.
    text
        What it says.
    open
        The hypotheses that are not proved yet; none if it holds as it stands.
    source
        Where it is proved.
    """

    theorem: str
    text: str
    open: tuple[str, ...]
    source: str

    @property
    def holds(self) -> bool:
        """Whether no hypothesis is open."""
        return not self.open

    def __str__(self) -> str:
        return f"{self.text}, if {' and '.join(self.open)}" if self.open else self.text


def consequences_of(verdict: Verdict) -> tuple[Consequence, ...]:
    """The theorems that apply to what a verdict certifies."""
    if not verdict.structures:
        return _of_local(verdict) if verdict.local is not None else ()
    total = () if verdict.is_total else (_DEFINED,)
    # On a convex domain, a continuous function with finitely many affine pieces is Lipschitz.
    is_lipschitz = (
        Structure.SEMILINEAR in verdict.structures and verdict.is_continuous and verdict.is_total
    )
    lipschitz = () if is_lipschitz else (*total, _LIPSCHITZ)
    found = [
        Consequence(
            "differentiable almost everywhere",
            "smooth on finitely many cells that cover the domain up to a null set",
            total,
            "van den Dries 1998, chapter 7",
        )
    ]
    if is_lipschitz:
        found.append(
            Consequence(
                "Lipschitz", "Lipschitz on the domain, piecewise affine", (), "affine pieces"
            )
        )
    return (
        *found,
        Consequence(
            "path differentiability",
            "path differentiable: its Clarke subdifferential is conservative",
            lipschitz,
            "Bolte and Pauwels 2021; Davis, Drusvyatskiy, Kakade and Lee 2020",
        ),
        Consequence(
            "critical values",
            "finitely many critical values",
            lipschitz,
            "Bolte, Daniilidis, Lewis and Shiota 2007",
        ),
        Consequence(
            "stochastic subgradient method",
            "the stochastic subgradient method converges to critical values",
            (
                *lipschitz,
                "steps with infinite sum and finite sum of squares",
                "martingale-difference noise of bounded conditional variance",
                "almost surely bounded iterates",
            ),
            "Davis, Drusvyatskiy, Kakade and Lee 2020",
        ),
    )


def _of_local(verdict: Verdict) -> tuple[Consequence, ...]:
    total = () if verdict.is_total else (_DEFINED,)
    lipschitz = (*total, _LIPSCHITZ)
    return (
        Consequence(
            "semilinear on boxes", "finitely many affine pieces on each compact box", (), "almost "
            "o-minimality"
        ),
        Consequence(
            "path differentiability",
            "path differentiable, for that is a local property",
            lipschitz,
            "Bolte and Pauwels 2021",
        ),
        Consequence(
            "critical values",
            "finitely many critical values on each compact set",
            lipschitz,
            "Bolte, Daniilidis, Lewis and Shiota 2007",
        ),
    )  # fmt: skip
