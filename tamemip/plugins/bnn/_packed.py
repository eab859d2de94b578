"""Networks with signs packed into words, for fast inference."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._network import BinarizedNetwork, refuse_overflow, samples_of
from tamemip.plugins.bnn._packed_layer import PackedLayer, pack_signs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.plugins.bnn._packed_layer import Integers, Words


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PackedSigns:
    """Samples whose features are -1 and 1, 64 of them a word.

    Attributes
    ----------
    words
        Shape ``(words, samples)``; the bit is 1 where the feature is 1.
    n_features
        Number of features.
    """

    words: Words
    n_features: int

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return int(self.words.shape[1])

    def __repr__(self) -> str:
        return f"PackedSigns({self.n_samples} samples, {self.n_features} features)"


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PackedNetwork:
    """A network that adds up signs by counting bits; see `packed`.

    Attributes
    ----------
    network
        The network, which this one equals.
    layers
        Its layers as planes of bits.
    """

    network: BinarizedNetwork
    layers: tuple[PackedLayer, ...]

    def scores(self, X: object) -> NDArray[Any]:
        """What the last layer adds up, as `BinarizedNetwork.scores`.

        Parameters
        ----------
        X
            One sample a row, or the answer of `pack`.

        Raises
        ------
        InvalidInputError
            If the number of features is another one.
        """
        signs = X if isinstance(X, PackedSigns) else self._signs(X)
        if isinstance(signs, PackedSigns):
            if signs.n_features != self.network.n_inputs:
                raise InvalidInputError(
                    f"X has {signs.n_features} features; {self.network.n_inputs} are needed."
                )
            sums = self._shaped(self._through(signs.words, 0))
            return sums.astype(np.float64) if self._is_float(X) else sums
        first = first_sums(signs, self.network)
        if len(self.layers) == 1:
            return self._shaped(first.T)
        return self._shaped(self._through(pack_signs(first >= 0), 1))

    def predict(self, X: object) -> Integers:
        """The signs of the scores, as `BinarizedNetwork.predict`."""
        return cast("Integers", np.where(self.scores(X) >= 0, 1, -1))

    def _signs(self, X: object) -> PackedSigns | NDArray[Any]:
        array = np.asarray(X)
        fits = array.ndim == 2 and array.shape[1] == self.network.n_inputs
        if fits and array.dtype.kind in "if" and is_signs(array):
            return PackedSigns(pack_signs(array > 0), array.shape[1])
        return samples_of(array, self.network.n_inputs)

    def _is_float(self, X: object) -> bool:
        """Whether the network itself would answer in floats, though all numbers are whole."""
        plain = len(self.layers) == 1 and not isinstance(X, PackedSigns)
        return plain and np.asarray(X).dtype.kind == "f"

    def _through(self, words: Words, begin: int) -> Integers:
        for layer in self.layers[begin:-1]:
            words = layer.outputs(words)
        return self.layers[-1].sums(words)

    def _shaped(self, sums: NDArray[Any]) -> NDArray[Any]:
        return sums[0] if len(sums) == 1 else sums.T

    def __repr__(self) -> str:
        sizes = (self.network.n_inputs, *self.network.hidden, self.network.n_outputs)
        parts = [array for layer in self.layers for array in (layer.signs, layer.planes)]
        size = sum(part.nbytes for part in parts) + sum(f.offsets.nbytes for f in self.layers)
        return f"PackedNetwork({'-'.join(map(str, sizes))}, {size:,} bytes)"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(repr(self))}</p>"


def packed(network: BinarizedNetwork) -> PackedNetwork:
    """The same network with its weights as bits, for fast inference.

    Sums over signs are counts of bits, 64 weights at once: ``popcount((x ^ s) & m)`` for each
    plane of the weights' bits. Scores and predictions are those of the network. Data that are
    no signs are added up by a matrix product in the first layer, and their hidden neurons
    are packed. With numba (``pip install "tamemip[fast]"``) large batches run compiled.

    Parameters
    ----------
    network
        Any network with integer weights; a plane of bits is needed for each binary digit.

    Examples
    --------
    >>> xor = BinarizedNetwork([[[-1, 1], [1, -1]], [[-1, -1]]], [[0, 0], [0]])
    >>> fast = packed(xor)
    >>> fast.predict([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    array([-1,  1,  1, -1])
    >>> fast.predict(pack([[1, -1]]))
    array([1])

    References
    ----------
    .. [1] M. Rastegari, V. Ordonez, J. Redmon and A. Farhadi, "XNOR-Net: ImageNet
       classification using binary convolutional neural networks", ECCV 2016, 525-542.
    """
    layers = zip(network.weights, network.biases, strict=True)
    return PackedNetwork(network, tuple(PackedLayer.of(w, bias) for w, bias in layers))


def pack(X: object) -> PackedSigns:
    """Samples of signs, packed once for several networks.

    Parameters
    ----------
    X
        One sample a row; features are -1 and 1.

    Raises
    ------
    InvalidInputError
        If a feature is another number; the message names it.

    Examples
    --------
    >>> pack([[1, -1, 1]])
    PackedSigns(1 samples, 3 features)
    """
    array = np.asarray(X)
    if array.ndim != 2:
        raise InvalidInputError(f"X has shape {array.shape}; one sample a row is needed.")
    if array.dtype.kind not in "if":
        array = _numbers(array)
    if not is_signs(array):
        wrong = np.argwhere((array != 1) & (array != -1))
        k, i = wrong[0]
        raise InvalidInputError(
            f"X[{k}][{i}] is {array[k, i]!s}; only -1 and 1 are packed. Binarize the data first, "
            "as in numpy.where(X > 127, 1, -1)."
        )
    return PackedSigns(pack_signs(array > 0), array.shape[1])


def _numbers(array: NDArray[Any]) -> NDArray[Any]:
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"X has an entry that is no number: {error}.") from error


def is_signs(array: NDArray[Any]) -> bool:
    """Whether all entries are -1 and 1."""
    if array.dtype == np.int8:
        # -1 and 1 are 0 and 2 here, the octets with no other bit: three times as fast.
        return not bool(((array.view(np.uint8) + np.uint8(1)) & np.uint8(0xFD)).any())
    return not bool(((array != 1) & (array != -1)).any())


def first_sums(array: NDArray[Any], network: BinarizedNetwork) -> NDArray[Any]:
    """What the first layer adds up for data that are no signs, shape ``(samples, neurons)``.

    Integer data go through a product in doubles where every partial sum is below 2^53, so that
    nothing is rounded: the library for that product is much faster than one in integers.
    """
    refuse_overflow(array, network)
    w, bias = network.weights[0], network.biases[0]
    if array.dtype.kind != "i":
        return cast("NDArray[Any]", array @ w.T + bias)
    largest = max(abs(int(array.max(initial=0))), abs(int(array.min(initial=0))))
    if largest * int(np.abs(w).sum(axis=1).max(initial=0)) >= _EXACT:
        return cast("NDArray[Any]", array @ w.T + bias)
    sums = array.astype(np.float64) @ w.T.astype(np.float64)
    return cast("NDArray[Any]", sums.astype(np.int64) + bias)


_EXACT = 2**53
