"""Random instances with their seeds."""

from __future__ import annotations

import numpy as np

import tamemip as tm


def facility_location(
    *, facilities: int = 10, customers: int = 20, seed: int = 1
) -> tm.MixedIntegerProgram:
    """Capacitated facility location with split deliveries.

    Columns ``y_i`` (open, binary) and ``x_ij`` (amount that facility ``i`` sends to
    customer ``j``, continuous). Rows: ``sum_j x_ij - cap_i y_i <= 0`` for every facility and
    ``sum_i x_ij >= d_j`` for every customer, so the demands stand on the right-hand side.
    Demands and capacities as in Cornuejols, Sridharan and Thizy, "A comparison of heuristics
    and relaxations for the capacitated plant location problem", EJOR 50 (1991), 280-297:
    d_j from U[5, 35], cap_i from U[10, 160] scaled to three times the demand, opening costs
    U[0, 90] + U[100, 110] sqrt(cap_i), unit costs ten times the distance in a unit square.
    """
    random = np.random.default_rng(seed)
    demand = random.integers(5, 36, size=customers)
    capacity = random.integers(10, 161, size=facilities).astype(float)
    capacity = np.ceil(capacity * 3 * demand.sum() / capacity.sum())
    low, high = random.integers(0, 91, size=facilities), random.integers(100, 111, size=facilities)
    opening = np.rint(low + high * np.sqrt(capacity))
    places = random.random((facilities + customers, 2))
    gaps = places[:facilities, None, :] - places[None, facilities:, :]
    unit = np.rint(10 * np.sqrt((gaps**2).sum(axis=2)) * 10) / 10
    n = facilities + facilities * customers
    A = np.zeros((facilities + customers, n))
    for i in range(facilities):
        first = facilities + i * customers
        A[i, first : first + customers] = 1
        A[i, i] = -capacity[i]
        A[facilities + np.arange(customers), first + np.arange(customers)] = 1
    return tm.MixedIntegerProgram.from_arrays(
        np.concatenate([opening, unit.ravel()]),
        A,
        ["<="] * facilities + [">="] * customers,
        np.concatenate([np.zeros(facilities), demand]),
        lower=0,
        upper=np.concatenate([np.ones(facilities), np.full(facilities * customers, np.inf)]),
        integrality=np.arange(n) < facilities,
        name=f"cflp-{facilities}x{customers}",
    )


def facility_rhs(program: tm.MixedIntegerProgram, count: int, *, seed: int) -> np.ndarray:
    """Right-hand sides with demands moved by up to 30 percent, to whole numbers."""
    random = np.random.default_rng(seed)
    demands = program.rhs > 0
    moved = program.rhs * (1 + random.uniform(-0.3, 0.3, size=(count, program.n_rows)))
    return np.where(demands, np.rint(moved), program.rhs)


def packing(*, rows: int = 3, columns: int = 20, seed: int = 1) -> tm.MixedIntegerProgram:
    """Packing with general integers: ``max c x``, ``A x <= b``, ``0 <= x <= 5``.

    Entries of ``A`` from U{5, ..., 30}, profits U{10, ..., 60}, ``b`` half of the row sums.
    """
    random = np.random.default_rng(seed)
    A = random.integers(5, 31, size=(rows, columns))
    c = random.integers(10, 61, size=columns)
    return tm.MixedIntegerProgram.from_arrays(
        c,
        A,
        ["<="] * rows,
        A.sum(axis=1) // 2,
        lower=0,
        upper=5,
        integrality=True,
        sense="max",
        name=f"packing-{rows}x{columns}",
    )


def packing_rhs(program: tm.MixedIntegerProgram, count: int, *, seed: int) -> np.ndarray:
    """Right-hand sides moved by up to 30 percent, to whole numbers."""
    random = np.random.default_rng(seed)
    factors = 1 + random.uniform(-0.3, 0.3, size=(count, program.n_rows))
    return np.rint(program.rhs * factors)


def moved_rhs(program: tm.MixedIntegerProgram, count: int, *, seed: int, whole: bool) -> np.ndarray:
    """Right-hand sides around the program's own.

    Every third entry moves, by up to 5 percent and at least 1: by whole numbers, or by
    floats of that size. (Moving all entries of a model full of ones leaves nothing feasible.)
    """
    random = np.random.default_rng(seed)
    shape = (count, program.n_rows)
    reach = np.maximum(1.0, np.rint(0.05 * np.abs(program.rhs)))
    moves = random.random(shape) < 1 / 3
    if whole:
        return program.rhs + moves * random.integers(-reach, reach + 1, size=shape)
    return program.rhs + moves * random.uniform(-reach, reach, size=shape)


def knapsack_with_recourse(
    *, items: int = 8, offers: int = 4, seed: int = 1
) -> tm.MixedIntegerProgram:
    """A 0-1 knapsack that may buy more capacity; its capacity is the parameter.

    ``max p y - q s`` over ``w y - sum_k s_k <= theta``, ``y`` binary, ``0 <= s_k <= u_k``: the
    offers ``k`` of capacity have rising prices. Weights from U{5, ..., 30}, profits the weight plus
    U{0, ..., 15}, prices the numbers from 1/2 on in steps of 1/4, amounts from U{2, ..., 8}.
    The row says ``<= 0``: theta is the step along it, from 0 to the sum of the weights.
    """
    random = np.random.default_rng(seed)
    weight = random.integers(5, 31, size=items)
    profit = weight + random.integers(0, 16, size=items)
    price = 0.5 + 0.25 * np.arange(offers)
    most = random.integers(2, 9, size=offers)
    return tm.MixedIntegerProgram.from_arrays(
        np.concatenate([profit, -price]),
        [np.concatenate([weight, -np.ones(offers)]).tolist()],
        "<=",
        [0],
        lower=0,
        upper=np.concatenate([np.ones(items), most]),
        integrality=np.arange(items + offers) < items,
        sense="max",
        row_names=["capacity"],
        name=f"knapsack-{items}",
    )


def covering_row(*, columns: int = 10, seed: int = 1) -> tm.MixedIntegerProgram:
    """One covering row of general integers: ``min c x``, ``a x >= b``, ``x >= 0`` integer.

    Entries of ``a`` from U{2, ..., 40}, costs ``a`` times U[0.8, 1.2], rounded up.
    """
    random = np.random.default_rng(seed)
    a = random.integers(2, 41, size=columns)
    c = np.ceil(a * random.uniform(0.8, 1.2, size=columns)).astype(int)
    return tm.MixedIntegerProgram.from_arrays(c, [a.tolist()], ">=", [0], name=f"cover-{columns}")
