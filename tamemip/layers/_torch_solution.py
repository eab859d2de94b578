"""The optimal solution of a program as a layer for PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from typing import final

import torch

from tamemip.layers._data import Penalty, Program
from tamemip.layers._method import Method, read_method
from tamemip.layers._oracle import IfInfeasible
from tamemip.layers._refusals import read_on_jump
from tamemip.layers._torch_autograd import Call, differentiable
from tamemip.layers._torch_module import ProgramModule, Tensor, read_tensors
from tamemip.layers._torch_solution_calls import ExactCall, PerturbedCall, QuadraticCall
from tamemip.solvers import Limits, Solver


@final
class SolutionLayer(ProgramModule):
    r"""The optimal solution of a program as a function of its data, made differentiable.

    The solution itself jumps between vertices: it has no derivative that carries information by
    the costs. Three ways out, by `method`:

    ``"perturbed"``
        The mean solution under Gaussian noise on the data,
        :math:`x_\sigma(\theta) = E\, x^*(\theta + \sigma Z)`, estimated from `samples` solves, in
        pairs ``z, -z``. The derivative is an unbiased estimate of that of :math:`x_\sigma` [1]_,
        not of the estimate in the forward pass, which is piecewise constant.
    ``"quadratic"``
        The point of the integer hull that minimizes :math:`c x + \tau |x|^2 / 2` (max: maximizes
        with minus): a projection, piecewise affine in ``c``, and its own derivative [2]_. As many
        solves as the projection needs; solutions are remembered, and near known ones it is one.
    ``"exact"``
        The solution itself. By right-hand sides, matrix and bounds it is affine in a cell; by the
        costs it is constant. Refused where it may switch.

    Parameters
    ----------
    program, wrt
        See `ValueLayer`. ``"quadratic"`` is for ``wrt="c"``.
    method
        ``"perturbed"``, ``"quadratic"`` or ``"exact"``.
    sigma, samples, seed
        Of ``"perturbed"``: standard deviation, an even number of solves an item, and where the
        noise starts: the same noise at every call, or if None torch's own generator.
    tau
        Of ``"quadratic"``: the weight of the regularization.
    solver, limits, penalty, executor, on_jump, infeasible, cache, warm_start
        See `ValueLayer`. `on_jump` is for ``"exact"``.

    Attributes
    ----------
    flags, n_solves
        See `ValueLayer`.

    Raises
    ------
    InvalidInputError, NotAllowedError, NotLipschitzError, UnsupportedError
        As `ValueLayer`; `NotAllowedError` also where the solution may switch.

    References
    ----------
    .. [1] Q. Berthet, M. Blondel, O. Teboul, M. Cuturi, J.-P. Vert, F. Bach, "Learning with
       differentiable perturbed optimizers", NeurIPS 2020.
    .. [2] V. Niculae, A. F. T. Martins, M. Blondel, C. Cardie, "SparseMAP: differentiable sparse
       structured inference", ICML 2018.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([1], [[1]], "<=", [1], upper=1)
    >>> layer = SolutionLayer(p, method="quadratic", tau=2.0)
    >>> c = torch.tensor([-0.5], requires_grad=True)
    >>> x = layer(c)
    >>> x.sum().backward()
    >>> x.tolist(), c.grad.tolist()
    ([0.25], [-0.5])
    """

    def __init__(
        self,
        program: Program,
        wrt: str | Sequence[str] | None = None,
        *,
        method: Method = "perturbed",
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
        warm_start: bool = False,
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
        self.method = read_method(self.data, method, sigma=sigma, samples=samples, tau=tau)
        self.on_jump = read_on_jump(on_jump)
        self.sigma, self.samples, self.seed, self.tau = sigma, samples, seed, tau

    @torch.compiler.disable  # type: ignore[untyped-decorator]  # torch is untyped where absent
    def forward(self, *tensors: Tensor) -> Tensor:
        """The solutions: shape ``(batch, n)``, or ``(n,)`` if no tensor has a batch axis."""
        read_tensors(self.data, tensors)
        return differentiable(self._call(), *tensors)

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
