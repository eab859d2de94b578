"""What the JAX layers share: an oracle on the host, and how it is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, TypeAlias

import numpy as np

from tamemip.errors import MissingDependencyError, UnsupportedError
from tamemip.layers._answer import Answer, ItemFlags
from tamemip.layers._batch import read_batch
from tamemip.layers._data import LayerData, Penalty, Program, read_layer
from tamemip.layers._oracle import IfInfeasible, Oracle, Plan
from tamemip.layers._refusals import NO_SECOND, OnJump, read_on_jump
from tamemip.solvers import Limits, Solver

try:
    import jax
    import jax.numpy as jnp
except ImportError as error:
    raise MissingDependencyError(
        "tamemip.layers.jax needs jax, which is not installed here: pip install tamemip[jax]"
    ) from error

Array: TypeAlias = Any


class ProgramLayer:
    """A function of arrays that asks an oracle on the host; called like any JAX function."""

    def __init__(
        self,
        program: Program,
        wrt: str | Sequence[str] | None,
        *,
        solver: str | Solver,
        limits: Limits | None,
        penalty: Penalty,
        executor: Executor | None,
        on_jump: str,
        infeasible: IfInfeasible,
        cache: int,
        warm_start: bool,
        with_cells: bool = False,
    ) -> None:
        self.data = read_layer(program, wrt, penalty)
        self.on_jump: OnJump = read_on_jump(on_jump)
        plan = Plan(self.data, solver, limits, infeasible, with_cells)
        self.oracle = Oracle(plan, executor=executor, cache=cache, warm_start=warm_start)
        self.flags: tuple[ItemFlags, ...] = ()

    @property
    def n_solves(self) -> int:
        """Solver calls so far; answers from the cache are free."""
        return self.oracle.n_solves

    def __repr__(self) -> str:
        envelope = "" if self.data.penalty is None else f", penalty={self.data.penalty!r}"
        return f"{type(self).__name__}({self.data.program!r}, wrt={self.data.wrt!r}{envelope})"

    # -- on the host -----------------------------------------------------------------------

    def answers(self, arrays: Sequence[Array]) -> tuple[list[Answer], tuple[int, ...]]:
        """Answers for arrays with any number of axes in front, and the lengths of these."""
        host = [np.asarray(array) for array in arrays]
        shapes = [self.data.shape(slot) for slot in self.data.wrt]
        front = np.broadcast_shapes(
            *(a.shape[: a.ndim - len(s)] for a, s in zip(host, shapes, strict=True))
        )
        count = int(np.prod(front, dtype=np.int64))
        flat = [
            np.broadcast_to(a, (*front, *s)).reshape(count, *s)
            for a, s in zip(host, shapes, strict=True)
        ]
        items = [tuple(a[k] for a in flat) for k in range(count)]
        answers = self.oracle.answers(items, list(range(count)) if front else [None])
        self.flags = tuple(answer.flags for answer in answers)
        return answers, front

    def read(self, arrays: Sequence[Array]) -> list[Array]:
        """Arrays of one floating type whose shapes fit."""
        given = [jnp.asarray(array) for array in arrays]
        read_batch(self.data, [array.shape for array in given])
        dtype = jnp.result_type(*given, jnp.float32)
        return [array.astype(dtype) for array in given]


def on_host(
    work: Callable[..., tuple[Array, ...]], shapes: Sequence[tuple[int, ...]], *arrays: Array
) -> tuple[Array, ...]:
    """Call a function of the host: directly where the numbers are there, else by a callback.

    Its derivative is refused: that of a derivative would be asked for.
    """
    dtype = arrays[0].dtype

    def typed(*host: Array) -> tuple[Array, ...]:
        return tuple(np.asarray(result, dtype=dtype) for result in work(*host))

    @jax.custom_jvp  # type: ignore[untyped-decorator]  # jax is untyped where it is absent
    def call(*given: Array) -> tuple[Array, ...]:
        if not any(isinstance(array, jax.core.Tracer) for array in given):
            return tuple(jnp.asarray(result) for result in typed(*given))
        wanted = tuple(jax.ShapeDtypeStruct(shape, dtype) for shape in shapes)
        found = jax.pure_callback(typed, wanted, *given, vmap_method="broadcast_all")
        return tuple(found)

    @call.defjvp  # type: ignore[untyped-decorator]  # jax is untyped where it is absent
    def _refused(primals: Any, tangents: Any) -> Any:
        raise UnsupportedError(NO_SECOND)

    return tuple(call(*arrays))


def front_of(data: LayerData, arrays: Sequence[Array]) -> tuple[int, ...]:
    """The batch axis, if one of the arrays has one."""
    for slot, array in zip(data.wrt, arrays, strict=True):
        if array.ndim > len(data.shape(slot)):
            return (int(array.shape[0]),)
    return ()


def for_slots(
    data: LayerData, arrays: Sequence[Array], gradients: Sequence[Array]
) -> tuple[Array, ...]:
    """Add up over the batch what belongs to arrays without a batch axis."""
    return tuple(
        d.sum(0) if d.ndim > array.ndim else d for array, d in zip(arrays, gradients, strict=True)
    )
