"""The report: what it says, and that it says the same in every form."""

from __future__ import annotations

import io
import json
import math
import re
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

import tamemip as tm
from tamemip.analysis import Report
from tests.hard_model import market_split

PRODUCTION = Path(__file__).parents[2] / "examples" / "models" / "production.mps"

KEYS = {
    *("tamemip", "version", "model", "status", "stopped", "value", "value_exact", "bound"),
    *("bound_exact", "dual_function", "rows", "columns", "ray", "infeasible_subset", "seconds"),
    *("value_function", "notes", "tameness", "lipschitz"),
}
FUNCTION_KEYS = {
    *("method", "value", "value_exact", "tight", "n_leaves", "nodes", "certificate_checked"),
    *("checker", "certificate_bytes", "statement", "seconds"),
}
ROW_KEYS = {"name", "sense", "proof_left", "proof_right", "low_is_end", "high_is_end"} | {
    f"{name}{form}"
    for name in (
        *("rhs", "activity", "slope_left", "slope_right", "jump_left", "jump_right"),
        *("low", "high", "lp_dual", "fixed_dual"),
    )
    for form in ("", "_exact")
}


@pytest.fixture(scope="module")
def production() -> Report:
    return tm.analyze(tm.read(PRODUCTION))


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory) -> Report:
    path = tmp_path_factory.mktemp("hard") / "hard.lp"
    path.write_text(market_split())
    return tm.analyze(tm.read(path), limits=tm.Limits(nodes=30))


def program(c, A, row_sense, rhs, **options):
    return tm.MixedIntegerProgram.from_arrays(c, A, row_sense, rhs, **options)


INFEASIBLE = program([1, 1], [[1, 1], [2, 2]], [">=", "<="], [3, 5])
UNBOUNDED = program([1, 1], [[1, -1]], [">="], [3], sense="max")


def test_an_optimal_program(production):
    assert production.status is tm.Status.OPTIMAL
    assert production.value == production.bound == Fraction(1057, 5)
    assert production.program.violations(production.point) == ()
    assert production.program.objective(production.point) == production.value
    assert production.stopped is None
    assert production.checked.checker == "standard"
    assert production.checked.statement.bound(production.program.exact.rhs) == production.value
    assert len(production.prices) == production.program.n_rows


def test_the_dual_function_of_the_report_is_the_one_that_was_checked(production):
    statement = tm.check(production.dual_function.certificate, program=production.program)
    assert statement.tight_at == production.checked.statement.tight_at
    assert statement.n_leaves == production.dual_function.n_leaves


@pytest.mark.parametrize("sense", ["min", "max"])
def test_values_have_the_users_orientation(sense):
    p = program([2, 3], [[3, 5]], [">=" if sense == "min" else "<="], [7], upper=10, sense=sense)
    report = tm.analyze(p)
    assert report.value == report.bound == p.objective(report.point)
    assert report.value == {"min": 5, "max": 4}[sense]


def test_an_infeasible_program():
    report = tm.analyze(INFEASIBLE)
    assert report.status is tm.Status.INFEASIBLE
    assert report.value == report.bound == math.inf
    assert report.point is None
    assert report.prices is None
    assert report.infeasible_subset is not None
    assert report.checked.statement.bound(INFEASIBLE.exact.rhs) == math.inf


def test_an_unbounded_program():
    report = tm.analyze(UNBOUNDED)
    assert report.status is tm.Status.UNBOUNDED
    assert report.value == report.bound == math.inf
    assert UNBOUNDED.violations(report.point) == ()
    gain = sum(c * v for c, v in zip(UNBOUNDED.exact.c, report.ray, strict=True))
    assert gain > 0


def test_a_limit_keeps_a_valid_bound_and_a_feasible_point(unfinished):
    assert unfinished.status is tm.Status.LIMIT
    assert unfinished.stopped == "nodes"
    assert unfinished.bound <= unfinished.value
    assert unfinished.program.violations(unfinished.point) == ()
    assert unfinished.program.objective(unfinished.point) == unfinished.value
    assert unfinished.checked is not None


def test_only_the_chosen_rows_are_priced():
    p = tm.read(PRODUCTION)
    assert [row.name for row in tm.analyze(p, rows=["SHIP", 0]).prices] == ["SHIP", "CAP_A"]
    assert tm.analyze(p, rows=()).prices is None
    with pytest.raises(tm.errors.InvalidInputError):
        tm.analyze(p, rows=["NO_SUCH_ROW"])


