"""Staffing: how many people on each shift, so that every hour has the people it needs."""

from dataclasses import dataclass
from operator import mul

from tamemip.errors import InvalidInputError
from tamemip.plugins import Affine, ProgramBuilder


@dataclass(frozen=True)
class Staffing:
    wages: tuple  # one a shift
    hours: tuple  # for each shift, the hours that it covers
    demand: tuple  # people needed in each hour


@dataclass(frozen=True)
class Roster:
    people: tuple  # on each shift
    value: float  # the wages in all


class StaffingFamily:
    """Staffing of shifts: least wages that cover the demand of every hour."""

    name = "staffing"

    def program(self, instance):
        for hour, needed in enumerate(instance.demand):
            if not needed >= 0:
                raise InvalidInputError(f"demand[{hour}] is {needed}; it cannot be negative.")
        build = ProgramBuilder("min")
        shifts = [
            build.column(f"people[{s}]", cost=Affine.of(wage, f"wage[{s}]"), upper=100)
            for s, wage in enumerate(instance.wages)
        ]
        for hour, needed in enumerate(instance.demand):
            on = {x: 1 for s, x in enumerate(shifts) if hour in instance.hours[s]}
            build.row(f"hour[{hour}]", on, ">=", Affine.of(needed, f"demand[{hour}]"))
        return build.build()

    def decode(self, instance, point):
        people = tuple(round(x) for x in point)
        return Roster(people, sum(map(mul, instance.wages, people)))

    def evaluate(self, instance, solution):
        for hour, needed in enumerate(instance.demand):
            on = sum(x for s, x in enumerate(solution.people) if hour in instance.hours[s])
            if on < needed:
                raise InvalidInputError(f"hour {hour} has {on} people, and needs {needed}.")
        return sum(map(mul, instance.wages, solution.people))

    def examples(self):
        yield Staffing((5, 4, 3), ({0, 1}, {1, 2}, {2}), (2, 3, 1))
        yield Staffing((7, 5), ({0}, {0, 1}), (1.5, 2.5))

    def bad_examples(self):
        yield Staffing((5,), ({0},), (-1,))
        yield Staffing((5,), ({0},), (float("nan"),))
