"""Training under parity of groups, and what parity costs."""

from __future__ import annotations

import html
import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, permutations
from typing import Literal, TypeAlias, final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._affine import Affine
from tamemip.plugins._data_entry import exact_number
from tamemip.plugins.bnn._assessment import exact_sums
from tamemip.plugins.bnn._fitted import FittedNetwork, evaluate
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._printing import shown
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_program import Move, TrainingDraft, movable, training_draft
from tamemip.programs import ParametricProgram
from tamemip.solvers import Limits
from tamemip.value_functions import LineValueFunction, value_function

Parity: TypeAlias = Literal["demographic", "opportunity"]
PARITIES: tuple[Parity, ...] = ("demographic", "opportunity")


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class FairTraining:
    r"""A training instance of which the networks treat groups alike, within a limit.

    With the share :math:`r_g` of group `g` that gets the decision 1, a network is allowed if
    for any two groups `a` and `b`

    .. math:: |r_a - r_b| \le \delta.

    A sample gets the decision 1 if its score is at least 0, and -1 if it is at most ``-gap``;
    scores between are not allowed, as in a hidden neuron.

    Parameters
    ----------
    training
        What is trained.
    groups
        For each sample the name of its group, two names or more in all.
    kind
        ``"demographic"``: shares of all samples (demographic parity [1]_).
        ``"opportunity"``: shares of the samples with label 1, that is, the true positive rates
        (equal opportunity [2]_).
    limit
        :math:`\delta`, between 0 and 1.

    Raises
    ------
    InvalidInputError
        If there is only one group, or one of them has no sample to take a share of.

    References
    ----------
    .. [1] C. Dwork, M. Hardt, T. Pitassi, O. Reingold and R. Zemel, "Fairness through
       awareness", ITCS 2012, 214-226.
    .. [2] M. Hardt, E. Price and N. Srebro, "Equality of opportunity in supervised learning",
       NeurIPS 2016, 3315-3323.

    Examples
    --------
    >>> training = NetworkTraining([[2], [1], [1], [-1]], [1, 1, -1, -1], objective="max-correct")
    >>> FairTraining(training, "abab", limit="1/2")
    FairTraining(demographic parity of 'a' and 'b' within 1/2, 4 samples)
    """

    training: NetworkTraining
    groups: tuple[Hashable, ...]
    kind: Parity
    limit: Fraction

    def __init__(
        self,
        training: NetworkTraining,
        groups: Iterable[Hashable],
        *,
        kind: Parity = "demographic",
        limit: Number = 0,
    ) -> None:
        if kind not in PARITIES:
            raise InvalidInputError(
                f"kind is {kind!r}; there are {', '.join(map(repr, PARITIES))}."
            )
        found = tuple(groups)
        delta = exact_number(limit, "limit", least=0)
        _refuse_groups(training, found, kind)
        object.__setattr__(self, "training", training)
        object.__setattr__(self, "groups", found)
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "limit", delta)

    @property
    def names(self) -> tuple[Hashable, ...]:
        """The groups, in the order in which they come."""
        return tuple(dict.fromkeys(self.groups))

    @property
    def members(self) -> tuple[tuple[int, ...], ...]:
        """The samples of each group that a share is taken of."""
        return tuple(
            tuple(k for k, g in enumerate(self.groups) if g == name and self._counts(k))
            for name in self.names
        )

    def rates(self, network: BinarizedNetwork) -> tuple[Fraction, ...]:
        """The share of each group that a network decides 1 for, exactly."""
        sums = exact_sums(self.training, network)
        return tuple(Fraction(sum(sums[k][-1][0] >= 0 for k in of), len(of)) for of in self.members)

    def evaluate(self, solution: FittedNetwork | BinarizedNetwork) -> Fraction:
        """The value of a network, from its weights and the instance alone.

        Raises
        ------
        InvalidInputError
            If the training does not allow it, a score lies between ``-gap`` and 0, or the groups
            are further apart than the limit.
        """
        network = solution.network if isinstance(solution, FittedNetwork) else solution
        value = evaluate(self.training, network)
        for k, sample in enumerate(exact_sums(self.training, network)):
            if -self.training.gap < sample[-1][0] < 0:
                raise InvalidInputError(
                    f"the score of sample {k} is {sample[-1][0]}, between -gap = "
                    f"{-self.training.gap} and 0, which is no clear decision."
                )
        by_rate = sorted(zip(self.rates(network), self.names, strict=True), key=lambda r: r[0])
        (least, low), (greatest, high) = by_rate[0], by_rate[-1]
        if greatest - least > self.limit:
            raise InvalidInputError(
                f"the rates are {least} for group {low!r} and {greatest} for group {high!r}; at "
                f"most {self.limit} between them is allowed."
            )
        return value

    def __repr__(self) -> str:
        *others, last = map(repr, self.names)
        groups = f"{', '.join(others)} and {last}"
        of = f"demographic parity of {groups}"
        if self.kind != "demographic":
            of = f"equal opportunity for {groups}"
        return f"FairTraining({of} within {self.limit}, {len(self.groups)} samples)"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>"

    def _counts(self, k: int) -> bool:
        return self.kind == "demographic" or self.training.y[k] == 1


