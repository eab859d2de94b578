"""One network, by one of the methods."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, assert_never, final

import numpy as np

from tamemip.errors import SolverError
from tamemip.plugins.bnn._bias_range import in_bias_range, n_right
from tamemip.plugins.bnn._descent_result import INTERRUPTED, TIME_OVER
from tamemip.plugins.bnn._descents import DescentMethod, DescentTask, descend
from tamemip.plugins.bnn._exact_fits import (
    beyond,
    exact_fit,
    is_clocked,
    kept_fit,
    n_products,
    proved_fit,
    start_network,
    start_seconds,
)
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._network_fit import NetworkFit, Recipe
from tamemip.plugins.bnn._polish import polish
from tamemip.plugins.bnn._train import train
from tamemip.plugins.bnn._trained import TrainedNetwork
from tamemip.plugins.bnn._training import NetworkTraining, Weights
from tamemip.solvers import Limits, Status

if TYPE_CHECKING:
    from numpy.typing import NDArray


def fit_network(instance: NetworkTraining, recipe: Recipe) -> NetworkFit:
    """Train a network with one output. Ctrl-C leaves the best one so far.

    Raises
    ------
    InvalidInputError
        If the method is ``"mip"`` and it is claimed that no network is allowed.
    """
    match recipe.method:
        case "mip":
            return exact_fit(instance, recipe)
        case "hybrid":
            return _hybrid(instance, recipe)
        case "tame" | "ste":
            return _descended(instance, recipe)
        case _:
            assert_never(recipe.method)


def fit_jointly(
    X: NDArray[Any], y: NDArray[Any], hidden: tuple[int, ...], weights: Weights, recipe: Recipe
) -> NetworkFit:
    """A network with one output a class, by descent; `y` has classes counted from 0.

    Its value is the number of training samples that it gets right; the bound is how many there
    are.
    """
    began = time.perf_counter()
    samples = _Samples(X, y, hidden, weights)
    is_polished = recipe.method == "hybrid"
    share = _JOINT_SHARE if is_polished else 1.0
    draft = _first_draft(samples, _shortened(recipe, share))
    if is_polished:
        draft = _polished(draft, samples, recipe, recipe.left(began))
    right = n_right(draft.network, X, y)
    bias = max(int(np.abs(b).max()) for b in draft.network.biases)
    is_best = right == len(y)
    return NetworkFit(
        draft.network,
        Fraction(right),
        Fraction(len(y)),
        Status.OPTIMAL.value if is_best else _DESCENDED,
        f"{draft.said}; this network gets {right} of {len(y)} labels right"
        f"{beyond(bias if bias > samples.largest else 0)}",
        time.perf_counter() - began,
        losses=draft.losses,
        is_proved=is_best,
        is_clocked=draft.is_clocked or draft.is_doubtful,
    )


_JOINT_SHARE = 0.6
_DESCENT_SHARE = 0.4
_START_SHARE = 0.5
_EXACT_SHARE = 0.5
_MOST_HYBRID = 50_000
"""Products of weights and data in a training program that ``"hybrid"`` still writes."""
_HYBRID_CONFLICTS = 1_000
"""So that a fit that no clock ends is the same each time."""
_POLISH_SECONDS = 10.0
"""If the fit has no limit."""
_SURE_SECONDS = 2.0
"""A polish that took no longer had no block that its own clock ended."""
_DESCENDED = "descended"


@final
@dataclass(frozen=True, slots=True)
class _Samples:
    """What is learned, and the shape of the network."""

    X: NDArray[Any]
    y: NDArray[Any]
    hidden: tuple[int, ...]
    weights: Weights

    @classmethod
    def of(cls, instance: NetworkTraining) -> _Samples:
        data = instance.integer_data
        if data is None or instance.scale != 1:
            data = np.array([[float(x) for x in row] for row in instance.X])
        return cls(data, np.array(instance.y), instance.hidden, instance.weights)

    @property
    def largest(self) -> int:
        return 1 if isinstance(self.weights, str) else self.weights


@final
@dataclass(frozen=True, slots=True)
class _Draft:
    """A network on its way, and how it came about."""

    network: BinarizedNetwork
    losses: tuple[float, ...] = ()
    ways: tuple[str, ...] = ()
    is_clocked: bool = False
    is_interrupted: bool = False
    is_doubtful: bool = False

    @property
    def said(self) -> str:
        """How it came about, in words."""
        ways = " and ".join(self.ways) or "the first network that was tried"
        if self.is_interrupted:
            return f"{INTERRUPTED} ({ways})"
        if self.is_clocked:
            return f"{ways}, ended by the clock"
        return f"{ways}, perhaps in part ended by the clock" if self.is_doubtful else ways


def _first_draft(samples: _Samples, recipe: Recipe) -> _Draft:
    """The network of a descent, with biases in range if that costs nothing."""
    method: DescentMethod = "ste" if recipe.method == "ste" else "tame"
    task = DescentTask(
        samples.X,
        samples.y,
        samples.hidden,
        samples.weights,
        method,
        recipe.seconds,
        recipe.seed,
        recipe.epochs,
        recipe.augment,
        recipe.start,
    )
    found = descend(task, recipe.tell_loss)
    return _Draft(
        in_bias_range(found.network, samples.X, samples.y, samples.largest),
        found.losses,
        (_DESCENDED,),
        found.is_cut,
        found.is_interrupted,
    )


def _polished(draft: _Draft, samples: _Samples, recipe: Recipe, seconds: float | None) -> _Draft:
    """A draft after polish, with biases in range if that costs nothing."""
    if draft.is_interrupted:
        return draft
    if seconds == 0:
        return replace(draft, is_clocked=True)
    X, y = samples.X, samples.y
    if recipe.augment is not None:
        rng = np.random.default_rng(recipe.seed)
        X = np.vstack([X, *(np.rint(recipe.augment(X, rng)).astype(X.dtype) for _ in range(3))])
        y = np.tile(y, 4)
    result = polish(
        draft.network,
        X,
        y,
        seconds=_POLISH_SECONDS if seconds is None else seconds,
        weights=samples.weights,
        random_state=recipe.seed,
    )
    return replace(
        draft,
        network=in_bias_range(result.network, samples.X, samples.y, samples.largest),
        ways=(*draft.ways, "polished"),
        is_clocked=draft.is_clocked or result.reason == TIME_OVER,
        is_interrupted=result.is_interrupted,
        is_doubtful=result.seconds >= _SURE_SECONDS,
    )


def _descended(instance: NetworkTraining, recipe: Recipe) -> NetworkFit:
    began = time.perf_counter()
    return _kept(instance, _first_draft(_Samples.of(instance), recipe), began)


def _kept(
    instance: NetworkTraining, draft: _Draft, began: float, found: TrainedNetwork | None = None
) -> NetworkFit:
    said = draft.said
    if found is not None:
        ended = "no network is allowed" if found.status is Status.INFEASIBLE else found.reason
        said += f" (training program: {ended})"
    kept = kept_fit(instance, draft.network, _DESCENDED, said, began, found)
    is_unsure = draft.is_clocked or draft.is_doubtful
    return replace(kept, losses=draft.losses, is_clocked=is_unsure)


def _hybrid(instance: NetworkTraining, recipe: Recipe) -> NetworkFit:
    """Tame descent; the training program, if it is small; polish of the better one."""
    began = time.perf_counter()
    samples = _Samples.of(instance)
    draft = _better_first(instance, samples, recipe)
    found = None if draft.is_interrupted else _searched(instance, draft, recipe, began)
    if found is None:
        draft = _polished(draft, samples, recipe, recipe.left(began))
        return _kept(instance, draft, began)
    if found.status is Status.OPTIMAL:
        fit = proved_fit(instance, found, recipe, began)
        return replace(fit, losses=draft.losses)
    if found.network is not None:
        draft = replace(draft, network=_of_more_right(samples, found.network, draft.network))
    draft = replace(
        draft,
        is_clocked=draft.is_clocked or is_clocked(found),
        is_interrupted=found.reason.startswith(INTERRUPTED),
    )
    draft = _polished(draft, samples, recipe, recipe.left(began))
    if found.network is not None:
        draft = replace(draft, network=_of_more_right(samples, found.network, draft.network))
    return _kept(instance, draft, began, found)


def _better_first(instance: NetworkTraining, samples: _Samples, recipe: Recipe) -> _Draft:
    """The network of a descent, or one that is known at once and gets as many right."""
    if recipe.seconds == 0:
        return _Draft(start_network(instance, 0.0)[0], is_clocked=True)
    began = time.perf_counter()
    draft = _first_draft(samples, _shortened(recipe, _DESCENT_SHARE))
    left = 0.0 if draft.is_interrupted else recipe.left(began)
    if left is not None and start_seconds(instance) > left:
        return replace(draft, is_clocked=True)
    start, is_cut = start_network(instance, None if left is None else _START_SHARE * left)
    network = _of_more_right(samples, start, draft.network)
    return replace(draft, network=network, is_clocked=draft.is_clocked or is_cut)


def _searched(
    instance: NetworkTraining, draft: _Draft, recipe: Recipe, began: float
) -> TrainedNetwork | None:
    """What the training program gives, for a limited number of conflicts.

    None if it is large, or too much for a solver in floats.
    """
    left = recipe.left(began)
    if n_products(instance) > _MOST_HYBRID or left == 0:
        return None
    conflicts = _HYBRID_CONFLICTS if recipe.conflicts is None else recipe.conflicts
    try:
        return train(
            instance,
            limits=Limits(left and _EXACT_SHARE * left, nodes=conflicts),
            start=draft.network,
            progress=recipe.tell,
            seed=recipe.seed,
        )
    except SolverError:
        return None


def _of_more_right(
    samples: _Samples, plain: BinarizedNetwork, other: BinarizedNetwork
) -> BinarizedNetwork:
    """The network that gets more labels right; the plain one of equals."""
    return max(plain, other, key=lambda network: n_right(network, samples.X, samples.y))


def _shortened(recipe: Recipe, share: float) -> Recipe:
    return recipe if recipe.seconds is None else replace(recipe, seconds=share * recipe.seconds)
