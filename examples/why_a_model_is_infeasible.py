"""Why a model is infeasible: a few rows and bounds, and a proof

A good week: every demand of the production model grows, and there is no solution any more. A
solver says "infeasible" and leaves it at that. The report names a few rows and bounds that cannot
hold together, and its certificate proves it to whoever does not believe it.
"""

from pathlib import Path

import tamemip as tm

p = tm.read(Path(__file__).parent / "models" / "production.mps")
rhs = list(p.exact.rhs)
for name, demand in {"DEMAND_1": 34, "DEMAND_2": 46, "DEMAND_3": 19}.items():
    rhs[p.row_index(name)] = demand
report = tm.analyze(p.with_rhs(rhs))

print(report)
print(report.infeasible_subset)
