"""Networks in other programs, beside the network itself."""

import ctypes
import pickle
import shutil
import subprocess
from importlib.util import find_spec
from itertools import pairwise, product

import numpy as np
import pytest

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn import BinarizedNetwork
from tamemip.plugins.bnn._export import to_onnx, to_torch
from tamemip.plugins.bnn._export_c import to_c
from tamemip.plugins.bnn._packed import pack

rng = np.random.default_rng(7)
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def network(*sizes, largest=1):
    return BinarizedNetwork(
        [rng.integers(-largest, largest + 1, (b, a)) for a, b in pairwise(sizes)],
        [rng.integers(-largest, largest + 1, b) for b in sizes[1:]],
    )


XOR = BinarizedNetwork([[[-1, 1], [1, -1]], [[-1, -1]]], [[0, 0], [0]])
NETWORKS = [XOR, network(5, 1), network(70, 65, 3), network(3, 4, 5, 2, largest=6), network(64, 2)]


def signs(n, count=40):
    return np.where(rng.random((count, n)) < 0.5, 1, -1)


def integers(n, count=40):
    return rng.integers(-9, 10, (count, n))


@pytest.fixture(params=NETWORKS, ids=repr)
def any_network(request):
    return request.param


@pytest.fixture
def compiled(any_network, tmp_path):
    if COMPILER is None:
        pytest.skip("no C compiler is installed")
    source, library = tmp_path / "network.c", tmp_path / "network.so"
    source.write_text(to_c(any_network, name="net"))
    flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC"]
    subprocess.run([COMPILER, *flags, str(source), "-o", str(library)], check=True, timeout=60)
    return ctypes.CDLL(str(library))


def called(function, samples, n_outputs, dtype):
    found = np.zeros((len(samples), n_outputs), dtype=dtype)
    for x, scores in zip(np.ascontiguousarray(samples), found, strict=True):
        function(ctypes.c_void_p(x.ctypes.data), ctypes.c_void_p(scores.ctypes.data))
    return found


def test_the_c_program_has_the_scores_of_the_network(any_network, compiled):
    n, outputs = any_network.n_inputs, any_network.n_outputs
    for X in (signs(n), integers(n)):
        found = called(compiled.net_scores, X.astype(float), outputs, np.float64)
        assert (found == any_network.scores(X).reshape(len(X), -1)).all()
    words = pack(X := signs(n)).words.T
    found = called(compiled.net_scores_of_signs, words, outputs, np.int64)
    assert (found == any_network.scores(X).reshape(len(X), -1)).all()


def test_a_name_has_to_be_an_identifier():
    with pytest.raises(InvalidInputError):
        to_c(XOR, name="my network")


@pytest.mark.extras
@pytest.mark.skipif(not find_spec("torch"), reason="torch is not installed")
def test_the_torch_module_has_the_scores_of_the_network(any_network):
    import torch

    module = to_torch(any_network)
    copy = pickle.loads(pickle.dumps(module))
    for X in (signs(any_network.n_inputs), integers(any_network.n_inputs)):
        for m in (module, copy):
            assert (m(torch.tensor(X)).numpy() == any_network.scores(X)).all()
            assert (m.predict(torch.tensor(X)).numpy() == any_network.predict(X)).all()
    assert not list(module.parameters())


@pytest.mark.extras
@pytest.mark.skipif(not find_spec("onnx"), reason="onnx is not installed")
def test_the_onnx_model_has_the_scores_of_the_network(any_network, tmp_path):
    from onnx.reference import ReferenceEvaluator

    to_onnx(any_network, tmp_path / "network.onnx")
    model = ReferenceEvaluator(str(tmp_path / "network.onnx"))
    for X in (signs(any_network.n_inputs), integers(any_network.n_inputs)):
        scores, labels = model.run(None, {"X": X.astype(float)})
        assert (scores == any_network.scores(X).reshape(len(X), -1)).all()
        assert (labels == any_network.predict(X).reshape(len(X), -1)).all()
        assert labels.dtype == np.int64


@pytest.mark.skipif(bool(find_spec("onnx")), reason="onnx is installed")
def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(ModuleNotFoundError, match=r"tamemip\[bnn\]"):
        to_onnx(XOR, tmp_path / "network.onnx")


def test_the_tie_of_xor_is_on_the_positive_side():
    cube = list(product([-1, 1], repeat=2))
    assert XOR.predict(cube).tolist() == [-1, 1, 1, -1]
