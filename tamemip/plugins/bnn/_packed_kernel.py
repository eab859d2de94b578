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


def packed_sums(words: Any, signs: Any, planes: Any, sums: Any) -> None:
    """Take twice the disagreements of each plane off the sums, in place."""
    _kernel()(words, signs, planes, sums)


@cache
def _kernel() -> Callable[..., None]:
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

    @numba.njit(nogil=True)  # type: ignore[untyped-decorator]  # numba has no types
    def subtract(words: Any, signs: Any, planes: Any, sums: Any) -> None:
        counts = np.zeros(_STRIP, np.uint64)
        for first in range(0, words.shape[1], _STRIP):
            differing = counts[: min(_STRIP, words.shape[1] - first)]
            for b in range(planes.shape[0]):
                for j in range(planes.shape[1]):
                    differing[:] = 0
                    count(words, signs[j], planes[b, j], first, differing)
                    for i in range(len(differing)):
                        sums[j, first + i] -= np.int64(differing[i]) << (b + 1)

    return subtract  # type: ignore[no-any-return]
