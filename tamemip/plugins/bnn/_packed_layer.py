"""Sums of small integer weights over signs, 64 signs a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, final

import numpy as np

from tamemip.plugins.bnn._packed_kernel import is_compiled, is_installed, packed_signs, packed_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]
    Integers = NDArray[np.int64]

WORD = 64
"""Signs in one word."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class PackedLayer:
    r"""One layer as planes of bits.

    The weight of an input is :math:`w = \pm\sum_b 2^b m_b` with bits :math:`m_b`. Over signs
    `x` a neuron adds up

    .. math:: \sum_b 2^b \left(|M_b| - 2\,\mathrm{popcount}((x \oplus s) \wedge M_b)\right),

    where `s` holds the signs of its weights. Ternary weights have one plane.

    Attributes
    ----------
    signs
        Which weights are positive, shape ``(neurons, words)``.
    planes
        The bits of their absolute values, shape ``(planes, neurons, words)``.
    offsets
        The bias and all absolute weights together: what a neuron adds up if all agree.
    """

    signs: Words
    planes: Words
    offsets: Integers

    @staticmethod
    def of(weights: Integers, biases: Integers) -> PackedLayer:
        """A layer of a network."""
        size = np.abs(weights)
        count = max(1, int(size.max(initial=0)).bit_length())
        planes = np.stack([pack_signs((size >> b & 1) == 1).T for b in range(count)])
        return PackedLayer(
            np.ascontiguousarray(pack_signs(weights > 0).T),
            np.ascontiguousarray(planes),
            size.sum(axis=1) + biases,
        )

    def sums(self, words: Words) -> Integers:
        """What each neuron adds up, shape ``(neurons, samples)``.

        The words have the shape ``(words, samples)``.
        """
        if self._is_compiled(words):
            found = np.empty((len(self.offsets), words.shape[1]), dtype=np.int64)
            packed_sums(words, self.signs, self.planes, self.offsets, found)
            return found
        return self._plain_sums(words)

    def outputs(self, words: Words) -> Words:
        """The signs of the sums as words of the next layer, shape ``(words, samples)``."""
        if self._is_compiled(words):
            found = np.zeros((-(-len(self.offsets) // WORD), words.shape[1]), dtype=np.uint64)
            packed_signs(words, self.signs, self.planes, self.offsets, found)
            return found
        return pack_signs((self._plain_sums(words) >= 0).T)

    def _is_compiled(self, words: Words) -> bool:
        # What one layer has compiled serves the others, however small they are.
        return is_compiled() or (self.planes.size * words.shape[1] >= _LARGE and is_installed())

    def _plain_sums(self, words: Words) -> Integers:
        found = np.repeat(self.offsets[:, None], words.shape[1], axis=1)
        for b, masks in enumerate(self.planes):
            for j, (sign, mask) in enumerate(zip(self.signs, masks, strict=True)):
                differing = (words ^ sign[:, None]) & mask[:, None]
                found[j] -= (2 << b) * popcount(differing).sum(axis=0, dtype=np.int64)
        return found


_LARGE = 2_000_000
"""So many words in one batch say that there is enough to do to compile the kernel once."""


def pack_signs(is_positive: NDArray[np.bool_]) -> Words:
    """One sample a row to words: shape ``(words, samples)``, the first input in the lowest bit.

    Examples
    --------
    >>> pack_signs(np.array([[True, False, True], [False, True, False]]))
    array([[5, 2]], dtype=uint64)
    """
    count, width = is_positive.shape
    padded = np.zeros((count, -(-max(1, width) // WORD) * (WORD // 8)), dtype=np.uint8)
    octets = np.packbits(is_positive, axis=1, bitorder="little")
    padded[:, : octets.shape[1]] = octets
    return np.ascontiguousarray(padded.view("<u8").astype(np.uint64, copy=False).T)


def popcount(words: Words) -> NDArray[Any]:
    """Number of ones of each word.

    Examples
    --------
    >>> popcount(np.array([0, 5, 2**64 - 1], dtype=np.uint64)).tolist()
    [0, 2, 64]
    """
    if hasattr(np, "bitwise_count"):
        return np.bitwise_count(words)
    return popcount_by_octets(words)


def popcount_by_octets(words: Words) -> NDArray[Any]:
    """As `popcount`, for versions of numpy that cannot count bits."""
    octets = np.ascontiguousarray(words).view(np.uint8).reshape(*words.shape, 8)
    return cast("NDArray[Any]", _ONES[octets].sum(axis=-1, dtype=np.uint8))


_ONES = np.array([bin(k).count("1") for k in range(256)], dtype=np.uint8)
