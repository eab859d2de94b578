"""Conservative Jacobians of compositions: a calculus of generator sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamemip.differentiation._calculus_reading import map_at
from tamemip.differentiation._calculus_type import ConservativeJacobian, JacobianBlock
from tamemip.differentiation._calculus_walk import locals_of

if TYPE_CHECKING:
    from tamemip.solvers import Limits

__all__ = ["conservative_jacobian"]


def conservative_jacobian(
    f: object, at: object, *, limit: int = 1000, limits: Limits | None = None
) -> ConservativeJacobian:
    r"""A conservative Jacobian of a composition at a point, by the chain rule for sets.

    For sets :math:`D_f, D_g` of elements that obey the chain rule along curves,

    .. math::

        D_{f+g} = D_f + D_g, \quad D_{fg} = f D_g + g D_f, \quad
        D_{\max(f, g)} = \mathrm{conv} \{ D_h : h \in \{f, g\} \text{ is active} \}, \quad
        D_{v \circ f} = D_v D_f

    are such sets again [1]_; this is not so for Clarke's, whose sum rule is an inclusion only.
    A set is the convex hull of finitely many generators, in rationals, carried forward through
    the graph of `f`, in which equal parts are one.

    Parameters
    ----------
    f
        What to differentiate, or a sequence of it, a row each: an expression of
        `tamemip.tameness`, a SymPy expression or a text of one; a composition with values and
        solutions of programs (`tamemip.differentiation.value_of`, `solution_of`, `compose`); a
        program (its value in the right-hand sides), a `ParametricProgram` (in its parameters), a
        value function or a dual function.
    at
        The point: a mapping from variables to numbers, whose order is that of the columns; or
        numbers in the order of the variables, which is the alphabet, or of a program its own. Of
        a program a mapping names the rows that move.
    limit
        The most generators of a row. Beyond, a box is stated that contains the set: `is_outer`.
    limits
        Of the programs that are solved.

    Returns
    -------
    ConservativeJacobian
        Each row varies by itself.

    Raises
    ------
    NotLipschitzError
        If the function jumps, or the value of a program in it, with the jump; or if a part has an
        infinite slope.
    NotAllowedError
        If a part has no value here, or something could not be proved: that a denominator is not
        0, that a piecewise function is continuous, that jumps of parts cancel.
    UnsupportedError
        If there is no rule for a part.
    InvalidInputError
        If `f` cannot be read, or `at` does not fit.

    Notes
    -----
    Sets of parts are combined independently of each other, also if the parts bend at the same
    place for the same reason. So the set may be larger than Clarke's: for
    ``max(x, 0) - max(-x, 0)``, which is ``x``, it is ``[0, 2]`` at 0. This is still conservative.
    Equal parts are collected: ``max(x, 0) - max(x, 0)`` has the derivative 0.

    A rounding off its jumps has the derivative 0. Zero is no conservative gradient across them:
    there the function is looked at from both sides. If it jumps, the call is refused with the
    jump; if the jumps of its parts cancel, as those of mixed-integer rounding,
    ``floor(x) + min((x - floor(x))/r, 1)``, the derivatives of both sides are taken.

    Irrational derivatives are enclosed in intervals with rational ends; then `is_exact` is false
    and `radius` tells how far the generators are off at most.

    References
    ----------
    .. [1] J. Bolte, E. Pauwels, "Conservative set valued fields, automatic differentiation,
       stochastic gradient methods and deep learning", Mathematical Programming 188 (2021),
       19-51.

    Examples
    --------
    >>> import tamemip as tm
    >>> from tamemip.tameness import maximum, variable
    >>> x, y = variable("x"), variable("y")
    >>> J = tm.conservative_jacobian([abs(x) * y, maximum(x, 0) - maximum(-x, 0)], {"x": 0, "y": 3})
    >>> J.row(0), J.row(1)
    (((Fraction(3, 1), Fraction(0, 1)), (Fraction(-3, 1), Fraction(0, 1))),
     ((Fraction(2, 1), Fraction(0, 1)), (Fraction(0, 1), Fraction(0, 1))))
    >>> J.contains([[0, 0], [1, 0]]), J.support([[1, 0], [1, 0]])
    (True, 5.0)

    The value ``max(3 b, -b)`` of a program at the larger of two right-hand sides:

    >>> from tamemip.differentiation import value_of
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     [3, 3, 1], [[1, 1, -1]], "=", [0], integrality=[True, False, False], row_names=["b"]
    ... )
    >>> print(tm.conservative_jacobian(value_of(p, {"b": maximum(x, y)}), {"x": 0, "y": -2}))
    ConservativeJacobian(shape (1, 2), 2 generators)
      at x = 0, y = -2
      [-1, 0]
      [3, 0]
    """
    found = map_at(f, at, limits=limits, limit=limit)
    rows = locals_of(found.scene, found.expressions)
    return ConservativeJacobian(
        names=found.names,
        at=tuple(found.scene.at.values()),
        values=tuple(row.value for row in rows),
        blocks=tuple(JacobianBlock(1, row.slopes) for row in rows),
    )
