"""Dual functions in files: the certificate, with the names in front.

Nothing that is read back is believed: the certificate is checked, and the
function is rebuilt from its steps.
"""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from tamemip.certificates import Certificate, Goal, check_fast
from tamemip.duality._block_sum import BlockProof, BlockSum, data_with_cost
from tamemip.duality._cut_tree import CutTree
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._reports import BuildReport
from tamemip.duality._term_reader import TermReader
from tamemip.duality._tree import Evidence, Tree
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram

_KIND = "dual-function-file"
_VERSION = 1

Step: TypeAlias = dict[str, Any]
Path_: TypeAlias = "str | os.PathLike[str]"


def save(F: DualFunction, path: Path_) -> None:
    """See `DualFunction.save`."""
    header = {
        "tamemip": _KIND,
        "version": _VERSION,
        "method": F.method,
        "name": F.program.name,
        "row_names": F.program.row_names,
        "col_names": F.program.col_names,
    }
    text = "\n".join((json.dumps(header), *F.certificate.lines)) + "\n"
    data = text.encode("utf-8")
    Path(path).write_bytes(gzip.compress(data, mtime=0) if str(path).endswith(".gz") else data)


def load(path: Path_) -> DualFunction:
    """Read a dual function that `DualFunction.save` wrote, and check its proof.

    Parameters
    ----------
    path
        The file; gzip is recognised.

    Returns
    -------
    DualFunction
        The same function, with a report that says nothing: it was read, not built.

    Raises
    ------
    InvalidInputError
        If the file cannot be read or is no saved dual function.
    CertificateError
        If its proof does not hold.

    Examples
    --------
    >>> import tamemip as tm, tempfile, os
    >>> p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [7], upper=10)
    >>> F = tm.dual_function(p)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     F.save(os.path.join(folder, "F.jsonl"))
    ...     G = tm.load(os.path.join(folder, "F.jsonl"))
    >>> G.exact([8]) == F.exact([8])
    True
    """
    header, lines = _read(path)
    certificate = Certificate(tuple(lines))
    statement = check_fast(certificate)
    problem = statement.problem
    try:
        rows, cols = tuple(header["row_names"]), tuple(header["col_names"])
        program = MixedIntegerProgram(problem, rows, cols, str(header["name"]))
        if (len(rows), len(cols)) != problem.A.shape or len(set(rows)) < len(rows):
            raise InvalidInputError(f"{path}: the names do not fit the program.")
        method = str(header["method"])
    except (KeyError, TypeError) as error:
        raise InvalidInputError(f"{path}: the first line lacks {error}.") from None
    steps = [json.loads(line) for line in lines[2:]]
    foreign = InvalidInputError(
        f"{path} proves something, but was not written by DualFunction.save; "
        "look at it with tamemip.check."
    )
    if statement.kind != "dual-function":
        raise foreign
    report = BuildReport(0, 0, 0, 0.0, 0.0, None)
    try:
        F = _Rebuilder(program, steps).rebuild(certificate.statement, method, report)
    except (KeyError, IndexError):  # a sound proof, but not of the form that `save` writes
        raise foreign from None
    leaves = sum(len(t.leaves()) for t in (*F.trees, *(c.tree for c in F.cut_trees)))
    return replace(F, report=replace(report, leaves_before=leaves))


def _read(path: Path_) -> tuple[dict[str, Any], list[str]]:
    try:
        data = Path(path).read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"cannot read {path}: {error}") from None
    lines = text.splitlines()
    try:
        header = json.loads(lines[0])
    except (IndexError, ValueError):
        header = None
    if not isinstance(header, dict) or header.get("tamemip") != _KIND:
        raise InvalidInputError(
            f"{path} is no saved dual function; write one with DualFunction.save. "
            "(A certificate alone is checked by tamemip.check.)"
        )
    if header.get("version") != _VERSION:
        raise InvalidInputError(f"{path} has version {header.get('version')!r}; 1 is known here.")
    return header, lines[1:]


