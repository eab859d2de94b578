"""Perturbed optimizers: the mean of the solution under random costs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias, final

import numpy as np

from tamemip.arithmetic import Number, rationalize
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.programs import Index, MixedIntegerProgram
from tamemip.solvers import Limits, Status, run_all, solve
from tamemip.tameness import Structure
from tamemip.value_functions import CostPiece, CostValueFunction, value_function

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.programs import Vector as AnyVector

__all__ = ["PerturbedArgmin", "perturbed_argmin"]

Noise: TypeAlias = Literal["uniform", "gaussian"]
_ZERO, _ONE = Fraction(0), Fraction(1)
#: Standard deviations beyond which the Gaussian has no weight in floats.
_FAR = 40


@final
@dataclass(frozen=True, eq=False, repr=False)
class PerturbedArgmin:
    r"""The mean of ``argmin (c + sigma Z) x``, and its derivative by the costs.

    Attributes
    ----------
    program
        The program, with the costs at which the mean was taken.
    sigma, noise
        The scale of the noise and its distribution.
    point, jacobian
        The mean, and its derivative: of shape (columns,) and (columns, columns).
    point_error, jacobian_error
        Standard errors of the entries; zero where the mean is no estimate.
    exact_point, exact_jacobian
        In rationals, for uniform noise on one column; else None.
    n_solves
        How many programs were solved.
    """

    program: MixedIntegerProgram
    sigma: Fraction
    noise: Noise
    point: NDArray[np.float64]
    jacobian: NDArray[np.float64]
    point_error: NDArray[np.float64]
    jacobian_error: NDArray[np.float64]
    exact_point: tuple[Fraction, ...] | None
    exact_jacobian: tuple[tuple[Fraction, ...], ...] | None
    n_solves: int

    @property
    def structure(self) -> Structure:
        """Where the mean, as a function of the costs, is definable.

        With uniform noise it is made of volumes of polytopes, which are piecewise polynomial;
        with Gaussian noise of Gaussian measures of polyhedra.
        """
        return Structure.SEMIALGEBRAIC if self.noise == "uniform" else Structure.PFAFFIAN

    @property
    def is_exact(self) -> bool:
        """Whether the numbers are the mean itself, and not an estimate of it."""
        return self.n_solves == 0

    def __repr__(self) -> str:
        kind = "closed form" if self.is_exact else f"estimate of {self.n_solves} solves"
        return f"PerturbedArgmin({self.noise}, sigma = {self.sigma}, {kind})"


def perturbed_argmin(
    program: MixedIntegerProgram,
    sigma: Number,
    *,
    noise: Noise = "gaussian",
    columns: list[Index] | None = None,
    samples: int = 64,
    seed: int = 0,
    c: AnyVector | None = None,
    limits: Limits | None = None,
    executor: Executor | None = None,
) -> PerturbedArgmin:
    r"""The mean of the optimal point under noise in the costs, with its derivative.

    :math:`x_\sigma(c) = \mathbb E\,\mathrm{argmin}_x\,(c + \sigma Z) x` is smooth in `c` [1]_. What
    is returned for several columns is an estimate from samples: unbiased for the *smoothed* map
    and its derivative, not for those of the program itself. For noise in one column the mean is
    an integral of a step function of one variable and is computed in closed form.

    Parameters
    ----------
    program
        A program that is feasible and bounded for all costs near these.
    sigma
        The scale: positive.
    noise
        ``"gaussian"``: independent standard normal entries. ``"uniform"``: on [-1, 1].
    columns
        The columns whose costs are disturbed; all if None.
    samples
        Pairs ``Z, -Z`` of samples that are drawn.
    seed
        Of the samples. The same seed gives the same samples at all costs (common random
        numbers), so that differences between costs are not drowned in noise.
    c
        Other costs than the program's own.
    limits, executor
        Of every solve, and where the solves run.

    Returns
    -------
    PerturbedArgmin
        Gaussian derivatives are ``E x(c + sigma Z) Z^T / sigma``, where pairs cancel the part
        that does not depend on ``Z``; uniform ones are differences between the two ends of one
        coordinate, ``E (x(.., c_j + sigma) - x(.., c_j - sigma)) / (2 sigma)``.

    Raises
    ------
    InvalidInputError
        If sigma or the number of samples is not positive, or a column is unknown.
    UnsupportedError
        If a disturbed program has no optimal point.
    NotAllowedError
        If a limit came first.

    References
    ----------
    .. [1] Q. Berthet, M. Blondel, O. Teboul, M. Cuturi, J.-P. Vert, F. Bach, "Learning with
       differentiable perturbed optimizers", NeurIPS 2020.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([0.25], [[1]], "<=", [1], upper=1)
    >>> perturbed_argmin(p, 1, noise="uniform").exact_point
    (Fraction(3, 8),)
    """
    scale = rationalize(sigma, what="sigma")
    if scale <= 0 or samples < 1:
        raise InvalidInputError(
            f"sigma is {scale} and samples {samples}; both have to be positive."
        )
    if noise not in ("uniform", "gaussian"):
        raise InvalidInputError(f"noise is {noise!r}; it has to be 'uniform' or 'gaussian'.")
    here = program if c is None else program.with_cost(c)
    noisy = range(here.n_cols) if columns is None else [here.col_index(key) for key in columns]
    moved = sorted(set(noisy))
    if not moved:
        raise InvalidInputError("columns is empty; name the columns whose costs are disturbed.")
    if len(moved) == 1:
        return _along_one_column(here, moved[0], scale, noise, limits)
    sampling = _Sampling(here, moved, float(scale), samples, seed, limits, executor)
    return sampling.gaussian(scale) if noise == "gaussian" else sampling.uniform(scale)


# -- one column: closed form --------------------------------------------------------------------


def _along_one_column(
    program: MixedIntegerProgram, j: int, sigma: Fraction, noise: Noise, limits: Limits | None
) -> PerturbedArgmin:
    reach = sigma if noise == "uniform" else _FAR * sigma
    v = value_function(program, along_cost={j: 1}, interval=(-reach, reach), limits=limits)
    assert isinstance(v, CostValueFunction)
    if not v.is_certified:
        raise NotAllowedError("the optimal points along the cost are not proved; allow more time.")
    n = program.n_cols
    if noise == "uniform":
        shares = [(piece.hi - piece.lo) / (2 * sigma) for piece in v.pieces]
        mean = _mean(v.pieces, shares, n)
        first, last = v.pieces[0].point, v.pieces[-1].point
        slope = tuple((b - a) / (2 * sigma) for a, b in zip(first, last, strict=True))
        matrix = tuple(tuple(slope[i] if k == j else _ZERO for k in range(n)) for i in range(n))
        return _closed(program, sigma, noise, _array(mean), _square(matrix), mean, matrix)
    s = float(sigma)
    point, column = np.zeros(n), np.zeros(n)
    for piece in v.pieces:
        low = -math.inf if piece.lo == -reach else float(piece.lo) / s
        high = math.inf if piece.hi == reach else float(piece.hi) / s
        x = _array(piece.point)
        point += (_normal_cdf(high) - _normal_cdf(low)) * x
        column += (_normal_density(low) - _normal_density(high)) / s * x
    jacobian = np.zeros((n, n))
    jacobian[:, j] = column
    return _closed(program, sigma, noise, point, jacobian, None, None)


def _closed(
    program: MixedIntegerProgram,
    sigma: Fraction,
    noise: Noise,
    point: NDArray[np.float64],
    jacobian: NDArray[np.float64],
    exact_point: tuple[Fraction, ...] | None,
    exact_jacobian: tuple[tuple[Fraction, ...], ...] | None,
) -> PerturbedArgmin:
    return PerturbedArgmin(
        program,
        sigma,
        noise,
        point,
        jacobian,
        np.zeros_like(point),
        np.zeros_like(jacobian),
        exact_point,
        exact_jacobian,
        0,
    )


def _mean(pieces: tuple[CostPiece, ...], shares: list[Fraction], n: int) -> tuple[Fraction, ...]:
    pairs = list(zip(pieces, shares, strict=True))
    return tuple(sum((w * piece.point[i] for piece, w in pairs), _ZERO) for i in range(n))


def _normal_cdf(x: float) -> float:
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def _normal_density(x: float) -> float:
    return math.exp(-x * x / 2.0) / math.sqrt(2.0 * math.pi) if math.isfinite(x) else 0.0


# -- several columns: samples ---------------------------------------------------------------------


@final
@dataclass(frozen=True)
class _Sampling:
    """Solves at disturbed costs; pairs of opposite samples."""

    program: MixedIntegerProgram
    moved: list[int]
    sigma: float
    samples: int
    seed: int
    limits: Limits | None
    executor: Executor | None

    def gaussian(self, sigma: Fraction) -> PerturbedArgmin:
        z = np.random.default_rng(self.seed).standard_normal((self.samples, len(self.moved)))
        points = self._solved([sign * row for row in z for sign in (1.0, -1.0)])
        up, down = points[0::2], points[1::2]
        halves = (up - down) / 2.0
        n = self.program.n_cols
        slopes = np.zeros((self.samples, n, n))
        slopes[:, :, self.moved] = halves[:, :, None] * z[:, None, :] / self.sigma
        return self._estimate(sigma, "gaussian", (up + down) / 2.0, slopes, len(points))

    def uniform(self, sigma: Fraction) -> PerturbedArgmin:
        z = np.random.default_rng(self.seed).uniform(-1.0, 1.0, (self.samples, len(self.moved)))
        means = self._solved([sign * row for row in z for sign in (1.0, -1.0)])
        ends = []
        for row in z:
            for k in range(len(self.moved)):
                for end in (1.0, -1.0):
                    moved = row.copy()
                    moved[k] = end
                    ends.append(moved)
        points = self._solved(ends).reshape(self.samples, len(self.moved), 2, -1)
        n = self.program.n_cols
        slopes = np.zeros((self.samples, n, n))
        rises = (points[:, :, 0] - points[:, :, 1]) / (2.0 * self.sigma)
        slopes[:, :, self.moved] = np.swapaxes(rises, 1, 2)
        solves = len(means) + points.shape[0] * points.shape[1] * 2
        return self._estimate(sigma, "uniform", (means[0::2] + means[1::2]) / 2.0, slopes, solves)

    def _estimate(
        self,
        sigma: Fraction,
        noise: Noise,
        points: NDArray[np.float64],
        slopes: NDArray[np.float64],
        solves: int,
    ) -> PerturbedArgmin:
        root = math.sqrt(self.samples)
        spread = 1 if self.samples > 1 else 0
        return PerturbedArgmin(
            self.program,
            sigma,
            noise,
            points.mean(axis=0),
            slopes.mean(axis=0),
            points.std(axis=0, ddof=spread) / root,
            slopes.std(axis=0, ddof=spread) / root,
            None,
            None,
            solves,
        )

    def _solved(self, shifts: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        costs = list(self._costs(shifts))
        jobs = [(self.program.with_cost(list(c)), self.limits) for c in costs]
        return np.array(run_all(_optimal_point, jobs, self.executor))

    def _costs(self, shifts: list[NDArray[np.float64]]) -> Iterator[NDArray[np.float64]]:
        for shift in shifts:
            cost = np.array(self.program.c)
            cost[self.moved] += self.sigma * shift
            yield cost


def _optimal_point(job: tuple[MixedIntegerProgram, Limits | None]) -> list[float]:
    program, limits = job
    claim = solve(program, limits=limits)
    if claim.status is Status.LIMIT:
        raise NotAllowedError("a limit came before a disturbed program was solved; allow more.")
    if claim.point is None or claim.status is not Status.OPTIMAL:
        raise UnsupportedError(
            f"a disturbed program is {claim.status.value}: the mean of its optimal points is not "
            "defined. Bound the columns, or disturb fewer costs."
        )
    return [float(v) for v in claim.point]


def _array(values: tuple[Fraction, ...]) -> NDArray[np.float64]:
    return np.array([float(v) for v in values])


def _square(matrix: tuple[tuple[Fraction, ...], ...]) -> NDArray[np.float64]:
    return np.array([[float(v) for v in row] for row in matrix])
