"""The optimal value of a program as a function for JAX."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any, final

import jax
import numpy as np

from tamemip.layers._batch import stacked
from tamemip.layers._data import Penalty, Program
from tamemip.layers._jax_host import Array, ProgramLayer, for_slots, front_of, on_host
from tamemip.layers._oracle import IfInfeasible
from tamemip.layers._refusals import refuse
from tamemip.solvers import Limits, Solver


@final
class ValueLayer(ProgramLayer):
    """The optimal value of a program as a function of its data.

    As `tamemip.layers.torch.ValueLayer`, whose arguments it takes, under ``jax.grad``,
    ``jax.jit`` and ``jax.vmap``. Refusals come in the forward pass of a derivative, for the whole
    batch; inside of ``jax.jit`` JAX wraps errors in its own, with the text of ours.

    Examples
    --------
    >>> import jax
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([3, 5], [[2, 3]], "<=", [4], upper=1, sense="max")
    >>> layer = ValueLayer(p, wrt="c")
    >>> jax.grad(layer)(jax.numpy.array([3.0, 5.0])).tolist()
    [0.0, 1.0]
    """

    def __init__(
        self,
        program: Program,
        wrt: str | Sequence[str] | None = None,
        *,
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
        )

    def __call__(self, *arrays: Array) -> Array:
        """The optimal values: shape ``(batch,)``, or ``()`` if no array has a batch axis."""
        return _value(self, *self.read(arrays))

    def values(self, *arrays: Array) -> tuple[Array, ...]:
        """The values, on the host."""
        answers, front = self.answers(arrays)
        return (np.array([answer.value for answer in answers]).reshape(front),)

    def values_and_derivatives(self, *arrays: Array) -> tuple[Array, ...]:
        """The values and their derivatives by every slot, on the host; refusals come here."""
        answers, front = self.answers(arrays)
        used = [True] * len(answers)
        refuse(answers, used, is_batch=bool(front), on_jump=self.on_jump)
        results = [np.array([answer.value for answer in answers]).reshape(front)]
        for slot in self.data.wrt:
            shape = self.data.shape(slot)
            rows = stacked([self.data.derivative(slot, a) for a in answers], shape)
            results.append(rows.reshape(*front, *shape))
        return tuple(results)


def _value_forward(layer: ValueLayer, *arrays: Array) -> tuple[Array, Any]:
    front = front_of(layer.data, arrays)
    shapes = [front, *((*front, *layer.data.shape(slot)) for slot in layer.data.wrt)]
    value, *derivatives = on_host(layer.values_and_derivatives, shapes, *arrays)
    return value, (arrays, derivatives)


def _value_backward(layer: ValueLayer, kept: Any, g: Array) -> tuple[Array, ...]:
    arrays, derivatives = kept
    weighted = [g.reshape(*g.shape, *[1] * (d.ndim - g.ndim)) * d for d in derivatives]
    return for_slots(layer.data, arrays, weighted)


def _value_plain(layer: ValueLayer, *arrays: Array) -> Array:
    return on_host(layer.values, [front_of(layer.data, arrays)], *arrays)[0]


_value = jax.custom_vjp(_value_plain, nondiff_argnums=(0,))
_value.defvjp(_value_forward, _value_backward)
