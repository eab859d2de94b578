"""The certificate of one element of a conservative gradient."""

from __future__ import annotations

from tamemip.certificates import Certificate, gradient_certificate
from tamemip.differentiation._fibres import Fibres
from tamemip.differentiation._repairs import cheapest_repairs
from tamemip.duality import dual_function
from tamemip.errors import NotAllowedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

__all__ = ["prove_gradient_element"]


def prove_gradient_element(
    program: MixedIntegerProgram, *, limits: Limits | None = None
) -> Certificate:
    """The certificate of one element of a conservative gradient by the costs and right-hand sides.

    A dual function that is tight proves the value, a point attains it, and duals of the linear
    program that is left when the integers are fixed are complementary to it. By the costs
    the point is a derivative at once, for the value is concave in them. By the
    right-hand side the duals are one if continuous columns can repair every row (elastic
    envelopes are of this kind): then the certificate holds Lipschitz constants as well.

    Parameters
    ----------
    program
        The program, at the data where the derivative is wanted.
    limits
        Of the proof of the value.

    Returns
    -------
    Certificate
        Of the statement ``"gradient-element"``; `tamemip.check` reads it.

    Raises
    ------
    NotAllowedError
        If the program has no finite value, or a limit came before its proof.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", ["3/4"], upper=1)
    >>> proved = tm.check(prove_gradient_element(tm.elastic(p, penalty=2))).gradient
    >>> proved.by_rhs, proved.value
    ((Fraction(-2, 1),), Fraction(-1, 2))
    """
    F = dual_function(program, limits=limits)
    if not F.is_tight:
        raise NotAllowedError("the optimal value is not proved within the limits; allow more.")
    point = F.tight_point(program.exact.rhs).point
    if point is None or F.tight_point(program.exact.rhs).value is None:
        raise NotAllowedError(f"the value is {F.value} here: it has no derivative.")
    part = [v for v, flag in zip(point, program.exact.integer, strict=True) if flag]
    pair = Fibres(program).optimal_pair(part)
    assert pair is not None, "an optimal part has an optimal point"
    repairs = cheapest_repairs(program)
    proof = F.certificate
    known = [p.rhs for p in F.tight_points]
    tight = proof.statement.tight[known.index(program.exact.rhs)]
    return gradient_certificate(
        proof,
        program.exact,
        tight,
        (pair.point, pair.duals),
        None if repairs is None else (repairs.constants, repairs.up, repairs.down),
    )
