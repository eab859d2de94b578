"""A stochastic subgradient method, with its hypotheses

How much room to build at two sites, before the demand is known? Later whole crews can be called
in, four units of room each, and what is still missing is bought. So the cost of tomorrow is the
value of a *mixed-integer* program, it is not convex in the decision, and textbooks on convex
programs say nothing about it.

There is a theorem all the same. If the function is locally Lipschitz and definable in an o-minimal
structure, the steps have an infinite sum and a finite sum of squares, the noise is a martingale
difference with bounded variance, and the iterates stay bounded, then steps along elements of a
*conservative* field lead to its critical points, and the values converge. Below every hypothesis
is checked and printed before the method is run, and the iterates are rationals without rounding.
"""

import random
from fractions import Fraction
from importlib.util import find_spec

import numpy as np

import tamemip as tm

STEPS, PENALTY, N_OUTCOMES = 127, 12, 16
cost = [3, 2]  # of a unit of room at each site

# Tomorrow: crews (integers), and what is sent from a site to a customer. Demand is random.
rows = ["ROOM_1", "ROOM_2", "NEED_1", "NEED_2"]
rigid = tm.MixedIntegerProgram.from_arrays(
    [24, 28, 1, 4, 4, 1],
    [
        [-4, 0, 1, 1, 0, 0],
        [0, -4, 0, 0, 1, 1],
        [0, 0, 1, 0, 1, 0],
        [0, 0, 0, 1, 0, 1],
    ],
    ["<=", "<=", ">=", ">="],
    [0, 0, 0, 0],
    upper=[2, 2, np.inf, np.inf, np.inf, np.inf],
    integrality=[True, True, False, False, False, False],
    row_names=rows,
)
print("The recourse as it is,", tm.lipschitz(rigid))

# Buying what is missing makes it Lipschitz: the elastic envelope.
recourse = tm.elastic(rigid, penalty=PENALTY)
outcomes = random.Random(1)
model = tm.TwoStageProgram.from_arrays(
    tm.MixedIntegerProgram.from_arrays(
        cost, [[1, 1]], "<=", [100], lower="-inf", integrality=False, col_names=["x1", "x2"]
    ),
    recourse,
    [[-1, 0], [0, -1], [0, 0], [0, 0]],
    [[0, 0, outcomes.randint(1, 6), outcomes.randint(4, 11)] for _ in range(N_OUTCOMES)],
)

# -- the hypotheses ------------------------------------------------------------------------------

regular, tame = tm.lipschitz(recourse), tm.certify(recourse)
largest = max(sum(outcome.rhs) for outcome in model.scenarios)
print()
print(f"1. Lipschitz: {regular.status.value} {regular.where}, constant {regular.constant} a row")
print(f"   because {regular.reason}")
print(f"2. definable: {tame.status.value}, {tame.structure.value}; and so are finite sums")
print("3. steps: 1, then two of 1/2, four of 1/4, eight of 1/8, ...")
print("   each group has the sum 1, so the sum is infinite; the squares sum to 1 + 1/2 + ... = 2")
print(f"4. noise: outcomes are drawn independently, and every dual is at most {regular.constant}:")
print("   the error has mean 0 given the past, and its variance is bounded")
print("5. bounded: below -8 both crews of a site do not suffice and a slack is used, so that the")
print(
    f"   derivative by x_i is c_i - {PENALTY}, negative; above {largest}, the largest total demand,"
)
print("   room is left over, and it is c_i, positive. Both lead back, by bounded steps")

# -- the method ----------------------------------------------------------------------------------


def element(x, s):
    """One element of the conservative field of ``c x + v(h_s - T x)``: ``T`` is minus a unit."""
    y = tm.conservative_gradient(recourse, at=model.rhs(x, s), kind="element").exact_element
    assert max(map(abs, y)) <= regular.constant
    return [c + d for c, d in zip(cost, y[:2], strict=True)]


def expected_cost(x):
    """The objective, exactly."""
    Q = tm.expected_value(recourse, model.rhs_of_all(x), model.weights)
    return model.first.objective(x) + Q.value


assert element([-9, -9], 0) == [c - PENALTY for c in cost]
assert element([largest + 1] * 2, 0) == cost

draw = random.Random(5)
x, path = [Fraction(0), Fraction(0)], []
for k in range(STEPS):
    if k & (k + 1) == 0 or k % 8 == 0:
        path.append((k, expected_cost(x)))
    length = Fraction(1, 2 ** ((k + 1).bit_length() - 1))
    x = [v - length * g for v, g in zip(x, element(x, draw.randrange(N_OUTCOMES)), strict=True)]
path.append((STEPS, expected_cost(x)))

(best,) = tm.dual_function(model.deterministic_equivalent()).tight_points
optimum = expected_cost(best.point[:2])
assert optimum == best.value
print()
print(" step   expected cost")
for k, value in path:
    if k & (k + 1) == 0:
        print(f"{k:5}   {float(value):.4f}")
print(f"ends at ({float(x[0]):.4f}, {float(x[1]):.4f}) = ({x[0]}, {x[1]})")
print(
    f"the deterministic equivalent has its optimum, proved, at ({best.point[0]}, {best.point[1]}):"
)
print(f"the expected cost there is {optimum} = {float(optimum)}")
print(f"the method ended {float((path[-1][1] - optimum) / optimum):.2%} above")

if find_spec("matplotlib"):
    import matplotlib.pyplot as plt

    plt.figure(figsize=(8, 4.5))
    plt.plot([k for k, _ in path], [float(value) for _, value in path], "o-", markersize=3)
    plt.axhline(float(optimum), color="gray", linewidth=0.8, label="optimum, proved")
    plt.xlabel("step")
    plt.ylabel("expected cost")
    plt.legend()
