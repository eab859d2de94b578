"""The page on binarized networks says what the library does."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="the page shows the estimator")

PAGE = Path(__file__).parents[3] / "docs" / "families" / "bnn.md"


def test_the_examples_of_the_page_give_what_they_show():
    blocks = re.findall(r"```pycon\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, None, None)
    failed, attempted = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(example)
    assert attempted > 25
    assert failed == 0
