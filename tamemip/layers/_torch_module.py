"""What the torch layers share: an oracle, its flags, and how tensors become arrays."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any, TypeAlias

from tamemip.errors import InvalidInputError, MissingDependencyError
from tamemip.layers._answer import Answer, ItemFlags
from tamemip.layers._batch import Batch, read_batch
from tamemip.layers._data import LayerData, Penalty, Program, read_layer
from tamemip.layers._oracle import IfInfeasible, Oracle, Plan
from tamemip.solvers import Limits, Solver

try:
    import torch
except ImportError as error:
    raise MissingDependencyError(
        "tamemip.layers.torch needs torch, which is not installed here: pip install tamemip[torch]"
    ) from error

Tensor: TypeAlias = Any


class ProgramModule(torch.nn.Module):  # type: ignore[misc]  # torch is untyped where it is absent
    """A module that asks an oracle; it has no parameters, and an empty ``state_dict``."""

    def __init__(
        self,
        program: Program,
        *,
        wrt: str | Sequence[str] | None,
        solver: str | Solver,
        limits: Limits | None,
        penalty: Penalty,
        executor: Executor | None,
        infeasible: IfInfeasible,
        cache: int,
        warm_start: bool,
        with_cells: bool = False,
    ) -> None:
        super().__init__()
        if infeasible not in ("raise", "inf"):
            raise InvalidInputError(f"infeasible is {infeasible!r}; use 'raise' or 'inf'.")
        if cache < 0:
            raise InvalidInputError(f"cache is {cache}; a number of answers is needed, 0 for none.")
        self.data = read_layer(program, wrt, penalty)
        plan = Plan(self.data, solver, limits, infeasible, with_cells)
        self.oracle = Oracle(plan, executor=executor, cache=cache, warm_start=warm_start)
        self.flags: tuple[ItemFlags, ...] = ()

    @property
    def n_solves(self) -> int:
        """Solver calls so far; answers from the cache are free."""
        return self.oracle.n_solves

    def extra_repr(self) -> str:
        """What stands between the parentheses of ``repr``."""
        envelope = "" if self.data.penalty is None else f", penalty={self.data.penalty!r}"
        return f"{self.data.program!r}, wrt={self.data.wrt!r}{envelope}"


def read_tensors(data: LayerData, tensors: Sequence[Tensor]) -> Batch:
    """Refuse what is no tensor, no number, or on several devices; read the batch axes."""
    for slot, tensor in zip(data.wrt, tensors, strict=False):
        if not isinstance(tensor, torch.Tensor):
            raise InvalidInputError(f"{slot!r} is {type(tensor).__name__}; a tensor is needed.")
        if tensor.layout is not torch.strided or tensor.is_complex():
            raise InvalidInputError(f"{slot!r} has to be a dense tensor of real numbers.")
    if len({tensor.device for tensor in tensors}) > 1:
        places = ", ".join(f"{s!r} on {t.device}" for s, t in zip(data.wrt, tensors, strict=False))
        raise InvalidInputError(f"the tensors are on several devices: {places}.")
    return read_batch(data, [tuple(tensor.shape) for tensor in tensors])


def ask(oracle: Oracle, batch: Batch, tensors: Sequence[Tensor]) -> list[Answer]:
    """The answers for the tensors, which are copied to the host."""
    items = batch.items([to_numpy(tensor) for tensor in tensors])
    return oracle.answers(items, batch.labels)


def result_dtype(tensors: Sequence[Tensor]) -> Any:
    """The floating type of the result: the widest that came in."""
    dtype = tensors[0].dtype
    for tensor in tensors[1:]:
        dtype = torch.promote_types(dtype, tensor.dtype)
    return dtype if dtype.is_floating_point else torch.get_default_dtype()


def to_numpy(tensor: Tensor) -> Any:
    host = tensor.detach().to("cpu")
    if host.dtype in (torch.bfloat16, torch.float16):
        host = host.to(torch.float32)
    return host.numpy()
