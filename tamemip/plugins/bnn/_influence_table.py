"""The table and the picture of an influence."""

from __future__ import annotations

import html
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip._aligned import aligned
from tamemip.differentiation import ConservativeGradient
from tamemip.errors import InvalidInputError, MissingDependencyError
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._printing import shown
from tamemip.plugins.bnn._training import NetworkTraining

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality import DualFunction

_SHOWN = 20
_BARS = 24


@final
@dataclass(frozen=True, slots=True)
class Rate:
    """One line of an influence.

    Attributes
    ----------
    name
        ``data[k,i]``, ``margin``, ``margin[k]`` or ``regularization``.
    sample, feature
        `k` and `i`, None where there is none.
    larger
        The change of the value per unit, if the number becomes larger.
    smaller
        The change of the value per unit, if it becomes smaller. Where the value is smooth, this
        is ``-larger``. Both are None where no network considered is allowed after the step.
    """

    name: str
    sample: int | None
    feature: int | None
    larger: Fraction | None
    smaller: Fraction | None

    @property
    def size(self) -> float | Fraction:
        """The larger absolute value of the two; infinite if one is None."""
        if self.larger is None or self.smaller is None:
            return math.inf
        return max(abs(self.larger), abs(self.smaller))

    @property
    def is_smooth(self) -> bool:
        """Whether the value has a derivative in this number."""
        return self.larger is not None and self.smaller == -self.larger


@final
@dataclass(frozen=True, eq=False, repr=False)
class Influence:
    """Rates of the training value in data, margins and regularization; see `influence`.

    Iterate over it for `Rate`, the largest first; index it by a name such as ``"data[2,0]"``.

    Attributes
    ----------
    instance
        What is trained.
    value
        The value at the instance.
    networks
        The optimal networks, or the one that was asked about; if `gradient` is None and `dual` is
        not, an optimal one that stays so near the data.
    rates
        One a number that may move, in the order of the training program.
    gradient
        The conservative gradient of the training value, by the parameters of the training
        program; None if only one network was asked about, or `dual` says enough.
    dual
        A dual function that proves the value, where it is constant near the data. None elsewhere.
    """

    instance: NetworkTraining
    value: Fraction
    networks: tuple[BinarizedNetwork, ...]
    rates: tuple[Rate, ...]
    gradient: ConservativeGradient | None
    dual: DualFunction | None = None

    def __iter__(self) -> Iterator[Rate]:
        return iter(sorted(self.rates, key=lambda rate: -rate.size))

    def __len__(self) -> int:
        return len(self.rates)

    def __getitem__(self, name: str) -> Rate:
        for rate in self.rates:
            if rate.name == name:
                return rate
        raise InvalidInputError(
            f"there is no number {name!r} in this table; the first is {self.rates[0].name!r}."
        )

    @property
    def is_proved(self) -> bool:
        """Whether these are rates of the training value, and not of one network only."""
        return self.gradient is not None or self.dual is not None

    @property
    def by_data(self) -> NDArray[np.float64]:
        """The size of the rate of each datum, shape ``(samples, features)``."""
        table = np.zeros((self.instance.n_samples, self.instance.n_inputs))
        for rate in self.rates:
            if rate.sample is not None and rate.feature is not None:
                table[rate.sample, rate.feature] = float(rate.size)
        return table

    def plot(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        shape: tuple[int, int] | None = None,
    ) -> Any:
        """Draw the largest rates as bars, and those of all data as a heat map.

        Parameters
        ----------
        path
            Where to write the picture, if anywhere.
        shape
            Height and width, if samples are images: then the heat map is an image of the sums of
            rates over the samples, else it has one row a sample.

        Returns
        -------
        matplotlib.figure.Figure
            The figure.

        Raises
        ------
        MissingDependencyError
            If Matplotlib is not installed.
        InvalidInputError
            If the shape does not fit, or the file cannot be written.
        """
        table = _image(self.by_data, shape)
        figure = _figure_type()(figsize=(9.0, 4.0), layout="constrained")
        bars, heat = figure.subplots(1, 2)
        _bars(bars, self.mattering[:_BARS])
        picture = heat.imshow(table, cmap="magma", aspect="auto" if shape is None else "equal")
        figure.colorbar(picture, ax=heat, label="absolute change of the value per unit")
        names = ("feature", "sample") if shape is None else ("", "")
        for axis in (heat.xaxis, heat.yaxis):
            axis.get_major_locator().set_params(integer=True)
        heat.set(xlabel=names[0], ylabel=names[1], title="Influence of the data")
        if path is not None:
            try:
                figure.savefig(path, dpi=150)
            except (OSError, ValueError) as error:
                raise InvalidInputError(f"cannot draw to {os.fspath(path)}: {error}.") from error
        return figure

    def __repr__(self) -> str:
        return f"Influence({self._headline()})"

    @property
    def mattering(self) -> tuple[Rate, ...]:
        """The rates that are not 0, the largest first."""
        return tuple(rate for rate in self if rate.size)

    def __str__(self) -> str:
        rates = self.mattering
        if not rates:
            return self._headline()
        rows = [_HEADER, *map(_cells, rates[:_SHOWN])]
        lines = aligned(rows, left=0)
        hidden = len(rates) - _SHOWN
        more = [f"  ... and {hidden} more"] if hidden > 0 else []
        return "\n".join([self._headline(), *(f"  {line}" for line in lines), *more])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in _HEADER)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(rate)) + "</tr>"
            for rate in self.mattering[:_SHOWN]
        )
        return f"<p>{html.escape(self._headline())}</p><table><tr>{head}</tr>{body}</table>"

    def _headline(self) -> str:
        matter = len(self.mattering)
        of = f"{matter} of {len(self.rates)} numbers matter"
        if not self.is_proved:
            return f"value {shown(self.value)} of one network: {of}, to this network"
        if self.dual is not None:
            return f"training value {shown(self.value)} (proved), constant near the data: {of}"
        n = len(self.networks)
        networks = f"{n} optimal network{'s' * (n != 1)}"
        return f"training value {shown(self.value)} (proved), {networks}: {of}"


