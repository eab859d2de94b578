"""What if a demand moves: one function instead of a hundred solves

A dual function bounds the optimal value at *every* right-hand side, so a question of the kind
"what if demand were 31?" needs an evaluation, not a solver. Where the bound is not sharp enough,
``refine`` makes it exact at one more right-hand side, and better around it.

The picture has the bound before and after four refinements, and what a solver says at single
points. A bound from the linear relaxation would stay far below.
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import tamemip as tm

p = tm.read(Path(__file__).parent / "models" / "production.mps")
row = p.row_index("DEMAND_2")


def moved(demands):
    """Right-hand sides, one a row: the model's own but for one entry."""
    d = np.tile(p.rhs, (len(demands), 1))
    d[:, row] = demands
    return d


demands = np.linspace(16, 44, 561)
first = tm.dual_function(p)
better = first
for demand in (20, 33, 37, 42):
    better = better.refine(at=moved([demand])[0])
linear = tm.dual_function(p, method="linear")

points = np.arange(16, 45, 2)
claims = [tm.solve(p.with_rhs(d)).value for d in moved(points)]
gaps = np.array(claims) - better(moved(points))
print(f"{first!r}\n{better!r}")
print(f"largest gap to a solver's value at {len(points)} demands: {gaps.max():.3g}")
print(f"bounds above a solver's value: {int((gaps < -1e-6).sum())}")

plt.figure(figsize=(8, 4.5))
plt.plot(demands, linear(moved(demands)), "--", color="tab:orange", label="linear relaxation")
plt.plot(demands, first(moved(demands)), color="tab:cyan", label="dual function, built at 28")
plt.plot(demands, better(moved(demands)), color="tab:blue", label="refined at 20, 33, 37, 42")
plt.plot(points, claims, "o", color="tab:green", markersize=4, label="a solver's claims")
plt.xlabel("right-hand side of DEMAND_2")
plt.ylabel("cost")
plt.legend()
