"""The pages on families and on how to write one say what the library does."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
HOW_TO = DOCS / "how-to-write-a-plugin.md"
# A page that has a test of its own is not run twice.
FAMILIES = [
    page
    for page in sorted((DOCS / "families").glob("*.md"))
    if not (HERE / f"test_{page.stem}_page.py").exists()
]


def run_of(page):
    """How many examples of a page failed, of how many."""
    blocks = re.findall(r"```pycon\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page.name, None, None)
    return doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example)


def test_the_examples_of_the_page_on_plugins_give_what_they_show():
    failed, attempted = run_of(HOW_TO)
    assert attempted > 20
    assert failed == 0


@pytest.mark.parametrize("page", FAMILIES, ids=lambda page: page.stem)
def test_the_examples_of_a_page_on_a_family_give_what_they_show(page):
    assert run_of(page).failed == 0


def test_the_table_of_checks_names_all_of_them():
    from tamemip.testing import checks_for

    lines = HOW_TO.read_text(encoding="utf-8").splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("| check |")) + 2
    rows = lines[start : next(k for k, line in enumerate(lines) if k > start and not line)]
    assert [row.split("`")[1] for row in rows] == [check.name for check in checks_for("knapsack")]
