"""Which minute costs the plan

A printer has four orders for today. Each goes to the press, the cutter and the binder, in an order
of its own, and takes a known number of minutes on each. What is the earliest time at which all are
done? Is that proved? And which of the twelve operations is worth a better look: where does a minute
more delay everything, and where does a minute less help?

The longest chain of operations in the plan is the usual answer. It is the answer for one plan. The
least makespan is a minimum over all plans, so a chain may be critical in one best plan and not in
another: then a minute more costs nothing, since the other plan takes over. The sets of operations
on critical paths of all best plans generate the conservative gradient of the makespan; the table
below it has the one-sided rates, and how far they hold.

Run it with ``--plot plan.png`` to save the picture.
"""

import sys
from importlib.util import find_spec

import tamemip as tm
from tamemip.plugins.scheduling import JobShop, makespan_gradient, sensitivity

PRESS, CUTTER, BINDER = range(3)
orders = {
    "leaflets": [(PRESS, 20), (CUTTER, 35), (BINDER, 15)],
    "menus": [(CUTTER, 30), (PRESS, 10), (BINDER, 40)],
    "posters": [(PRESS, 25), (BINDER, 20), (CUTTER, 30)],
    "tickets": [(CUTTER, 15), (PRESS, 45), (BINDER, 20)],
}
shop = JobShop(
    [[minutes for _, minutes in route] for route in orders.values()],
    [[machine for machine, _ in route] for route in orders.values()],
    name="a day of the printer",
)
print("jobs:", ", ".join(f"{j} {name}" for j, name in enumerate(orders)))
print("machines: 0 press, 1 cutter, 2 binder")

# -- a plan, and a proof -------------------------------------------------------------------------

scheduling = tm.family("scheduling")
q = scheduling.program(shop)
plan = scheduling.decode(shop, tm.solve(q.program).point)
print()
print(plan)
print("recomputed from the orders alone:", scheduling.evaluate(shop, plan))

F = tm.dual_function(q.program)
statement = tm.check(F.certificate, program=q.program)
print(f"no plan is shorter than {F.exact(q.program.exact.rhs)}: {statement.kind}, checked")

# -- all critical paths of all best plans --------------------------------------------------------

D = makespan_gradient(shop, dual=F)
print()
print(D)

# -- which minute costs the plan -----------------------------------------------------------------

# The dual function bounds the makespan from below for all durations, not only for today's. Where
# it is not tight enough for a rate, it is refined with a minute more or less.
still = dict.fromkeys(q.names, 0)
table = sensitivity(shop, dual=F)
slots = dict(zip(D.names, D.slots, strict=True))
for row in table:
    for minute, rate in ((1, row.more), (-1, row.less)):
        if not rate.is_proved:
            F = F.refine(at=q.at(still | {slots[row.name]: minute}).exact.rhs)
table = sensitivity(shop, dual=F)
print()
print(table)

costs = [row.name for row in table if row.more.slope]
once = [row.name for row in table if row.paths and not row.more.slope]
print()
print(f"a minute more is lost in {len(costs)} operations:", "; ".join(costs))
print(f"on some critical path, and yet it costs nothing: {len(once)} operations")

# The table, tried out: prove it again, with one operation at a time a minute longer.
wrong = [
    row.name
    for row in table
    if tm.dual_function(q.at(still | {slots[row.name]: 1})).value != plan.value + row.more.slope
]
print("proved again with a minute more each:", ", ".join(wrong) or "all as in the table")

if find_spec("matplotlib"):
    axes = D.plot()
    if "--plot" in sys.argv:
        axes.figure.savefig(sys.argv[sys.argv.index("--plot") + 1])
