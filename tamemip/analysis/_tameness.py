"""What is proved about the shape of the value function: definability in the right-hand side."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import final

from tamemip.analysis._checked import CheckedStatement, checked_statement
from tamemip.certificates import Structure, Varying, value_certificate
from tamemip.programs import MixedIntegerProgram
from tamemip.tameness import CERTIFIED, REFUTED, UNKNOWN, OpenObligation, Verdict, certify

#: Nonzeros times integer columns without bounds, up to which a search takes seconds at the most.
_QUICK_SEARCH = 20_000


@final
@dataclass(frozen=True, slots=True)
class Tameness:
    """The verdict on the optimal value as a function of the right-hand side.

    Attributes
    ----------
    verdict
        What `tamemip.certify` says, over all right-hand sides.
    checked
        What a checker made of its certificate; None if it has none.
    local
        The same of its certificate in (R, <, +, Z); None if it has none.
    seconds
        How long it took, checks included.
    """

    verdict: Verdict
    checked: CheckedStatement | None
    local: CheckedStatement | None
    seconds: float

    def meaning(self) -> str:
        """The verdict in plain words, in one line."""
        pieces = "where finite, v has finitely many affine pieces"
        verdict = self.verdict
        if verdict.status is CERTIFIED and verdict.structure is not None:
            name = verdict.structure.value
            if verdict.structure is Structure.SEMILINEAR:
                return f"{name}, checked: {pieces} over all rhs d"
            return f"{name}, checked: v is definable in it over all rhs d"
        over_all = "whether over all d is open"
        if verdict.status is REFUTED and verdict.witness is not None:
            over_all = f"not over all d (refuted with witness {verdict.witness.kind}, checked)"
        if self.local is not None:
            return f"local, checked: {pieces} on each compact box of rhs d; {over_all}"
        return f"no finite number of affine pieces of v is proved; {over_all}"

    def statements(self) -> tuple[str, ...]:
        """What the checker accepted, in full."""
        accepted = (self.checked, self.local if self.local is not self.checked else None)
        return tuple(found.statement.text for found in accepted if found is not None)


def tameness_of(program: MixedIntegerProgram) -> Tameness:
    """Certify the definability of the optimal value, and have the proof checked.

    Where many integer columns have no bounds, the search for a proof over all right-hand
    sides is left out, and what is proved on each compact box remains.

    Raises
    ------
    TameMIPError
        If the program cannot be certified or a certificate is not accepted.

    Examples
    --------
    >>> p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [7], upper=9)
    >>> print(tameness_of(p).meaning())
    semilinear, checked: where finite, v has finitely many affine pieces over all rhs d
    >>> p = MixedIntegerProgram.from_arrays([1], [["1/2"]], ">=", [7])
    >>> print(tameness_of(p).meaning())
    local, checked: where finite, v has finitely many affine pieces on each compact box of
    rhs d; not over all d (refuted with witness W1, checked)
    """
    began = time.monotonic()
    open_ones = _n_unbounded(program)
    nonzeros = sum(map(len, program.exact.A.rows))
    is_quick = open_ones * nonzeros <= _QUICK_SEARCH
    verdict = certify(program) if is_quick else _local_verdict(program, open_ones)
    proof = verdict.certificate
    checked = None if proof is None else checked_statement(proof, program)
    local = checked
    if verdict.local is not proof:
        local = None if verdict.local is None else checked_statement(verdict.local, program)
    return Tameness(verdict, checked, local, time.monotonic() - began)


def _n_unbounded(program: MixedIntegerProgram) -> int:
    exact = program.exact
    ends = zip(exact.integer, exact.lower, exact.upper, strict=True)
    return sum(flag and math.inf in (-low, high) for flag, low, high in ends)


def _local_verdict(program: MixedIntegerProgram, open_ones: int) -> Verdict:
    """What holds for every program with rational data, without any search."""
    return Verdict(
        status=UNKNOWN,
        subject=f"the optimal value of {program!r}",
        where="all right-hand sides",
        obligation=OpenObligation(
            ("the integer columns without bounds",),
            f"they are {open_ones}, and the search over all right-hand sides was left out",
            "bound them, or let `tamemip certify` take its time",
        ),
        local=value_certificate(program.exact, Varying(None, {}, {})),
    )
