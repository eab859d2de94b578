"""A value function in closed form

The optimal value of a mixed-integer program as one formula of its right-hand side, with proof. The
program is the running example of the literature: two integer columns, two continuous ones, one row.

A dual function from a branching tree is right around the point where it was built. Jeroslow's
formula is right everywhere: it rounds the right-hand side down in the cone of every basis of the
continuous columns, asks a Gomory function for the value there, and pays for the rest. The
linear relaxation knows nothing of the waves.
"""

from fractions import Fraction

import matplotlib.pyplot as plt
import numpy as np

import tamemip as tm

p = tm.MixedIntegerProgram.from_arrays(
    ["1/2", 0, 2, 1],
    [[1, "-3/2", 1, -1]],
    "=",
    ["7/2"],
    integrality=[True, True, False, False],
    row_names=["b"],
)
J = tm.jeroslow_formula(p)
print(J)

F = tm.dual_function(p)
U = tm.upper_function(p, [[3, 0], [4, 0], [5, 1]])
print("\nWhat a tree and three integer parts prove together:")
print(tm.sandwich(F, U).along("b", 0, 6))

b = np.linspace(-4, 5, 1081)
exact = [[Fraction(k, 120)] for k in range(-480, 601)]
linear = tm.dual_function(p, method="linear")
upper = np.minimum(U(exact), 6)

plt.figure(figsize=(8, 4.5))
plt.plot(b, J(exact), color="tab:blue", linewidth=2, label="v = J, everywhere")
plt.plot(b, F(exact), color="tab:cyan", label="a tree built at 7/2, from below")
plt.plot(b, upper, color="tab:orange", label="three integer parts, from above")
plt.plot(b, linear(exact), "--", color="tab:gray", label="linear relaxation, its piece at 7/2")
plt.ylim(-1, 5)
plt.xlabel("right-hand side b")
plt.ylabel("optimal value")
plt.legend(loc="upper left")
