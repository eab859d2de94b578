"""The optimal solution of a program as a function for JAX."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np

from tamemip.layers._batch import stacked
from tamemip.layers._cell import pulled_back
from tamemip.layers._data import Penalty, Program
from tamemip.layers._jax_host import Array, ProgramLayer, for_slots, front_of, on_host
from tamemip.layers._method import Method, read_method
from tamemip.layers._oracle import IfInfeasible
from tamemip.layers._quadratic import project_costs
from tamemip.layers._refusals import refuse, refuse_switch
from tamemip.solvers import Limits, Solver


@final
class SolutionLayer(ProgramLayer):
    """The optimal solution of a program as a function of its data, made differentiable.

    As `tamemip.layers.torch.SolutionLayer`, whose arguments it takes; the noise of
    ``"perturbed"`` is that of `seed`, the same at every call.

    Examples
    --------
    >>> import jax
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([1], [[1]], "<=", [1], upper=1)
    >>> layer = SolutionLayer(p, method="quadratic", tau=2.0)
    >>> jax.jacrev(layer)(jax.numpy.array([-0.5])).tolist()
    [[-0.5]]
    """

    def __init__(
        self,
        program: Program,
        wrt: str | Sequence[str] | None = None,
        *,
        method: Method = "perturbed",
        sigma: float = 1.0,
        samples: int = 2,
        seed: int = 0,
        tau: float = 1.0,
        solver: str | Solver = "auto",
        limits: Limits | None = None,
        penalty: Penalty = None,
        executor: Executor | None = None,
        on_jump: str = "raise",
        infeasible: IfInfeasible = "raise",
        cache: int = 1000,
        warm_start: bool = False,
    ) -> None:
        super().__init__(
            program,
            wrt,
            solver=solver,
            limits=limits,
            penalty=penalty,
            executor=executor,
            on_jump=on_jump,
            infeasible=infeasible,
            cache=cache,
            warm_start=warm_start,
            with_cells=method == "exact",
        )
        self.method = read_method(self.data, method, sigma=sigma, samples=samples, tau=tau)
        self.sigma, self.samples = sigma, samples
        self.seed, self.tau = seed, tau

    def __call__(self, *arrays: Array) -> Array:
        """The solutions: shape ``(batch, n)``, or ``(n,)`` if no array has a batch axis."""
        read = self.read(arrays)
        match self.method:
            case "exact":
                return _exact(self, *read)
            case "quadratic":
                return _quadratic(self, *read)
            case _:
                return _perturbed(self, *read)

    def points(self, *arrays: Array) -> tuple[Array, ...]:
        """The solutions, on the host."""
        answers, front = self.answers(arrays)
        rows = stacked([answer.point for answer in answers], (self.data.n,))
        return (rows.reshape(*front, self.data.n),)

    def regularized(self, costs: Array) -> tuple[Array, ...]:
        """The regularized solutions and their slopes, on the host."""
        host = np.asarray(costs, dtype=np.float64)
        front, n = host.shape[:-1], self.data.n
        rows = host.reshape(-1, n)
        labels: list[int | None] = list(range(len(rows))) if front else [None]
        found = project_costs(self.oracle, rows, labels, tau=self.tau)
        self.flags = found.flags
        return found.points.reshape(*front, n), found.slopes.reshape(*front, n, n)

    def pulled_back(self, g: Array, *arrays: Array) -> tuple[Array, ...]:
        """Derivatives of ``g x`` by every slot, on the host; refusals come here."""
        answers, front = self.answers(arrays)
        rows = np.asarray(g, dtype=np.float64).reshape(len(answers), self.data.n)
        used, is_batch = [bool(row.any()) for row in rows], bool(front)
        refuse(answers, used, is_batch=is_batch, on_jump=self.on_jump)
        refuse_switch(self.data, answers, used, is_batch=is_batch, on_jump=self.on_jump)
        pulled = [pulled_back(self.data, a, row) for a, row in zip(answers, rows, strict=True)]
        results = []
        for k, slot in enumerate(self.data.wrt):
            shape = self.data.shape(slot)
            results.append(stacked([parts[k] for parts in pulled], shape).reshape(*front, *shape))
        return tuple(results)


def _exact_plain(layer: SolutionLayer, *arrays: Array) -> Array:
    shape = (*front_of(layer.data, arrays), layer.data.n)
    return on_host(layer.points, [shape], *arrays)[0]


def _exact_forward(layer: SolutionLayer, *arrays: Array) -> tuple[Array, Any]:
    return _exact_plain(layer, *arrays), arrays


def _exact_backward(layer: SolutionLayer, arrays: Any, g: Array) -> tuple[Array, ...]:
    front = front_of(layer.data, arrays)
    shapes = [(*front, *layer.data.shape(slot)) for slot in layer.data.wrt]
    return for_slots(layer.data, arrays, on_host(layer.pulled_back, shapes, g, *arrays))


_exact = jax.custom_vjp(_exact_plain, nondiff_argnums=(0,))
_exact.defvjp(_exact_forward, _exact_backward)


def _quadratic_forward(layer: SolutionLayer, costs: Array) -> tuple[Array, Any]:
    n, front = layer.data.n, front_of(layer.data, [costs])
    point, slope = on_host(layer.regularized, [(*front, n), (*front, n, n)], costs)
    return point, slope


def _quadratic_backward(layer: SolutionLayer, slope: Any, g: Array) -> tuple[Array]:
    return ((slope @ g[..., None])[..., 0],)


def _quadratic_plain(layer: SolutionLayer, costs: Array) -> Array:
    return _quadratic_forward(layer, costs)[0]


_quadratic = jax.custom_vjp(_quadratic_plain, nondiff_argnums=(0,))
_quadratic.defvjp(_quadratic_forward, _quadratic_backward)


def _perturbed_forward(layer: SolutionLayer, *arrays: Array) -> tuple[Array, Any]:
    front, n, pairs = front_of(layer.data, arrays), layer.data.n, layer.samples // 2
    random = np.random.default_rng(layer.seed)
    noise, moved = [], []
    for slot, array in zip(layer.data.wrt, arrays, strict=True):
        shape = (pairs, *front, *layer.data.shape(slot))
        z = jnp.asarray(random.standard_normal(shape), dtype=array.dtype)
        noise.append(z)
        moved.append(jnp.concatenate([array + layer.sigma * z, array - layer.sigma * z]))
    (points,) = on_host(layer.points, [(2 * pairs, *front, n)], *moved)
    halves = (points[:pairs] - points[pairs:]) / 2
    return points.mean(0), (arrays, halves, noise)


def _perturbed_backward(layer: SolutionLayer, kept: Any, g: Array) -> tuple[Array, ...]:
    arrays, halves, noise = kept
    weights = (halves * g).sum(-1) / layer.sigma
    gradients = [
        (weights.reshape(*weights.shape, *[1] * (z.ndim - weights.ndim)) * z).mean(0) for z in noise
    ]
    return for_slots(layer.data, arrays, gradients)


def _perturbed_plain(layer: SolutionLayer, *arrays: Array) -> Array:
    return _perturbed_forward(layer, *arrays)[0]


_perturbed = jax.custom_vjp(_perturbed_plain, nondiff_argnums=(0,))
_perturbed.defvjp(_perturbed_forward, _perturbed_backward)
