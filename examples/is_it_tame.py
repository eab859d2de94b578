"""Is it tame? Functions, and verdicts with proofs

Gradient methods are analysed for functions that are definable in an o-minimal structure. Rounding
is where this fails, but not always: what counts is whether the number to be rounded is bounded.
"""

from pathlib import Path

import tamemip as tm
from tamemip.tameness import ceiling, exp, maximum, minimum, unary, variable

a, x = variable("a"), variable("x")

# The least integer y with a y >= 1 is the ceiling of 1/a. Near 0 it has infinitely many steps.
print(tm.certify(ceiling(1 / a), "a in (0, 1]"))
print()

# Away from 0 it has eight of them. The certificate is checked by the standard library alone.
steps = tm.certify(ceiling(1 / a), "a in [1/8, 1]")
print(repr(steps))
print(tm.check(steps.certificate).definable.pieces, "pieces, by the checker")
print()

# Where the certifier is at a loss, it names the culprit and what would mend it.
print(tm.certify(exp(-x) * unary("sin", x), "x in [0, inf)"))
print()

# A two-layer network with hard activations has finitely many affine pieces: nothing is left open
# for path differentiability, and for the subgradient method only what is about the method.
network = maximum(0, minimum(1, 2 * x - 1)) - maximum(0, 3 - x) / 2
for consequence in tm.certify(network).consequences:
    print("-", consequence)
print()

# The optimal value of a model, by what varies.
model = tm.read(Path(__file__).parent / "models" / "production.mps")
for varying in ("rhs", "c", "rhs, c", "A"):
    print(f"{varying:7}", tm.certify(model, varying=varying).structure.value)

steps.plot()
