"""A block of one neuron's weights, re-optimized exactly by CP-SAT while all else is fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.plugins.bnn._polish_search import Draft
from tamemip.plugins.bnn._regularized_sign import Staircase
from tamemip.plugins.bnn._standing import Judge
from tamemip.solvers import Limits, native_cp_sat, run_natively

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

__all__ = ["Block", "reoptimized_block"]

#: Real data are rounded to so many steps of the largest entry: what is found is then only a
#: proposal, which is judged on the data themselves.
_STEPS = 255
_LARGEST_REWARD = 2**40
_LARGEST_TERM = 2**58
#: A sample that is wrong by more than this many margins counts as that wrong, as in `Judge`.
_DEEP = 5


@final
@dataclass(frozen=True, slots=True)
class Block:
    """Weights of one neuron that move, and its bias.

    Attributes
    ----------
    layer, row
        The neuron.
    columns
        Places of the weights.
    staircase
        The values that they may take.
    """

    layer: int
    row: int
    columns: Numbers
    staircase: Staircase


def reoptimized_block(
    draft: Draft, judge: Judge, block: Block, *, seconds: float, seed: int
) -> Draft | None:
    r"""The network with the best weights of a block that CP-SAT finds; None if it finds none.

    With all other weights fixed only the sums :math:`t_k = \sum_i w_i x_{ki} + b` of the neuron
    matter. For a hidden neuron, sample `k` earns one of two known rewards, for
    :math:`t_k \ge 0` or :math:`t_k < 0`. For an output, a sample is right if its lead, which is
    :math:`\pm t_k` plus a constant, but at most the lead before the other classes, is at least
    1, and pays for what is short of the margin. Integer data are exact; the answer is a
    solver's claim, and whoever calls compares the rewards of both networks.
    """
    from ortools.sat.python import cp_model

    inputs = draft.inputs(block.layer)
    if not _fits(inputs, judge, block):
        return None
    model = cp_model.CpModel()
    data, unit = _integer_inputs(inputs)
    w = draft.network.weights[block.layer][block.row]
    bias = int(draft.network.biases[block.layer][block.row])
    entries = [_entry(model, block, int(w[i])) for i in block.columns]
    rest = np.delete(np.arange(len(w)), block.columns)
    fixed = data[:, rest] @ w[rest]
    bound = int(np.abs(data).sum(axis=1).max()) * block.staircase.largest // unit + abs(bias) + 1
    shift = model.new_int_var(-bound, bound, "bias")
    model.add_hint(shift, bias)
    sums = [
        cp_model.LinearExpr.weighted_sum(entries, line) + unit * shift + known
        for line, known in zip(data[:, block.columns].tolist(), fixed.tolist(), strict=True)
    ]
    if block.layer < len(draft.sums) - 1:
        _reward_signs(model, draft, judge, block, sums)
    else:
        _reward_leads(model, draft, judge, block, sums, unit)
    solver = native_cp_sat(Limits(seconds), seed=seed)
    outcome = run_natively(solver, model)
    if outcome.is_interrupted:
        raise KeyboardInterrupt
    if outcome.status not in ("OPTIMAL", "FEASIBLE"):
        return None
    found = w.copy()
    found[block.columns] = [solver.value(v) for v in entries]
    return draft.with_row(block.layer, block.row, found, solver.value(shift))


def _entry(model: Any, block: Block, value: int) -> Any:
    from ortools.sat.python import cp_model

    most = block.staircase.largest
    if block.staircase == Staircase.of_signs():
        domain = cp_model.Domain.from_values([-1, 1])
        entry = model.new_int_var_from_domain(domain, "")
    else:
        entry = model.new_int_var(-most, most, "")
    model.add_hint(entry, value)
    return entry


def _fits(inputs: Numbers, judge: Judge, block: Block) -> bool:
    """Whether the solver's integers hold all sums and rewards."""
    samples, width = inputs.shape
    largest = max(1.0, float(np.abs(inputs).max()))
    sums = _STEPS * largest * width * block.staircase.largest
    rewards = samples * _DEEP * (samples + 2) * _unit(inputs) * (1 + float(np.ceil(judge.margin)))
    return bool(max(sums, rewards, _unit(inputs) * largest) < _LARGEST_TERM)


