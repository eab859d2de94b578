"""Networks for other programs: torch modules and ONNX files."""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from tamemip.errors import MissingDependencyError
from tamemip.plugins.bnn._network import BinarizedNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray


def to_torch(network: BinarizedNetwork) -> Any:
    """A `torch.nn.Module` with the scores of a network.

    Its buffers are doubles. Whole numbers below 2^53 are added up without rounding; real
    features as torch does it, so that a sum of 0 may get the other sign. The signs have the
    derivative 0: the module is for inference.

    Parameters
    ----------
    network
        The network.

    Returns
    -------
    torch.nn.Module
        It takes one sample a row and gives what `BinarizedNetwork.scores` gives, as doubles;
        ``.predict`` gives the signs. It can be pickled, compiled and moved to a device.

    Raises
    ------
    MissingDependencyError
        If torch is not installed.
    """
    return _module()(network)


def to_onnx(network: BinarizedNetwork, path: str | os.PathLike[str]) -> None:
    """Write a network as an ONNX model, checked by ONNX's own checker.

    The model has the input ``X`` (doubles, one sample a row) and the outputs ``scores``
    (doubles, one column an output) and ``labels`` (integers -1 and 1). It uses operators of
    opset 16 of the default domain only.

    Parameters
    ----------
    network
        The network.
    path
        The file, which is replaced.

    Raises
    ------
    MissingDependencyError
        If onnx is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingDependencyError(
            "to_onnx needs onnx, which is not installed: pip install 'tamemip[bnn]'."
        ) from error
    model = _onnx_model(onnx, network)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, os.fspath(path))


@cache
def _module() -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingDependencyError(
            "to_torch needs torch, which is not installed: pip install 'tamemip[torch]'."
        ) from error

    class SignNetwork(torch.nn.Module):  # type: ignore[misc]  # torch may be absent
        """Layers of signs, with ``sign(0) = 1``; the last one has none."""

        def __init__(self, network: BinarizedNetwork) -> None:
            super().__init__()
            self.network = network
            for k, (w, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
                self.register_buffer(f"weight{k}", torch.tensor(w.astype(np.float64)))
                self.register_buffer(f"bias{k}", torch.tensor(bias.astype(np.float64)))

        def forward(self, X: Any) -> Any:
            depth = len(self.network.hidden)
            layer = X.to(self.weight0.dtype)
            for k in range(depth + 1):
                sums = layer @ getattr(self, f"weight{k}").T + getattr(self, f"bias{k}")
                layer = torch.where(sums >= 0, 1.0, -1.0).to(sums.dtype)
            return sums[..., 0] if self.network.n_outputs == 1 else sums

        def predict(self, X: Any) -> Any:
            return torch.where(self(X) >= 0, 1, -1)

        def __reduce__(self) -> Any:
            # The class is made where torch is imported: it has no name to be found by.
            return to_torch, (self.network,)

    return SignNetwork


def _onnx_model(onnx: Any, network: BinarizedNetwork) -> Any:
    helper, kind = onnx.helper, onnx.TensorProto
    constants: dict[str, NDArray[Any]] = {
        name: np.asarray(float(v)) for name, v in (("zero", 0), ("one", 1), ("minus", -1))
    }
    constants |= {"plus_label": np.asarray(1), "minus_label": np.asarray(-1)}
    nodes, layer = [], "X"
    for k, (w, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        constants |= {f"weights{k}": w.T.astype(float), f"bias{k}": bias.astype(float)}
        total = "scores" if k == len(network.hidden) else f"sums{k}"
        nodes.append(helper.make_node("MatMul", [layer, f"weights{k}"], [f"product{k}"]))
        nodes.append(helper.make_node("Add", [f"product{k}", f"bias{k}"], [total]))
        nodes.append(helper.make_node("GreaterOrEqual", [total, "zero"], [f"is_on{k}"]))
        if total != "scores":
            layer = f"signs{k}"
            nodes.append(helper.make_node("Where", [f"is_on{k}", "one", "minus"], [layer]))
    last = [f"is_on{len(network.hidden)}", "plus_label", "minus_label"]
    nodes.append(helper.make_node("Where", last, ["labels"]))
    graph = helper.make_graph(
        nodes,
        "binarized_network",
        [helper.make_tensor_value_info("X", kind.DOUBLE, ["samples", network.n_inputs])],
        [
            helper.make_tensor_value_info(name, type_, ["samples", network.n_outputs])
            for name, type_ in (("scores", kind.DOUBLE), ("labels", kind.INT64))
        ],
        [onnx.numpy_helper.from_array(v, name) for name, v in constants.items()],
    )
    opset = helper.make_opsetid("", _OPSET)
    model = helper.make_model(graph, opset_imports=[opset], producer_name="tamemip")
    model.ir_version = _IR_VERSION
    return model


_OPSET = 16
_IR_VERSION = 8
"""Of the format, as old as the opset: older runtimes refuse a newer one."""
