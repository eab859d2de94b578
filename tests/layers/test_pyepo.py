"""Programs for PyEPO, and programs from it."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is an extra")
pyepo = pytest.importorskip("pyepo", reason="PyEPO is not installed")

import tamemip as tm  # noqa: E402
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError  # noqa: E402
from tamemip.layers.pyepo import from_pyepo, to_pyepo  # noqa: E402
from tamemip.layers.torch import decision_loss  # noqa: E402
from tests.layers.cases import knapsack  # noqa: E402

pytestmark = pytest.mark.extras


def test_spo_plus_of_pyepo_on_our_model_is_our_spo_plus():
    p = knapsack(n=6)
    model = to_pyepo(p)
    true = torch.tensor([[4.0, 7, 5, 8, 6, 3], [3.0, 6, 8, 5, 7, 4]])
    predicted = (true + torch.tensor([5.0, -3, 1, -6, 2, 4])).requires_grad_()
    ours = decision_loss("spo+", p)
    best = ours.solutions(true)
    loss = pyepo.func.SPOPlus(model, processes=1)
    theirs = loss(predicted, true, best, (true * best).sum(-1, keepdim=True))
    (expected,) = torch.autograd.grad(theirs, predicted)
    mine = ours(predicted, true)
    (found,) = torch.autograd.grad(mine, predicted)
    assert mine.item() > 0
    assert mine.item() == pytest.approx(theirs.item())
    assert found.tolist() == expected.tolist()


def test_our_model_behaves_like_one_of_pyepo():
    model = to_pyepo(knapsack(n=4))
    model.setObj([1.0, 2.0, 3.0, 9.0])
    point, value = model.solve()
    assert (model.num_cost, int(model.modelSense), model.n_solves) == (4, -1, 1)
    assert value == pytest.approx(np.dot(point, [1, 2, 3, 9]))
    tight = model.addConstr([1, 1, 1, 1], 1)
    tight.setObj([1, 2, 3, 9])
    assert tight.solve()[1] == 9.0
    assert not any(model.relax().program.exact.integer)
    for again in (model.rebuild(), model.copy(), copy.deepcopy(model)):
        assert again.program == model.program
    assert pickle.loads(pickle.dumps(model.program)) == from_pyepo(model)
    with pytest.raises(InvalidInputError, match="3 costs"):
        model.setObj([1, 2, 3])
    with pytest.raises(NotAllowedError):
        model.addConstr([1, 1, 1, 1], -1).solve()


def knapsack_models():
    weights = np.array([[3.0, 4.5, 2.0, 5.0], [2.0, 1.0, 6.0, 3.0]])
    found = []
    if pytest.importorskip("ortools", reason="ortools is a dependency"):
        from pyepo.model.ort import knapsackModel

        found.append(knapsackModel(weights, [8, 7]))
    try:
        import gurobipy  # noqa: F401
        from pyepo.model.grb import knapsackModel as GurobiModel

        found.append(GurobiModel(weights, [8, 7]))
    except ImportError:
        pass
    return found


def test_knapsacks_of_pyepo_are_read():
    costs = [3.0, 5.0, 4.0, 6.0]
    for model in knapsack_models():
        program = from_pyepo(model)
        model.setObj(costs)
        assert program.sense == "max"
        assert tm.solve(program.with_cost(costs)).value == pytest.approx(model.solve()[1])


def test_a_cost_of_several_columns_becomes_a_parameter():
    pytest.importorskip("gurobipy", reason="gurobipy is not installed")
    from pyepo.model.grb import tspDFJModel, tspGGModel

    costs = [3.0, 1.0, 4.0, 1.5, 5.0, 9.0]
    model = tspGGModel(4)
    q = from_pyepo(model)
    model.setObj(costs)
    assert q.n_parameters == 6
    assert tm.solve(q.at(costs)).value == pytest.approx(model.solve()[1])
    with pytest.raises(UnsupportedError, match="lazy"):
        from_pyepo(tspDFJModel(4))


def test_what_is_no_model_is_refused():
    with pytest.raises(InvalidInputError, match="no optModel"):
        from_pyepo(knapsack())
