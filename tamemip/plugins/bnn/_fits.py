"""One network for two classes, by one of the methods."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, assert_never

import numpy as np

from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._assessment import best_total
from tamemip.plugins.bnn._descents import (
    DescentMethod,
    DescentTask,
    descend,
    n_right,
)
from tamemip.plugins.bnn._first_network import first_networks
from tamemip.plugins.bnn._fitted import FittedNetwork, evaluate, fit_of
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._network_fit import NetworkFit, Recipe
from tamemip.plugins.bnn._polish import polish
from tamemip.plugins.bnn._proof import prove_training
from tamemip.plugins.bnn._train import train
from tamemip.plugins.bnn._trained import TrainedNetwork
from tamemip.plugins.bnn._training import NetworkTraining, Weights
from tamemip.plugins.bnn._training_search import allowed
from tamemip.solvers import Limits, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray


def fit_network(instance: NetworkTraining, recipe: Recipe) -> NetworkFit:
    """Train a network.

    Raises
    ------
    InvalidInputError
        If the method is ``"mip"`` and it is claimed that no network is allowed.
    """
    match recipe.method:
        case "mip":
            return _exact(instance, recipe)
        case "hybrid":
            return _hybrid(instance, recipe)
        case "tame" | "ste":
            return _descended(instance, recipe)
        case _:
            assert_never(recipe.method)


def n_products(instance: NetworkTraining) -> int:
    """Products of a weight and a datum, over all samples: the size of the training program."""
    widths = (instance.n_inputs, *instance.hidden)
    weights = sum((w + 1) * n for w, n in zip(widths, instance.sizes, strict=True))
    return weights * instance.n_samples


_MOST_EXACT = 4_000_000
"""Products beyond which the training program is not even written."""
_MOST_HYBRID = 50_000
_HYBRID_CONFLICTS = 1_000
"""So that a fit that no clock ends is the same each time."""
_MOST_PROVED = 1_000
_PROOF_SECONDS = 60.0
"""For a proof, if the fit has no limit."""


# -- exactly -------------------------------------------------------------------------------


def _exact(instance: NetworkTraining, recipe: Recipe) -> NetworkFit:
    began = time.perf_counter()
    start = _start(instance)
    if n_products(instance) > _MOST_EXACT:
        reason = (
            f"the training program would have {n_products(instance):,} products of weights and "
            f"data, more than {_MOST_EXACT:,}: it was not solved"
        )
        return _kept(instance, start, Status.LIMIT.value, reason, began)
    found = train(
        instance,
        limits=Limits(recipe.seconds, recipe.conflicts),
        start=start,
        progress=recipe.tell,
        seed=recipe.seed,
    )
    if found.status is Status.INFEASIBLE:
        raise InvalidInputError(_infeasible(instance, found))
    if found.fitted is None:
        reason = f"{found.reason}, and no network is known that gets all samples right"
        return _kept(instance, start, Status.LIMIT.value, reason, began, found)
    return _proved(instance, found, recipe, began)


def _start(instance: NetworkTraining) -> BinarizedNetwork:
    """The best of the networks that are known at once."""
    return max(first_networks(instance), key=lambda network: _merit(instance, network))


def _merit(instance: NetworkTraining, network: BinarizedNetwork) -> tuple[bool, float, int]:
    fitted = fit_of(instance, network)
    is_allowed = _is_allowed(instance, network)
    worth = -float(fitted.value) if instance.is_minimized else float(fitted.value)
    return (is_allowed, worth if is_allowed else 0.0, fitted.n_right)


def _is_allowed(instance: NetworkTraining, network: BinarizedNetwork) -> bool:
    return allowed(instance, network) is not None


def _infeasible(instance: NetworkTraining, found: TrainedNetwork) -> str:
    return (
        f"no network of {instance!r} gets all samples right, {found.solver} claims. Use "
        "objective='max-correct' or 'hinge', which allow errors; or more hidden neurons, larger "
        "weights or a smaller margin."
    )


def _proved(
    instance: NetworkTraining, found: TrainedNetwork, recipe: Recipe, began: float
) -> NetworkFit:
    """The answer with its proof, if the program is small and time is left."""
    assert found.fitted is not None
    certificate = None
    if found.status is Status.OPTIMAL and n_products(instance) <= _MOST_PROVED:
        left = recipe.left(began)
        proved = prove_training(
            instance, found, limits=Limits(_PROOF_SECONDS if left is None else left)
        )
        if proved.bound == found.bound:
            certificate = proved.certificate
    return NetworkFit(
        found.fitted.network,
        found.value,
        found.bound,
        found.status.value,
        _why(found, is_proved=certificate is not None),
        time.perf_counter() - began,
        found.history,
        is_proved=certificate is not None,
        certificate=certificate,
    )


def _why(found: TrainedNetwork, *, is_proved: bool) -> str:
    if found.status is Status.OPTIMAL:
        return "optimal, proved" if is_proved else f"optimal, claimed by {found.solver}"
    return (
        f"{found.reason}: this is the best network found, of value {found.value}; the bound is "
        f"{found.bound}, claimed by {found.solver}"
    )


def _kept(
    instance: NetworkTraining,
    network: BinarizedNetwork,
    status: str,
    reason: str,
    began: float,
    found: TrainedNetwork | None = None,
) -> NetworkFit:
    """A network that the training program need not allow, with the best bound that is known."""
    fitted = fit_of(instance, network)
    value, note = _value(instance, fitted)
    return NetworkFit(
        network,
        value,
        best_total(instance) if found is None else found.bound,
        status,
        f"{reason}; this network gets {fitted.n_right} of {instance.n_samples} labels right{note}",
        time.perf_counter() - began,
        () if found is None else found.history,
    )


def _value(instance: NetworkTraining, fitted: FittedNetwork) -> tuple[Bound, str]:
    try:
        return evaluate(instance, fitted), ""
    except InvalidInputError as error:
        worst = float("inf") if instance.is_minimized else -float("inf")
        return worst, f", but the training program does not allow it: {str(error).rstrip('.')}"


# -- by descent ----------------------------------------------------------------------------


def _descended(instance: NetworkTraining, recipe: Recipe) -> NetworkFit:
    began = time.perf_counter()
    network, records = descend(_task(recipe, *_samples(instance), instance), recipe.tell_loss)
    kept = _kept(instance, network, "descended", "descended", began)
    return replace(kept, losses=tuple(record.loss for record in records))


def _hybrid(instance: NetworkTraining, recipe: Recipe) -> NetworkFit:
    """Tame descent; the training program, if it is small; polish of the better one."""
    began = time.perf_counter()
    first = _descended(instance, _shortened(recipe, _DESCENT_SHARE))
    X, y = _samples(instance)
    # Of two that get as many samples right, the plainer one.
    network = max(_start(instance), first.network, key=lambda tried: n_right(tried, X, y))
    found = None
    left = recipe.left(began)
    if n_products(instance) <= _MOST_HYBRID and left != 0:
        found = train(
            instance,
            limits=Limits(
                left and _EXACT_SHARE * left, nodes=recipe.conflicts or _HYBRID_CONFLICTS
            ),
            start=network,
            progress=recipe.tell,
            seed=recipe.seed,
        )
        if found.status is Status.OPTIMAL:
            return replace(_proved(instance, found, recipe, began), losses=first.losses)
    if found is not None and found.network is not None:
        network = max(found.network, network, key=lambda tried: n_right(tried, X, y))
    network = _polished(network, (X, y), recipe, instance.weights, recipe.left(began))
    if found is not None and found.network is not None:
        network = max(found.network, network, key=lambda tried: n_right(tried, X, y))
    said = "descended and polished"
    if found is not None:
        ended = "no network is allowed" if found.status is Status.INFEASIBLE else found.reason
        said += f" ({found.solver}: {ended})"
    kept = _kept(instance, network, "descended", said, began, found)
    return replace(kept, losses=first.losses)


_DESCENT_SHARE = 0.4
_EXACT_SHARE = 0.5
_POLISH_SECONDS = 10.0
"""If the fit has no limit."""


def fit_jointly(
    X: NDArray[Any], y: NDArray[Any], hidden: tuple[int, ...], weights: Weights, recipe: Recipe
) -> NetworkFit:
    """A network with one output a class, by descent; `y` has classes counted from 0.

    Its value is the number of training samples that it gets right; the bound is how many there
    are.
    """
    began = time.perf_counter()
    shape = _Shape(hidden, weights)
    is_polished = recipe.method == "hybrid"
    share = _JOINT_SHARE if is_polished else 1.0
    network, records = descend(_task(_shortened(recipe, share), X, y, shape), recipe.tell_loss)
    said = "descended"
    if is_polished:
        network = _polished(network, (X, y), recipe, weights, recipe.left(began))
        said = "descended and polished"
    right = n_right(network, X, y)
    return NetworkFit(
        network,
        Fraction(right),
        Fraction(len(y)),
        "descended",
        f"{said}; this network gets {right} of {len(y)} labels right",
        time.perf_counter() - began,
        losses=tuple(record.loss for record in records),
    )


_JOINT_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class _Shape:
    hidden: tuple[int, ...]
    weights: Weights


def _task(
    recipe: Recipe, X: NDArray[Any], y: NDArray[Any], shape: NetworkTraining | _Shape
) -> DescentTask:
    method: DescentMethod = "ste" if recipe.method == "ste" else "tame"
    return DescentTask(
        X,
        y,
        shape.hidden,
        shape.weights,
        method,
        recipe.seconds,
        recipe.seed,
        recipe.epochs,
        recipe.augment,
    )


def _samples(instance: NetworkTraining) -> tuple[NDArray[Any], NDArray[Any]]:
    data = instance.integer_data
    if data is None or instance.scale != 1:
        data = np.array([[float(x) for x in row] for row in instance.X])
    return data, np.array(instance.y)


def _shortened(recipe: Recipe, share: float) -> Recipe:
    return recipe if recipe.seconds is None else replace(recipe, seconds=share * recipe.seconds)


def _polished(
    network: BinarizedNetwork,
    samples: tuple[NDArray[Any], NDArray[Any]],
    recipe: Recipe,
    weights: Weights,
    seconds: float | None,
) -> BinarizedNetwork:
    X, y = samples
    if recipe.augment is not None:
        rng = np.random.default_rng(recipe.seed)
        X = np.vstack([X, *(np.rint(recipe.augment(X, rng)).astype(X.dtype) for _ in range(3))])
        y = np.tile(y, 4)
    return polish(
        network,
        X,
        y,
        seconds=_POLISH_SECONDS if seconds is None else seconds,
        weights=weights,
        random_state=recipe.seed,
    ).network
