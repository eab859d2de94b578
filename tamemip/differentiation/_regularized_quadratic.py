"""The quadratic argmin: the solution map made single-valued and Lipschitz."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.arithmetic import Number, rationalize
from tamemip.differentiation._cones import Vector, dot
from tamemip.differentiation._gradient import conservative_gradient
from tamemip.differentiation._optimal_parts import optimal_parts
from tamemip.differentiation._regularized_projection import (
    Matrix,
    faces_between,
    project_on_hull,
    projector,
)
from tamemip.duality import optimum
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.tameness import Structure

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.programs import Vector as AnyVector

__all__ = ["QuadraticArgmin", "quadratic_argmin"]

_ZERO = Fraction(0)
#: Steps of the projection, at most.
_MOST_STEPS = 10_000


@final
@dataclass(frozen=True, eq=False, repr=False)
class QuadraticArgmin:
    """The point of the integer hull that minimizes ``c x + tau |x|^2 / 2``, and its derivative.

    Attributes
    ----------
    program
        The program, with the costs at which the point was taken.
    tau
        The regularisation.
    exact_point
        The point, in rationals.
    value
        ``c x + tau |x|^2 / 2`` there, without the constant of the objective (``max``: minus).
    atoms
        All feasible points of the program that solve it at the gradient of this objective: their
        hull is the face of the integer hull in which the point lies.
    exact_generators
        The conservative Jacobian of the point by the costs is the hull of these matrices.
    """

    program: MixedIntegerProgram
    tau: Fraction
    exact_point: Vector
    value: Fraction
    atoms: tuple[Vector, ...]
    exact_generators: tuple[Matrix, ...]

    @property
    def structure(self) -> Structure:
        """In the costs, for fixed tau, the map is piecewise affine."""
        return Structure.SEMILINEAR

    @property
    def point(self) -> NDArray[np.float64]:
        """The point, as floats: one entry a column."""
        return np.array([float(v) for v in self.exact_point])

    @property
    def generators(self) -> tuple[NDArray[np.float64], ...]:
        """The generators of the Jacobian, of shape (columns, columns)."""
        return tuple(_floats(matrix) for matrix in self.exact_generators)

    @property
    def jacobian(self) -> NDArray[np.float64]:
        """One element of the Jacobian: that of the largest face."""
        return _floats(self.exact_generators[0])

    @property
    def is_differentiable(self) -> bool:
        """Whether the map is affine near these costs."""
        return len(self.exact_generators) == 1

    def __repr__(self) -> str:
        kind = "affine here" if self.is_differentiable else "at a kink"
        return f"QuadraticArgmin(tau = {self.tau}, a face of {len(self.atoms)} points, {kind})"


def quadratic_argmin(
    program: MixedIntegerProgram,
    tau: Number,
    *,
    c: AnyVector | None = None,
    limits: Limits | None = None,
) -> QuadraticArgmin:
    r"""Minimize ``c x + tau |x|^2 / 2`` over the convex hull of the feasible points, exactly.

    The minimizer is the projection of :math:`-c/\tau` on the hull `P`: single-valued,
    :math:`1/\tau`-Lipschitz and piecewise affine in the costs. Its conservative Jacobian is the
    hull of :math:`-\frac1\tau \Pi_F` over the faces `F` of `P` with
    :math:`-c/\tau \in F + N_F`, where :math:`\Pi_F` is the orthogonal projection on the
    directions of `F` [1]_. A ``max`` program maximizes ``c x - tau |x|^2 / 2``.

    Parameters
    ----------
    program
        A program whose feasible points are bounded.
    tau
        Positive.
    c
        Other costs than the program's own.
    limits
        Of every proof of optimality.

    Returns
    -------
    QuadraticArgmin
        The point is found by Wolfe's algorithm with the solver as an oracle for vertices; that no
        feasible point does better is proved in rationals.

    Raises
    ------
    InvalidInputError
        If tau is not positive.
    UnsupportedError
        If the program has no feasible point, or is unbounded.
    NotAllowedError
        If a limit came before the proof.

    References
    ----------
    .. [1] V. Niculae, A. Martins, M. Blondel, C. Cardie, "SparseMAP: differentiable sparse
       structured inference", ICML 2018.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([-0.25], [[1]], "<=", [1], upper=1)
    >>> x = quadratic_argmin(p, 1)
    >>> x.exact_point, x.jacobian
    ((Fraction(1, 4),), array([[-1.]]))
    """
    strength = rationalize(tau, what="tau")
    if strength <= 0:
        raise InvalidInputError(f"tau is {strength}; it has to be positive.")
    here = program if c is None else program.with_cost(c)
    sign = 1 if here.sense == "min" else -1
    target = tuple(-sign * v / strength for v in here.exact.c)
    search = _Search(here, limits)
    start = search.vertex(tuple(sign * v for v in here.exact.c))
    if start is None:
        if not optimal_parts(here, limits=limits, limit=1).is_proved:
            raise NotAllowedError("a limit came before an optimal point was proved; allow more.")
        raise UnsupportedError(
            "the solver finds no optimal point: the program has to be feasible and bounded."
        )
    point, _, _ = project_on_hull(target, start, search.vertex)
    for _ in range(_MOST_STEPS):
        g = tuple(x - t for x, t in zip(point, target, strict=True))
        atoms = search.optimal_points(g)
        better = min(atoms, key=lambda a: dot(g, a))
        if dot(g, better) >= dot(g, point):
            break
        search.known.append(better)
        point, _, _ = project_on_hull(target, start, search.vertex)
    else:
        raise NotAllowedError("the projection did not end; raise tau.")
    scale = -Fraction(sign) / strength
    matrices = dict.fromkeys(
        tuple(tuple(scale * v for v in row) for row in projector(face))
        for face in faces_between(point, atoms)
    )
    value = sign * dot(here.exact.c, point) + strength * dot(point, point) / 2
    return QuadraticArgmin(here, strength, point, sign * value, atoms, tuple(matrices))


@final
class _Search:
    """Vertices of the integer hull, and the points that were met already."""

    def __init__(self, program: MixedIntegerProgram, limits: Limits | None) -> None:
        self._program = program
        self._sign = 1 if program.sense == "min" else -1
        self._limits = Limits() if limits is None else limits
        self.known: list[Vector] = []

    def vertex(self, g: Vector) -> Vector | None:
        """A point of least ``g x``, as far as the solver and the known points tell."""
        program = self._program.with_cost([self._sign * v for v in g])
        found = optimum(program, program.exact.rhs, self._limits)
        if found is not None:
            self.known.append(tuple(found.point))
        return min(self.known, key=lambda a: dot(g, a), default=None)

    def optimal_points(self, g: Vector) -> tuple[Vector, ...]:
        """All vertices of least ``g x``, proved."""
        program = self._program.with_cost([self._sign * v for v in g])
        found = conservative_gradient(program, wrt="c", limits=self._limits)
        return found.flat


def _floats(matrix: Matrix) -> NDArray[np.float64]:
    return np.array([[float(v) for v in row] for row in matrix])
