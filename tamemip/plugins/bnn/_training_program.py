"""The training of a binarized network as a mixed-integer program."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, assert_never, final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._affine import Affine
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._data_entry import exact_number
from tamemip.plugins.bnn._assessment import (
    ROOM,
    has_integer_values,
    is_better_greater,
    is_margin_of_counted,
    needed_gains,
    signed_priorities,
)
from tamemip.plugins.bnn._training import NetworkTraining, Objective
from tamemip.plugins.bnn._training_layers import Entries, Layers, write_layers
from tamemip.programs import ParametricProgram

Move: TypeAlias = Literal["data", "margin", "label", "regularization"]
MOVES: tuple[Move, ...] = ("data", "margin", "label", "regularization")


@final
@dataclass(frozen=True, slots=True)
class TrainingDraft:
    """A training program in the making, to which rows may be added before it is built.

    Attributes
    ----------
    instance
        What is trained.
    build
        The program so far: complete, but open.
    layers
        What its neurons add up, as entries of columns; ``layers.scores[k]`` is the output's.
    moves
        Which data have parameters.
    room
        How far each of them may move.
    """

    instance: NetworkTraining
    build: ProgramBuilder
    layers: Layers
    moves: frozenset[Move]
    room: Fraction

    @property
    def has_integer_sums(self) -> bool:
        """Whether data are integers and stay so: then least sums and losses are, too."""
        return self.instance.scale == 1 and not self.moves & {"data", "label"}


def training_program(
    instance: NetworkTraining, *, moves: Collection[Move] = MOVES, room: Number = ROOM
) -> ParametricProgram:
    r"""The program of a training instance, with parameters for its data.

    Weights are differences ``plus[l,j,i] - minus[l,j,i]`` for input `i` of neuron `j` of layer
    `l`, biases ``bias_plus[l,j] - bias_minus[l,j]``. A hidden neuron has a 0-1 column
    ``on[l,j,k]`` for each sample `k`: 1 means that its sum is at least 0, and 0 that it is at
    most ``-gap``. What it passes on is the product of a weight and -1 or 1, a column
    ``product[l,j,i,k]``. One neuron, ``hidden=()``, has none of these, and no big-M unless
    labels move or right samples are counted.

    Margins and losses are continuous columns; integer ones where data are integers and neither
    they nor labels move (nor, for losses, margins), because then they are integers anyway.

    Several objectives are one sum, with factors that order networks as the list does: see
    `tamemip.plugins.bnn.priorities`. They do so at labels -1 and 1.

    Parameters
    ----------
    instance
        What is trained.
    moves
        Which data have parameters, all displacements:

        * ``"data"``: ``data[k,i]``, feature `i` of sample `k`, in the matrix;
        * ``"margin"``: ``margin`` for all samples and ``margin[k]`` for one, in the
          right-hand side (they add up);
        * ``"label"``: ``label[k]``, in the right-hand side. With the value -2 a label 1 turns
          into -1, with 2 a label -1 into 1; between them, neither is asked for in full;
        * ``"regularization"``: the cost of one unit of a weight or bias.

        What the objectives do not depend on has none: ``"max-margin"`` no margin, and
        ``"min-weight"`` and lists of objectives no regularization. Where ``"hinge"`` or
        ``"max-margin"`` comes before another objective only labels move: the factors of the
        sum depend on denominators of data and margins.
    room
        The program is that of the displaced instance as long as each of ``data[k,i]``,
        ``margin`` and ``margin[k]`` moves by at most this, labels lie between -1 and 1
        or `room` beyond, and the regularization stays nonnegative.

    Raises
    ------
    InvalidInputError
        If there is nothing to move, a list of objectives comes with a regularization, or room
        is negative.

    References
    ----------
    .. [1] R. Toro Icarte, L. Illanes, M. P. Castro, A. A. Cire, S. A. McIlraith and
       J. C. Beck, "Training binarized neural networks using MIP and CP", CP 2019, 401-417.
    .. [2] J. Aspman, G. Korpas and J. Marecek, "Taming binarized neural networks and
       mixed-integer programs", AAAI 2024; arXiv:2310.04469.
    .. [3] A. M. Bernardelli, S. Gualandi, S. Milanesi, H. C. Lau and N. Yorke-Smith,
       "Multiobjective linear ensembles for robust and sparse training of few-bit neural
       networks", INFORMS Journal on Computing 37 (2025), 623-643.

    Examples
    --------
    >>> logical_and = NetworkTraining([[1, 1], [1, -1], [-1, 1], [-1, -1]], [1, -1, -1, -1])
    >>> q = training_program(logical_and, moves=("margin",))
    >>> q.names
    ('margin', 'margin[0]', 'margin[1]', 'margin[2]', 'margin[3]')
    >>> import tamemip as tm
    >>> v = tm.value_function(q, along={"margin": 1}, interval=(-2, 1))
    >>> [v.exact(t) for t in (-1, "-1/2", 0, "1/4")]
    [Fraction(0, 1), Fraction(3, 1), Fraction(3, 1), inf]
    """
    return training_draft(instance, moves=moves, room=room).build.build()


def training_draft(
    instance: NetworkTraining, *, moves: Collection[Move] = MOVES, room: Number = ROOM
) -> TrainingDraft:
    """The program of `training_program` before it is built, for rows that come on top.

    Raises
    ------
    InvalidInputError
        As `training_program`.
    """
    refuse_mixed_regularization(instance)
    free = exact_number(room, "room", least=0)
    moving = _moving(instance, moves)
    factors = signed_priorities(instance, room=free)
    sense = "max" if is_better_greater(instance.objectives[0]) else "min"
    build = ProgramBuilder(sense, name=instance.name, parameters=_parameters(instance, moving))
    cost = _weight_cost(instance, factors, is_moving="regularization" in moving)
    names = "data" if "data" in moving else None
    layers = write_layers(build, instance, cost, free, data_names=names)
    draft = TrainingDraft(instance, build, layers, moving, free)
    _write_required(draft)
    for name, factor in zip(instance.objectives, factors, strict=True):
        _write_objective(draft, name, factor)
    return draft


def refuse_mixed_regularization(instance: NetworkTraining) -> None:
    """Refuse a regularization beside several objectives.

    Raises
    ------
    InvalidInputError
        If the instance has both.
    """
    if len(instance.objectives) > 1 and instance.regularization:
        raise InvalidInputError(
            f"regularization is {instance.regularization}, a cost beside one objective, but there "
            f'are {len(instance.objectives)}. Put "min-weight" at the end of the list instead.'
        )


def movable(instance: NetworkTraining) -> tuple[Move, ...]:
    """What the value of an instance depends on, among what can move.

    Examples
    --------
    >>> movable(NetworkTraining([[1]], [1], objective="max-margin"))
    ('data', 'label', 'regularization')
    """
    if not all(map(has_integer_values, instance.objectives[:-1])):
        return ("label",)
    has_margin = instance.objectives[0] != "max-margin"
    has_cost = len(instance.objectives) == 1 and instance.objectives[0] != "min-weight"
    present = {"data": True, "margin": has_margin, "label": True, "regularization": has_cost}
    return tuple(name for name in MOVES if present[name])


def _moving(instance: NetworkTraining, moves: Collection[Move]) -> frozenset[Move]:
    for name in moves:
        if name not in MOVES:
            raise InvalidInputError(f"moves has {name!r}; there are {', '.join(map(repr, MOVES))}.")
    found = frozenset(moves) & frozenset(movable(instance))
    if not found:
        raise InvalidInputError(
            f"nothing moves: {instance!r} depends on {', '.join(map(repr, movable(instance)))}."
        )
    return found


def _parameters(instance: NetworkTraining, moving: frozenset[Move]) -> Iterator[str]:
    """Names of parameters, in the order of the instance."""
    samples = range(instance.n_samples)
    if "data" in moving:
        yield from (f"data[{k},{i}]" for k in samples for i in range(instance.n_inputs))
    if "margin" in moving:
        yield "margin"
        yield from (f"margin[{k}]" for k in samples)
    if "label" in moving:
        yield from (f"label[{k}]" for k in samples)
    if "regularization" in moving:
        yield "regularization"


def _weight_cost(
    instance: NetworkTraining, factors: tuple[Fraction, ...], *, is_moving: bool
) -> Affine:
    names = instance.objectives
    if "min-weight" in names:
        return Affine.of(factors[names.index("min-weight")])
    cost = Affine.of(instance.regularization, *(["regularization"] if is_moving else []))
    return -cost if is_better_greater(names[0]) else cost


# -- objectives ----------------------------------------------------------------------------


def _write_required(draft: TrainingDraft) -> None:
    """All samples are right, where the first objective asks for it."""
    instance = draft.instance
    if needed_gains(instance) is None:
        return
    is_margin = instance.objectives[0] == "min-weight"
    for k in range(instance.n_samples):
        need = _margins(draft, k) if is_margin else _signs(instance)
        _write_sample(draft, "right", k, {}, need, _most_short(draft, k))


def _write_objective(draft: TrainingDraft, name: Objective, factor: Fraction) -> None:
    match name:
        case "min-weight":
            pass  # the columns of the weights have it as their cost
        case "max-correct":
            _write_counts(draft, factor)
        case "hinge":
            _write_slacks(draft, factor)
        case "max-margin":
            _write_hidden_margins(draft, factor)
            _write_output_margin(draft, factor)
        case _:
            assert_never(name)


def _write_counts(draft: TrainingDraft, factor: Fraction) -> None:
    for k in range(draft.instance.n_samples):
        counted = draft.build.column(f"counted[{k}]", cost=factor, upper=1)
        short = _most_short(draft, k)
        most = short + _beyond(draft, short)
        need = {label: tau - most for label, tau in _margins(draft, k).items()}
        _write_sample(draft, "counted", k, {counted: -most}, need, short)


def _write_slacks(draft: TrainingDraft, factor: Fraction) -> None:
    whole_margins = all(t.denominator == 1 for t in draft.instance.margins)
    is_whole = draft.has_integer_sums and whole_margins and "margin" not in draft.moves
    for k in range(draft.instance.n_samples):
        short = _most_short(draft, k)
        most = short + _beyond(draft, short)
        slack = draft.build.column(f"slack[{k}]", cost=factor, upper=most, integer=is_whole)
        _write_sample(draft, "hinge", k, {slack: 1}, _margins(draft, k), short)


def _write_hidden_margins(draft: TrainingDraft, factor: Fraction) -> None:
    """For each hidden neuron the least absolute sum over the samples."""
    build = draft.build
    for layer, neurons in enumerate(draft.layers.sums[:-1]):
        for j, samples in enumerate(neurons):
            most = min(total.bound for total in samples)
            margin = build.column(
                f"margin[{layer},{j}]", cost=factor, upper=most, integer=draft.has_integer_sums
            )
            for k, total in enumerate(samples):
                place = f"[{layer},{j},{k}]"
                u, big = f"on{place}", total.bound + most
                build.row(f"above{place}", {**total.entries, margin: -1, u: -big}, ">=", -big)
                negated = {column: -1 * Affine.of(v) for column, v in total.entries.items()}
                build.row(f"below{place}", {**negated, margin: -1, u: big}, ">=", 0)


def _write_output_margin(draft: TrainingDraft, factor: Fraction) -> None:
    """The least sum of the output, times its label: of samples that are counted, if any are."""
    build, instance = draft.build, draft.instance
    is_counted = is_margin_of_counted(instance)
    bounds = [total.bound for total in draft.layers.scores]
    upper = max(bounds) if is_counted else min(bounds)
    lower = -max(b + _beyond(draft, b + upper) for b in bounds)
    margin = build.column(
        "margin[out]", cost=factor, lower=lower, upper=upper, integer=draft.has_integer_sums
    )
    for k, bound in enumerate(bounds):
        short = bound + upper
        most = short + _beyond(draft, short)
        extra: Entries = {margin: -1, f"counted[{k}]": -most} if is_counted else {margin: -1}
        need = Affine.of(-most if is_counted else 0)
        _write_sample(draft, "least", k, extra, {1: need, -1: need}, short)
    if is_counted:
        counts = {f"counted[{k}]": -upper for k in range(instance.n_samples)}
        build.row("none_counted", {margin: 1, **counts}, "<=", 0)


# -- rows of samples -------------------------------------------------------------------------


def _write_sample(
    draft: TrainingDraft,
    name: str,
    k: int,
    extra: Entries,
    need: dict[int, Affine],
    most: Fraction,
) -> None:
    """``label * score + extra >= need``; where labels move, one row for each of the two.

    The row of a label `e` is ``e * score + extra >= need - most * (1 - e * label) / 2``, and
    `most` is enough to make it hold always at the other label.
    """
    is_moving = "label" in draft.moves
    label = draft.instance.y[k]
    score = draft.layers.scores[k].entries
    for e in (label, -label) if is_moving else (label,):
        entries = score if e == 1 else {column: -1 * Affine.of(v) for column, v in score.items()}
        rhs = need[e]
        if is_moving:
            slope = Affine(Fraction(0), {f"label[{k}]": e * most / 2})
            rhs = rhs + slope - (most if e != label else 0)
        place = f"{name}[{k}]" if e == label else f"{name}_other[{k}]"
        draft.build.row(place, {**entries, **extra}, ">=", rhs)


def _margins(draft: TrainingDraft, k: int) -> dict[int, Affine]:
    above, below = draft.instance.margins
    names = ["margin", f"margin[{k}]"] if "margin" in draft.moves else []
    return {1: Affine.of(above, *names), -1: Affine.of(below, *names)}


def _signs(instance: NetworkTraining) -> dict[int, Affine]:
    return {1: Affine.of(0), -1: Affine.of(instance.gap)}


def _most_short(draft: TrainingDraft, k: int) -> Fraction:
    """So much a sample may be short of what is needed, whatever the weights are."""
    instance = draft.instance
    is_signed = instance.objectives[0] == "max-margin"
    needs = [*map(abs, instance.margins), *([instance.gap] if is_signed else [])]
    off = 2 * draft.room if "margin" in draft.moves else Fraction(0)
    return draft.layers.scores[k].bound + max(needs) + off


def _beyond(draft: TrainingDraft, most: Fraction) -> Fraction:
    """What a label that goes beyond -1 or 1 adds to a need."""
    return most * draft.room / 2 if "label" in draft.moves else Fraction(0)
