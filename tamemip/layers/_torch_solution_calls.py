"""The three ways in which a solution is differentiated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import numpy as np
import torch

from tamemip.errors import UnsupportedError
from tamemip.layers._answer import Answer, ItemFlags
from tamemip.layers._batch import Batch, stacked
from tamemip.layers._cell import pulled_back
from tamemip.layers._data import LayerData
from tamemip.layers._quadratic import project_costs
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


@final
class ExactCall:
    """The solution itself: affine in the data inside of a cell, refused at a switch."""

    def __init__(self, layer: ProgramModule, on_jump: OnJump) -> None:
        self.layer, self.on_jump = layer, on_jump
        self.answers: list[Answer] = []
        self.is_batch = False

    @property
    def data(self) -> LayerData:
        """What the layer is of."""
        return self.layer.data

    def run(self, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The solutions that the solver found."""
        batch = read_tensors(self.data, tensors)
        self.is_batch = batch.size is not None
        self.answers = ask(self.layer.oracle, batch, tensors)
        self.layer.flags = tuple(answer.flags for answer in self.answers)
        points = _points(self.answers, self.data.n, tensors)
        return (points if self.is_batch else points[0],)

    def pull_back(
        self, g: Tensor, kept: Sequence[Tensor], tensors: Sequence[Tensor]
    ) -> list[Tensor]:
        """By the cell of each item: what is basic adapts, all else stays."""
        used = nonzero(g, len(self.answers))
        refuse(self.answers, used, is_batch=self.is_batch, on_jump=self.on_jump)
        refuse_switch(self.data, self.answers, used, is_batch=self.is_batch, on_jump=self.on_jump)
        try:
            host = np.asarray(to_numpy(g), dtype=np.float64).reshape(len(self.answers), self.data.n)
        except RuntimeError:
            raise UnsupportedError(
                "method='exact' is differentiated by backward() and torch.autograd.grad, not "
                "inside of torch.func. Use method='perturbed' or 'quadratic' there."
            ) from None
        pulled = [pulled_back(self.data, a, row) for a, row in zip(self.answers, host, strict=True)]
        gradients = []
        for k, slot in enumerate(self.data.wrt):
            rows = stacked([parts[k] for parts in pulled], self.data.shape(slot))
            total = torch.as_tensor(rows, dtype=g.dtype, device=g.device)
            gradients.append(total if self.is_batch else total[0])
        return gradients


@final
class PerturbedCall:
    """The mean solution under Gaussian noise on the data, estimated from pairs of samples."""

    def __init__(self, layer: ProgramModule, sigma: float, samples: int, seed: int | None) -> None:
        self.layer, self.sigma, self.samples, self.seed = layer, sigma, samples, seed

    @property
    def data(self) -> LayerData:
        """What the layer is of."""
        return self.layer.data

    def run(self, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """The mean over all samples; half the differences in the pairs, and the noise."""
        batch, n = read_tensors(self.data, tensors), self.data.n
        noise = self._draw(batch, tensors)
        count = batch.count
        moved = [
            torch.cat([t + self.sigma * z, t - self.sigma * z]).flatten(0, 1)
            for t, z in zip(tensors, noise, strict=True)
        ]
        items = Batch(len(moved[0]), (True,) * len(moved)).items([to_numpy(t) for t in moved])
        answers = self.layer.oracle.answers(items, batch.labels * self.samples)
        self.layer.flags = tuple(_merged(answers[k::count]) for k in range(count))
        points = _points(answers, n, tensors).reshape(2, self.samples // 2, count, n)
        kept = [(points[0] - points[1]) / 2, *noise]
        results = [points.mean((0, 1)), *(tensor.transpose(0, 1) for tensor in kept)]
        return tuple(result if batch.size is not None else result[0] for result in results)

    def pull_back(
        self, g: Tensor, kept: Sequence[Tensor], tensors: Sequence[Tensor]
    ) -> list[Tensor]:
        """The score of the noise: an unbiased derivative of the mean over all noise."""
        halves, *noise = kept
        weights = (halves * g.unsqueeze(-2)).sum(-1) / self.sigma
        axis = weights.dim() - 1
        return [
            (weights.reshape(*weights.shape, *[1] * (z.dim() - weights.dim())) * z).mean(axis)
            for z in noise
        ]

    def _draw(self, batch: Batch, tensors: Sequence[Tensor]) -> list[Tensor]:
        """Noise for every slot: pairs in front, then items."""
        generator = None if self.seed is None else torch.Generator().manual_seed(self.seed)
        dtype, shapes = result_dtype(tensors), map(self.data.shape, self.data.wrt)
        return [
            torch.randn(
                (self.samples // 2, batch.count, *shape), generator=generator, dtype=dtype
            ).to(tensors[0].device)
            for shape in shapes
        ]


@final
class QuadraticCall:
    """The projection of ``-c / tau`` (max: ``c / tau``) on the integer hull."""

    def __init__(self, layer: ProgramModule, tau: float) -> None:
        self.layer, self.tau = layer, tau

    @property
    def data(self) -> LayerData:
        """What the layer is of."""
        return self.layer.data

    def run(self, tensors: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Project ``-c / tau`` (max: ``c / tau``), by solves with other costs."""
        (costs,) = tensors
        batch, n = read_tensors(self.data, tensors), self.data.n
        host = np.asarray(to_numpy(costs), dtype=np.float64).reshape(batch.count, n)
        found = project_costs(self.layer.oracle, host, batch.labels, tau=self.tau)
        self.layer.flags = found.flags
        like = {"dtype": result_dtype(tensors), "device": costs.device}
        results = [torch.as_tensor(rows, **like) for rows in (found.points, found.slopes)]
        return tuple(result if batch.size is not None else result[0] for result in results)

    def pull_back(
        self, g: Tensor, kept: Sequence[Tensor], tensors: Sequence[Tensor]
    ) -> list[Tensor]:
        """The slope is symmetric."""
        (slopes,) = kept
        return [(slopes @ g.unsqueeze(-1)).squeeze(-1)]


def _points(answers: Sequence[Answer], n: int, tensors: Sequence[Tensor]) -> Tensor:
    rows = stacked([answer.point for answer in answers], (n,))
    return torch.as_tensor(rows, dtype=result_dtype(tensors), device=tensors[0].device)


def _merged(answers: Sequence[Answer]) -> ItemFlags:
    """What was noticed about any of the samples of an item."""
    flags = [answer.flags for answer in answers]
    return ItemFlags(
        flags[0].status,
        next((f.tie for f in flags if f.tie), ""),
        next((f.jump for f in flags if f.jump), ""),
        any(f.degenerate for f in flags),
    )
