"""The influence of each datum, margin and the regularization on the training value."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tamemip.arithmetic import Number
from tamemip.differentiation import ConservativeGradient, conservative_gradient
from tamemip.errors import NotAllowedError
from tamemip.plugins.bnn._assessment import has_integer_values, is_better_greater
from tamemip.plugins.bnn._fitted import decode
from tamemip.plugins.bnn._influence_rates import (
    NetworkPiece,
    Parameter,
    influential,
    parameters_of,
)
from tamemip.plugins.bnn._influence_room import roomy_network, ties
from tamemip.plugins.bnn._influence_table import Influence, Rate
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._proof import prove_training
from tamemip.plugins.bnn._train import train
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_layers import weight_names
from tamemip.plugins.bnn._training_program import training_program
from tamemip.solvers import Limits, Status


def influence(
    instance: NetworkTraining, *, limits: Limits | None = None, limit: int = 1000
) -> Influence:
    r"""How the training value changes with each datum, each margin and the regularization.

    Weights are what is decided, so this is no gradient by weights: it says which samples and
    features the *optimal value* hangs on. For fixed weights :math:`w` the value is piecewise
    linear in the data, :math:`f_w(X)`, and the training value is the best of finitely many of
    these. `tamemip.conservative_gradient` proves that it is Lipschitz near the data, and lists
    the optimal networks. Then, by Danskin's rule, the rate in a direction `d` is

    .. math:: v'(X; d) = \max \{ f_w'(X; d) : w \text{ optimal} \}

    for objectives that are maximized, and the minimum for the others. For one neuron of the
    greatest margin :math:`f_w(X) = \min_k y_k (w \cdot x_k + b)`, and sample `k` has the rate
    :math:`y_k w` if it alone is nearest. A table has both one-sided rates of each number, exact
    in some neighborhood.

    With hidden layers, if all objectives are numbers of weights or of right samples and there is
    no regularization, an optimal network whose sums all have room is looked for first: then all
    rates are 0.

    Parameters
    ----------
    instance
        What is trained.
    limits, limit
        Of the search for all optimal networks: when to stop, and how many at most.

    Raises
    ------
    NotLipschitzError
        If the value jumps at the data, with the jump: the least norm does at a margin
        that is reached with equality, as integral data have it. Ask at a margin of 1/2.
    NotAllowedError
        If there is no network, a limit comes first, or it is not proved that there is no jump:
        so it is if a hidden sum is 0 or ``-gap``; the message names it, and what to do.
    UnsupportedError
        If the value is a sum whose factors depend on the data, see `training_program`.

    References
    ----------
    .. [1] J. M. Danskin, "The theory of max-min, with applications", SIAM Journal on Applied
       Mathematics 14 (1966), 641-664.
    .. [2] J. Bolte and E. Pauwels, "Conservative set valued fields, automatic differentiation,
       stochastic gradient methods and deep learning", Mathematical Programming 188 (2021),
       19-51.

    Examples
    --------
    >>> table = influence(
    ...     NetworkTraining(
    ...         [[2, 1], [1, -1], [-1, 1]], [1, 1, -1], objective="max-margin", gap="1/2"
    ...     )
    ... )
    >>> print(table)
    training value 1 (proved), 3 optimal networks: 4 of 6 numbers matter
         number  if larger, per unit  if smaller, per unit
      data[0,0]                   +1                     0
      data[0,1]                    0                    +1
      data[2,0]                    0                    +1
      data[2,1]                   +1                     0
    """
    kinds = influential(instance)
    constant = _constant(instance, limits) if instance.hidden else None
    if constant is not None:
        return constant
    q = training_program(instance, moves=kinds)
    try:
        D = conservative_gradient(q, wrt="theta", limits=limits, limit=limit)
    except NotAllowedError as error:
        raise _with_ties(instance, error, limits) from error
    return _influence(instance, _networks(instance, D.parts), D.value, D)


def network_influence(instance: NetworkTraining, network: BinarizedNetwork) -> Influence:
    """How the value of *one* network changes with each datum, margin and the regularization.

    Weights stay as they are. It needs no search, so it answers for thousands of numbers. If the
    network is the only optimal one, and the training value does not jump, these are its rates
    too; nothing of that is claimed.

    Raises
    ------
    InvalidInputError
        If the instance does not allow the network.
    UnsupportedError
        As in `influence`.

    Examples
    --------
    >>> instance = NetworkTraining([[2, 1], [-1, 0]], [1, -1], objective="hinge", margin=3)
    >>> table = network_influence(instance, BinarizedNetwork([[[1, 0]]], [[0]]))
    >>> [(rate.name, str(rate.larger)) for rate in table if rate.larger][:2]
    [('margin', '2'), ('data[0,0]', '-1')]
    """
    piece = NetworkPiece(instance, network)
    return _influence(instance, (network,), piece.value, None)


def _constant(instance: NetworkTraining, limits: Limits | None) -> Influence | None:
    """The influence where an optimal network has room, and so all rates are 0."""
    if instance.regularization or not all(map(has_integer_values, instance.objectives)):
        return None
    proved = prove_training(instance, train(instance, limits=limits), limits=limits)
    if proved.fitted is None or proved.status is not Status.OPTIMAL:
        return None
    network = roomy_network(instance, proved.fitted.network, limits=limits)
    if network is None:
        return None
    zero = Fraction(0)
    rates = tuple(
        Rate(parameter.name, parameter.sample, parameter.feature, zero, zero)
        for parameter in parameters_of(instance, influential(instance))
    )
    return Influence(instance, proved.fitted.value, (network,), rates, None, proved.dual)


def _with_ties(
    instance: NetworkTraining, error: NotAllowedError, limits: Limits | None
) -> NotAllowedError:
    """The refusal, with what is at a limit in a network that is optimal as far as is known."""
    network = train(instance, limits=limits).network
    tie = None if network is None else next(ties(instance, network), None)
    if tie is None:
        return error
    return NotAllowedError(
        f"{error} In a network that training finds, {tie}: the least change of the data may decide "
        "about it. Move the data off such ties, ask at a smaller gap or margin, which leaves "
        "room to sums at -gap and gains at the margin, or ask about one network with "
        "network_influence."
    )


def _networks(
    instance: NetworkTraining, parts: Sequence[Sequence[Number]]
) -> tuple[BinarizedNetwork, ...]:
    """The networks of optimal integer parts, each once."""
    # The columns of weights are integer, and come first.
    count = 2 * len(weight_names(instance))
    return tuple(dict.fromkeys(decode(instance, part[:count]).network for part in parts))


def _influence(
    instance: NetworkTraining,
    networks: tuple[BinarizedNetwork, ...],
    value: Fraction,
    gradient: ConservativeGradient | None,
) -> Influence:
    pieces = [NetworkPiece(instance, network) for network in networks]
    rates = []
    for parameter in parameters_of(instance, influential(instance)):
        larger, smaller = (_best(instance, pieces, parameter, step) for step in (1, -1))
        rates.append(Rate(parameter.name, parameter.sample, parameter.feature, larger, smaller))
    return Influence(instance, value, networks, tuple(rates), gradient)


def _best(
    instance: NetworkTraining, pieces: Sequence[NetworkPiece], parameter: Parameter, step: int
) -> Fraction | None:
    """The best rate of the networks that stay allowed."""
    rates = [rate for piece in pieces if (rate := piece.rate(parameter, step)) is not None]
    best = max if is_better_greater(instance.objectives[0]) else min
    return best(rates, default=None)