def fair_training_program(
    fair: FairTraining, *, moves: Iterable[Move] = (), room: Number = 0
) -> ParametricProgram:
    """The training program with rows for parity, and a parameter ``parity`` on top of the limit.

    To the columns of `training_program` come 0-1 columns ``decided[k]``. For any two groups, with
    numbers of members `n_a` and `n_b`, the row ``parity[a,b]`` is
    ``n_b * sum_a decided - n_a * sum_b decided <= n_a * n_b * (limit + parity)``. The parameter is
    in right-hand sides, so a dual function of the program prices parity.

    Parameters
    ----------
    fair
        The instance.
    moves, room
        As in `training_program`; by default one kind that is in the program anyway, without room.

    Examples
    --------
    >>> training = NetworkTraining([[2], [1], [1], [-1]], [1, 1, -1, -1], objective="max-correct")
    >>> q = fair_training_program(FairTraining(training, "abab"))
    >>> q.names[-1], q.program.row_names[-2:]
    ('parity', ('parity[0,1]', 'parity[1,0]'))
    """
    kinds = tuple(moves) or (next(m for m in _LIGHTEST if m in movable(fair.training)),)
    draft = training_draft(fair.training, moves=kinds, room=room)
    _write_decisions(draft)
    for (a, ours), (b, theirs) in permutations(enumerate(fair.members), 2):
        entries = {f"decided[{k}]": Fraction(len(theirs)) for k in ours}
        entries |= {f"decided[{k}]": -Fraction(len(ours)) for k in theirs}
        size = len(ours) * len(theirs)
        rhs = Affine(size * fair.limit, {"parity": Fraction(size)})
        draft.build.row(f"parity[{a},{b}]", entries, "<=", rhs)
    return draft.build.build()


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ParityPrice:
    """The value of a fair training for every limit; obtain it from `parity_price`.

    Attributes
    ----------
    fair
        The instance.
    function
        The value function by the parameter ``parity``: the limit less that of the instance.
    """

    fair: FairTraining
    function: LineValueFunction

    def __call__(self, limit: Number) -> Fraction | float:
        """The value at a limit, exactly.

        Raises
        ------
        NotAllowedError
            If the search stopped before it was proved; the message has bounds.
        """
        # Rates are never further apart than 1.
        wanted = min(exact_number(limit, "limit", least=0), max(Fraction(1), self.fair.limit))
        return self.function.exact(wanted - self.fair.limit)

    @property
    def steps(self) -> tuple[tuple[Fraction, Fraction | float], ...]:
        """Limits from which on the value is another one, with that value."""
        # A step at the end of the interval is no breakpoint of the function on it.
        ends = (Fraction(0), Fraction(1))
        limits = sorted({*ends, *(t + self.fair.limit for t in self.function.breakpoints)})
        values = [(t, self(t)) for t in limits]
        kept = values[:1]
        kept += [now for before, now in pairwise(values) if now[1] != before[1]]
        return tuple(kept)

    def __repr__(self) -> str:
        return f"ParityPrice({len(self.steps)} steps, {self.fair!r})"

    def __str__(self) -> str:
        lines = [f"{self.fair.training.objectives[0]} by the limit of {self.fair.kind} parity"]
        lines += [f"  from {_percent(t):>6}: {shown(v)}" for t, v in self.steps]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def parity_price(fair: FairTraining, *, limits: Limits | None = None) -> ParityPrice:
    """What parity costs: the training value as a function of the limit from 0 to 1, exactly.

    Parameters
    ----------
    fair
        The instance; its own limit does not matter.
    limits
        Of the search. Where it stops too early for a proof, the price at that limit is refused.

    Examples
    --------
    >>> training = NetworkTraining([[2], [1], [1], [-1]], [1, 1, -1, -1], objective="max-correct")
    >>> price = parity_price(FairTraining(training, "aabb"))
    >>> print(price)
    max-correct by the limit of demographic parity
      from     0%: 2
      from    50%: 3
    >>> price("0.3")
    Fraction(2, 1)
    """
    q = fair_training_program(fair)
    interval = (-fair.limit, max(1 - fair.limit, Fraction(0)))
    function = value_function(q, along={"parity": 1}, interval=interval, limits=limits)
    assert isinstance(function, LineValueFunction)
    return ParityPrice(fair, function)


def _refuse_groups(training: NetworkTraining, groups: tuple[Hashable, ...], kind: Parity) -> None:
    if len(groups) != training.n_samples:
        raise InvalidInputError(
            f"groups has {len(groups)} entries, but there are {training.n_samples} samples."
        )
    names = list(dict.fromkeys(groups))
    if len(names) < 2:
        raise InvalidInputError("there is only one group; parity is between two or more.")
    for name in names:
        positive = any(y == 1 for g, y in zip(groups, training.y, strict=True) if g == name)
        if kind == "opportunity" and not positive:
            raise InvalidInputError(
                f"group {name!r} has no sample of label 1, so it has no true positive rate."
            )


def _write_decisions(draft: TrainingDraft) -> None:
    gap = draft.instance.gap
    for k, score in enumerate(draft.layers.scores):
        decided = draft.build.column(f"decided[{k}]", upper=1)
        most = score.bound
        draft.build.row(f"decided_above[{k}]", {**score.entries, decided: -most}, ">=", -most)
        most = score.bound + gap
        draft.build.row(f"decided_below[{k}]", {**score.entries, decided: -most}, "<=", -gap)


_LIGHTEST: tuple[Move, ...] = ("regularization", "margin", "label")


def _percent(limit: Fraction) -> str:
    return f"{math.floor(1000 * limit) / 10:g}%" if 1000 * limit % 1 else f"{float(100 * limit):g}%"
