"""Train a network for exclusive or, and prove that none is smaller

One neuron cannot tell whether exactly one of two inputs is true; two hidden neurons and an output
can. With weights and biases -1, 0 and 1 there are 19,683 such networks. Of those that are right,
which has the least sum of absolute weights, and how is that known without a look at all of them?

Training is an integer program, and a dual function of it bounds every network from below. Its
certificate is checked by a program of a few rules that has never heard of networks or solvers. The
dual function holds for all margins, not only for the one that was asked for. In the margin itself
the value is a staircase: on a step nothing changes, and at its end there is no derivative.
"""

from fractions import Fraction
from importlib.util import find_spec
from itertools import product

import tamemip as tm
from tamemip.errors import NotLipschitzError
from tamemip.plugins.bnn import BinarizedNetwork, prove_training, train, training_program, xor

# A sum of 0 counts as 1, so a false sample has to reach -1 and a true one 0.
instance = xor(margin=(0, 1))
found = train(instance)
print(found)

proved = prove_training(instance, found)
print(proved)
print(tm.check(proved.certificate, program=proved.dual.program))

# -- all networks, to be sure --------------------------------------------------------------------

fits = []
for w in product((-1, 0, 1), repeat=9):
    network = BinarizedNetwork([[w[:2], w[3:5]], [w[6:8]]], [[w[2], w[5]], [w[8]]])
    if network.predict(instance.X).tolist() == list(instance.y):
        fits.append(network.norm)
print(f"\n{len(fits)} of 19683 networks are right; the smallest has the sum {min(fits)}")

# -- other margins ---------------------------------------------------------------------------------

q = training_program(instance, moves=("margin",), room=1)
v = tm.value_function(q, along={"margin": 1}, interval=(-1, "1/2"))
print("\nthe margin, on top of (0, 1), and the least sum of weights:")
for more in (Fraction(-1), Fraction(-1, 2), Fraction(0), Fraction(1, 4)):
    print(f"  {float(more):5g}  {v.exact(more)}")
try:
    tm.conservative_gradient(q)
except NotLipschitzError as refusal:
    print(f"by the margin there is no derivative: {refusal.jump}")

if find_spec("matplotlib"):
    v.plot()
