"""The optimal solution of a program as a layer for PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import final

import torch

from tamemip.errors import InvalidInputError
from tamemip.layers._data import Penalty
from tamemip.layers._oracle import IfInfeasible
from tamemip.layers._refusals import read_on_jump
from tamemip.layers._torch_autograd import Asked, Call
from tamemip.layers._torch_module import Program, ProgramModule, Tensor, read_tensors
from tamemip.layers._torch_solution_calls import ExactCall, PerturbedCall, QuadraticCall
from tamemip.solvers import Limits, Solver

_METHODS = ("perturbed", "quadratic", "exact")


@final
class SolutionLayer(ProgramModule):
    """PLACEHOLDER."""

    def __init__(
        self,
        program: Program,
        wrt: str | Sequence[str] | None = None,
        *,
        method: str = "perturbed",
        sigma: float = 1.0,
        samples: int = 2,
        seed: int | None = None,
        tau: float = 1.0,
        solver: str | Solver = "auto",
        limits: Limits | None = None,
        penalty: Penalty = None,
        executor: Executor | None = None,
        on_jump: str = "raise",
        infeasible: IfInfeasible = "raise",
        cache: int = 1000,
        warm_start: bool = True,
    ) -> None:
        super().__init__(
            program,
            wrt=wrt,
            solver=solver,
            limits=limits,
            penalty=penalty,
            executor=executor,
            infeasible=infeasible,
            cache=cache,
            warm_start=warm_start,
            with_cells=method == "exact",
        )
        if method not in _METHODS:
            raise InvalidInputError(f"method is {method!r}; use one of {', '.join(_METHODS)}.")
        if sigma <= 0 or tau <= 0:
            raise InvalidInputError(f"sigma is {sigma}, tau is {tau}; both have to be positive.")
        if samples < 2 or samples % 2:
            raise InvalidInputError(
                f"samples is {samples}; an even number is needed: noise comes in pairs, z and -z."
            )
        if method == "quadratic" and self.data.wrt != ("c",):
            raise InvalidInputError(
                f"method='quadratic' is for wrt='c', not for {self.data.wrt}: it regularizes costs."
            )
        self.method, self.on_jump = method, read_on_jump(on_jump)
        self.sigma, self.samples, self.seed, self.tau = sigma, samples, seed, tau

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # torch is untyped where absent
    def forward(self, *tensors: Tensor) -> Tensor:
        """The solutions: shape ``(batch, n)``, or ``(n,)`` if no tensor has a batch axis."""
        read_tensors(self.data, tensors)
        return Asked.apply(self._call(), *tensors)

    def _call(self) -> Call:
        match self.method:
            case "exact":
                return ExactCall(self, self.on_jump)
            case "quadratic":
                return QuadraticCall(self, self.tau)
            case _:
                return PerturbedCall(self, self.sigma, self.samples, self.seed)

    def extra_repr(self) -> str:
        """What stands between the parentheses of ``repr``."""
        return f"{super().extra_repr()}, method={self.method!r}"
