"""The implicit function theorem for conservative Jacobians, its hypotheses checked."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.differentiation._calculus_numbers import is_negative, is_positive, is_zero
from tamemip.differentiation._calculus_reading import Map, map_at
from tamemip.differentiation._calculus_scene import Local, shown
from tamemip.differentiation._calculus_type import ConservativeJacobian, JacobianBlock
from tamemip.differentiation._calculus_walk import locals_of
from tamemip.differentiation._implicit_solving import System
from tamemip.errors import InvalidInputError, NotAllowedError

if TYPE_CHECKING:
    from tamemip.solvers import Limits

__all__ = ["implicit_jacobian"]


def implicit_jacobian(
    H: object,
    unknowns: Sequence[object],
    at: object,
    *,
    wrt: Sequence[object] | None = None,
    limit: int = 1000,
    limits: Limits | None = None,
) -> ConservativeJacobian:
    r"""A conservative Jacobian of the function that equations define implicitly.

    Let ``H(theta, z) = 0`` at a point, and let `J_H` be a conservative Jacobian of `H`, convex
    there. If every element ``[A B]`` of it has an invertible block ``B`` by the unknowns, a
    locally Lipschitz ``z(theta)`` solves the equations nearby, and

    .. math:: J_z = \mathrm{conv} \{ -B^{-1} A : [A\ B] \in J_H \}

    is conservative for it [1]_. That every block is invertible is proved, in rationals; for
    equations like those of a degenerate linear program it is false, and the call is refused.

    Parameters
    ----------
    H
        The left sides of the equations, as many as unknowns: see `conservative_jacobian`.
    unknowns
        The variables to solve for.
    at
        The point: a mapping from all variables to numbers. It has to solve the equations.
    wrt
        The parameters; all other variables if None. Those that are left out stay as they are.
    limit
        The most choices of one generator a row; beyond, solutions are enclosed in a box, from at
        most so many boxes of rows.
    limits
        Of the programs that are solved.

    Returns
    -------
    ConservativeJacobian
        One row an unknown, in the order of `unknowns`; the rows vary together.

    Raises
    ------
    SingularElementError
        If an element has a singular block: it is its `element`. Where derivatives are irrational,
        there is one within their enclosures around it.
    NotAllowedError
        If the point does not solve the equations, as far as can be proved, or it is not proved
        that all blocks are regular; or as `conservative_jacobian`.
    NotLipschitzError
        If a part of the equations jumps here, as a Chvátal function may.
    InvalidInputError
        If the numbers of equations and unknowns differ, or a variable is unknown.

    Notes
    -----
    `J_H` is the product of the hulls of the rows' generators, so the determinant of ``B`` is
    affine in each row: it has no zero if it has one sign on all choices of one generator a row.
    Where it has two signs, exchanging the rows one by one finds a rational singular element.

    References
    ----------
    .. [1] J. Bolte, T. Le, E. Pauwels, A. Silveti-Falls, "Nonsmooth implicit differentiation for
       machine learning and optimization", NeurIPS 34 (2021).

    Examples
    --------
    Soft thresholding: ``z`` minimizes ``(z - t)^2/2 + |z|``, so ``z`` is ``t`` less its
    projection on ``[-1, 1]``; at ``t = 1`` it bends:

    >>> import tamemip as tm
    >>> from tamemip.tameness import maximum, minimum, variable
    >>> z, t = variable("z"), variable("t")
    >>> J = tm.implicit_jacobian([z - t + maximum(-1, minimum(1, t))], ["z"], {"z": 0, "t": 1})
    >>> print(J)
    ConservativeJacobian(shape (1, 1), 2 generators)
      at t = 1
      [1]
      [0]
      because 2 choices of rows have determinants of one sign

    The complementarity ``min(z, t) = 0`` says nothing on ``z`` where both are 0:

    >>> tm.implicit_jacobian([minimum(z, t)], ["z"], {"z": 0, "t": 0})
    Traceback (most recent call last):
    ...
    tamemip.differentiation._implicit_singular.SingularElementError: the conservative Jacobian of
    the equations has an element whose block by z is singular: [0, 1] by z, t. The implicit
    function theorem says nothing here: ask at another point, or regularize the equations.
    """
    equations = map_at(H, at, limits=limits, limit=limit)
    inner, outer = _columns(equations, unknowns, wrt)
    rows = locals_of(equations.scene, equations.expressions)
    _require_zero(equations, rows)
    names, point = equations.names, tuple(equations.scene.at.values())
    system = System(tuple(row.slopes for row in rows), inner, outer, names, limit)
    found = system.solutions()
    return ConservativeJacobian(
        names=tuple(names[j] for j in outer),
        at=tuple(point[j] for j in outer),
        values=tuple(point[j] for j in inner),
        blocks=(JacobianBlock(len(inner), found),),
        reasons=(system.reason,),
    )


def _columns(
    equations: Map, unknowns: Sequence[object], wrt: Sequence[object] | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The columns of the unknowns, and those of the parameters."""
    if isinstance(unknowns, str):
        raise InvalidInputError(f"`unknowns` is a sequence of names, not the text {unknowns!r}.")
    inner = _places(equations.names, unknowns, "unknowns")
    if len(inner) != len(equations.expressions):
        raise InvalidInputError(
            f"there are {len(equations.expressions)} equations for {len(inner)} unknowns; as many "
            "are needed."
        )
    if wrt is None:
        outer = tuple(j for j in range(len(equations.names)) if j not in inner)
    else:
        outer = _places(equations.names, wrt, "wrt")
    if set(inner) & set(outer):
        raise InvalidInputError("a variable is an unknown and a parameter at once.")
    if not outer:
        raise InvalidInputError("there is no parameter to differentiate in.")
    return inner, outer


def _places(names: Sequence[str], given: Sequence[object], what: str) -> tuple[int, ...]:
    wanted = [str(name) for name in given]
    unknown = [name for name in wanted if name not in names]
    if unknown or len(set(wanted)) < len(wanted):
        culprit = unknown[0] if unknown else wanted[0]
        raise InvalidInputError(
            f"`{what}` has to name variables of `at` once each, which are {list(names)[:8]}; "
            f"see {culprit!r}."
        )
    return tuple(names.index(name) for name in wanted)


def _require_zero(equations: Map, rows: Sequence[Local]) -> None:
    for e, row in zip(equations.expressions, rows, strict=True):
        if is_positive(row.value) or is_negative(row.value):
            value = row.value if isinstance(row.value, Fraction) else f"in {row.value}"
            raise NotAllowedError(
                f"the point does not solve the equations: {shown(e)} is {value}, not 0. Solve them "
                "exactly first."
            )
        if not is_zero(row.value):
            raise NotAllowedError(
                f"it is not proved that the point solves the equations: {shown(e)} is irrational."
            )