def _integer_inputs(inputs: Numbers) -> tuple[Numbers, int]:
    """The layer's inputs times a unit, as integers."""
    unit = _unit(inputs)
    return np.rint(inputs * unit).astype(np.int64), unit


def _unit(inputs: Numbers) -> int:
    if inputs.dtype.kind == "i" or np.array_equal(inputs, np.rint(inputs)):
        return 1
    return max(1, round(_STEPS / float(np.abs(inputs).max())))


def _reward_signs(
    model: Any, draft: Draft, judge: Judge, block: Block, sums: Sequence[Any]
) -> None:
    up = judge.rewards(judge.leads(draft.scores_if(block.layer, block.row, 1)))
    down = judge.rewards(judge.leads(draft.scores_if(block.layer, block.row, -1)))
    gains = _as_integers(up - down)
    now = draft.sums[block.layer][:, block.row] >= 0
    signs = []
    for gain, total, is_up in zip(gains, sums, now.tolist(), strict=True):
        sign = model.new_bool_var("")
        # A sample need only be forced to the side on which it earns less.
        if gain > 0:
            model.add(total >= 0).only_enforce_if(sign)
        elif gain < 0:
            model.add(total <= -1).only_enforce_if(~sign)
        model.add_hint(sign, is_up)
        signs.append(sign)
    model.maximize(sum(g * s for g, s in zip(gains, signs, strict=True) if g))


def _reward_leads(
    model: Any, draft: Draft, judge: Judge, block: Block, sums: Sequence[Any], unit: int
) -> None:
    margin = int(np.ceil(judge.margin)) * unit
    deepest = _DEEP * margin
    price = 1 + deepest * len(sums)
    terms = []
    for sign, constant, cap, total in zip(*_lead_parts(draft, judge, block.row), sums, strict=True):
        lead = sign * total + round(constant * unit)
        short = model.new_int_var(0, deepest, "")
        is_short = model.new_bool_var("")
        model.add(lead + short >= margin).only_enforce_if(~is_short)
        model.add(short == deepest).only_enforce_if(is_short)
        terms.append(-short)
        if cap is not None and cap < judge.margin:
            model.add(short >= min(deepest, round((judge.margin - cap) * unit)))
        if cap is None or cap > 0:
            right = model.new_bool_var("")
            model.add(lead >= 1).only_enforce_if(right)
            terms.append(price * right)
    model.maximize(sum(terms))


def _lead_parts(
    draft: Draft, judge: Judge, row: int
) -> tuple[list[int], list[float], list[float | None]]:
    """The lead of each sample is ``min(cap, sign * sum + constant)``."""
    labels, scores = judge.labels, draft.sums[-1]
    if judge.n_outputs == 1:
        return labels.tolist(), [0.0] * len(labels), [None] * len(labels)
    own = scores[np.arange(len(scores)), labels]
    others = scores.astype(np.float64)
    others[np.arange(len(scores)), labels] = -np.inf
    is_own = labels == row
    rest = np.delete(others, row, axis=1).max(axis=1)
    constants = np.where(is_own, -rest, own)
    caps = [None if mine else float(c) for mine, c in zip(is_own, own - rest, strict=True)]
    return np.where(is_own, 1, -1).tolist(), constants.tolist(), caps


def _as_integers(rewards: Numbers) -> list[int]:
    """Rewards, scaled down where the solver's integers would not hold their sums."""
    most = float(np.abs(rewards).sum())
    factor = min(1.0, _LARGEST_REWARD / most) if most else 1.0
    return [round(v) for v in (rewards * factor).tolist()]
