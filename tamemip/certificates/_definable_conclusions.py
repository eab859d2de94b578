"""What steps about definability conclude."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from tamemip.certificates._definable_facts import Structure


@final
@dataclass(frozen=True, slots=True)
class Definable:
    """The conclusion that some functions are definable, jointly, on a domain.

    Attributes
    ----------
    subject
        What is definable, in words.
    structures
        The minimal o-minimal structures of the chain; none if only `is_local` is proved.
    is_local
        Whether they are definable in (R, <, +, Z) with rational scalars, too.
    domain
        In words.
    is_total, is_continuous
        Whether they are defined everywhere on the domain; continuous where defined.
    pieces
        A bound on the number of intervals on which a function of one variable is affine.
    digest
        SHA-256 of the expressions and the domain; empty where the problem says it all.
    assumptions
        What plugins declare and nobody has checked.
    """

    subject: str
    structures: tuple[Structure, ...]
    is_local: bool
    domain: str
    is_total: bool
    is_continuous: bool = False
    pieces: int | None = None
    digest: str = ""
    assumptions: tuple[str, ...] = ()

    @property
    def structure(self) -> Structure:
        """The structure to name first; `LOCAL` if that is all."""
        return self.structures[0] if self.structures else Structure.LOCAL


@final
@dataclass(frozen=True, slots=True)
class Refuted:
    """The conclusion that a function is definable in no o-minimal expansion of the real field.

    The field matters: ``2 t + sin t`` is increasing, and the real line with this one function
    and the order alone is o-minimal; with sums it is not.

    Attributes
    ----------
    kind
        ``"W1"`` quasi-periodic, ``"W2"`` accumulating jumps, ``"W3"`` dense domain, ``"W4"``
        oscillation.
    subject
        Which function.
    domain
        On which domain, in words.
    text
        The witness in words.
    assumptions
        What it assumes about functions that plugins declare.
    digest
        SHA-256 of the expressions and the domain; empty where the problem, or `subject`, says
        it all.
    """

    kind: str
    subject: str
    domain: str
    text: str
    assumptions: tuple[str, ...] = ()
    digest: str = ""
