"""The sign as the minimizer of a small program, its regularization, and the true derivative."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.arithmetic import Number

__all__ = ["Climb", "Staircase", "regularized_sign", "regularized_sign_jacobian"]

_HALF = Fraction(1, 2)


def regularized_sign(z: Number, tau: Number) -> Fraction:
    r"""The minimizer of :math:`-uz + \tau u^2 / 2` over the hull of -1 and 1.

    The sign of `z` is the minimizer of :math:`-uz` over :math:`\{-1, 1\}`. With the quadratic
    term, over the hull, the minimizer is the projection of :math:`z / \tau` on :math:`[-1, 1]`:
    ``max(-1, min(1, z / tau))``. It is single-valued, semialgebraic (semilinear in `z`) and
    :math:`1/\tau`-Lipschitz, and tends to the sign of `z` as :math:`\tau \to 0`, except at
    ``z = 0``, where it is 0. See `tamemip.differentiation.quadratic_argmin` for programs in
    general.

    Parameters
    ----------
    z
        The sum of a neuron.
    tau
        The regularization, positive.

    Returns
    -------
    Fraction
        Between -1 and 1.

    Raises
    ------
    InvalidInputError
        If tau is not positive, or a number is not finite.

    Examples
    --------
    >>> [str(regularized_sign(z, 2)) for z in (-3, -1, 0, 2)]
    ['-1', '-1/2', '0', '1']
    """
    return max(Fraction(-1), min(Fraction(1), exact_number(z, "z") / _positive(tau)))


def regularized_sign_jacobian(z: Number, tau: Number) -> tuple[Fraction, Fraction]:
    r"""The least and the greatest element of Clarke's Jacobian of `regularized_sign` in `z`.

    It is :math:`\{1/\tau\}` for :math:`|z| < \tau`, :math:`[0, 1/\tau]` at the two kinks and
    :math:`\{0\}` beyond. The function is semialgebraic and Lipschitz, so that this Jacobian is
    conservative [1]_: products of such Jacobians obey the chain rule along curves. The window
    of straight-through training has the same shape, but it is put behind the sign, whose
    derivative it is not.

    Parameters
    ----------
    z
        The sum of a neuron.
    tau
        The regularization, positive.

    Returns
    -------
    tuple of Fraction
        ``(low, high)``.

    Raises
    ------
    InvalidInputError
        If tau is not positive, or a number is not finite.

    References
    ----------
    .. [1] J. Bolte, E. Pauwels, "Conservative set valued fields, automatic differentiation,
       stochastic gradient methods and deep learning", Mathematical Programming 188 (2021).

    Examples
    --------
    >>> [tuple(map(str, regularized_sign_jacobian(z, 2))) for z in (0, 2, 3)]
    [('1/2', '1/2'), ('0', '1/2'), ('0', '0')]
    """
    strength = _positive(tau)
    size = abs(exact_number(z, "z"))
    high = Fraction(0) if size > strength else 1 / strength
    low = Fraction(0) if size >= strength else 1 / strength
    return low, high


@final
@dataclass(frozen=True, slots=True)
class Staircase:
    r"""A latent real number as a small integer, regularized: a sum of regularized signs.

    The nearest integer in :math:`[-P, P]` to `w` is half the sum of the signs of `w - k` at the
    `2P` thresholds :math:`k = -P + 1/2, \dots, P - 1/2`. With every sign regularized by
    :math:`\tau \le 1/2` the function is

    .. math:: q_\tau(w) = \tfrac12 \sum_k \max(-1, \min(1, (w - k) / \tau)),

    which at :math:`\tau = 1/2` is ``w`` cut off at -P and P, and tends to the nearest integer as
    :math:`\tau \to 0`. It is the minimizer of a program with `2P` binary columns and the
    quadratic term of `regularized_sign`. Weights -1 and 1 have the one threshold 0.

    Attributes
    ----------
    thresholds
        Where it climbs.
    rise
        Half the height of a step.

    Examples
    --------
    >>> stairs = Staircase.up_to(1)
    >>> [str(stairs(w, Fraction(1, 2))) for w in (Fraction(1, 4), 3)]
    ['1/4', '1']
    >>> [str(stairs(w, Fraction(1, 8))) for w in (Fraction(1, 4), Fraction(1, 2))]
    ['0', '1/2']
    """

    thresholds: tuple[Fraction, ...]
    rise: Fraction

    @classmethod
    def up_to(cls, largest: int) -> Staircase:
        """With the integers from ``-largest`` to ``largest`` as values."""
        return cls(tuple(k + _HALF for k in range(-largest, largest)), _HALF)

    @classmethod
    def of_signs(cls) -> Staircase:
        """With the values -1 and 1."""
        return cls((Fraction(0),), Fraction(1))

    @property
    def largest(self) -> int:
        """The largest value."""
        return int(len(self.thresholds) * self.rise)

    def __call__(self, w: Number, tau: Number) -> Fraction:
        """The value at one number, exactly."""
        point = exact_number(w, "w")
        steps = (regularized_sign(point - k, tau) for k in self.thresholds)
        return self.rise * sum(steps, Fraction(0))

    def jacobian(self, w: Number, tau: Number) -> tuple[Fraction, Fraction]:
        """The sum of the Jacobians of the signs, as an interval: conservative in `w`."""
        point = exact_number(w, "w")
        ends = [regularized_sign_jacobian(point - k, tau) for k in self.thresholds]
        low, high = (sum(side, Fraction(0)) for side in zip(*ends, strict=True))
        return self.rise * low, self.rise * high

    def climb(self, w: NDArray[Any], tau: float) -> Climb:
        """Values at an array and where they climb there, in its own precision.

        Steps must not overlap: tau is up to 1/2.
        """
        if tau >= 0.5 and len(self.thresholds) > 1:
            most = w.dtype.type(self.largest)
            inside = (w >= -most) & (w < most)
            return Climb(np.clip(w, -most, most), inside, 1.0)
        # Only the nearest threshold is not at the end of its step.
        nearest = self._nearest_threshold(w)
        away: NDArray[Any] = w - nearest
        away *= w.dtype.type(1 / tau)
        inside = away >= -1
        inside &= away < 1
        # `np.clip` in place is several times as fast as `np.maximum` and `np.minimum`.
        np.clip(away, -1, 1, out=away)
        away *= w.dtype.type(float(self.rise))
        away += nearest
        return Climb(away, inside, float(self.rise) / tau)

    def values(self, w: NDArray[Any], tau: float) -> NDArray[Any]:
        """The values at an array, in its own precision, for tau up to 1/2."""
        return self.climb(w, tau).values

    def nearest(self, w: NDArray[Any]) -> NDArray[Any]:
        """The values as tau tends to 0; where that is at a threshold, the value to its right."""
        if len(self.thresholds) == 1:
            found: NDArray[Any] = (w >= 0).astype(w.dtype)
            found *= w.dtype.type(2)
            found -= w.dtype.type(1)
            return found
        found = np.floor(w)
        # `w + 1/2` would be rounded; the difference is exact near the thresholds.
        found += (w - found) >= w.dtype.type(0.5)
        most = w.dtype.type(self.largest)
        return np.clip(found, -most, most, out=found)

    def _nearest_threshold(self, w: NDArray[Any]) -> NDArray[Any]:
        if len(self.thresholds) == 1:
            return np.zeros_like(w)
        most = w.dtype.type(self.largest)
        found: NDArray[Any] = np.floor(w)
        np.clip(found, -most, most - 1, out=found)
        found += w.dtype.type(0.5)
        return found


@final
@dataclass(frozen=True, slots=True)
class Climb:
    """A staircase at an array, and an element of its Jacobian at each entry.

    Attributes
    ----------
    values
        Of the staircase.
    inside
        Where the element is `slope`; elsewhere it is 0. At a kink it is the slope to its right.
    slope
        Of every step.
    """

    values: NDArray[Any]
    inside: NDArray[np.bool_]
    slope: float

    @property
    def slopes(self) -> NDArray[Any]:
        """An element of the Jacobian at each entry."""
        found: NDArray[Any] = self.inside * self.values.dtype.type(self.slope)
        return found


def _positive(tau: Number) -> Fraction:
    strength = exact_number(tau, "tau")
    if strength <= 0:
        raise InvalidInputError(f"tau is {strength}; it has to be positive.")
    return strength
