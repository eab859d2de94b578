"""One network for two classes by its training program, or kept with what is known of it."""

from __future__ import annotations

import time
from dataclasses import replace

from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError, SolverError
from tamemip.plugins.bnn._descent_result import INTERRUPTED
from tamemip.plugins.bnn._first_network import first_networks
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._network_fit import NetworkFit, Recipe
from tamemip.plugins.bnn._proof import prove_training
from tamemip.plugins.bnn._train import train
from tamemip.plugins.bnn._trained import TrainedNetwork
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._valuation import simple_bound, valuation
from tamemip.solvers import Limits, Status


def exact_fit(instance: NetworkTraining, recipe: Recipe) -> NetworkFit:
    """The network that the training program gives, or the best one that is known.

    Raises
    ------
    InvalidInputError
        If it is claimed that no network is allowed.
    """
    began = time.perf_counter()
    obstacle = _obstacle(instance, recipe.seconds)
    share = 1.0 if obstacle else _START_SHARE
    seconds = None if recipe.seconds is None else share * recipe.seconds
    start, is_cut = start_network(instance, seconds)
    if recipe.seconds == 0:
        kept = kept_fit(instance, start, Status.LIMIT.value, "time limit", began)
        return replace(kept, is_clocked=True)
    obstacle = obstacle or _obstacle(instance, recipe.left(began))
    if obstacle:
        kept = kept_fit(instance, start, Status.LIMIT.value, obstacle, began)
        return replace(kept, is_clocked=is_cut or obstacle.startswith("time limit"))
    found = train(
        instance,
        limits=Limits(recipe.left(began), recipe.conflicts),
        start=start,
        progress=recipe.tell,
        seed=recipe.seed,
    )
    if found.status is Status.INFEASIBLE:
        raise InvalidInputError(_infeasible(instance, found))
    if found.fitted is None:
        reason = f"{found.reason}, and no network is known that gets all samples right"
        kept = kept_fit(instance, start, Status.LIMIT.value, reason, began, found)
        return replace(kept, is_clocked=is_cut or is_clocked(found))
    fit = proved_fit(instance, found, recipe, began)
    return replace(fit, is_clocked=is_cut or fit.is_clocked)


def _obstacle(instance: NetworkTraining, left: float | None) -> str:
    """Why the training program is not even written; empty if it is."""
    size = n_products(instance)
    what = f"the training program would have {size:,} products of weights and data"
    if size > _MOST_EXACT:
        return f"{what}, more than {_MOST_EXACT:,}: it was not solved"
    if left is not None and left < size * _WRITING_SECONDS_A_PRODUCT:
        return f"time limit, too short to begin a search: {what}"
    return ""


def n_products(instance: NetworkTraining) -> int:
    """Products of a weight and a datum, over all samples: the size of the training program."""
    widths = (instance.n_inputs, *instance.hidden)
    weights = sum((w + 1) * n for w, n in zip(widths, instance.sizes, strict=True))
    return weights * instance.n_samples


_START_SHARE = 0.3
"""Of the time, for the network that a search begins with."""
_MOST_EXACT = 4_000_000
"""Products beyond which the training program is not even written."""
_WRITING_SECONDS_A_PRODUCT = 8e-6
"""So long it takes at least to write it."""
_MOST_PROVED = 1_000
_PROOF_SECONDS = 60.0
"""For a proof, if the fit has no limit."""
_PROOF_SECONDS_A_PRODUCT = 0.002
"""So long it takes at least to write the program of a proof and to begin."""


def start_network(
    instance: NetworkTraining, seconds: float | None
) -> tuple[BinarizedNetwork, bool]:
    """The best of the networks that are known at once, and whether the clock left some out.

    The first one is made in any case, and more for `_START_SECONDS`.
    """
    began = time.perf_counter()
    networks = first_networks(instance)
    best = next(networks)
    merit = _merit(instance, best)
    for network in networks:
        if merit[0] and merit[1] == _best_worth(instance):
            return best, False
        if seconds is not None and time.perf_counter() - began >= max(seconds, _START_SECONDS):
            return best, True
        other = _merit(instance, network)
        if other > merit:
            best, merit = network, other
    return best, False


def start_seconds(instance: NetworkTraining) -> float:
    """About so long the first of these networks takes."""
    return instance.n_samples * instance.n_inputs * _START_SECONDS_A_DATUM


