"""What one more kilogram is worth, when whole things are loaded

A van carries 600 kilograms, and 24 consignments wait that would earn between 12 and 96 euros each.
What would one more kilogram earn, and what would it cost to overload? The dual of the linear
relaxation has an answer, a price by the kilogram, at which a bit of the next consignment
would be loaded. Whole consignments are not loaded by bits.

Here is the value for every capacity, exactly, by dynamic programming; what the relaxation says
about a kilogram more, and what is true; the derivative, or why there is none; and for every
consignment how far its profit and its weight can move.
"""

from fractions import Fraction
from importlib.util import find_spec

import tamemip as tm
from tamemip.errors import NotLipschitzError
from tamemip.plugins.knapsack import Knapsack, program, sensitivity, value_function

profits = [71, 28, 96, 21, 38, 12, 55, 46, 84, 20, 49, 70]
profits += [22, 45, 31, 80, 19, 54, 77, 18, 39, 49, 34, 70]
weights = [96, 52, 131, 33, 71, 19, 92, 57, 154, 44, 69, 115]
weights += [27, 88, 47, 101, 41, 73, 161, 25, 66, 90, 43, 139]
van = Knapsack(profits, weights, 600, name="van")

V = value_function(van, upto=sum(weights))
print(repr(V))
print(f"value at 600 kg: {V.exact(600)}, by consignments", *V.solution(600).items)

# -- a kilogram more -----------------------------------------------------------------------------


def relaxed(capacity):
    """Value and price of a kilogram if consignments could be loaded by bits (Dantzig 1957)."""
    value, room = Fraction(0), Fraction(capacity)
    for w, p in sorted(zip(weights, profits, strict=True), key=lambda k: Fraction(-k[1], k[0])):
        if w > room:
            return value + room * p / w, Fraction(p, w)
        value, room = value + p, room - w
    return value, Fraction(0)


capacities = range(500, 700)
changes = [V.exact(c + 1) - V.exact(c) for c in capacities]
right = sum(relaxed(c)[1] == change for c, change in zip(capacities, changes, strict=True))
print()
print(f"a kilogram more, from each of {len(capacities)} capacities of 500 kg and above:")
print(f"  it brings nothing {changes.count(0)} times, and up to {max(changes)} euros else")
first, last = (float(relaxed(c)[1]) for c in (500, 699))
print(f"  the relaxation says {first:.2f} to {last:.2f} euros, and is right {right} times")
print(f"  all 200 kg bring {sum(changes)} euros")

# -- a derivative, or a reason -------------------------------------------------------------------

q = program(van)
table = sensitivity(van)
print()
for capacity in (table.capacity.low, 600):
    try:
        D = tm.conservative_gradient(q.program, wrt="rhs", at=[capacity])
    except NotLipschitzError as refusal:
        print(f"at {capacity} kg there is no derivative: the value jumps {refusal.jump}")
    else:
        print(f"at {capacity} kg the derivative is {D.exact_element[0]}, as there is room to spare")
print(str(table).splitlines()[1])

print()
print("a kilogram rented at  capacity then  euros in all  and a kilogram more saves")
for price in ("2/5", "1/2", "3/5", "7/10", "4/5"):
    rented = tm.elastic(q.program, penalty={"capacity": price})
    D = tm.conservative_gradient(rented, wrt="rhs")
    worth = {c: V.exact(c) - Fraction(price) * (c - 600) for c in range(600, sum(weights) + 1)}
    best = max(worth.values())
    assert best == D.value
    where = ", ".join(str(c) for c, value in worth.items() if value == best)
    ends = " to ".join(sorted({str(g[0]) for g in D.exact_generators}))
    print(f"{price:>20}  {where:>13}  {float(best):12.1f}  {ends}")

# -- every consignment ---------------------------------------------------------------------------

print()
print("\n".join(str(table).splitlines()[2:12]))
near = [k for k, entry in enumerate(table) if entry.presence == "some"]
print("in some optimal packings, but not in all:", *near or ["none"])

if find_spec("matplotlib"):
    import matplotlib.pyplot as plt

    ax = plt.figure(figsize=(8, 4.5)).subplots()
    V.plot(ax)
    ends = range(0, 801)
    ax.plot(ends, [float(relaxed(c)[0]) for c in ends], "C1", label="relaxation")
    ax.plot(600, float(V.exact(600)), "o", color="C0", label="the van")
    ax.set_xlim(500, 800)
    ax.set_ylim(float(V.exact(500)) - 5, float(relaxed(800)[0]) + 5)
    ax.set_xlabel("capacity in kilograms")
    ax.set_ylabel("euros")
    ax.legend()