_HEADER = ("number", "if larger, per unit", "if smaller, per unit")


def _cells(rate: Rate) -> tuple[str, str, str]:
    return (rate.name, _rate(rate.larger), _rate(rate.smaller))


def _rate(rate: Fraction | None) -> str:
    return "not allowed" if rate is None else f"{'+' if rate > 0 else ''}{shown(rate)}"


def _figure_type() -> Any:
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise MissingDependencyError(
            "a picture was asked for, but Matplotlib is not installed; it comes with: "
            "pip install 'tamemip[plot]'.",
            name="matplotlib",
        ) from None
    return Figure


def _image(table: NDArray[np.float64], shape: tuple[int, int] | None) -> NDArray[np.float64]:
    if shape is None:
        return table
    if math.prod(shape) != table.shape[1]:
        raise InvalidInputError(
            f"shape is {shape}, but there are {table.shape[1]} features; give height and width."
        )
    return np.asarray(table.sum(axis=0).reshape(shape), dtype=np.float64)


def _bars(axes: Any, rates: Sequence[Rate]) -> None:
    places = np.arange(len(rates))
    for values, color, label, shift in (
        ([rate.larger for rate in rates], "C0", "if larger", -_SHIFT),
        ([rate.smaller for rate in rates], "C3", "if smaller", _SHIFT),
    ):
        heights = [math.nan if v is None else float(v) for v in values]
        axes.barh(places + shift, heights, height=2 * _SHIFT, color=color, label=label)
    axes.set_yticks(places, [rate.name for rate in rates], fontsize="small")
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set(xlabel="change of the value per unit", title="The largest rates")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)


_SHIFT = 0.2
