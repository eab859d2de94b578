"""Images moved a little, to make much of few of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]

__all__ = ["image_mover", "moved_images"]


def image_mover(
    shape: tuple[int, int],
    *,
    rotation: float = 0.15,
    scaling: float = 0.08,
    shear: float = 0.15,
    shift: float = 1.0,
) -> Callable[[Floats, np.random.Generator], Floats]:
    """`moved_images` with its strengths chosen, as ``augment=`` of `tame_descent` takes it."""

    def move(X: Floats, rng: np.random.Generator) -> Floats:
        return moved_images(
            X, shape, rng, rotation=rotation, scaling=scaling, shear=shear, shift=shift
        )

    return move


def moved_images(
    X: Floats,
    shape: tuple[int, int],
    rng: np.random.Generator,
    *,
    rotation: float = 0.15,
    scaling: float = 0.08,
    shear: float = 0.15,
    shift: float = 1.0,
) -> Floats:
    """Each image under a random affine map about its center, bilinear between pixels.

    Parameters
    ----------
    X
        One image a row, its pixels row by row; what comes in from beyond the border is 0.
    shape
        Rows and columns of an image.
    rng
        Where the maps are drawn from, normally distributed.
    rotation, scaling, shear, shift
        Standard deviations: radians, parts, parts, pixels.

    Returns
    -------
    array
        Of the shape of `X`.

    Raises
    ------
    InvalidInputError
        If the images are not of that shape.

    Examples
    --------
    >>> image = np.eye(9)[4:5]
    >>> still = dict(rotation=0, scaling=0, shear=0, shift=0)
    >>> moved_images(image, (3, 3), np.random.default_rng(0), **still).tolist()
    [[0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]]
    """
    rows, columns = shape
    if X.ndim != 2 or X.shape[1] != rows * columns:
        raise InvalidInputError(f"X has shape {X.shape}; images of {rows} x {columns} are needed.")
    dtype = X.dtype if X.dtype.kind == "f" else np.dtype(np.float64)
    maps = _maps(len(X), rng, rotation, scaling, shear).astype(dtype)
    shifts = rng.normal(0, shift, (len(X), 2)).astype(dtype)
    found = _bilinear(X.reshape(-1, rows, columns), *_places(shape, maps, shifts))
    return found.astype(X.dtype) if X.dtype.kind == "f" else np.rint(found).astype(X.dtype)


def _maps(
    count: int, rng: np.random.Generator, rotation: float, scaling: float, shear: float
) -> Floats:
    angle = rng.normal(0, rotation, count)
    cosine, sine = np.cos(angle), np.sin(angle)
    turn = np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], 1)
    slant = np.zeros((count, 2, 2))
    slant[:, 0, 0] = slant[:, 1, 1] = 1
    slant[:, 0, 1] = rng.normal(0, shear, count)
    found: Floats = turn @ slant * (1 + rng.normal(0, scaling, (count, 1, 2)))
    return found


def _places(shape: tuple[int, int], maps: Floats, shifts: Floats) -> tuple[Floats, Floats]:
    """Rows and columns that each pixel is taken from, in images with a border of zeros."""
    center = [(size - 1) / 2 for size in shape]
    down, right = np.meshgrid(
        *(np.arange(size) - middle for size, middle in zip(shape, center, strict=True)),
        indexing="ij",
    )
    found = []
    for axis, (size, middle) in enumerate(zip(shape, center, strict=True)):
        place = maps[:, axis, :1] * down.ravel().astype(maps.dtype)
        place += maps[:, axis, 1:] * right.ravel().astype(maps.dtype)
        place += shifts[:, axis, None] + maps.dtype.type(middle + 1)
        found.append(np.clip(place, 0, size + 1, out=place))
    return found[0], found[1]


def _bilinear(images: Floats, down: Floats, right: Floats) -> Floats:
    """Values at places of the padded images: four takes by flat index, the rest in place."""
    count, rows, columns = images.shape
    width = columns + 3
    padded = np.zeros((count, rows + 3, width), dtype=down.dtype)
    padded[:, 1 : rows + 1, 1 : columns + 1] = images
    flat = padded.ravel()
    corner_down, corner_right = np.floor(down), np.floor(right)
    down, right = down - corner_down, right - corner_right
    place = corner_down.astype(np.intp)
    place *= width
    place += corner_right.astype(np.intp)
    place += (np.arange(count) * (rows + 3) * width)[:, None]
    total = _between(flat.take(place), flat.take(place + 1), right)
    place += width
    return _between(total, _between(flat.take(place), flat.take(place + 1), right), down)


def _between(start: Floats, end: Floats, share: Floats) -> Floats:
    """From start to end, in place."""
    end -= start
    end *= share
    start += end
    return start
