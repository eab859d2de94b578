"""Small programs and a brute-force referee."""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

from tamemip.programs import MixedIntegerProgram


def random_program(seed: int, *, integer_share: float, offset: int = 0) -> MixedIntegerProgram:
    """A small boxed program with all row senses and both objective senses."""
    rng = random.Random(seed)
    n, m = rng.randint(1, 4), rng.randint(1, 3)
    return MixedIntegerProgram.from_arrays(
        [rng.randint(-5, 5) for _ in range(n)],
        [[rng.randint(-5, 5) for _ in range(n)] for _ in range(m)],
        [rng.choice(["<=", ">=", "="]) for _ in range(m)],
        [Fraction(rng.randint(-12, 18), rng.choice([1, 1, 2])) for _ in range(m)],
        lower=[rng.choice([0, -3]) for _ in range(n)],
        upper=[rng.randint(1, 5) for _ in range(n)],
        integrality=[rng.random() < integer_share for _ in range(n)],
        sense=rng.choice(["min", "max"]),
        offset=offset,
    )


def brute_force(program: MixedIntegerProgram) -> Fraction | None:
    """Optimal value of a boxed pure integer program by enumeration; None if infeasible."""
    ranges = [
        range(int(low), int(up) + 1)
        for low, up in zip(program.exact.lower, program.exact.upper, strict=True)
    ]
    points = [x for x in itertools.product(*ranges) if not program.violations(x)]
    best = min if program.sense == "min" else max
    return best(map(program.objective, points), default=None)


def program_where_highs_is_wrong() -> MixedIntegerProgram:
    """HiGHS 1.14 with presolve claims 4 for this one; the optimum is 2.1 at (0, 0.7)."""
    return MixedIntegerProgram.from_arrays(
        [2, 3], [[3, 5]], [">="], ["7/2"], upper=5, integrality=[True, False]
    )


def hard_program() -> MixedIntegerProgram:
    """A market split: tiny, and out of reach within seconds."""
    rng = random.Random(7)
    m, n = 4, 30
    weights = [[rng.randint(0, 99) for _ in range(n)] for _ in range(m)]
    slacks = [[int(i == k) - int(i + m == k) for k in range(2 * m)] for i in range(m)]
    return MixedIntegerProgram.from_arrays(
        [0] * n + [1] * (2 * m),
        [w + s for w, s in zip(weights, slacks, strict=True)],
        "=",
        [sum(w) // 2 for w in weights],
        upper=[1] * n + [10**4] * (2 * m),
        integrality=[True] * n + [False] * (2 * m),
    )