class _Rebuilder:
    """Trees and tight points from the steps of a checked certificate."""

    def __init__(self, program: MixedIntegerProgram, steps: list[Step]) -> None:
        self._program = program
        self._steps = steps
        self._terms = TermReader(steps, program.canonical().n_rows)
        self._read_over(program, {})
        self._blocks: dict[int, BlockProof] = {}

    def _step(self, number: int) -> Step:
        return self._steps[number - 1]

    def _read_over(self, program: MixedIntegerProgram, rows: dict[int, int]) -> None:
        """Read multipliers of a program; `rows` renames those of cuts."""
        self._read, self._rows = program, rows
        self._data = IntegerData(program.exact)
        self._made: dict[int, Multipliers] = {}

    def rebuild(self, statement: Goal, method: str, report: BuildReport) -> DualFunction:
        function = self._step(statement.of)
        parts = function["of"] if function["rule"] == "best" else [statement.of]
        terms = [self._step(k) for k in parts if self._step(k)["rule"] == "term"]
        roots = [self._root_of(k) for k in parts if self._step(k)["rule"] != "term"]
        cuts = {root: self._cut_steps(root) for root in roots}
        return DualFunction(
            self._program,
            method,
            tuple(self._tree(root) for root in roots if not cuts[root]),
            tuple(self._point(self._step(k)) for k in statement.tight),
            report,
            closed_forms=tuple(self._terms.node(k) for t in terms for k in t["functions"]),
            guards=tuple(self._terms.node(k) for t in terms for k in t["guards"]),
            cut_trees=tuple(self._cut_tree(r, cuts[r]) for r in roots if cuts[r]),
        )

    def _cut_steps(self, root: int) -> list[int]:
        """The steps of the cuts that some multipliers of a tree read."""
        m, found, stack = self._program.n_rows, set[int](), [root]
        seen: set[int] = set()
        while stack:
            k = stack.pop()
            if k in seen:
                continue
            seen.add(k)
            step = self._step(k)
            if step["rule"] in ("dual", "ray"):
                found.update(i - m for i in step["y"]["i"] if i >= m)
            elif step["rule"] == "branch":
                stack.extend((step["below"], step["above"]))
            elif step["rule"] == "leaf":
                stack.extend((*step["duals"], *step["rays"]))
            else:
                stack.extend(step["of"])
        return sorted(found)

    def _cut_tree(self, root: int, steps: list[int]) -> CutTree:
        m = self._program.n_rows
        cuts = tuple(self._terms.node(k) for k in steps)
        rows = {m + step: m + k for k, step in enumerate(steps)}
        bare = CutTree(cuts, Tree())
        self._read_over(bare.extended(self._program), rows)
        made = CutTree(cuts, self._tree(root))
        self._read_over(self._program, {})
        return made

    def _root_of(self, number: int) -> int:
        step = self._step(number)
        while step["rule"] in ("round", "close"):
            number = step["of"]
            step = self._step(number)
        return number

    def _tree(self, root: int) -> Tree:
        tree = Tree()
        stack = [(root, 0)]
        while stack:
            number, node = stack.pop()
            step = self._step(number)
            if step["rule"] == "branch":
                children = tree.branch(node, step["column"], step["at"])
                stack.extend(zip((step["below"], step["above"]), children, strict=True))
            else:
                tree.nodes[node].evidence = self._evidence(number)
        return tree

    def _evidence(self, number: int) -> Evidence:
        step = self._step(number)
        if step["rule"] == "leaf":
            return Evidence(
                duals=[self._multipliers(k) for k in step["duals"]],
                rays=[self._multipliers(k) for k in step["rays"]],
            )
        if step["rule"] == "greatest":
            parts = [self._evidence(k) for k in step["of"]]
            return Evidence(
                duals=[m for part in parts for m in part.duals],
                rays=[m for part in parts for m in part.rays],
                sums=[total for part in parts for total in part.sums],
            )
        return Evidence(sums=[self._sum(step)])

    def _sum(self, step: Step) -> BlockSum:
        first, *blocks = step["of"]
        linear = self._step(first)["duals"][0]
        proofs = tuple(self._block(k) for k in blocks)
        return BlockSum(self._cost(linear), self._multipliers(linear), proofs)

    def _block(self, number: int) -> BlockProof:
        if number not in self._blocks:
            self._blocks[number] = BlockProof(self._cost_under(number), self._tree(number))
        return self._blocks[number]

    def _cost_under(self, number: int) -> tuple[Fraction, ...]:
        """The cost of the first dual vector below a step."""
        stack = [number]
        while stack:
            step = self._step(stack.pop())
            if step["rule"] == "branch":
                stack.extend((step["below"], step["above"]))
            elif step["duals"]:
                return self._cost(step["duals"][0])
        return (Fraction(0),) * self._program.n_cols

    def _cost(self, number: int) -> tuple[Fraction, ...]:
        cost = [Fraction(0)] * self._program.n_cols
        for j, v in _vector(self._step(number).get("cost", {"d": 1, "i": [], "v": []})).items():
            cost[j] = v
        return tuple(cost)

    def _multipliers(self, number: int) -> Multipliers:
        if number not in self._made:
            step = self._step(number)
            data = self._data
            if "cost" in step:
                data = data_with_cost(self._read.exact, self._cost(number))
            y = {self._rows.get(i, i): v for i, v in _vector(step["y"]).items()}
            self._made[number] = data.multipliers(y, is_ray=step["rule"] == "ray")
        return self._made[number]

    def _point(self, step: Step) -> TightPoint:
        rhs = tuple(Fraction(v) for v in step["rhs"])
        if step["rule"] == "infeasible":
            return TightPoint(rhs, None, None)
        point = self._dense(step["point"])
        if step["rule"] == "unbounded":
            return TightPoint(rhs, point, None, self._dense(step["ray"]))
        return TightPoint(rhs, point, Fraction(step["value"]))

    def _dense(self, vector: Any) -> tuple[Fraction, ...]:
        dense = [Fraction(0)] * self._program.n_cols
        for j, v in _vector(vector).items():
            dense[j] = v
        return tuple(dense)


def _vector(entry: Any) -> dict[int, Fraction]:
    return {i: Fraction(v, entry["d"]) for i, v in zip(entry["i"], entry["v"], strict=True)}


__all__ = ["load", "save"]
