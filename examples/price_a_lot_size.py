"""What one more unit costs, when production comes in batches

Five weeks of demand are met from batches of ten units, from stock, and from a supplier who sells at
most three units a week. What does one more unit of demand cost in each week, and what does one
unit less save?

Two prices are common. The dual of the linear relaxation charges a tenth of a batch for every unit.
The dual of the program with its integers fixed knows one plan, and no other plan that is as good or
nearly so. Both are compared with the truth, which is found by solving again with one unit more and
one unit less, and with the prices of the mixed-integer program: slopes, jumps, and how far
they hold. Where the value jumps there is no derivative, and it is refused.
"""

from importlib.util import find_spec

import tamemip as tm
from tamemip.differentiation import optimal_parts
from tamemip.errors import NotLipschitzError

demand = [3, 4, 5, 4, 12]
make, store = [3, 3, 4, 4, 4], [2, 2, 2, 1, 2]  # cost of a unit
batch, buy = [32, 22, 33, 29, 24], [8, 8, 9, 8, 12]  # cost of a batch, and of a bought unit
weeks, size, most = range(5), 10, 3
names = [f"DEMAND_{t + 1}" for t in weeks]


def unit_of(t, *, made=0, stored=0, batches=0, bought=0):
    """A row that touches these columns of week ``t``."""
    row = [[0] * len(weeks) for _ in range(4)]
    for k, entry in enumerate((made, stored, batches, bought)):
        row[k][t] = entry
    return [a for block in row for a in block]


def balance(t):
    """Made and bought, with what was stored before and less what is stored now."""
    row = unit_of(t, made=1, stored=-1, bought=1)
    if t:
        row[len(weeks) + t - 1] = 1
    return row


p = tm.MixedIntegerProgram.from_arrays(
    [*make, *store, *batch, *buy],
    [balance(t) for t in weeks] + [unit_of(t, made=1, batches=-size) for t in weeks],
    ["="] * 5 + ["<="] * 5,
    [*demand, *[0] * 5],
    upper=["inf"] * 10 + [2] * 5 + [most] * 5,
    integrality=[False] * 10 + [True] * 5 + [False] * 5,
    row_names=names + [f"BATCHES_{t + 1}" for t in weeks],
)


def value(t, step):
    """The optimal value at another demand in week ``t``, proved."""
    moved = [d + step * (k == t) for k, d in enumerate(demand)]
    return optimal_parts(p.with_rhs([*moved, *[0] * 5])).value


here = optimal_parts(p)
print(f"the optimal cost is {here.value}, and {len(here.parts)} plans of batches reach it:")
for part in here.parts:
    print("  batches by week:", *part)

# -- prices, and the truth -----------------------------------------------------------------------

prices = tm.shadow_prices(p, rows=names, limits=tm.Limits(seconds=120))
right = {"relaxation": 0, "integers fixed": 0, "ours": 0}
print()
print("change of cost        one unit less                one unit more")
print("  demand       true    LP  fixed   ours     true    LP  fixed   ours    ours holds in")
for t in weeks:
    price = prices[names[t]]
    ours = {-1: price.jump_left - price.slope_left, 1: price.jump_right + price.slope_right}
    line = f"{names[t]} = {demand[t]:2}"
    for step in (-1, 1):
        assert price.low <= demand[t] + step <= price.high  # the range in which ours is proved
        true = value(t, step) - here.value
        said = (step * price.lp_dual, step * price.fixed_dual, ours[step])
        for who, change in zip(right, said, strict=True):
            right[who] += abs(float(change - true)) < 1e-6
        line += f"  {true!s:>5} {float(said[0]):5.1f} {float(said[1]):6.1f} {said[2]!s:>6}"
    print(f"{line}    [{price.low}, {price.high}]")
print("right, of ten:", ", ".join(f"{who} {count}" for who, count in right.items()))

# -- derivatives, or a reason --------------------------------------------------------------------

print()
for t in weeks:
    along = tm.ParametricProgram(p, rhs=[[int(i == t)] for i in range(10)], names=["units"])
    try:
        D = tm.conservative_gradient(along, at=[0])
    except NotLipschitzError as refusal:
        print(f"{names[t]}: no derivative. The value jumps {refusal.jump}")
    else:
        ends = sorted(v for (v,) in D.exact_generators)
        print(f"{names[t]}: between {ends[0]} and {ends[-1]}, from {len(D.parts)} plans")

# With a second supplier, at 20 a unit and without a limit, there is no jump, and a gradient in all.
second = tm.elastic(p, penalty=dict.fromkeys(names, 20))
together = tm.ParametricProgram(
    second, rhs=[[int(i == t) for t in weeks] for i in range(10)], names=names
)
D = tm.conservative_gradient(together, at=[0] * 5)
print()
print("with a second supplier, one generator a line:")
for generator in D.exact_generators:
    print("  ", *generator)
print("because", *D.reasons)

if find_spec("matplotlib"):
    import matplotlib.pyplot as plt

    v = tm.value_function(p, along={names[0]: 1}, interval=(-3, 6))
    plt.figure(figsize=(8, 4.5))
    for piece in v.pieces:
        ends = [piece.lo, piece.hi]
        heights = [piece.value_at_lo + piece.slope * (t - piece.lo) for t in ends]
        plt.plot([float(demand[0] + t) for t in ends], list(map(float, heights)), "tab:blue")
    reach = (-3, 6)
    price = prices[names[0]]
    lines = [
        (price.lp_dual, "relaxation", "tab:orange"),
        (price.fixed_dual, "integers fixed", "tab:green"),
    ]
    for slope, label, color in lines:
        tangent = [float(here.value + slope * t) for t in reach]
        plt.plot([demand[0] + t for t in reach], tangent, "--", color=color, label=label)
    plt.plot(demand[0], float(here.value), "o", color="tab:blue", label="optimal cost")
    plt.xlabel("demand of week 1")
    plt.ylabel("cost")
    plt.legend()
