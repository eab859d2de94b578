"""Exact penalties: where the elastic envelope meets the value, proved by dual functions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, final

from tamemip.certificates import Bound
from tamemip.differentiation._elastic import Penalty, elastic_program, read_penalties
from tamemip.duality import DualFunction, dual_function
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, relaxation_duals
from tamemip.value_functions import proved_value

if TYPE_CHECKING:
    from tamemip.programs import Vector

__all__ = ["PenaltyProof", "elastic", "is_exact_penalty", "prove_penalty"]

#: So many penalties are tried, each at least twice the one before.
_MOST_TRIALS = 40
_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True, eq=False, repr=False)
class PenaltyProof:
    """Whether a penalty is exact at a right-hand side: ``v_L(b) = v(b)``, or not; proved.

    Attributes
    ----------
    program, elastic
        The program, and its envelope as a program.
    penalties
        One a row; infinite where the row is rigid.
    at
        The right-hand side.
    value, elastic_value
        ``v(b)`` and ``v_L(b)``: the proved values, infinite where infeasible or unbounded.
    dual_function, elastic_dual_function
        Dual functions of both programs, tight at the right-hand side: their certificates are
        the proof.
    """

    program: MixedIntegerProgram
    elastic: MixedIntegerProgram
    penalties: tuple[Bound, ...]
    at: tuple[Fraction, ...]
    value: Bound
    elastic_value: Bound
    dual_function: DualFunction
    elastic_dual_function: DualFunction

    @property
    def is_exact(self) -> bool:
        """Whether both values are the same."""
        return self.value == self.elastic_value

    def __repr__(self) -> str:
        word = "exact" if self.is_exact else "not exact"
        return f"PenaltyProof({word}: v = {self.value}, elastic {self.elastic_value})"


def elastic(
    program: MixedIntegerProgram,
    *,
    penalty: Penalty | Literal["exact"],
    at: Vector | None = None,
    limits: Limits | None = None,
) -> MixedIntegerProgram:
    r"""The elastic (Pasch-Hausdorff) envelope of the value function, as a program.

    Its value function is

    .. math:: v_L(b) = \min_{b'} v(b') + \sum_i L_i |b_i - b'_i|
              \qquad (\text{max: } \max_{b'} v(b') - \sum_i L_i |b_i - b'_i|),

    made by slacks of cost :math:`L_i` in every row: one in an inequality, which can only gain
    by being relaxed, and two in an equation. If it is finite anywhere, it is the largest
    function below `v` that changes by at most :math:`L_i` a unit of row `i` [1]_; it is
    semilinear, and has a conservative gradient at *every* right-hand side where it is finite.

    Parameters
    ----------
    program
        Any program.
    penalty
        ``L``: one positive number for all rows, one a row, or a mapping of row names or
        indices; rows that it leaves out, or whose penalty is infinite, stay rigid. In units of
        the objective a unit of the row. ``"exact"``: the envelope shall be proved to meet the
        value at ``at``; a penalty at least as large as the duals of the relaxation is sought,
        the same for all rows.
    at
        For ``"exact"``: the right-hand side; the program's own if None.
    limits
        For ``"exact"``: of the search.

    Returns
    -------
    MixedIntegerProgram
        The rows keep their names and their order. Its `name` tells the penalty, and
        `tamemip.differentiation.penalties_of` reads it again.

    Raises
    ------
    InvalidInputError
        If a penalty is not positive or does not fit.
    UnsupportedError
        If no penalty can be exact: the program is infeasible at ``at`` and its envelope is not.
    NotAllowedError
        If a limit came before the proof.

    References
    ----------
    .. [1] J.-B. Hiriart-Urruty, "Extension of Lipschitz functions", Journal of Mathematical
       Analysis and Applications 77 (1980), 539-554.

    Examples
    --------
    The value jumps by 1 at the right-hand side 1; the envelope falls with slope 2 instead:

    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [1], upper=1)
    >>> E = tm.elastic(p, penalty=2)
    >>> [tm.solve(E.with_rhs([b])).value for b in ("0", "1/2", "3/4", "1")]
    [0.0, 0.0, -0.5, -1.0]
    """
    if not isinstance(penalty, str):
        return elastic_program(program, read_penalties(program, penalty))
    if penalty != "exact":
        raise InvalidInputError(
            f"the penalty is {penalty!r}; it has to be a number, one a row, a mapping of rows, "
            "or 'exact'."
        )
    return exact_penalty(program, at=at, limits=limits).elastic


def is_exact_penalty(
    program: MixedIntegerProgram,
    penalty: Penalty,
    *,
    at: Vector | None = None,
    limits: Limits | None = None,
) -> bool:
    """Whether the elastic envelope meets the value at a right-hand side, ``v_L(b) = v(b)``.

    Both values are proved; `tamemip.differentiation.prove_penalty` returns the proof itself.

    Parameters
    ----------
    program, penalty
        See `tamemip.elastic`.
    at
        The right-hand side; the program's own if None.
    limits
        Of both proofs together.

    Raises
    ------
    NotAllowedError
        If a limit came before the proof.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [1], upper=1)
    >>> tm.is_exact_penalty(p, 2, at=[1]), tm.is_exact_penalty(p, 2, at=["3/4"])
    (True, False)
    """
    return prove_penalty(program, penalty, at=at, limits=limits).is_exact


def prove_penalty(
    program: MixedIntegerProgram,
    penalty: Penalty,
    *,
    at: Vector | None = None,
    limits: Limits | None = None,
) -> PenaltyProof:
    """Prove the value and its elastic envelope at a right-hand side.

    Parameters
    ----------
    program, penalty, at, limits
        See `tamemip.is_exact_penalty`.

    Raises
    ------
    NotAllowedError
        If a limit came before the proof.
    """
    b = program.exact.rhs if at is None else program.exact_rhs(at)
    began = time.monotonic()
    F, value = _proved(program, b, limits)
    left = None if limits is None else limits.after(time.monotonic() - began)
    return _with_penalties(program, read_penalties(program, penalty), F, value, b, left)


def exact_penalty(
    program: MixedIntegerProgram, *, at: Vector | None, limits: Limits | None
) -> PenaltyProof:
    """Search one penalty for all rows that is exact at a right-hand side.

    It begins with the largest dual of the relaxation. Where the envelope is lower than the
    value, its optimal point violates the rows by some ``|b - b'|`` in all, at a cost that is
    lower by some amount; any exact penalty is at least their quotient. For rational data a
    finite one exists [1]_.

    References
    ----------
    .. [1] M. J. Feizollahi, S. Ahmed, A. Sun, "Exact augmented Lagrangian duality for mixed
       integer linear programming", Mathematical Programming 161 (2017), 365-387.
    """
    b = program.exact.rhs if at is None else program.exact_rhs(at)
    began = time.monotonic()
    F, value = _proved(program, b, limits)
    penalty = _largest_dual(program.with_rhs(b))
    for _ in range(_MOST_TRIALS):
        left = None if limits is None else limits.after(time.monotonic() - began)
        proof = _with_penalties(program, (penalty,) * program.n_rows, F, value, b, left)
        if proof.is_exact:
            return proof
        if not isinstance(value, Fraction) and isinstance(proof.elastic_value, Fraction):
            raise UnsupportedError(
                f"the program has the value {value} at this right-hand side, the elastic one has "
                f"{proof.elastic_value}: no penalty is exact there."
            )
        penalty = max(2 * penalty, _needed(proof, penalty))
    raise NotAllowedError(f"no exact penalty was found up to {penalty}; give one by hand.")


def _proved(
    program: MixedIntegerProgram, b: tuple[Fraction, ...], limits: Limits | None
) -> tuple[DualFunction, Bound]:
    F = dual_function(program, at=b, limits=limits)
    return F, proved_value(F, b, limits)


def _with_penalties(
    program: MixedIntegerProgram,
    penalties: Sequence[Bound],
    F: DualFunction,
    value: Bound,
    b: tuple[Fraction, ...],
    limits: Limits | None,
) -> PenaltyProof:
    E = elastic_program(program, penalties)
    G, elastic_value = _proved(E, b, limits)
    return PenaltyProof(program, E, tuple(penalties), b, value, elastic_value, F, G)


def _largest_dual(program: MixedIntegerProgram) -> Fraction:
    """The largest dual of the relaxation; 1 where there is none."""
    duals = relaxation_duals(program)
    return max((abs(v) for v in (duals or {}).values()), default=_ZERO) or _ONE


def _needed(proof: PenaltyProof, penalty: Fraction) -> Fraction:
    """A penalty below which the point that the envelope found is too cheap."""
    if not isinstance(proof.value, Fraction) or not isinstance(proof.elastic_value, Fraction):
        return _ZERO
    point = proof.elastic_dual_function.tight_point(proof.at).point
    slacks = point[proof.program.n_cols :] if point else ()
    violation = sum(slacks, _ZERO)
    missing = abs(proof.value - proof.elastic_value)
    return penalty + missing / violation if violation else _ZERO
