"""One network for two classes, by one of the methods."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never, final

from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._assessment import best_total
from tamemip.plugins.bnn._descents import descend
from tamemip.plugins.bnn._first_network import first_networks
from tamemip.plugins.bnn._fitted import FittedNetwork, evaluate, fit_of
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._proof import prove_training
from tamemip.plugins.bnn._train import allowed, train
from tamemip.plugins.bnn._trained import TrainedNetwork, TrainingProgress
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.solvers import Limits, Status

if TYPE_CHECKING:
    from tamemip.certificates import Certificate

Method: TypeAlias = Literal["hybrid", "mip", "tame", "ste"]
METHODS: tuple[Method, ...] = ("hybrid", "mip", "tame", "ste")


@final
@dataclass(frozen=True, slots=True)
class Recipe:
    """How one network is trained.

    Attributes
    ----------
    method
        ``"mip"``: the training program. ``"tame"``, ``"ste"``: a descent. ``"hybrid"``: a
        descent, then the training program from there, if it is small, with few conflicts.
    seconds
        When to stop; None for no limit.
    seed
        Of all random choices.
    progress
        Is called with each new value or bound.
    """

    method: Method
    seconds: float | None
    seed: int
    progress: Callable[[TrainingProgress], None] | None = None


@final
@dataclass(frozen=True, slots=True, eq=False)
class NetworkFit:
    """A trained network, and what is known about it.

    Attributes
    ----------
    network
        The network.
    value
        The objective, exactly; the worst infinity if the training program does not allow the
        network.
    bound
        No network is better. Proved if there is a certificate, or if it is the trivial one;
        otherwise a solver's claim.
    status
        ``"optimal"``, ``"limit reached"`` or ``"descended"``.
    reason
        Why it ended, and what is proved, in words.
    seconds
        Wall-clock time.
    history
        How value and bound changed.
    losses
        The loss of each epoch of the descent.
    certificate
        The proof that no network is better, if there is one.
    """

    network: BinarizedNetwork
    value: Bound
    bound: Bound
    status: str
    reason: str
    seconds: float
    history: tuple[TrainingProgress, ...] = ()
    losses: tuple[float, ...] = ()
    certificate: Certificate | None = None

    def __repr__(self) -> str:
        return f"NetworkFit({self.status}, value {self.value}, bound {self.bound}, {self.network})"


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
        limits=Limits(recipe.seconds),
        start=start,
        progress=recipe.progress,
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
        left = _left(recipe, began)
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
        certificate=certificate,
    )


def _why(found: TrainedNetwork, *, is_proved: bool) -> str:
    if found.status is Status.OPTIMAL:
        return "optimal, proved" if is_proved else f"optimal, claimed by {found.solver}"
    return (
        f"{found.reason}: this is the best network found, of value {found.value}; the bound is "
        f"{found.bound}, claimed by {found.solver}"
    )


def _left(recipe: Recipe, began: float) -> float | None:
    if recipe.seconds is None:
        return None
    return max(0.0, recipe.seconds - (time.perf_counter() - began))


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
    network, losses = descend(instance, recipe.method, seconds=recipe.seconds, seed=recipe.seed)
    kept = _kept(instance, network, "descended", "descended", began)
    return replace(kept, losses=losses)


def _hybrid(instance: NetworkTraining, recipe: Recipe) -> NetworkFit:
    began = time.perf_counter()
    descended = _descended(instance, recipe)
    if n_products(instance) > _MOST_HYBRID:
        return descended
    found = train(
        instance,
        limits=Limits(_left(recipe, began), nodes=_HYBRID_CONFLICTS),
        start=descended.network,
        progress=recipe.progress,
        seed=recipe.seed,
    )
    if found.fitted is None:
        said = "no network is allowed" if found.status is Status.INFEASIBLE else found.reason
        reason = f"descended ({said}, {found.solver} claims)"
        kept = _kept(instance, descended.network, descended.status, reason, began, found)
        return replace(kept, losses=descended.losses)
    return replace(_proved(instance, found, recipe, began), losses=descended.losses)
