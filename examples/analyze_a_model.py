"""Analyze a model: what is proved about its value and its prices

A week on two production lines, with set-ups, whole overtime shifts and whole trucks. The report
has, for every row, the price of the *mixed-integer* program below and above the given right-hand
side, the jumps between them, and the range in which both hold.

Five trucks leave exactly full: every demand row sits on a jump. One more tonne costs its own
production plus a sixth truck, and no price of a linear relaxation can say so.
"""

from pathlib import Path

from rich.console import Console

import tamemip as tm

model = Path(__file__).parent / "models" / "production.mps"
report = tm.analyze(tm.read(model))
Console(highlight=False).print(report)

# The same numbers, exactly, for a program that goes on with them.

demand = report.prices["DEMAND_2"]
print(f"below {demand.rhs}: {demand.slope_left} a unit, from {demand.low} on")
print(f"above {demand.rhs}: {demand.slope_right} a unit after a jump of {demand.jump_right}")
print(f"proof: {report.checked.statement}")
