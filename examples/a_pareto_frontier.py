"""A Pareto frontier: every trade-off between cost and emissions

Three power stations and a storage meet a demand. Stations run or do not run; their output is
continuous. What costs little emits much. One call gives every trade-off that is not beaten
by another one: segments, with an open end where switching a station on beats it, and points.

A weighted sum of the two objectives finds the supported ones only. The certificate proves that
nothing is missing.
"""

import matplotlib.pyplot as plt

import tamemip as tm

# Columns: is coal, gas, wind running; the output of each; what comes out of the storage.
p = tm.MixedIntegerProgram.from_arrays(
    [0] * 7,
    [
        [0, 0, 0, 1, 1, 1, 1],
        [8, 0, 0, -1, 0, 0, 0],
        [0, 6, 0, 0, -1, 0, 0],
        [0, 0, 5, 0, 0, -1, 0],
        [-3, 0, 0, 1, 0, 0, 0],
    ],
    ["=", ">=", ">=", ">=", ">="],
    [10, 0, 0, 0, 0],
    upper=[1, 1, 1, 8, 6, 5, 2],
    integrality=[True, True, True, False, False, False, False],
    col_names=["coal", "gas", "wind", "coal out", "gas out", "wind out", "storage"],
)
cost = {"coal": 4, "gas": 3, "wind": 14, "coal out": 1, "gas out": 3, "wind out": 0, "storage": 5}
emissions = {"coal": 2, "gas": "1/2", "coal out": 2, "gas out": "4/5", "storage": "1/10"}

frontier = tm.pareto_frontier(p, objectives=[cost, emissions])
print(frontier)
print("unsupported:", ", ".join(str(tuple(map(str, z))) for z in frontier.unsupported))

cheapest = dict(zip(p.col_names, frontier.solution(frontier.points[0]), strict=True))
print("cheapest:", ", ".join(f"{name} {value}" for name, value in cheapest.items() if value))
print(tm.check(frontier.certificate))

ax = frontier.plot()
ax.set_xlabel("cost")
ax.set_ylabel("emissions")
ax.legend()
plt.show()
