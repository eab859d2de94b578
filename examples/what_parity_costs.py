"""What one percent of parity costs

Sixteen people took an oral and a written examination, in points above 70. A neuron with small
integer weights is to say who passes. The two groups are not invited at the same rate by the most
accurate neuron. How many right decisions does it cost to bring the rates together?

Parity is a row of the training program, and its limit a right-hand side. So the price is a value
function: exact for every limit at once, with the proof. It is a staircase, because people are not
divisible; a price by the percent is the slope of a line that lies above it.
"""

from fractions import Fraction
from importlib.util import find_spec

import tamemip as tm
from tamemip.plugins.bnn import (
    FairTraining,
    NetworkTraining,
    decode,
    fair_training_program,
    parity_price,
)

# Made up: oral and written points, group, and who passed.
people = [
    (4, 5, "a", 1), (2, 5, "a", 1), (2, 3, "a", 1), (3, 1, "a", 1),
    (1, 2, "a", 1), (0, 1, "a", -1), (-1, 1, "a", -1), (1, -2, "a", -1),
    (3, 2, "b", 1), (1, 1, "b", 1), (2, -1, "b", -1), (0, 0, "b", -1),
    (-1, 2, "b", -1), (1, -1, "b", -1), (-2, 0, "b", -1), (-1, -2, "b", -1),
]  # fmt: skip
training = NetworkTraining(
    [person[:2] for person in people],
    [person[3] for person in people],
    objective="max-correct",
    weights=2,
)
groups = [person[2] for person in people]
price = parity_price(FairTraining(training, groups))
print(price)

# -- the networks behind the steps -----------------------------------------------------------------

print("\n limit  right  rates of a and b   neuron")
for limit, right in price.steps:
    fair = FairTraining(training, groups, limit=limit)
    fitted = decode(training, tm.solve(fair_training_program(fair).program).point.tolist())
    assert fair.evaluate(fitted) == right
    a, b = (f"{float(rate):.0%}" for rate in fair.rates(fitted.network))
    neuron = str(fitted).splitlines()[-1].split(": ")[1]
    print(f"{float(limit):6.1%}  {right!s:>5}  {a:>8} and {b:>4}   {neuron}")

# -- a price by the percent ------------------------------------------------------------------------

start, value = price.steps[0]
slope = max(((v - value) / (t - start) for t, v in price.steps[1:]), default=Fraction(0))
print(f"\none percent of slack is worth at most {float(slope) / 100:.2f} right decisions")
opportunity = parity_price(FairTraining(training, groups, kind="opportunity"))
print(opportunity)

if find_spec("matplotlib"):
    ax = price.function.plot()
