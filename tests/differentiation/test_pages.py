"""The pages on derivatives say what the library does."""

from __future__ import annotations

import doctest
import re
from fractions import Fraction
from pathlib import Path

import pytest

import tamemip as tm

ROOT = Path(__file__).parents[2]
HOW_TO = ROOT / "docs" / "how-to-differentiate.md"
PAGES = (HOW_TO, ROOT / "docs" / "theory" / "conservative-calculus.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_give_what_they_show(page):
    blocks = re.findall(r"```pycon\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page.name, None, None)
    failed, attempted = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example)
    assert attempted > 10
    assert failed == 0


def _signs() -> list[list[str]]:
    """The table of signs, without its head."""
    lines = HOW_TO.read_text(encoding="utf-8").splitlines()
    start = next(k for k, line in enumerate(lines) if "derivative by its right-hand side" in line)
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return rows


@pytest.mark.parametrize("cells", _signs(), ids=lambda cells: " ".join(cells[:2]))
def test_the_signs_of_the_page(cells):
    sense, row, expected, sign = cells
    left, row_sense, rhs = row.split()
    costs, way = (1 if sense == "min" else -1), (-1 if left.startswith("-") else 1)
    p = tm.MixedIntegerProgram.from_arrays(
        [2 * costs, 5 * costs],
        [[way, 0], [1, -10]],
        [row_sense, "<="],
        [int(rhs), 0],
        integrality=[False, True],
        sense=sense,
    )
    q = tm.ParametricProgram(p, rhs=[[1], [0]], names=["more"])
    D = tm.conservative_gradient(q, at=[0])
    assert D.exact_generators == ((Fraction(expected),),)
    assert {"≥": D.flat[0][0] >= 0, "≤": D.flat[0][0] <= 0}.get(_of(sign), True)


def _of(sign: str) -> str:
    return "≥" if "ge" in sign else "≤" if "le" in sign else "any"
