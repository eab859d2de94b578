"""Families as others write them: without `ProgramBuilder`, with arrays, dictionaries and floats."""

from __future__ import annotations

import numpy as np

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.plugins import Affine, ProgramBuilder


class Answer:
    """A solution of any of them."""

    def __init__(self, content, value):
        self.content = content
        self.value = value


class CuttingStock:
    """Cut pieces from as few rolls as possible; instances are dictionaries."""

    name = "cutting-stock"

    def program(self, instance):
        length, lengths, demand = instance["length"], instance["lengths"], instance["demand"]
        for i, piece in enumerate(lengths):
            if not 0 < piece <= length:
                raise InvalidInputError(f"lengths[{i}] is {piece}; a roll has {length}.")
        rolls, n = sum(demand), len(lengths)
        A, rhs = np.zeros((n + rolls, rolls + rolls * n)), [*demand, *[0] * rolls]
        for k in range(rolls):
            A[n + k, k] = -length
            for i in range(n):
                A[i, rolls + k * n + i] = 1
                A[n + k, rolls + k * n + i] = lengths[i]
        p = tm.MixedIntegerProgram.from_arrays(
            [1] * rolls + [0] * (rolls * n),
            A,
            [">="] * n + ["<="] * rolls,
            rhs,
            upper=[1] * rolls + demand * rolls,
        )
        names = (*(f"demand[{i}]" for i in range(n)), "length")
        B = np.eye(n + rolls, n + 1)
        B[n:] = 0
        return tm.ParametricProgram(
            p, rhs=B, A={(n + k, k): {"length": -1} for k in range(rolls)}, names=names
        )

    def decode(self, instance, point):
        rolls, n = sum(instance["demand"]), len(instance["lengths"])
        counts = [round(float(v)) for v in point]
        patterns = [counts[rolls + k * n :][:n] for k in range(rolls) if counts[k]]
        return Answer(patterns, len(patterns))

    def evaluate(self, instance, solution):
        cut = np.sum(solution.content, axis=0)
        for pattern in solution.content:
            if np.dot(pattern, instance["lengths"]) > instance["length"]:
                raise InvalidInputError(f"pattern {pattern} is longer than a roll.")
        if (cut < instance["demand"]).any():
            raise InvalidInputError("too few pieces.")
        return len(solution.content)

    def examples(self):
        yield {"length": 9, "lengths": [2, 5], "demand": [2, 1]}

    def bad_examples(self):
        yield {"length": 10, "lengths": [30], "demand": [1]}


class FacilityLocation:
    """Open facilities and ship from them; examples have names, values are floats."""

    name = "facility-location"
    kind = "uncapacitated facility location"

    def program(self, instance):
        fixed, ship = np.array(instance[0]), np.array(instance[1])
        (m, n), costs = ship.shape, np.concatenate([fixed, ship.ravel()])
        served = np.hstack([np.zeros((n, m)), np.tile(np.eye(n), m)])
        opened = np.hstack([-np.repeat(np.eye(m), n, axis=0), np.eye(m * n)])
        p = tm.MixedIntegerProgram.from_arrays(
            costs,
            np.vstack([served, opened]),
            ["="] * n + ["<="] * (m * n),
            [1] * n + [0] * (m * n),
            upper=1,
            integrality=[True] * m + [False] * (m * n),
        )
        names = [*(f"fixed[{i}]" for i in range(m)), *(f"ship[{k}]" for k in range(m * n))]
        return tm.ParametricProgram(p, c=np.eye(m + m * n), names=names)

    def decode(self, instance, point):
        fixed, ship = np.array(instance[0]), np.array(instance[1])
        m, n = ship.shape
        x = np.array([float(v) for v in point])
        source = x[m:].reshape(m, n).argmax(axis=0)
        opened = [i for i in range(m) if x[i] > 0.5]
        return Answer((opened, source), fixed[opened].sum() + ship[source, np.arange(n)].sum())

    def evaluate(self, instance, solution):
        opened, source = solution.content
        if not set(source) <= set(opened):
            raise InvalidInputError("a customer is served by a facility that is closed.")
        return sum(instance[0][i] for i in opened) + sum(
            instance[1][i][j] for j, i in enumerate(source)
        )

    def examples(self):
        return {"plain": ([3.1, 4.2], [[1.3, 2.7], [4.4, 1.9]]), "tie": ([2, 2], [[1, 2], [2, 1]])}


class CapacitatedLocation:
    """Facilities with capacities, flows in floats: capacities move in the matrix."""

    name = "capacitated-location"

    def program(self, instance):
        fixed, capacity, demand = instance
        build = ProgramBuilder("min")
        for i, cost in enumerate(fixed):
            build.column(f"open[{i}]", cost=Affine.of(cost, f"fixed[{i}]"), upper=1)
        flows = {
            (i, j): build.column(f"flow[{i},{j}]", cost=1 + (i + j) % 2, upper=9, integer=False)
            for i in range(len(fixed))
            for j in range(len(demand))
        }
        for j, units in enumerate(demand):
            entries = {flows[i, j]: 1 for i in range(len(fixed))}
            build.row(f"demand[{j}]", entries, ">=", Affine.of(units, f"demand[{j}]"))
        for i, units in enumerate(capacity):
            entries = {flows[i, j]: 1 for j in range(len(demand))}
            entries[f"open[{i}]"] = -Affine.of(units, f"capacity[{i}]")
            build.row(f"capacity[{i}]", entries, "<=", 0)
        return build.build()

    def decode(self, instance, point):
        m, n = len(instance[0]), len(instance[2])
        opened = [round(float(v)) for v in point[:m]]
        flow = [[float(v) for v in point[m + i * n :][:n]] for i in range(m)]
        return Answer((opened, flow), self._cost(instance, opened, flow))

    def evaluate(self, instance, solution):
        (opened, flow), (_, capacity, demand) = solution.content, instance
        for i, row in enumerate(flow):
            if sum(row) > capacity[i] * opened[i] + 1e-6:
                raise InvalidInputError(f"facility {i} ships more than it has.")
        for j, units in enumerate(demand):
            if sum(row[j] for row in flow) < units - 1e-6:
                raise InvalidInputError(f"customer {j} gets too little.")
        return self._cost(instance, opened, flow)

    def _cost(self, instance, opened, flow):
        shipped = sum(
            (1 + (i + j) % 2) * v for i, row in enumerate(flow) for j, v in enumerate(row)
        )
        return shipped + sum(f * o for f, o in zip(instance[0], opened, strict=True))

    def examples(self):
        return [([10, 12, 5], [5, 5, 3], [3, 4])]


THIRD_PARTIES = (CuttingStock, FacilityLocation, CapacitatedLocation)
