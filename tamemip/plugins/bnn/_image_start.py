"""Where descent on images starts: neurons that look at one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]

__all__ = ["image_patches"]

#: Of rows and columns: no neuron has its center closer to the border than this part.
_BORDER = 1 / 7


def image_patches(
    shape: tuple[int, int], *, radius: tuple[float, float] = (1.5, 4.0)
) -> Callable[[Floats, np.random.Generator], Floats]:
    r"""First weights that see a patch of the image each, as ``start=`` of `tame_descent`.

    A neuron begins as the difference of two images, weighted by :math:`e^{-d^2 / 2r^2}` at the
    distance `d` from a center of its own, whose radius `r` is its own too. Rounded to ternary
    weights it looks at a few pixels about the center. On few handwritten digits, networks that
    start so were right on more other images than those whose neurons begin as whole differences
    (``bench/few_shot_digits.py``); on hundreds of small digits or of clothes they were not
    (``bench/bnn_tables.py``).

    Parameters
    ----------
    shape
        Rows and columns of an image.
    radius
        The least and the greatest, in pixels; uniformly distributed.

    Returns
    -------
    callable
        From differences, one image a row, and a generator to first weights.

    Raises
    ------
    InvalidInputError
        If a shape is no two whole numbers, or radii are not positive or in the wrong order. And
        when it is called, if the images are not of that shape.

    Examples
    --------
    >>> start = image_patches((9, 9), radius=(1, 1))
    >>> first = start(np.ones((1, 81)), np.random.default_rng(0)).reshape(9, 9)
    >>> np.argwhere(first > 0.8).tolist()
    [[5, 2], [5, 3]]
    """
    least, most = map(float, exact_numbers(radius, "radius", length=2, per="ends"))
    size = exact_numbers(shape, "shape", length=2, least=1, is_integral=True, per="sides")
    if not 0 < least <= most:
        raise InvalidInputError(
            f"radius is {radius}; the least and the greatest radius, both positive, are needed."
        )
    sizes = np.array([int(v) for v in size])
    rows, columns = np.indices(tuple(sizes)).reshape(2, -1)

    def start(differences: Floats, rng: np.random.Generator) -> Floats:
        count, pixels = differences.shape
        if pixels != len(rows):
            raise InvalidInputError(
                f"samples have {pixels} features; images of {sizes[0]} x {sizes[1]} are needed."
            )
        centers = rng.uniform(_BORDER * sizes, (1 - _BORDER) * sizes, (count, 2)) - 0.5
        width = rng.uniform(least, most, (count, 1))
        square = (rows - centers[:, :1]) ** 2 + (columns - centers[:, 1:]) ** 2
        found: Floats = differences * np.exp(-square / (2 * width**2))
        return found

    return start
