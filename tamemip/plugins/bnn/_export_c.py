"""A network as a C program of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._packed_layer import WORD, PackedLayer

if TYPE_CHECKING:
    from numpy.typing import NDArray


def to_c(network: BinarizedNetwork, *, name: str = "network") -> str:
    """Source of a network in plain C99, that needs no library and allocates nothing.

    It has two entries:

    * ``void NAME_scores(const double *x, double *scores)`` takes features of any kind. Its
      first layer adds up doubles, one feature after the other: whole numbers below 2^53
      without rounding, others perhaps with a last digit that differs from numpy's.
    * ``void NAME_scores_of_signs(const uint64_t *x, int64_t *scores)`` takes features -1 and
      1 as bits, the first feature in the lowest bit of the first word (column `k` of
      ``pack(X).words`` is sample `k`). It counts bits: ``popcount((x ^ signs) & plane)``.

    The macros ``NAME_INPUTS``, ``NAME_WORDS`` and ``NAME_OUTPUTS``, in capitals, are the sizes.

    Parameters
    ----------
    network
        The network.
    name
        What its functions begin with, a C identifier.

    Raises
    ------
    InvalidInputError
        If the name is no identifier.

    Examples
    --------
    >>> source = to_c(BinarizedNetwork([[[1, -1]]], [[0]]), name="difference")
    >>> print(next(line for line in source.splitlines() if "INPUTS" in line))
    #define DIFFERENCE_INPUTS 2
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise InvalidInputError(f'name is {name!r}; a C identifier is needed, as "network".')
    lines = [
        f"/* {network!r}: written by tamemip. Plain C99. */",
        "#include <stdint.h>",
        "",
        _POPCOUNT,
        f"#define {name.upper()}_INPUTS {network.n_inputs}",
        f"#define {name.upper()}_WORDS {_words(network.n_inputs)}",
        f"#define {name.upper()}_OUTPUTS {network.n_outputs}",
        "",
        *_tables(network),
        *_layer_functions(network),
        *_entries(network, name),
    ]
    return "\n".join(lines) + "\n"


_POPCOUNT = """\
static int count_ones(uint64_t v) {
    v -= (v >> 1) & UINT64_C(0x5555555555555555);
    v = (v & UINT64_C(0x3333333333333333)) + ((v >> 2) & UINT64_C(0x3333333333333333));
    v = (v + (v >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (int)((v * UINT64_C(0x0101010101010101)) >> 56);
}
"""

_LAYER = """\
static void add_up{k}(const uint64_t *x, int64_t *sums) {{
    for (int j = 0; j < {neurons}; j++) {{
        sums[j] = offsets{k}[j];
        for (int b = 0; b < {planes}; b++) {{
            int64_t differing = 0;
            for (int w = 0; w < {words}; w++)
                differing += count_ones((x[w] ^ signs{k}[j][w]) & planes{k}[b][j][w]);
            sums[j] -= differing * (INT64_C(2) << b);
        }}
    }}
}}
"""

_REAL_LAYER = """\
static void add_up_reals(const double *x, double *sums) {{
    for (int j = 0; j < {neurons}; j++) {{
        sums[j] = 0;
        for (int i = 0; i < {inputs}; i++)
            sums[j] += (double)weights0[j][i] * x[i];
        sums[j] += (double)biases0[j];
    }}
}}
"""

_THEN = """\
    uint64_t x{next}[{words}] = {{0}};
    for (int j = 0; j < {neurons}; j++)
        x{next}[j / 64] |= (uint64_t)(s{k}[j] >= 0) << (j % 64);
    int64_t s{next}[{outputs}];
    add_up{next}(x{next}, s{next});
"""


def _words(size: int) -> int:
    return -(-size // WORD)


def _tables(network: BinarizedNetwork) -> Iterator[str]:
    first = network.weights[0]
    yield f"static const int64_t weights0[{first.shape[0]}][{first.shape[1]}] ="
    yield f"    {_nested(first)};"
    yield f"static const int64_t biases0[{first.shape[0]}] = {_nested(network.biases[0])};"
    for k, (w, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        layer = PackedLayer.of(w, bias)
        planes, neurons, words = layer.planes.shape
        yield f"static const int64_t offsets{k}[{neurons}] = {_nested(layer.offsets)};"
        yield f"static const uint64_t signs{k}[{neurons}][{words}] ="
        yield f"    {_nested(layer.signs)};"
        yield f"static const uint64_t planes{k}[{planes}][{neurons}][{words}] ="
        yield f"    {_nested(layer.planes)};"
    yield ""


def _nested(array: NDArray[Any]) -> str:
    if array.ndim > 1:
        return "{" + ",\n     ".join(_nested(part) for part in array) + "}"
    is_unsigned = array.dtype.kind == "u"
    numbers = [f"UINT64_C({v:#x})" if is_unsigned else str(v) for v in array.tolist()]
    return "{" + ", ".join(numbers) + "}"


def _layer_functions(network: BinarizedNetwork) -> Iterator[str]:
    for k, (w, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        planes, neurons, words = PackedLayer.of(w, bias).planes.shape
        yield _LAYER.format(k=k, neurons=neurons, planes=planes, words=words)
    neurons, inputs = network.weights[0].shape
    yield _REAL_LAYER.format(neurons=neurons, inputs=inputs)


def _entries(network: BinarizedNetwork, name: str) -> Iterator[str]:
    sizes = [*network.hidden, network.n_outputs]
    last, outputs = len(network.hidden), network.n_outputs
    for head, kind, first in (
        (f"{name}_scores(const double *x, double *scores)", "double", "add_up_reals"),
        (f"{name}_scores_of_signs(const uint64_t *x, int64_t *scores)", "int64_t", "add_up0"),
    ):
        yield f"void {head};"
        yield f"void {head} {{"
        yield f"    {kind} s0[{sizes[0]}];"
        yield f"    {first}(x, s0);"
        for k, neurons in enumerate(network.hidden):
            words = _words(neurons)
            yield _THEN.format(
                k=k, next=k + 1, words=words, neurons=neurons, outputs=sizes[k + 1]
            ).rstrip()
        yield f"    for (int j = 0; j < {outputs}; j++)"
        yield f"        scores[j] = ({kind})s{last}[j];"
        yield "}"
        yield ""
