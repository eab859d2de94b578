"""What the certifier answers: certified, refuted or unknown."""

from __future__ import annotations

import enum
import html
import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from tamemip.certificates import Certificate, Domain, Structure
from tamemip.errors import NotAllowedError, NotDefinableError
from tamemip.tameness._expression import Expression
from tamemip.tameness._verdict_text import text_of

if TYPE_CHECKING:
    from tamemip.tameness._consequences import Consequence


@final
class VerdictStatus(enum.Enum):
    """The three answers of `certify`."""

    CERTIFIED = "certified"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


CERTIFIED = VerdictStatus.CERTIFIED
"""Definable: there is a certificate."""
REFUTED = VerdictStatus.REFUTED
"""Definable in no o-minimal expansion of the real field: there is a witness with a certificate."""
UNKNOWN = VerdictStatus.UNKNOWN
"""Neither is proved: there is an open obligation."""


@final
@dataclass(frozen=True, slots=True)
class OpenObligation:
    """Why neither definability nor its contrary is proved.

    Attributes
    ----------
    culprits
        The smallest guilty subexpressions, as text.
    text
        What was asked of the first, and what was found.
    mend
        What would mend it.
    """

    culprits: tuple[str, ...]
    text: str
    mend: str

    def __str__(self) -> str:
        guilty = ", ".join(self.culprits)
        mend = f"; to mend it, {self.mend}" if self.mend else ""
        return f"{guilty}: {self.text}{mend}"


@final
@dataclass(frozen=True, slots=True)
class Witness:
    """Why a function is definable in no o-minimal expansion of the real field.

    Attributes
    ----------
    kind
        ``"W1"`` quasi-periodic, ``"W2"`` accumulating jumps, ``"W3"`` dense domain, ``"W4"``
        oscillation.
    text
        The witness in words.
    details
        Its data.
    """

    kind: str
    text: str
    details: object = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@final
@dataclass(frozen=True, repr=False)
class Verdict:
    """The answer of `certify`.

    Attributes
    ----------
    status
        `CERTIFIED`, `REFUTED` or `UNKNOWN`.
    subject
        What the verdict is about, in words.
    structure
        If certified: the least structure of the chain that is proved.
    structures
        The minimal ones: `R_AN` beside `R_EXP`, for exp on a compact box.
    domain
        The box; None for functions whose domain is said in words.
    where
        The domain in words.
    certificate
        What `tm.check` accepts: the proof of definability, or of its refutation.
    witness
        If refuted: why.
    obligation
        If unknown: what is open.
    local
        A certificate of definability in (R, <, +, Z), or None.
    consequences
        The theorems that apply, each with the hypotheses that are still open.
    pieces
        A bound on the number of intervals on which a function of one variable is affine.
    is_total, is_continuous
        Whether it is proved to be defined everywhere; continuous where it is defined.
    assumptions
        What plugins declare and nobody has checked.
    expressions
        The functions, as expressions; empty if there are none.
    """

    status: VerdictStatus
    subject: str
    where: str
    domain: Domain | None = None
    structures: tuple[Structure, ...] = ()
    certificate: Certificate | None = None
    witness: Witness | None = None
    obligation: OpenObligation | None = None
    local: Certificate | None = None
    pieces: int | None = None
    is_total: bool = False
    is_continuous: bool = False
    assumptions: tuple[str, ...] = ()
    expressions: tuple[Expression, ...] = field(default=(), compare=False)

    @property
    def structure(self) -> Structure | None:
        """The structure to name; None if there is none."""
        return self.structures[0] if self.structures else None

    @property
    def consequences(self) -> Sequence[Consequence]:
        """What follows; see `Consequence`."""
        from tamemip.tameness._consequences import consequences_of

        return consequences_of(self)

    def require(self, structure: Structure | None = None) -> Verdict:
        """Return the verdict, if it is certified in `structure` or below it.

        Raises
        ------
        NotDefinableError
            If it is not; `culprits` names the smallest guilty subexpressions.
        """
        if self.status is CERTIFIED:
            if structure is None or any(s <= structure for s in self.structures):
                return self
            raise NotDefinableError(
                f"{self.subject} is certified in {self.structures[0].value}, which does not lie "
                f"in {structure.value}; ask for a larger structure."
            )
        why = self.obligation or self.witness
        culprits = self.obligation.culprits if self.obligation else (self.subject,)
        raise NotDefinableError(
            f"{self.subject} on {self.where} is not certified ({self.status.value}): {why}",
            culprits=culprits,
        )

    def to_smtlib(self, *, uninterpreted: bool = False) -> str:
        """The defining first-order formula, as an SMT-LIB 2 script.

        Parameters
        ----------
        uninterpreted
            Declare exp, sin, pi and their like as symbols without a definition.

        Raises
        ------
        NotAllowedError
            If the verdict is about no expression.
        UnsupportedError
            If an operation has no definition by sums and products of reals.
        """
        self._require_expressions("SMT-LIB export")
        text: str = _room("_smtlib_export").to_smtlib(self, uninterpreted=uninterpreted)
        return text

    def cells(self) -> Any:
        """The cells on which a semilinear function of one or two variables is affine."""
        self._require_expressions("a cell decomposition")
        return _room("_cells_decomposition").cells(self)

    def plot(self, **options: Any) -> Any:
        """A plot of the cells; needs the extra ``plot``."""
        self._require_expressions("a plot")
        return _room("_cells_plot").plot(self, **options)

    def _require_expressions(self, what: str) -> None:
        if not self.expressions or self.domain is None:
            raise NotAllowedError(
                f"{what} needs an expression on a box, and this verdict is about {self.subject}."
            )

    def __repr__(self) -> str:
        names = ", ".join(s.value for s in self.structures)
        middle = f" in {names}" if names else f" ({self.witness.kind})" if self.witness else ""
        return f"Verdict({self.status.value}{middle}: {_short(self.subject)} on {self.where})"

    def __str__(self) -> str:
        return text_of(self)

    def _repr_html_(self) -> str:
        head, *rest = str(self).split("\n")
        items = "".join(f"<li>{html.escape(line)}</li>" for line in rest)
        return f"<div><b>{html.escape(head)}</b><ul>{items}</ul></div>"


def _room(module: str) -> Any:
    """A module that is needed for one reading of a verdict only."""
    return importlib.import_module(f"tamemip.tameness.{module}")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
