"""Packed networks beside the same network in numpy, on binarized images.

The peers have their matrices ready as doubles or as floats; ours has its samples packed, and
the time to pack them is a column of its own. Each time is the least of some runs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
from _tables import CONSOLE, show

from tamemip.plugins.bnn import BinarizedNetwork
from tamemip.plugins.bnn._packed import pack, packed

IMAGES = 10_000
PIXELS = 784
CLASSES = 10
NEURONS = (16, 32, 64, 128, 256, 512, 1024)
REPETITIONS = 5
DATA = Path("../shared/data/ml/mnist_public_2000train_1000test.npz")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def images() -> tuple[np.ndarray, str]:
    """Binarized digits, repeated to 10,000; random ones without the file."""
    if not DATA.exists():
        rng = np.random.default_rng(0)
        return np.where(rng.random((IMAGES, PIXELS)) < 0.2, 1, -1).astype(np.int8), "random"
    with np.load(DATA) as file:
        pixels = next(v for v in file.values() if v.ndim >= 2 and v[0].size == PIXELS)
    signs = np.where(pixels.reshape(len(pixels), -1) > 127, 1, -1).astype(np.int8)
    return np.resize(signs, (IMAGES, PIXELS)), "MNIST"


def network(neurons: int) -> BinarizedNetwork:
    rng = np.random.default_rng(neurons)
    sizes = (PIXELS, neurons, CLASSES)
    weights = [rng.integers(-1, 2, (b, a)) for a, b in pairwise(sizes)]
    return BinarizedNetwork(weights, [rng.integers(-1, 2, b) for b in sizes[1:]])


def by_numpy(net: BinarizedNetwork, X: np.ndarray, kind: type) -> Callable[[], np.ndarray]:
    data = X.astype(kind)
    w0, w1 = (np.ascontiguousarray(w.T.astype(kind)) for w in net.weights)
    b0, b1 = (b.astype(kind) for b in net.biases)
    plus, minus = kind(1), kind(-1)
    return lambda: np.where(data @ w0 + b0 >= 0, plus, minus) @ w1 + b1


def seconds(task: Callable[[], object]) -> float:
    task()
    least = float("inf")
    for _ in range(REPETITIONS):
        began = time.perf_counter()
        task()
        least = min(least, time.perf_counter() - began)
    return least


def measure(title: str) -> None:
    X, source = images()
    rows = []
    packing = seconds(lambda: pack(X))
    signs = pack(X)
    for neurons in NEURONS:
        net = network(neurons)
        fast = packed(net)
        double, single = by_numpy(net, X, np.float64), by_numpy(net, X, np.float32)
        is_equal = bool(
            (fast.scores(signs) == double()).all() and (fast.scores(signs) == single()).all()
        )
        a, b, ours = seconds(double), seconds(single), seconds(partial(fast.scores, signs))
        ratios = [f"{t / s:.1f}" for s in (ours, ours + packing) for t in (a, b)]
        times = [f"{1e3 * t:.2f}" for t in (a, b, ours, packing)]
        rows.append([str(neurons), *times, *ratios, is_equal])
    headings = ["neurons", "float64 ms", "float32 ms", "packed ms", "packing ms"]
    headings += ["x float64", "x float32", "x64 with packing", "x32 with packing", "equal"]
    note = f"{IMAGES:,} images ({source}), {PIXELS} signs, {CLASSES} outputs; ours has one thread"
    show(title, headings, rows, note=note)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-is", action="store_true", help="only numpy's own threads")
    if parser.parse_args().as_is:
        measure("numpy with as many threads as it takes by itself")
        return
    if any(os.environ.get(name) != "1" for name in THREADS):
        # The number of threads is read when numpy is loaded.
        one = {**os.environ, **dict.fromkeys(THREADS, "1")}
        subprocess.run([sys.executable, __file__], env=one, check=True)
        return
    measure("numpy with one thread")
    CONSOLE.print()
    free = {k: v for k, v in os.environ.items() if k not in THREADS}
    subprocess.run([sys.executable, __file__, "--as-is"], env=free, check=True)


if __name__ == "__main__":
    main()
