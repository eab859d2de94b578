"""The expected value of a program whose right-hand side is random."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, final

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Bound
from tamemip.duality import DualFunction
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.functions import nearest_float
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._cost_value import CostValueFunction
from tamemip.value_functions._expected_bounds import Bounds, HasExact, reader_of
from tamemip.value_functions._expected_shares import Settled, Share, mean, settle_all
from tamemip.value_functions._line_value import LineValueFunction

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Key: TypeAlias = Fraction | tuple[Fraction, ...]
"""A scenario, exactly: a step on a line, or a right-hand side."""


class ScenarioValue(NamedTuple):
    """What is proved about the value in one scenario: it lies in ``[low, high]``."""

    weight: Fraction
    low: Bound
    high: Bound

    @property
    def is_exact(self) -> bool:
        """Whether the value is proved."""
        return self.low == self.high


@final
@dataclass(frozen=True, eq=False, repr=False)
class ExpectedValue:
    """A proved interval that holds an expected optimal value; a single number mostly.

    Obtain one from `tamemip.expected_value`.

    Attributes
    ----------
    low, high
        The interval. Infinite where a scenario of positive weight is.
    per_scenario
        Weight, low and high of every scenario, in the order given.
    dual_function
        The dual function behind the bounds, if a program was given: pass it as ``start``
        for further scenarios of this program.
    refinements
        Scenarios at which the dual function had to be built or made better; at all others
        it was tight already.
    stopped
        None, or why scenarios are left at which the value is not proved.
    seconds
        What it took.
    """

    low: Bound
    high: Bound
    per_scenario: tuple[ScenarioValue, ...]
    dual_function: DualFunction | None
    refinements: int
    stopped: str | None
    seconds: float

    @property
    def is_exact(self) -> bool:
        """Whether the expected value is proved."""
        return self.low == self.high

    @property
    def value(self) -> Bound:
        """The expected value: a Fraction, or an infinity, proved.

        Raises
        ------
        NotAllowedError
            If it is only known to lie in an interval.
        """
        if not self.is_exact:
            n_open = sum(1 for s in self.per_scenario if s.weight and not s.is_exact)
            raise NotAllowedError(
                f"the expected value is not proved: it lies in [{self.low}, {self.high}], and "
                f"{n_open} scenarios are open. Give the program instead of a bound on it, or "
                "allow more."
            )
        return self.low

    def __float__(self) -> float:
        """The expected value as the nearest float."""
        return nearest_float(self.value)

    def __repr__(self) -> str:
        n = len(self.per_scenario)
        where = f"{self.low}" if self.is_exact else f"[{self.low}, {self.high}]"
        return f"ExpectedValue({where}, {n} scenario{'s' * (n != 1)})"

    def __str__(self) -> str:
        proved = sum(s.is_exact for s in self.per_scenario)
        lines = [repr(self), f"  proved in {proved} of {len(self.per_scenario)} scenarios"]
        if self.dual_function is not None:
            lines.append(
                f"  one dual function of {self.dual_function.n_leaves} leaves, refined at "
                f"{self.refinements} of them"
            )
        if self.stopped is not None:
            lines.append(f"  stopped early: {self.stopped}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def expected_value(
    V: HasExact | MixedIntegerProgram,
    scenarios: ArrayLike | Sequence[Sequence[Number]] | Sequence[Number],
    weights: Sequence[Number] | None = None,
    *,
    start: DualFunction | None = None,
    method: str = "branch-and-bound",
    limits: Limits | None = None,
    executor: Executor | None = None,
    chunks: int | None = None,
) -> ExpectedValue:
    """The expected optimal value over scenarios of the right-hand side, exactly.

    ``sum_s w_s v(b_s)``: with ``b_s = h_s - T x`` it is the expected recourse of a
    two-stage program at the decision ``x`` of the first stage.

    Parameters
    ----------
    V
        A program, a value function, or a bound on one. A dual function bounds the value
        from one side; the integer parts of its tight points do from the other. For a
        program one dual function is built for all scenarios, and refined at those where
        it is not tight already.
    scenarios
        Right-hand sides, array of shape ``(n, m)``, one a row. For a function on a line:
        steps, of shape ``(n,)``. Floats count as the decimals they print.
    weights
        Probabilities, one a scenario: not negative, with the sum 1 exactly (``"1/3"`` is a
        third, the float 0.1 a tenth). Equal ones if None.
    start
        For a program: a dual function of it to begin with.
    method
        For a program: how its dual function is built, see `tamemip.dual_function`.
    limits
        For a program: limits of all the work; with an executor, of each of its shares.
    executor
        For a program: where shares of the scenarios are settled. The bounds are the same
        as without, unless a limit strikes; the dual function may have more leaves.
    chunks
        The number of shares; the processors of this machine if None.

    Returns
    -------
    ExpectedValue
        Exact if the value is proved in every scenario of positive weight.

    Raises
    ------
    InvalidInputError
        If there are no scenarios, a shape does not fit, or the weights are no
        probabilities.

    References
    ----------
    .. [1] J. R. Birge and F. Louveaux, "Introduction to Stochastic Programming", 2nd
       edition, Springer (2011).
    .. [2] N. Kong, A. J. Schaefer and B. Hunsaker, "Two-stage integer programs with
       stochastic right-hand sides: a superadditive dual approach", Mathematical
       Programming 108 (2006), 275-296.

    Examples
    --------
    Simple integer recourse of Birge and Louveaux: ``min 2 y1 + y2`` with ``y1 >= x - xi``
    and ``y2 >= xi - x``, where ``xi`` is 1 or 2; at ``x = 1/2``:

    >>> import tamemip as tm
    >>> from fractions import Fraction
    >>> p = tm.MixedIntegerProgram.from_arrays([2, 1], [[1, 0], [0, 1]], ">=", [0, 0])
    >>> x = Fraction(1, 2)
    >>> Q = tm.expected_value(p, [[x - xi, xi - x] for xi in (1, 2)])
    >>> Q.value, float(Q)
    (Fraction(3, 2), 1.5)

    Of a value function on a line the scenarios are steps:

    >>> v = tm.value_function(p, along={0: 1}, interval=(0, 3))
    >>> tm.expected_value(v, ["1/2", 1, 3], ["1/3", "1/3", "1/3"])
    ExpectedValue(10/3, 3 scenarios)
    """
    begin = time.monotonic()
    if isinstance(V, MixedIntegerProgram):
        rows = _right_hand_sides(V, scenarios)
        shares = _weights(weights, len(rows))
        distinct = tuple(dict.fromkeys(rows))
        if start is not None and start.program.digest != V.digest:
            raise InvalidInputError(
                f"`start` needs a dual function of {V!r}, not of {start.program!r}."
            )
        share = Share(V, distinct, start, method, limits or Limits())
        settled = settle_all(share, executor, chunks)
        found = dict[Key, Bounds](zip(distinct, settled.bounds, strict=True))
        return _result(V, rows, shares, found, settled, begin)
    if start is not None or executor is not None or chunks is not None:
        raise InvalidInputError(
            "`start`, `executor` and `chunks` are for a program; a function is only read. Give "
            "the program itself."
        )
    read = reader_of(V)
    steps = isinstance(V, LineValueFunction | CostValueFunction)
    keys: tuple[Key, ...] = _steps(scenarios) if steps else _right_hand_sides(V.program, scenarios)
    shares = _weights(weights, len(keys))
    known = {key: read(key) for key in dict.fromkeys(keys)}
    return _result(V.program, keys, shares, known, None, begin)


def _right_hand_sides(
    program: MixedIntegerProgram, scenarios: Any
) -> tuple[tuple[Fraction, ...], ...]:
    rows = list(scenarios)
    if not rows:
        raise InvalidInputError("expected_value needs at least one scenario; there is none.")
    if any(not hasattr(row, "__len__") or isinstance(row, str) for row in rows):
        raise InvalidInputError(
            "`scenarios` needs one right-hand side a row, of shape "
            f"(n, {program.n_rows}); a function on a line takes steps instead."
        )
    return tuple(program.exact_rhs(row) for row in rows)


def _steps(scenarios: Any) -> tuple[Fraction, ...]:
    steps = list(scenarios)
    if not steps:
        raise InvalidInputError("expected_value needs at least one scenario; there is none.")
    if any(hasattr(t, "__len__") and not isinstance(t, str) for t in steps):
        raise InvalidInputError(
            "a function on a line takes one step a scenario, of shape (n,): `scenarios` holds "
            "rows. v.rhs_at(t) is the right-hand side of a step."
        )
    return tuple(rationalize(t, what=f"scenarios[{k}]") for k, t in enumerate(steps))


def _weights(weights: Sequence[Number] | None, n: int) -> tuple[Fraction, ...]:
    if weights is None:
        return (Fraction(1, n),) * n
    exact = tuple(rationalize(w, what=f"weights[{k}]") for k, w in enumerate(weights))
    if len(exact) != n:
        raise InvalidInputError(f"there are {len(exact)} weights for {n} scenarios.")
    negative = next((k for k, w in enumerate(exact) if w < 0), None)
    if negative is not None:
        raise InvalidInputError(f"weights[{negative}] is {exact[negative]}: a negative weight.")
    total = sum(exact, Fraction(0))
    if total != 1:
        raise InvalidInputError(
            f"the weights sum to {total} ({float(total):.12g}), not to 1. Give them as Fractions "
            "or as texts such as '1/3', or divide them by their sum."
        )
    return exact


def _result(
    program: MixedIntegerProgram,
    keys: Sequence[Key],
    weights: Sequence[Fraction],
    known: Mapping[Key, Bounds],
    settled: Settled | None,
    begin: float,
) -> ExpectedValue:
    worst = math.inf if program.sense == "min" else -math.inf
    per_scenario = tuple(ScenarioValue(w, *known[k]) for k, w in zip(keys, weights, strict=True))
    return ExpectedValue(
        low=mean([(s.weight, s.low) for s in per_scenario], worst),
        high=mean([(s.weight, s.high) for s in per_scenario], worst),
        per_scenario=per_scenario,
        dual_function=None if settled is None else settled.dual_function,
        refinements=0 if settled is None else settled.refinements,
        stopped=None if settled is None else settled.stopped,
        seconds=time.monotonic() - begin,
    )
