"""The conservative gradient of a makespan: a set of critical paths."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tamemip.arithmetic import Number
from tamemip.duality import solve_exactly
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_number, exact_numbers
from tamemip.plugins.scheduling._critical_paths import CriticalPath, Indicator
from tamemip.plugins.scheduling._gantt import gantt

if TYPE_CHECKING:
    from numpy.typing import NDArray

ByOperation: TypeAlias = "Sequence[Number] | Mapping[str, Number]"
"""One number an operation, or numbers by names of operations or of slots, else 0."""


@final
@dataclass(frozen=True, slots=True, repr=False)
class MakespanGradient:
    """The convex hull of critical paths, as vectors with one entry an operation.

    Attributes
    ----------
    names
        The operations, in the order of the instance.
    short
        The same in short, as they are printed.
    slots
        The parameters of the program that stand for their durations.
    value
        The makespan.
    paths
        The critical paths, each with a schedule; one a generator, in the same order.
    exact_generators
        For each path 1 at its operations and 0 elsewhere, in rationals.
    is_complete
        Whether there are no other ones, as CP-SAT claims.
    undecided
        Operations on all paths found, or on none, of which it is not known whether that
        holds for all paths. Empty if complete.
    reasons
        What is proved and what is claimed.
    """

    names: tuple[str, ...]
    short: tuple[str, ...]
    slots: tuple[str, ...]
    value: Fraction
    paths: tuple[CriticalPath, ...]
    exact_generators: tuple[Indicator, ...]
    is_complete: bool
    undecided: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def generators(self) -> NDArray[np.float64]:
        """Array of shape ``(k, n)``: one critical path a row, one operation a column."""
        return np.array([[float(v) for v in on] for on in self.exact_generators])

    @property
    def element(self) -> NDArray[np.float64]:
        """One element: the first path."""
        return np.array([float(v) for v in self.exact_generators[0]])

    @property
    def is_singleton(self) -> bool:
        """Whether one set of operations is critical; if complete, the makespan is smooth."""
        return len(self.paths) == 1

    @property
    def always(self) -> tuple[str, ...]:
        """Operations on every critical path: a minute more costs one, a minute less saves one."""
        return self._on(lambda count: count == len(self.paths))

    @property
    def sometimes(self) -> tuple[str, ...]:
        """Operations on some critical paths, and not on others."""
        return self._on(lambda count: 0 < count < len(self.paths))

    @property
    def never(self) -> tuple[str, ...]:
        """Operations on no critical path: a little more or less changes nothing."""
        return self._on(lambda count: count == 0)

    def count(self, operation: str) -> int:
        """On how many of the paths an operation is.

        Raises
        ------
        InvalidInputError
            If there is no operation, and no slot, of this name.
        """
        place = self._place(operation)
        return sum(on[place] == 1 for on in self.exact_generators)

    def contains(self, y: ByOperation) -> bool:
        """Whether a vector is in the hull of the paths found, decided exactly.

        Raises
        ------
        InvalidInputError
            If a name is unknown, or there is not one number an operation.
        """
        point = (*self._read(y), Fraction(1))
        columns = [(*on, Fraction(1)) for on in self.exact_generators]
        rows = [{k: v[i] for k, v in enumerate(columns) if v[i]} for i in range(len(point))]
        zeros, ones = ([Fraction(v)] * len(columns) for v in (0, 1))
        verdict = solve_exactly(
            rows, ["="] * len(rows), point, costs=zeros, lower=zeros, upper=ones
        )
        return verdict is not None and verdict.point is not None

    def support(self, direction: ByOperation) -> float:
        """The largest ``<y, direction>`` over the hull, as a float."""
        return float(self.exact_support(direction))

    def exact_support(self, direction: ByOperation) -> Fraction:
        """`support`, as a rational."""
        d = self._read(direction)
        return max(
            sum((a * b for a, b in zip(on, d, strict=True)), Fraction(0))
            for on in self.exact_generators
        )

    def plot(self, path: int = 0, *, ax: Any = None) -> Any:
        """Draw the schedule of a path, with the path outlined; return the axes.

        Raises
        ------
        MissingDependencyError
            If Matplotlib is not installed.
        """
        chosen = self.paths[path]
        return gantt(chosen.schedule, ax=ax, critical=chosen.operations)

    def __repr__(self) -> str:
        n = len(self.paths)
        count = f"{n} critical path{'s' * (n != 1)}{'' if self.is_complete else ' or more'}"
        return f"MakespanGradient(makespan {self.value}, {count})"

    def __str__(self) -> str:
        lines = [repr(self)]
        for path in self.paths[:_SHOWN]:
            lines.append(f"  {' -> '.join(self.short[i] for i in path.places)}")
        if len(self.paths) > _SHOWN:
            lines.append(f"  ... and {len(self.paths) - _SHOWN} more")
        for word in ("always", "sometimes", "never"):
            lines.append(f"  {word}: {self._shown(getattr(self, word))}")
        if self.undecided:
            lines.append(f"  not known: {self._shown(self.undecided)}")
        return "\n".join([*lines, *(f"  {reason}" for reason in self.reasons)])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def _on(self, is_wanted: Callable[[int], bool]) -> tuple[str, ...]:
        counts = [sum(column) for column in zip(*self.exact_generators, strict=True)]
        pairs = zip(self.names, counts, strict=True)
        chosen = (name for name, count in pairs if is_wanted(int(count)))
        return tuple(name for name in chosen if name not in self.undecided)

    def _shown(self, names: Sequence[str]) -> str:
        chosen = set(names)
        shown = [s for s, name in zip(self.short, self.names, strict=True) if name in chosen]
        more = f" ... and {len(shown) - _NAMED} more" if len(shown) > _NAMED else ""
        return " ".join(shown[:_NAMED]) + more or "none"

    def _place(self, name: str) -> int:
        for names in (self.names, self.slots):
            if name in names:
                return names.index(name)
        raise InvalidInputError(
            f"there is no operation {name!r}; they are called {self.names[0]!r}, ..., or by "
            f"their slots {self.slots[0]!r}, ..."
        )

    def _read(self, given: ByOperation) -> Indicator:
        n = len(self.names)
        if not isinstance(given, Mapping):
            return exact_numbers(given, "the vector", length=n, per="operations")
        entries = [Fraction(0)] * n
        for name, number in given.items():
            entries[self._place(name)] = exact_number(number, name)
        return tuple(entries)


_SHOWN = 12
_NAMED = 60
