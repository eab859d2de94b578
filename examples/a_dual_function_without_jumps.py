"""A dual function without jumps: machines with fixed costs

Three machines can serve a demand; each costs something to switch on and something for each
unit. The cost of the cheapest plan, as a function of the demand, jumps and bends both ways.
``method="mir"`` folds a branching tree into one function below it that neither jumps nor is
steeper than the prices in the tree, and that is subadditive: the bound for a total demand is
never more than the bounds for its parts together.

The minimum over the leaves of a branching tree is as good at the demand it was built for,
and worse elsewhere.
"""

import matplotlib.pyplot as plt
import numpy as np

import tamemip as tm

p = tm.MixedIntegerProgram.from_arrays(
    [9, 14, 25, 2, 1, "1/2"],
    [[0, 0, 0, 1, 1, 1], [5, 0, 0, -1, 0, 0], [0, 9, 0, 0, -1, 0], [0, 0, 16, 0, 0, -1]],
    [">=", ">=", ">=", ">="],
    [11, 0, 0, 0],
    upper=[1, 1, 1, 5, 9, 16],
    integrality=[True, True, True, False, False, False],
    row_names=["demand", "machine 1", "machine 2", "machine 3"],
)
F = tm.dual_function(p, method="mir")
tree = tm.dual_function(p, method="branch-and-bound")
linear = tm.dual_function(p, method="linear")
print(f"{F!r}\n{tree!r}")
print("subadditive, zero at zero:", F.is_subadditive)
print("its certificate says:", tm.check(F.certificate, program=p))

demands = np.linspace(0, 30, 601)
points = np.zeros((len(demands), 4))
points[:, 0] = demands
whole = points[::20]
claims = [tm.solve(p.with_rhs(d)).value for d in whole]
for name, f in (("linear", linear), ("tree", tree), ("folded", F)):
    print(f"{name}: mean gap to a solver's value {np.mean(claims - f(whole)):.3g}")

plt.figure(figsize=(8, 4.5))
plt.plot(demands, linear(points), "--", color="tab:orange", label="linear relaxation")
plt.plot(demands, tree(points), color="tab:cyan", label="minimum over the leaves")
plt.plot(demands, F(points), color="tab:blue", label="folded by mixed-integer rounding")
plt.plot(whole[:, 0], claims, "o", color="tab:green", markersize=4, label="a solver's claims")
plt.xlabel("demand")
plt.ylabel("cost")
plt.ylim(0, 70)
plt.legend()