def test_a_program_without_rows():
    report = tm.analyze(program([1, -1], [], [], [], upper=3))
    assert report.value == -3
    assert "<svg" not in report.to_html()
    assert report.to_json()["rows"] == []


@pytest.mark.parametrize("name", ["production", "unfinished", "infeasible", "unbounded"])
def test_json_has_the_documented_keys_and_nothing_that_json_lacks(request, name):
    report = _report(request, name)
    found = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert set(found) == KEYS
    assert set(found["dual_function"]) == FUNCTION_KEYS
    assert all(set(row) == ROW_KEYS for row in found["rows"])
    assert set(found["model"]) == {"name", "file", "rows", "columns", "integers", "sense", "digest"}
    assert found["version"] == tm.__version__


def test_exact_forms_round_to_the_numbers_beside_them(production):
    found = production.to_json()
    pairs = [(found["value"], found["value_exact"]), (found["bound"], found["bound_exact"])]
    for line in (*found["rows"], *found["columns"]):
        pairs += [(line[key.removesuffix("_exact")], line[key]) for key in line if "_exact" in key]
    for number, exact in pairs:
        if exact in (None, "inf", "-inf"):
            assert number is None
        else:
            assert number == float(Fraction(exact))


def test_rows_and_columns_of_json_are_those_of_the_report(production):
    found = production.to_json()
    assert [row["name"] for row in found["rows"]] == list(production.program.row_names)
    assert [col["name"] for col in found["columns"]] == list(production.program.col_names)
    point = [Fraction(col["value_exact"]) for col in found["columns"]]
    assert tuple(point) == production.point
    slopes = [row["slope_left_exact"] for row in found["rows"]]
    assert slopes == [
        None if r.slope_left is None else str(r.slope_left) for r in production.prices
    ]


class _Tags(HTMLParser):
    """Open elements, and a look at every attribute."""

    VOID = frozenset({"meta", "circle", "line", "polyline"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href", "srcset", "data")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)


@pytest.mark.parametrize("name", ["production", "unfinished", "infeasible", "unbounded"])
def test_the_page_is_complete_in_itself(request, name):
    page = _report(request, name).to_html()
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.loads == []
    assert not re.search(r"https?:|url\(|@import|<script", page)


def test_the_page_has_a_picture_with_the_value_in_it(production, unfinished):
    for report in (production, unfinished):
        assert report.to_html().count("<svg") == 1
    assert 'class="optimum"' in production.to_html()
    assert 'class="optimum"' not in unfinished.to_html()


def test_names_of_the_model_are_escaped():
    p = program(
        [1], [[1]], [">="], ["1/2"], row_names=["<b>&"], col_names=["[bold]x"], name="<script>"
    )
    report = tm.analyze(p)
    assert "<script>" not in report.to_html()
    assert "<b>&<" not in report.to_html()
    assert "[bold]x" in _rendered(report)
    assert "<b>&" in _rendered(report)


@pytest.mark.parametrize("name", ["production", "unfinished", "infeasible", "unbounded"])
def test_every_form_carries_the_headline(request, name):
    report = _report(request, name)
    assert report.headline() in repr(report)
    assert report.headline() in str(report)
    assert report.headline() in _rendered(report)
    assert "\n" not in repr(report)


def _rendered(report: Report, width: int = 150) -> str:
    text = io.StringIO()
    Console(file=text, width=width, color_system=None).print(report)
    return text.getvalue()


def _report(request, name: str) -> Report:
    programs = {"infeasible": INFEASIBLE, "unbounded": UNBOUNDED}
    return tm.analyze(programs[name]) if name in programs else request.getfixturevalue(name)


def _printed(report: Report, width: int) -> list[str]:
    return [line.rstrip() for line in _rendered(report, width).splitlines()]


@pytest.mark.parametrize(("width", "n_hidden"), [(120, 0), (80, 0), (60, 2)])
def test_a_narrow_terminal_costs_space_then_columns_and_never_breaks_a_number(
    production, width, n_hidden
):
    lines = _printed(production, width)
    assert max(map(len, lines)) <= width
    head = next(line.split() for line in lines if line.lstrip().startswith("row "))
    assert head[:5] == ["row", "rhs", "left", "right", "jumps"]
    assert ("LP" in head) == ("fixed" in head) == (n_hidden == 0)
    assert ("no room for the columns: LP, ints fixed" in lines) == (n_hidden > 0)
    cells = {line.split()[0]: line.split() for line in lines if line.strip()}
    assert cells["DEMAND_2"][:7] == ["DEMAND_2", ">=", "28", "1.8", "1.8", "6", "right"]
    assert all(name in cells for name in production.program.row_names)
