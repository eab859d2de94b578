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
    count = len(X)
    maps = _maps(count, rng, rotation, scaling, shear)
    center = np.array([(rows - 1) / 2, (columns - 1) / 2])
    grid = np.stack(np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij"), axis=-1)
    away = grid.reshape(-1, 2) - center
    places = away @ maps.transpose(0, 2, 1) + center + rng.normal(0, shift, (count, 1, 2))
    return _bilinear(X.reshape(count, rows, columns), places).reshape(X.shape).astype(X.dtype)


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


def _bilinear(images: Floats, places: Floats) -> Floats:
    """Values at places ``(row, column)``, with a border of zeros."""
    count, rows, columns = images.shape
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2)))
    where = np.clip(places, -1, [rows, columns]) + 1
    corner = np.floor(where).astype(np.int64)
    part = where - corner
    index = np.arange(count)[:, None]
    total: Floats = np.zeros(places.shape[:2])
    for down in (0, 1):
        for right in (0, 1):
            share = np.abs(1 - down - part[..., 0]) * np.abs(1 - right - part[..., 1])
            total += share * padded[index, corner[..., 0] + down, corner[..., 1] + right]
    return total
