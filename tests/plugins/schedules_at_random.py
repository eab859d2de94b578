"""Small instances whose selections can be listed; ties are common, durations may be zero."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from tamemip.plugins.scheduling import FlowShop, JobShop, ParallelMachines, ResourceConstrained


@st.composite
def job_shops(draw, least=0):
    shape = draw(st.sampled_from([(2, 2), (2, 2, 2), (3, 2, 1), (3, 3), (1, 2, 2)]))
    machines = [draw(st.lists(st.integers(0, 2), min_size=k, max_size=k)) for k in shape]
    times = [draw(st.lists(st.integers(least, 3), min_size=k, max_size=k)) for k in shape]
    return JobShop(times, machines)


@st.composite
def flow_shops(draw, least=0):
    n, m = draw(st.sampled_from([(2, 2), (3, 2), (2, 3), (3, 3)]))
    return FlowShop([[draw(st.integers(least, 3)) for _ in range(m)] for _ in range(n)])


@st.composite
def projects(draw, least=0):
    n = draw(st.integers(1, 4))
    k = draw(st.integers(1, 2))
    capacities = [Fraction(draw(st.integers(2, 4)), 2) for _ in range(k)]
    times = [draw(st.integers(least, 3)) for _ in range(n)]
    needs = [
        [Fraction(draw(st.integers(0, int(2 * c))), 2) * (p > 0) for c in capacities] for p in times
    ]
    pairs = [(i, j) for j in range(n) for i in range(j)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3)) if pairs else []
    return ResourceConstrained(times, needs, capacities, chosen)


@st.composite
def parallel(draw, least=0):
    n = draw(st.integers(1, 5))
    return ParallelMachines(
        [draw(st.integers(least, 3)) for _ in range(n)], draw(st.integers(1, 3))
    )
