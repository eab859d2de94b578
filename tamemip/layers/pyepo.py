"""Programs for PyEPO, and programs from it.

`to_pyepo` makes an ``optModel``, so that every loss of PyEPO runs on a program and its solvers
here; `from_pyepo` reads a model that PyEPO holds in Gurobi, OR-Tools or Pyomo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamemip.errors import MissingDependencyError
from tamemip.layers._pyepo_reading import read_model
from tamemip.solvers import Limits, Solver

if TYPE_CHECKING:
    from tamemip.programs import MixedIntegerProgram, ParametricProgram

__all__ = ["from_pyepo", "to_pyepo"]


def to_pyepo(
    program: MixedIntegerProgram, *, solver: str | Solver = "auto", limits: Limits | None = None
) -> Any:
    """A program as an ``optModel`` of PyEPO, whose costs are those of all columns.

    Parameters
    ----------
    program
        The program; its costs and its offset are replaced by what PyEPO predicts.
    solver, limits
        How it is solved: see `tamemip.solve`.

    Returns
    -------
    pyepo.model.opt.optModel
        It counts its solves in ``n_solves``.

    Raises
    ------
    MissingDependencyError
        If PyEPO is not installed.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([1, 1], [[2, 3]], "<=", [4], upper=1, sense="max")
    >>> model = to_pyepo(p)  # doctest: +SKIP
    >>> model.setObj([3, 5])
    ... model.solve()  # doctest: +SKIP
    (array([0., 1.]), 5.0)
    """
    try:
        from tamemip.layers._pyepo_model import ProgramModel
    except ImportError as error:
        raise MissingDependencyError(
            "to_pyepo needs PyEPO, which is not installed here: pip install pyepo"
        ) from error
    return ProgramModel(program, solver=solver, limits=limits)


def from_pyepo(model: Any) -> MixedIntegerProgram | ParametricProgram:
    """The program that an ``optModel`` of PyEPO solves.

    The costs of the model are overwritten, as by every solve of PyEPO.

    Parameters
    ----------
    model
        An ``optModel`` whose solver model is one of Gurobi, OR-Tools (``pywraplp``) or Pyomo,
        with linear rows and nothing else, or one that `to_pyepo` made.

    Returns
    -------
    MixedIntegerProgram or ParametricProgram
        If every predicted cost is that of one column: a program whose first columns are these,
        in the order of PyEPO, with zero costs. Otherwise a parametric program whose parameters
        are the predicted costs.

    Raises
    ------
    UnsupportedError
        If the model cannot be read, has rows that are not linear, or rows that are added while
        it is solved.
    """
    return read_model(model)
