"""Soundness of verdicts: random functions that are tame, or wild, by construction.

No tame function may be refuted, no wild one certified. Prints the verdicts and the share of
UNKNOWN, and ends with status 1 if some verdict is wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from fractions import Fraction

from tamemip.tameness import (
    Expression,
    absolute,
    add,
    ceiling,
    certify,
    constant,
    domain_of,
    exp,
    floor,
    indicator,
    maximum,
    minimum,
    modulo,
    named,
    piecewise,
    unary,
    variable,
)

X = variable("x")
HALF = Fraction(1, 2)
LINE = domain_of(None, ["x"])
UNIT = domain_of("x in (0, 1]", ["x"])


def number(r: random.Random, low: int = -9, high: int = 9) -> Fraction:
    """A short rational."""
    return Fraction(r.randint(low, high), r.choice([1, 1, 2, 3, 5]))


def kinked(r: random.Random, depth: int) -> Expression:
    """Piecewise linear on the line."""
    if depth == 0 or r.random() < 0.2:
        return add(X * number(r), number(r))
    f, g = kinked(r, depth - 1), kinked(r, depth - 1)
    return r.choice(
        [
            lambda: f + g,
            lambda: f - g,
            lambda: maximum(f, g),
            lambda: minimum(f, g, number(r)),
            lambda: absolute(f),
            lambda: f * number(r),
            lambda: piecewise([(f <= g, f)], default=g),
            lambda: piecewise([(f < 1, g), (g < 0, f)], default=constant(number(r))),
        ]
    )()


def bounded(r: random.Random, depth: int) -> Expression:
    """Piecewise linear with values in an interval."""
    return minimum(maximum(kinked(r, depth), -r.randint(0, 9)), r.randint(1, 9))


def steps(r: random.Random, depth: int) -> Expression:
    """Roundings of bounded functions."""
    f = bounded(r, depth)
    return r.choice([floor(f), ceiling(f), modulo(f, r.choice([1, 2, HALF])), floor(floor(f) / 2)])


def vanishing(r: random.Random) -> Expression:
    """Zero everywhere, by an identity that may be hidden."""
    f = add(X * number(r), number(r))
    n = r.randint(2, 3)
    sine, cosine = unary("sin", f), unary("cos", f)
    return r.choice(
        [
            floor(f) - floor(f),
            0 * ceiling(f),
            floor(f) + ceiling(-f),
            modulo(f, 1) - f + floor(f),
            floor(floor(f) / n) - floor(f / n),
            maximum(f, floor(f)) - f,
            ceiling(f) - floor(f) - indicator(floor(f) < f),
            floor(f + n) - floor(f) - n,
            add(*(floor(f + Fraction(k, n)) for k in range(n))) - floor(n * f),
            sine**2 + cosine**2 - 1,
            unary("sin", 2 * f) - 2 * sine * cosine,
            unary("sin", f + 2 * named("pi")) - sine,
            sine * 0,
        ]
    )


def tame(r: random.Random) -> Expression:
    """Semilinear by construction."""
    f = kinked(r, r.randint(0, 3))
    return r.choice(
        [
            lambda: f,
            lambda: f + steps(r, 2),
            lambda: f + vanishing(r),
            lambda: f + number(r) * vanishing(r) + vanishing(r),
            lambda: maximum(f, f + vanishing(r)),
            lambda: floor(bounded(r, 1) + vanishing(r)),
            lambda: piecewise([(steps(r, 1) <= 2, f)], default=steps(r, 1)),
            lambda: piecewise([(X + vanishing(r) < X - 1, floor(X))], default=f),
            lambda: floor(1 / (1 + absolute(f))),
        ]
    )()


def wild(r: random.Random) -> Expression:
    """A rounding or a wave of an unbounded function, which nothing cancels."""
    slope = Fraction(r.randint(1, 7), r.randint(1, 4)) * r.choice([-1, 1])
    f = X * slope + number(r)
    g = kinked(r, r.randint(0, 2))
    weight = Fraction(r.randint(1, 5), r.randint(1, 3)) * r.choice([-1, 1])
    return r.choice(
        [
            lambda: weight * floor(f) + g,
            lambda: weight * ceiling(f) + g + steps(r, 1),
            lambda: modulo(f, abs(weight)) + g,
            lambda: floor(floor(f) / 3 + HALF) * weight + g,
            lambda: weight * unary("sin", f) + g,
            lambda: exp(unary("cos", f)),
            lambda: weight * floor(f) + unary("sin", named("pi") * X * 2) / 7 + g,
            lambda: weight * floor(f) + vanishing(r) + g,
            lambda: indicator(modulo(f, 2) < 1) + g,
            lambda: floor(f) ** 2 + steps(r, 1),
            lambda: unary("sin", f) * unary("cos", f),
        ]
    )()


def wild_near_zero(r: random.Random) -> Expression:
    """Jumps or waves that pile up at 0."""
    f = (number(r, 1, 5) / X) + number(r)
    return r.choice([floor(f), ceiling(f) + X, modulo(f, 2), unary("sin", f), floor(f) - f])


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many functions")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3600, help="stop after so many")
    options = parser.parse_args()
    r = random.Random(options.seed)
    deadline = time.monotonic() + options.seconds
    kinds = {"tame": (tame, LINE), "wild": (wild, LINE), "wild near 0": (wild_near_zero, UNIT)}
    wrong = {"tame": "refuted", "wild": "certified", "wild near 0": "certified"}
    seen: Counter[tuple[str, str]] = Counter()
    errors = 0
    start = time.process_time()
    for k in range(options.count):
        if time.monotonic() > deadline:
            break
        name = ("tame", "wild", "tame", "wild near 0")[k % 4]
        make, domain = kinds[name]
        f = make(r)
        status = certify(f, domain).status.value
        seen[name, status] += 1
        if status == wrong[name]:
            errors += 1
            print(f"WRONG: {name}, {status}: {f}")
    for name in kinds:
        total = max(sum(v for (n, _), v in seen.items() if n == name), 1)
        shares = ", ".join(
            f"{status} {seen[name, status]} ({seen[name, status] / total:.1%})"
            for status in ("certified", "refuted", "unknown")
        )
        print(f"{name:12s} {total:6d}: {shares}")
    unknown = sum(v for (_, status), v in seen.items() if status == "unknown")
    count = seen.total()
    spent = time.process_time() - start
    print(
        f"{count} functions: unknown {unknown / max(count, 1):.1%}, wrong {errors}, {spent:.0f} s"
    )
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
