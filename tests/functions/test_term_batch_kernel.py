"""The compiled kernel gives what the matrices give."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip.functions import _term_batch_plan
from tamemip.functions._nodes import ceil, combination, threshold
from tamemip.functions._term_batch import TermReading
from tests.functions.test_term_batch import M, Q, chain, integral, thresholds

pytest.importorskip("numba", reason="the kernel needs numba, of the extra `fast`")


def both(node, d):
    """Values by the matrices, and by the kernel."""
    found = []
    for bound in (1 << 60, 0):
        with mock.patch.object(_term_batch_plan, "COMPILED", bound):
            found.append(TermReading([node], M).values(d)[0].tolist())
    return found


@settings(max_examples=40, deadline=None)
@given(thresholds(), st.integers(0, 1000), st.sampled_from([1, 7.5, 3e5]))
def test_kernel_and_matrices_agree(node, seed, size):
    d = np.rint(np.random.default_rng(seed).normal(size=(300, M)) * size)
    matrices, kernel = both(node, d)
    assert matrices == kernel


@pytest.mark.parametrize("size", [10, 10**6, 10**11])
def test_kernel_is_exact_in_every_arithmetic(size):
    inner = combination({0: Q(7, 9), 1: Q(3, 4), M: Q(1, 3)}, [(Q(5, 2), chain(4))])
    node = threshold(ceil(combination({2: Q(1, 2)}, [(Q(3), ceil(inner))])), Q(1), M)
    d = np.random.default_rng(0).integers(-size, size, (200, M)).astype(float)
    matrices, kernel = both(node, d)
    assert matrices == kernel
    reading = TermReading([node], M)
    assert kernel == [float(reading.exact(row)[0]) for row in integral(d)]
