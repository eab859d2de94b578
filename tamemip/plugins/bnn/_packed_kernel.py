"""The compiled sums over packed signs, where numba is installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

_STRIP = 256
"""Samples at a time: so many words of each input stay in the fastest cache."""


@cache
def is_installed() -> bool:
    """Whether numba can be imported."""
    try:
        import numba  # noqa: F401  # the question is whether this works
    except ImportError:
        return False
    return True


def is_compiled() -> bool:
    """Whether the kernels are there already."""
    return _kernels.cache_info().currsize > 0


def packed_sums(words: Any, signs: Any, planes: Any, offsets: Any, sums: Any) -> None:
    """Write what each neuron adds up, shape ``(neurons, samples)``."""
    _kernels()[0](words, signs, planes, offsets, sums)


def packed_signs(words: Any, signs: Any, planes: Any, offsets: Any, found: Any) -> None:
    """Set the bits of the neurons whose sum is at least 0; ``found`` begins with zeros."""
    _kernels()[1](words, signs, planes, offsets, found)


@cache
def _kernels() -> tuple[Callable[..., None], Callable[..., None]]:
    import numba

    add_up = _adding()

    @numba.njit(nogil=True)  # type: ignore[untyped-decorator]  # numba has no types
    def write_sums(words: Any, signs: Any, planes: Any, offsets: Any, sums: Any) -> None:
        counts = np.zeros(_STRIP, np.uint64)
        for first in range(0, words.shape[1], _STRIP):
            stop = min(first + _STRIP, words.shape[1])
            for j in range(len(offsets)):
                total = sums[j, first:stop]
                add_up(words, signs, planes, offsets, j, first, counts[: stop - first], total)

    @numba.njit(nogil=True)  # type: ignore[untyped-decorator]  # numba has no types
    def write_signs(words: Any, signs: Any, planes: Any, offsets: Any, found: Any) -> None:
        counts = np.zeros(_STRIP, np.uint64)
        totals = np.zeros(_STRIP, np.int64)
        for first in range(0, words.shape[1], _STRIP):
            stop = min(first + _STRIP, words.shape[1])
            total = totals[: stop - first]
            for j in range(len(offsets)):
                add_up(words, signs, planes, offsets, j, first, counts[: stop - first], total)
                bits = found[j >> 6, first:stop]
                place = np.uint64(j & 63)
                for i in range(len(total)):
                    bits[i] |= np.uint64(total[i] >= 0) << place

    return write_sums, write_signs


@cache
def _adding() -> Callable[..., None]:
    import numba

    count = _counting()

    @numba.njit(nogil=True, inline="always")  # type: ignore[untyped-decorator]
    def add_up(  # noqa: PLR0917  # a kernel takes its arrays one by one
        words: Any,
        signs: Any,
        planes: Any,
        offsets: Any,
        j: Any,
        first: Any,
        differing: Any,
        total: Any,
    ) -> None:
        total[:] = offsets[j]
        for b in range(planes.shape[0]):
            differing[:] = 0
            count(words, signs[j], planes[b, j], first, differing)
            for i in range(len(total)):
                total[i] -= np.int64(differing[i]) << (b + 1)

    return add_up  # type: ignore[no-any-return]


@cache
def _counting() -> Callable[..., None]:
    import numba
    from numba.extending import intrinsic

    @intrinsic  # type: ignore[untyped-decorator]  # numba has no types
    def ones(context: Any, word: Any) -> Any:
        def generate(_: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.ctpop(arguments[0])

        return word(word), generate

    @numba.njit(nogil=True, inline="always")  # type: ignore[untyped-decorator]
    def count(words: Any, signs: Any, masks: Any, first: int, differing: Any) -> None:
        # Samples are the inner loop: one instruction then counts the bits of several words.
        stop, k = first + len(differing), 0
        while k + 3 < len(signs):
            s0, s1, s2, s3 = signs[k], signs[k + 1], signs[k + 2], signs[k + 3]
            m0, m1, m2, m3 = masks[k], masks[k + 1], masks[k + 2], masks[k + 3]
            w0, w1 = words[k, first:stop], words[k + 1, first:stop]
            w2, w3 = words[k + 2, first:stop], words[k + 3, first:stop]
            for i in range(len(differing)):
                left = ones((w0[i] ^ s0) & m0) + ones((w1[i] ^ s1) & m1)
                right = ones((w2[i] ^ s2) & m2) + ones((w3[i] ^ s3) & m3)
                differing[i] += left + right
            k += 4
        while k < len(signs):
            w0 = words[k, first:stop]
            for i in range(len(differing)):
                differing[i] += ones((w0[i] ^ signs[k]) & masks[k])
            k += 1

    return count  # type: ignore[no-any-return]
