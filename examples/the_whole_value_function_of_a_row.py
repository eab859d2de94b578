"""The whole value function of a row

What does it cost to meet a demand, for every demand? One call gives the exact answer on an
interval: affine pieces, jumps with their closed ends, and a certificate that proves all of them.

Two kinds of machines come in whole units, and a little can be bought from outside. The cost rises
along the purchases, is flat where a machine has room, and jumps where only another one will do.
"""

import matplotlib.pyplot as plt

import tamemip as tm

p = tm.MixedIntegerProgram.from_arrays(
    [2, 3, "3/2"],
    [[3, 5, 1], [0, 0, 1]],
    [">=", "<="],
    [0, 1],
    upper=[2, 2, 1],
    integrality=[True, True, False],
    row_names=["demand", "market"],
    col_names=["small", "large", "bought"],
)
v = tm.value_function(p, along={"demand": 1}, interval=(0, 18))
print(v)

print("jumps at", ", ".join(str(jump.t) for jump in v.jumps))
print(tm.check(v.certificate, program=p))

ax = v.plot()
ax.set_xlabel("demand")
ax.set_ylabel("least cost")
plt.show()
