"""The three ways in which a solution is differentiated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np
import torch

from tamemip.errors import NotAllowedError, UnsupportedError
from tamemip.layers._answer import Answer, Floats, ItemFlags
from tamemip.layers._batch import Batch, stacked
from tamemip.layers._data import LayerData
from tamemip.layers._projection import Projection, project
from tamemip.layers._refusals import OnJump, refuse, refuse_switch
from tamemip.layers._torch_autograd import nonzero
from tamemip.layers._torch_module import (
    ProgramModule,
    Tensor,
    ask,
    read_tensors,
    result_dtype,
    to_numpy,
)


def _points(answers: Sequence[Answer], n: int, tensors: Sequence[Tensor]) -> Tensor:
    rows = stacked([answer.point for answer in answers], (n,))
    return torch.as_tensor(rows, dtype=result_dtype(tensors), device=tensors[0].device)


@final
class ExactCall:
    """The solution itself: affine in the data inside of a cell, refused at a switch."""

    def __init__(self, layer: ProgramModule, on_jump: OnJump) -> None:
        self.layer, self.on_jump = layer, on_jump
        self.answers: list[Answer] = []
        self.batch = Batch(None, ())

    @property
    def data(self) -> LayerData:
        """What the layer is of."""
        return self.layer.data

    def again(self) -> ExactCall:
        """Another call of the same layer."""
        return ExactCall(self.layer, self.on_jump)

    def run(self, tensors: Sequence[Tensor]) -> Tensor:
        """The solutions that the solver found."""
        self.batch = read_tensors(self.data, tensors)
        self.answers = ask(self.layer.oracle, self.batch, tensors)
        self.layer.flags = tuple(answer.flags for answer in self.answers)
        points = _points(self.answers, self.data.n, tensors)
        return points if self.batch.size is not None else points[0]

    def pull_back(self, g: Tensor, tensors: Sequence[Tensor]) -> list[Tensor]:
        """By the cell of each item: what is basic adapts, all else stays."""
        rows = g if self.batch.size is not None else g.unsqueeze(0)
        used = nonzero(rows.abs().sum(1))
        is_batch = self.batch.size is not None
        refuse(self.answers, used, is_batch=is_batch, on_jump=self.on_jump)
        refuse_switch(self.data, self.answers, used, is_batch=is_batch, on_jump=self.on_jump)
        try:
            host = np.asarray(to_numpy(rows), dtype=np.float64)
        except RuntimeError:
            raise UnsupportedError(
                "method='exact' is differentiated by backward() and torch.autograd.grad, not "
                "inside of torch.func. Use method='perturbed' or 'quadratic' there."
            ) from None
        pulled = [_pulled(self.data, a, row) for a, row in zip(self.answers, host, strict=True)]
        gradients = []
        for k, (slot, tensor) in enumerate(zip(self.data.wrt, tensors, strict=True)):
            total = stacked([parts[k] for parts in pulled], self.data.shape(slot))
            total = total if self.batch.has_axis[k] else total.sum(axis=0)
            gradients.append(torch.as_tensor(total, dtype=tensor.dtype, device=tensor.device))
        return gradients


def _pulled(data: LayerData, answer: Answer, g: Floats) -> list[Floats]:
    if answer.cell is None or not g.any():
        return [np.zeros(data.shape(slot)) for slot in data.wrt]
    full = np.zeros(len(answer.full_point))
    full[: data.n] = g
    w, lower, upper = answer.cell.pull_back(full)
    return [
        np.zeros(data.n)
        if slot == "c"
        else data.chain(slot, answer.point, np.zeros(data.n), w, lower[: data.n], upper[: data.n])
        for slot in data.wrt
    ]


@final
class PerturbedCall:
    """The mean solution under Gaussian noise on the data, estimated from pairs of samples."""

    def __init__(self, layer: ProgramModule, sigma: float, samples: int, seed: int | None) -> None:
        self.layer, self.sigma, self.samples, self.seed = layer, sigma, samples, seed
        self.noise: list[Tensor] = []
        self.halves = torch.zeros(0)
        self.batch = Batch(None, ())

    @property
    def data(self) -> LayerData:
        """What the layer is of."""
        return self.layer.data

    def again(self) -> PerturbedCall:
        """Another call of the same layer."""
        return PerturbedCall(self.layer, self.sigma, self.samples, self.seed)

    def run(self, tensors: Sequence[Tensor]) -> Tensor:
        """The mean over all samples."""
        self.batch = read_tensors(self.data, tensors)
        count, pairs = self.batch.count, self.samples // 2
        generator = None if self.seed is None else torch.Generator().manual_seed(self.seed)
        dtype = result_dtype(tensors)
        moved, self.noise = [], []
        for slot, tensor in zip(self.data.wrt, tensors, strict=True):
            shape = (pairs, count, *self.data.shape(slot))
            z = torch.randn(shape, generator=generator, dtype=dtype).to(tensor.device)
            self.noise.append(z)
            moved.append(torch.cat([tensor + self.sigma * z, tensor - self.sigma * z]).flatten(0, 1))
        items = Batch(len(moved[0]), (True,) * len(moved)).items([to_numpy(t) for t in moved])
        answers = self.layer.oracle.answers(items, self.batch.labels * self.samples)
        self.layer.flags = tuple(_merged(answers[k::count]) for k in range(count))
        points = _points(answers, self.data.n, tensors).reshape(2, pairs, count, self.data.n)
        self.halves = (points[0] - points[1]) / 2
        mean = points.mean((0, 1))
        return mean if self.batch.size is not None else mean[0]

    def pull_back(self, g: Tensor, tensors: Sequence[Tensor]) -> list[Tensor]:
        """The score of the noise: an unbiased derivative of the mean over all noise."""
        rows = g if self.batch.size is not None else g.unsqueeze(0)
        weights = (self.halves * rows).sum(-1) / self.sigma
        gradients = []
        for tensor, axis, z in zip(tensors, self.batch.has_axis, self.noise, strict=True):
            total = (weights.reshape(*weights.shape, *[1] * (z.dim() - 2)) * z).mean(0)
            gradients.append((total if axis else total.sum(0)).to(tensor.dtype))
        return gradients


def _merged(answers: Sequence[Answer]) -> ItemFlags:
    flags = [answer.flags for answer in answers]
    return ItemFlags(
        flags[0].status,
        next((f.tie for f in flags if f.tie), ""),
        next((f.jump for f in flags if f.jump), ""),
        any(f.degenerate for f in flags),
    )


@final
class QuadraticCall:
    """The point of the integer hull with the least ``c x + tau |x|^2 / 2`` (max: the most, less)."""

    def __init__(self, layer: ProgramModule, tau: float) -> None:
        self.layer, self.tau = layer, tau
        self.projectors = torch.zeros(0)
        self.batch = Batch(None, ())

    @property
    def data(self) -> LayerData:
        """What the layer is of."""
        return self.layer.data

    def again(self) -> QuadraticCall:
        """Another call of the same layer."""
        return QuadraticCall(self.layer, self.tau)

    @property
    def sign(self) -> float:
        """1 for a minimum, -1 for a maximum."""
        return 1.0 if self.data.base.sense == "min" else -1.0

    def run(self, tensors: Sequence[Tensor]) -> Tensor:
        """Project ``-c / tau`` (max: ``c / tau``), by solves with other costs."""
        (costs,) = tensors
        self.batch = read_tensors(self.data, tensors)
        host = np.asarray(to_numpy(costs), dtype=np.float64).reshape(self.batch.count, self.data.n)
        found, flags = [], []
        for row, label in zip(host, self.batch.labels, strict=True):
            first = self._ask(row, label)
            flags.append(first.flags)
            found.append(self._projected(row, first, label))
        self.layer.flags = tuple(flags)
        like = {"dtype": result_dtype(tensors), "device": costs.device}
        n = self.data.n
        squares = stacked([p.directions @ p.directions.T for p in found], (n, n))
        self.projectors = torch.as_tensor(squares, **like)
        points = torch.as_tensor(stacked([p.point for p in found], (n,)), **like)
        return points if self.batch.size is not None else points[0]

    def pull_back(self, g: Tensor, tensors: Sequence[Tensor]) -> list[Tensor]:
        """The projection onto the directions of the face, over ``-tau`` (max: ``tau``)."""
        rows = g if self.batch.size is not None else g.unsqueeze(0)
        total = -self.sign / self.tau * (self.projectors @ rows.unsqueeze(-1)).squeeze(-1)
        return [(total if self.batch.size is not None else total[0]).to(tensors[0].dtype)]

    def _projected(self, costs: Floats, first: Answer, label: int | None) -> Projection:
        known = self.layer.oracle.points_so_far()
        known = first.point[None, :] if known is None else np.vstack([known, first.point])
        return project(
            -self.sign * costs / self.tau, known, lambda g: self._ask(self.sign * g, label).point
        )

    def _ask(self, costs: Floats, label: int | None) -> Answer:
        (answer,) = self.layer.oracle.answers([(costs,)], [label])
        if not np.isfinite(answer.value):
            where = "" if label is None else f"batch item {label}: "
            raise NotAllowedError(f"{where}the program is {answer.flags.status.value}.")
        return answer