_START_SECONDS_A_DATUM = 1e-6
_START_SECONDS = 0.02


def _best_worth(instance: NetworkTraining) -> float:
    bound = float(simple_bound(instance, are_biases_free=False))
    return -bound if instance.is_minimized else bound


def _merit(instance: NetworkTraining, network: BinarizedNetwork) -> tuple[bool, float, int]:
    worth = valuation(instance, network)
    if worth.problem:
        return False, 0.0, worth.n_right
    value = float(worth.value)
    return True, -value if instance.is_minimized else value, worth.n_right


def _infeasible(instance: NetworkTraining, found: TrainedNetwork) -> str:
    return (
        f"no network of {instance!r} gets all samples right ({found.solver} claims that). Use "
        "objective='max-correct' or 'hinge', which allow errors; or more hidden neurons, larger "
        "weights or a smaller margin."
    )


def proved_fit(
    instance: NetworkTraining, found: TrainedNetwork, recipe: Recipe, began: float
) -> NetworkFit:
    """The answer with its proof, if the program is small and time is left.

    What is proved replaces what was claimed.
    """
    certificate, is_interrupted = None, False
    size, left = n_products(instance), recipe.left(began)
    is_time = left is None or left >= size * _PROOF_SECONDS_A_PRODUCT
    if found.status is Status.OPTIMAL and size <= _MOST_PROVED and is_time:
        limits = Limits(_PROOF_SECONDS if left is None else left)
        try:
            proved = prove_training(instance, found, limits=limits)
        except KeyboardInterrupt:
            is_interrupted = True
        except SolverError:
            pass  # no relaxation could be solved in floats: the claim is left
        else:
            if proved.status is Status.OPTIMAL:  # whatever was claimed
                found = replace(found, fitted=proved.fitted, bound=proved.bound)
            certificate = proved.certificate if proved.bound == found.bound else None
    is_evident = found.value == simple_bound(instance, are_biases_free=False)
    said = _why(found, is_proved=certificate is not None, is_evident=is_evident)
    assert found.network is not None
    return NetworkFit(
        found.network,
        found.value,
        found.bound,
        found.status.value,
        f"{INTERRUPTED} before it was proved: {said}" if is_interrupted else said,
        time.perf_counter() - began,
        found.history,
        is_proved=certificate is not None or is_evident,
        certificate=certificate,
        is_clocked=is_clocked(found),
    )


def is_clocked(found: TrainedNetwork) -> bool:
    """Whether the clock ended a search."""
    return found.status is Status.LIMIT and "time" in found.reason


def _why(found: TrainedNetwork, *, is_proved: bool, is_evident: bool) -> str:
    if is_proved:
        return "optimal, proved"
    if is_evident:
        return "optimal: by the definition of the objective no network is better"
    if found.status is Status.OPTIMAL:
        return f"optimal, claimed by {found.solver}"
    return (
        f"{found.reason}: this is the best network found, of value {found.value}; the bound is "
        f"{found.bound}, claimed by {found.solver}"
    )


def kept_fit(
    instance: NetworkTraining,
    network: BinarizedNetwork,
    status: str,
    said: str,
    began: float,
    found: TrainedNetwork | None = None,
) -> NetworkFit:
    """A network that the training program need not allow, with the best bound that is known.

    If its biases are beyond the range of the weights, a bound for networks in that range is none
    for it.
    """
    worth = valuation(instance, network)
    bound: Bound = simple_bound(instance, are_biases_free=worth.bias > 0)
    if found is not None and not worth.bias:
        bound = found.bound
    is_best = not worth.problem and worth.value == bound
    return NetworkFit(
        network,
        worth.value,
        bound,
        Status.OPTIMAL.value if is_best else status,
        f"{said}; this network gets {worth.n_right} of {instance.n_samples} labels right"
        f"{_against(worth.problem)}{beyond(worth.bias)}{', and none is better' * is_best}",
        time.perf_counter() - began,
        () if found is None else found.history,
        is_proved=is_best and found is None,
    )


def _against(problem: str) -> str:
    return f", but the training program does not allow it: {problem}" if problem else ""


def beyond(bias: int) -> str:
    """What is said of a network whose biases are out of range."""
    if not bias:
        return ""
    return f" (with biases up to {bias}; value and bound are those where biases are any integers)"
