"""The program whose value is the smallest change of an input that changes the answer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._affine import Affine
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._data_entry import exact_number, exact_numbers
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.programs import ParametricProgram

Norm: TypeAlias = Literal["hamming", "linf"]


@final
@dataclass(frozen=True, slots=True)
class Change:
    """What may change in the input of a network.

    Attributes
    ----------
    network, x, norm
        The network, its input, and how a change is measured.
    step
        Grid on which the inputs move; None for the reals.
    box
        Least and greatest value of each input.
    within
        The greatest change that is looked at.
    is_everything
        Whether no input that is allowed is farther away.
    """

    network: BinarizedNetwork
    x: tuple[Fraction, ...]
    norm: Norm
    step: Fraction | None
    box: tuple[tuple[Fraction, Fraction], ...]
    within: Fraction
    is_everything: bool

    @staticmethod
    def of(
        network: BinarizedNetwork,
        x: Sequence[Number],
        *,
        norm: Norm = "hamming",
        step: Number | None = None,
        domain: tuple[Number, Number] | None = None,
        within: Number | None = None,
    ) -> Change:
        """Read and check what a user asks."""
        point = exact_numbers(x, "x", length=network.n_inputs, per="inputs")
        most = None if within is None else exact_number(within, "within", least=0)
        match norm:
            case "hamming":
                _refuse_others(point, step, domain)
                n = Fraction(len(point))
                far = n if most is None else min(most, n)
                box = tuple((Fraction(-1), Fraction(1)) for _ in point)
                return Change(network, point, norm, None, box, far, far == n)
            case "linf":
                return Change._in_box(network, point, step, domain, most)
        raise InvalidInputError(f'norm is {norm!r}; there are "hamming" and "linf".')

    @staticmethod
    def _in_box(
        network: BinarizedNetwork,
        x: tuple[Fraction, ...],
        step: Number | None,
        domain: tuple[Number, Number] | None,
        most: Fraction | None,
    ) -> Change:
        grid = None if step is None else exact_number(step, "step")
        if grid is not None and grid <= 0:
            raise InvalidInputError(f"step is {grid}; it has to be positive.")
        if domain is None:
            far = 2 * max([Fraction(1), *map(abs, x)]) if most is None else most
            box = tuple((v - far, v + far) for v in x)
            return Change(network, x, "linf", grid, box, far, False)
        low, high = exact_numbers(domain, "domain", length=2, per="ends")
        for i, v in enumerate(x):
            if not low <= v <= high:
                raise InvalidInputError(f"x[{i}] is {v}; the domain is from {low} to {high}.")
        all_of_it = max(max(v - low, high - v) for v in x)
        far = all_of_it if most is None else min(most, all_of_it)
        box = tuple((max(low, v - far), min(high, v + far)) for v in x)
        return Change(network, x, "linf", grid, box, far, far == all_of_it)

    @property
    def unit(self) -> Fraction:
        """The sums of the first layer are multiples of it; 0 if they are real."""
        if self.norm == "hamming":
            return Fraction(1)
        if self.step is None:
            return Fraction(0)
        return Fraction(1, math.lcm(self.step.denominator, *(v.denominator for v in self.x)))


def _refuse_others(x: Sequence[Fraction], step: object, domain: object) -> None:
    for i, v in enumerate(x):
        if v not in (-1, 1):
            raise InvalidInputError(
                f'x[{i}] is {v}; norm="hamming" counts flips of -1 and 1. Use norm="linf".'
            )
    if step is not None or domain is not None:
        raise InvalidInputError('step and domain are for norm="linf"; flips have neither.')


def robustness_program(
    network: BinarizedNetwork,
    x: Sequence[Number],
    *,
    norm: Norm = "hamming",
    step: Number | None = None,
    domain: tuple[Number, Number] | None = None,
    within: Number | None = None,
) -> ParametricProgram:
    r"""The mixed-integer program of `robustness_radius`, with the slot ``margin``.

    Columns ``flip[i]``, or ``input[i]`` (``steps[i]`` on a grid) and ``radius``, describe the
    change; ``on[l,j]`` says that neuron `j` of layer `l` has the value 1. The last row asks
    for another answer, by a sum that is ``margin`` beyond the least needed. The program is
    exact if the sums of the first layer lie on a grid. For real inputs it allows a sum of 0 to
    mean -1 too: its value then is a lower bound.

    It is valid for all margins up to 1.

    Parameters
    ----------
    network, x, norm, step, domain, within
        As in `robustness_radius`.

    Raises
    ------
    InvalidInputError
        As in `robustness_radius`.

    Examples
    --------
    >>> q = robustness_program(BinarizedNetwork([[[1, 1, 1]]], [[0]]), [1, 1, 1])
    >>> print(q.program)
    MixedIntegerProgram('robustness radius', min, 1 row, 3 columns, 3 integer)
      min flip[0] + flip[1] + flip[2]
      another: 2 flip[0] + 2 flip[1] + 2 flip[2] >= 4
      0 <= flip[0] <= 1, integer
      0 <= flip[1] <= 1, integer
      0 <= flip[2] <= 1, integer
    """
    change = Change.of(network, x, norm=norm, step=step, domain=domain, within=within)
    return change_program(change, gap=change.unit)


@final
@dataclass(frozen=True, slots=True)
class Form:
    """A constant and multiples of columns, with the interval in which it is."""

    constant: Fraction
    entries: Mapping[str, Fraction]
    low: Fraction
    high: Fraction

    def plus(self, factor: Fraction | int, other: Form) -> Form:
        """The form plus a multiple of another one."""
        entries = dict(self.entries)
        for name, v in other.entries.items():
            entries[name] = entries.get(name, Fraction(0)) + factor * v
        ends = sorted((factor * other.low, factor * other.high))
        constant = self.constant + factor * other.constant
        return Form(constant, entries, self.low + ends[0], self.high + ends[1])


def _constant(value: Fraction | int) -> Form:
    v = Fraction(value)
    return Form(v, {}, v, v)


def change_program(change: Change, *, gap: Fraction) -> ParametricProgram:
    """The program, in which the first layer's sums are at most minus the gap to mean -1."""
    build = ProgramBuilder("min", name="robustness radius", parameters=("margin",))
    layer = _inputs(build, change)
    network = change.network
    for depth, (w, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        sums = []
        for row, b in zip(w.tolist(), bias.tolist(), strict=True):
            total = _constant(b)
            for v, form in zip(row, layer, strict=True):
                total = total.plus(v, form) if v else total
            sums.append(total)
        needs = [_needs(change, gap, depth, w[j], bias[j]) for j in range(len(sums))]
        if depth < len(network.hidden):
            layer = [
                _neuron(build, f"on[{depth},{j}]", form, needs[j]) for j, form in enumerate(sums)
            ]
    _ask_for_another(build, change, sums, needs, gap)
    return build.build()


def _inputs(build: ProgramBuilder, change: Change) -> list[Form]:
    used = [any(column) for column in change.network.weights[0].T.tolist()]
    if change.norm == "hamming":
        flips = {
            i: build.column(f"flip[{i}]", cost=1, upper=1)
            for i, is_used in enumerate(used)
            if is_used
        }
        if not change.is_everything:
            build.row("within", dict.fromkeys(flips.values(), 1), "<=", change.within)
        return [
            Form(v, {flips[i]: -2 * v}, Fraction(-1), Fraction(1)) if used[i] else _constant(v)
            for i, v in enumerate(change.x)
        ]
    step = change.step
    far = change.within if step is None else Fraction(change.within // step)
    build.column("radius", cost=step or 1, upper=far, integer=step is not None)
    return [
        _moved(build, change, i, v) if used[i] else _constant(v) for i, v in enumerate(change.x)
    ]


def _moved(build: ProgramBuilder, change: Change, i: int, v: Fraction) -> Form:
    low, high = change.box[i]
    step = change.step
    if step is None:
        name = build.column(f"input[{i}]", lower=low, upper=high, integer=False)
        here, form = v, Form(Fraction(0), {name: Fraction(1)}, low, high)
    else:
        down, up = -((v - low) // step), (high - v) // step
        name = build.column(f"steps[{i}]", lower=down, upper=up)
        here, form = Fraction(0), Form(v, {name: step}, v + down * step, v + up * step)
    build.row(f"above[{i}]", {name: 1, "radius": -1}, "<=", here)
    build.row(f"below[{i}]", {name: 1, "radius": 1}, ">=", here)
    return form


def _needs(
    change: Change, gap: Fraction, depth: int, w: Sequence[int], bias: int
) -> tuple[Fraction, Fraction]:
    """The least sum that means 1, and the greatest that means -1."""
    if depth == 0 and change.norm == "linf" and any(w):
        return Fraction(0), -gap
    # A sum of signs is as odd as the sum of the weights; without weights it is the bias.
    is_odd = (sum(map(int, w)) + int(bias)) % 2
    return (Fraction(1), Fraction(-1)) if is_odd else (Fraction(0), Fraction(-2))


def _neuron(build: ProgramBuilder, name: str, form: Form, needs: tuple[Fraction, Fraction]) -> Form:
    if form.low >= 0 or form.high < 0:
        return _constant(1 if form.low >= 0 else -1)
    least, most = needs
    on = build.column(name, upper=1)
    place = f"{name.removeprefix('on')}"
    entries = dict(form.entries)
    build.row(f"high{place}", {**entries, on: form.low - least}, ">=", form.low - form.constant)
    build.row(f"low{place}", {**entries, on: most - form.high}, "<=", most - form.constant)
    return Form(Fraction(-1), {on: Fraction(2)}, Fraction(-1), Fraction(1))


def _ask_for_another(
    build: ProgramBuilder,
    change: Change,
    sums: Sequence[Form],
    needs: Sequence[tuple[Fraction, Fraction]],
    gap: Fraction,
) -> None:
    """The row for another sign, or for another greatest score: the first one in a tie."""
    network = change.network
    scores = network.exact_preactivations([change.x])[0][-1]
    if len(scores) == 1:
        least, most = needs[0]
        is_positive = scores[0] >= 0
        sign = -1 if is_positive else 1
        need = -most if is_positive else least
        entries = {name: sign * v for name, v in sums[0].entries.items()}
        rhs = Affine.of(need - sign * sums[0].constant, "margin")
        build.row("another", entries, ">=", rhs)
        return
    is_first_real = not network.hidden and change.norm == "linf"
    unit = gap if is_first_real else Fraction(1)
    now = scores.index(max(scores))
    choices = []
    for k in range(len(scores)):
        if k == now:
            continue
        ahead = sums[k].plus(-1, sums[now])
        least = unit if ahead.entries else Fraction(1)
        need = least if k > now else Fraction(0)
        slack = ahead.low - 1
        choices.append(build.column(f"class[{k}]", upper=1))
        entries = {**ahead.entries, choices[-1]: slack - need}
        build.row(f"ahead[{k}]", entries, ">=", Affine.of(slack - ahead.constant, "margin"))
    build.row("another", dict.fromkeys(choices, 1), ">=", 1)
