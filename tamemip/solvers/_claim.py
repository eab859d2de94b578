"""What a solver says: a claim, its status, and the limits it worked under."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Point: TypeAlias = "NDArray[np.float64]"


class Status(Enum):
    """How a solve ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    INFEASIBLE_OR_UNBOUNDED = "infeasible or unbounded"
    LIMIT = "limit reached"

    def __repr__(self) -> str:
        return f"Status.{self.name}"


@final
@dataclass(frozen=True)
class Limits:
    """When a solve has to stop; ``None`` stands for no limit.

    Parameters
    ----------
    seconds
        Wall-clock time. Zero is allowed: the answer is then a `Claim` with
        status `Status.LIMIT` almost at once.
    nodes
        Nodes of branch and bound (conflicts, for CP-SAT).
    gap
        Relative gap between value and bound at which the solve may stop.
        A claim of optimality means "up to this gap".
    memory_mb
        Memory in megabytes; honored by SCIP and CP-SAT.

    Examples
    --------
    >>> Limits(seconds=60)
    Limits(seconds=60.0, nodes=None, gap=0.0, memory_mb=None)
    """

    seconds: float | None = None
    nodes: int | None = None
    gap: float = 0.0
    memory_mb: float | None = None

    def __post_init__(self) -> None:
        """Refuse what no clock and no counter can show."""
        for name in ("seconds", "gap", "memory_mb"):
            object.__setattr__(self, name, _limit(name, getattr(self, name)))
        nodes = _limit("nodes", self.nodes)
        if nodes is not None and nodes != int(nodes):
            raise InvalidInputError(f"Limits(nodes={self.nodes!r}): a whole number is needed.")
        object.__setattr__(self, "nodes", None if nodes is None else int(nodes))
        if self.gap is None or not math.isfinite(self.gap):
            raise InvalidInputError(f"Limits(gap={self.gap!r}): a finite gap is needed, 0 or more.")

    def after(self, spent: float) -> Limits:
        """The limits that are left when some seconds are spent."""
        left = None if self.seconds is None else max(0.0, self.seconds - spent)
        return Limits(left, self.nodes, self.gap, self.memory_mb)


@final
@dataclass(frozen=True, eq=False, repr=False)
class Claim:
    """What a solver says about a program. Nothing in it is proved.

    Parameters
    ----------
    status
        How the solve ended.
    value
        Value of `point` in the user's sense, offset included, as `solve`
        recomputed it. Without a point the worst infinity (``+inf`` for a
        minimum that is infeasible or not reached, ``-inf`` for a maximum); the
        best infinity if the program is unbounded.
    bound
        Bound on the optimum that the solver claims to have proved.
    point
        Array of shape ``(n,)``, read-only, or None.
    solver
        Name of the solver.
    seconds
        Wall-clock time.
    reason
        What the solver said, in short.
    raw
        What the solver said, at length.
    """

    status: Status
    value: float
    bound: float
    point: Point | None
    solver: str
    seconds: float
    reason: str
    raw: str = ""

    def __post_init__(self) -> None:
        """Freeze the point."""
        if self.point is not None:
            point = np.array(self.point, dtype=np.float64)
            point.flags.writeable = False
            object.__setattr__(self, "point", point)

    @property
    def has_point(self) -> bool:
        """Whether a point came with the claim."""
        return self.point is not None

    @property
    def gap(self) -> float:
        """Relative gap between `value` and `bound`; infinite if either is."""
        if self.value == self.bound:
            return 0.0
        if not (math.isfinite(self.value) and math.isfinite(self.bound)):
            return math.inf
        return abs(self.value - self.bound) / max(abs(self.value), abs(self.bound))

    def __repr__(self) -> str:
        return (
            f"Claim({self.status.value}, value={self.value:g}, bound={self.bound:g}, "
            f"solver={self.solver!r})"
        )

    def __str__(self) -> str:
        return f"{self._headline()}, {self.seconds:.2f} s; not yet checked"

    def _headline(self) -> str:
        match self.status:
            case Status.OPTIMAL:
                said = f"optimal (claimed by {self.solver})"
                return f"{said}, value {_show(self.value)}, {self._bounds()}"
            case Status.LIMIT:
                found = f"value {_show(self.value)}" if self.has_point else "no point found"
                return f"limit reached ({self.solver}: {self.reason}), {found}, {self._bounds()}"
            case _:
                return f"{self.status.value} (claimed by {self.solver})"

    def _bounds(self) -> str:
        low, high = sorted((self.value, self.bound))
        return f"bounds [{_show(low)}, {_show(high)}]"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Unpickle; NumPy forgets that the point is read-only."""
        self.__dict__.update(state)
        if self.point is not None:
            self.point.flags.writeable = False


def _limit(name: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise InvalidInputError(f"Limits({name}={value!r}): a number or None is needed.")
    number = float(value)
    if math.isnan(number) or number < 0:
        raise InvalidInputError(f"Limits({name}={value!r}): a number that is 0 or more is needed.")
    if math.isinf(number) and name != "gap":
        return None
    return number


def _show(value: float) -> str:
    return f"{value:.10g}"
