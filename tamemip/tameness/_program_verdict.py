"""The verdict on the optimal value of a program: one line of the table, hypotheses checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

from tamemip.certificates import (
    Certificate,
    ColumnBounds,
    ColumnProof,
    Varying,
    check,
    value_certificate,
)
from tamemip.programs import MixedIntegerProgram
from tamemip.tameness._program_bounds import bound_integers
from tamemip.tameness._program_cutoffs import cut_off
from tamemip.tameness._program_relaxation import below_of, climb_of
from tamemip.tameness._program_words import data_in_words, subject_of
from tamemip.tameness._refutation_programs import refute_program
from tamemip.tameness._verdict import (
    CERTIFIED,
    REFUTED,
    UNKNOWN,
    OpenObligation,
    Verdict,
    Witness,
)

#: Columns that an obligation names.
_SHOWN = 8


def program_verdict(program: MixedIntegerProgram, varying: Varying) -> Verdict:
    """In which structure the optimal value is definable, as a function of a box of data.

    The lines of the table are those of `tamemip.certificates.value_class`.

    Examples
    --------
    >>> p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [7], upper=9)
    >>> verdict = program_verdict(p, Varying(None, {}, {}))
    >>> verdict.structure.value, verdict.where
    ('semilinear', 'all right-hand sides in R')
    """
    case = _Case(program, varying)
    if not case.moves_rhs and not case.moves_matrix:
        return case.certified(value_certificate(program.exact, varying))
    only_rhs = not case.moves_cost and not case.moves_matrix
    if only_rhs and varying.has_compact_rhs() and not case.has_bounds:
        # One linear program instead of a bound for every integer column.
        dual, ray = below_of(program)
        if dual is not None or ray is not None:
            return case.certified(value_certificate(program.exact, varying, dual=dual, ray=ray))
    proofs, left, levels = bound_integers(program, varying)
    if not left:
        return case.certified(
            value_certificate(program.exact, varying, bounds=proofs, levels=levels)
        )
    found = case.cut_off(proofs)
    if found is not None:
        return found
    if not only_rhs:
        return case.unknown(left)
    if varying.has_compact_rhs():
        return case.without_dual()
    return case.infinite() or case.local(left)


@final
@dataclass(frozen=True)
class _Case:
    """A program and a box of data, with the verdicts that may be given about them."""

    program: MixedIntegerProgram
    varying: Varying

    @property
    def subject(self) -> str:
        return subject_of(self.program)

    @property
    def where(self) -> str:
        return data_in_words(self.program, self.varying)

    @property
    def moves_rhs(self) -> bool:
        return self.varying.moves_rhs(self.program.exact)

    @property
    def has_bounds(self) -> bool:
        """Whether every integer column has two bounds of its own."""
        exact = self.program.exact
        pairs = zip(exact.integer, exact.lower, exact.upper, strict=True)
        return all(
            isinstance(a, Fraction) and isinstance(b, Fraction) for flag, a, b in pairs if flag
        )

    @property
    def moves_cost(self) -> bool:
        exact = self.program.exact
        return any(self.varying.moves_cost(exact, integer=flag) for flag in (True, False))

    @property
    def moves_matrix(self) -> bool:
        exact = self.program.exact
        return any(self.varying.moves_matrix(exact, integer=flag) for flag in (True, False))

    def certified(self, certificate: Certificate) -> Verdict:
        proved = check(certificate).definable
        assert proved is not None
        return Verdict(
            status=CERTIFIED,
            subject=self.subject,
            where=self.where,
            structures=proved.structures,
            certificate=certificate,
            local=certificate if proved.is_local else None,
            is_continuous=proved.is_continuous,
        )

    def cut_off(self, proofs: Sequence[ColumnProof]) -> Verdict | None:
        """Certified, if integers are bounded where nothing costs more than a point."""
        exact = self.program.exact
        known = ColumnBounds.of(exact, self.varying)
        for proof in proofs:
            known.prove(*proof)
        cutoff = cut_off(self.program, known)
        if cutoff is None or known.loose_integers():
            return None
        point, cuts = cutoff
        return self.certified(
            value_certificate(exact, self.varying, bounds=proofs, point=point, cuts=cuts)
        )

    def infinite(self) -> Verdict | None:
        """Certified, if the value is infinite for every right-hand side."""
        ray = below_of(self.program).ray
        climb = None if ray is None else climb_of(self.program)
        if climb is None:
            return None
        return self.certified(
            value_certificate(self.program.exact, self.varying, ray=ray, climb=climb)
        )

    def local(self, left: Sequence[int]) -> Verdict:
        """Only right-hand sides move, too far for finitely many pieces."""
        certificate = value_certificate(self.program.exact, self.varying)
        check(certificate)
        verdict = Verdict(
            status=UNKNOWN,
            subject=self.subject,
            where=self.where,
            obligation=self._obligation(
                left, "the right-hand side is not confined to a compact box", "a compact box"
            ),
            local=certificate,
        )
        return self._refuted(verdict) or verdict

    def unknown(self, left: Sequence[int]) -> Verdict:
        """Costs or the matrix move as well."""
        moving = "the matrix moves" if self.moves_matrix else "costs move with the right-hand side"
        keep = "fix the matrix" if self.moves_matrix else "fix the costs or the right-hand side"
        return Verdict(
            status=UNKNOWN,
            subject=self.subject,
            where=self.where,
            obligation=self._obligation(left, moving, "a smaller box of data", f", or {keep}"),
        )

    def without_dual(self) -> Verdict:
        """The search for a dual feasible point came back empty-handed."""
        return Verdict(
            status=UNKNOWN,
            subject=self.subject,
            where=self.where,
            obligation=OpenObligation(
                ("the costs",),
                "neither a dual feasible point of the relaxation nor an improving ray was found",
                "scale the program, or bound its integer columns",
            ),
            local=value_certificate(self.program.exact, self.varying),
        )

    def _obligation(
        self, left: Sequence[int], moving: str, where: str, more: str = ""
    ) -> OpenObligation:
        names = [self.program.col_names[j] for j in left]
        shown = tuple(names[:_SHOWN]) + (("...",) if len(names) > _SHOWN else ())
        count = f"{len(names)} integer column{'s' * (len(names) != 1)}"
        return OpenObligation(
            shown,
            f"no bound of {count} is proved for all data of the box, and {moving}",
            f"add bounds to {', '.join(shown)}, or restrict the domain to {where}{more}",
        )

    def _refuted(self, open_one: Verdict) -> Verdict | None:
        """A witness against definability over all right-hand sides, from the search for one.

        Not over a box: it may hold more than the data that are asked for.
        """
        certificate = refute_program(self.program) if self.varying.rhs is None else None
        if certificate is None:
            return None
        proved = check(certificate).refuted
        assert proved is not None
        return replace(
            open_one,
            status=REFUTED,
            obligation=None,
            certificate=certificate,
            witness=Witness(proved.kind, proved.text, proved),
        )
