"""A two-stage program: build now, serve whoever comes

Four sites may be built. Then some of seven customers come, each at random, and the sites that
stand have to serve them: a customer cannot be split, and what does not fit is bought at a high
price. What a decision is worth is an *expected value* over forty outcomes, and one dual function
proves it exactly.

The decisions are tried by their bounds: of the expected value of every other decision a dual
function that was built for one of them says something too. So most are never solved. A model in
SMPS format is read by ``tm.read_smps``; here the two stages are written down.
"""

import itertools
import random

import matplotlib.pyplot as plt
import numpy as np

import tamemip as tm

n_sites, n_customers, n_outcomes, room = 4, 7, 40, 9
numbers = random.Random(3)
demand = [[numbers.randint(2, 5) for _ in range(n_customers)] for _ in range(n_sites)]
gain = [[numbers.randint(4, 12) for _ in range(n_customers)] for _ in range(n_sites)]
outcomes = [[numbers.randint(0, 1) for _ in range(n_customers)] for _ in range(n_outcomes)]

# Now: which sites to build, three at most.
first = tm.MixedIntegerProgram.from_arrays([18, 15, 20, 17], [[1] * n_sites], "<=", [3], upper=1)

# Later: customer k to site i (a binary), and what a site is short of (a continuous column).
pairs = list(itertools.product(range(n_sites), range(n_customers)))
costs = [-gain[i][k] for i, k in pairs] + [30] * n_sites
served = [[int(k == c) for _, k in pairs] + [0] * n_sites for c in range(n_customers)]
fits = [
    [demand[i][k] * (i == s) for i, k in pairs] + [-int(i == s) for i in range(n_sites)]
    for s in range(n_sites)
]
recourse = tm.MixedIntegerProgram.from_arrays(
    costs,
    served + fits,
    ["="] * n_customers + ["<="] * n_sites,
    [0] * (n_customers + n_sites),
    upper=[1] * len(pairs) + [np.inf] * n_sites,
    integrality=[True] * len(pairs) + [False] * n_sites,
)
technology = [[0] * n_sites] * n_customers
technology += [[-room * (i == s) for i in range(n_sites)] for s in range(n_sites)]
model = tm.TwoStageProgram.from_arrays(
    first, recourse, technology, [[*come, *[0] * n_sites] for come in outcomes]
)
print(model)

decisions = [x for x in itertools.product((0, 1), repeat=n_sites) if not first.violations(x)]


def bound(F, x):
    """What a dual function says of a decision: never more than its true cost."""
    rhs = model.rhs_of_all(x)
    return first.objective(x) + sum(w * F.exact(b) for w, b in zip(model.weights, rhs, strict=True))


start = tm.dual_function(recourse, method="linear", at=model.rhs((1, 1, 1, 0), 0))
low = {x: bound(start, x) for x in decisions}
at_first, known, n_refined = dict(low), {}, 0
while (x := min(decisions, key=low.get)) not in known:
    Q = tm.expected_value(recourse, model.rhs_of_all(x), model.weights)
    known[x] = low[x] = first.objective(x) + Q.value
    n_refined += Q.refinements
    for y in decisions:
        if y not in known:
            low[y] = max(low[y], bound(Q.dual_function, y))

print(f"best decision {x}: expected cost {known[x]} = {float(known[x])}")
print(f"solved {len(known)} of {len(decisions)} decisions; {n_refined} refinements")
claim = tm.solve(model.deterministic_equivalent())
print(f"the deterministic equivalent, by {claim.solver}: {claim.value:.6f}")

order = sorted(decisions, key=at_first.get)
plt.figure(figsize=(8, 4.5))
plt.plot(
    [float(at_first[y]) for y in order],
    "_",
    color="tab:orange",
    markersize=12,
    label="linear bound",
)
plt.plot([float(low[y]) for y in order], "_", color="tab:blue", markersize=12, label="at the end")
solved = [k for k, y in enumerate(order) if y in known]
plt.plot(solved, [float(low[order[k]]) for k in solved], "o", color="tab:green", label="exact")
plt.axhline(float(known[x]), color="gray", linewidth=0.8)
plt.xticks(range(len(order)), ["".join(map(str, y)) for y in order], rotation=60)
plt.ylim(top=float(known[x]) + 120)
plt.xlabel("sites that are built")
plt.ylabel("expected cost")
plt.legend()
plt.show()
