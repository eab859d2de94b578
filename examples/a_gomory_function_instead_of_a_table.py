"""A Gomory function instead of a table

Cover a demand with packs of three (at 2) and of five (at 3): what does a demand of ``b`` cost? For
whole demands a table answers. A *Gomory function* answers for every real demand in the box, in one
line, and comes with a certificate that a checker reads without knowing where the line comes from.

Outside of the box the function stays a lower bound: it is subadditive and dual feasible. Dropping
the inner rounding, as one is tempted to, gives a formula that is wrong between the integers.
"""

import math

import matplotlib.pyplot as plt
import numpy as np

import tamemip as tm

p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [7], row_names=["demand"])
G = tm.gomory_function(p, domain=tm.Box({"demand": (0, 30)}))
print(G)
print(tm.check(G.certificate, program=p))

packs = tm.gomory_function(
    tm.MixedIntegerProgram.from_arrays(
        [1, 1, 1],
        [[1, 1, 0], [1, 0, 1], [0, 1, 1]],
        "<=",
        [1, 1, 1],
        sense="max",
        row_names=["d1", "d2", "d3"],
    ),
    domain={"d1": (0, 4), "d2": (0, 4), "d3": (0, 4)},
)
print("\nA triangle with capacities on its corners:")
print(packs)

demand = np.arange(0, 12.001, 1 / 24)
tempting = [max(math.ceil(3 * d / 5 - 1e-9), 2 * math.ceil(d / 5 - 1e-9)) for d in demand]

plt.figure(figsize=(8, 4.5))
plt.plot(demand, 0.6 * demand, "--", color="tab:gray", label="linear relaxation")
plt.step(demand, tempting, where="mid", color="tab:red", label="without the inner rounding: wrong")
plt.step(demand, G(demand[:, None]), where="mid", color="tab:blue", label="v = G")
plt.xlabel("demand")
plt.ylabel("cost")
plt.legend()
