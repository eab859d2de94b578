"""The conformance kit of families: right ones pass, and each mistake fails its own check."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import tamemip as tm
from tamemip.cli import app
from tamemip.errors import InvalidInputError, MissingDependencyError, PluginError
from tamemip.plugins import Affine
from tamemip.testing import (
    OutcomeKind,
    checks_for,
    parametrize_with_checks,
    run_checks,
)
from tests.testing.saboteurs import (
    SABOTEURS,
    NoExamples,
    TooHard,
    Truncates,
    WrongPacks,
    WrongSense,
)
from tests.testing.saboteurs_of_use import (
    ChangesInstance,
    ChangesPoint,
    ExamplesOnce,
    GivesNone,
    KeepsState,
    NoParameters,
    TrustsValue,
)
from tests.testing.shopping import Packs, Saboteur, Shopping
from tests.testing.third_parties import THIRD_PARTIES

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20.0
NAMES = (
    "protocol",
    "decode",
    "evaluate",
    "no-better-solution",
    "dual-function",
    "definable",
    "gradient",
    "path-law",
    "bad-examples",
    "deterministic",
    "pickle",
)


def check_of(family, name, *, seconds=SECONDS):
    return next(check for check in checks_for(family, seconds=seconds) if check.name == name)


@parametrize_with_checks([Shopping, *THIRD_PARTIES], seconds=SECONDS)
def test_right_families_pass(check, family):
    check(family)


@pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda made: made.__name__)
def test_a_saboteur_fails_the_check_made_for_it_and_no_other(saboteur):
    seconds = 1.5 if saboteur is TooHard else SECONDS
    assert run_checks(saboteur, seconds=seconds).failed == (saboteur.caught_by,)


def test_every_check_has_a_saboteur():
    of_the_core = {"gradient"}  # no family can make it fail: see test_families_core.py
    assert {saboteur.caught_by for saboteur in SABOTEURS} | of_the_core == set(NAMES)


def test_the_checks_have_readable_names():
    assert [str(check) for check in checks_for(Shopping)] == [f"shopping-{n}" for n in NAMES]
    assert repr(checks_for(Shopping)[0]) == "FamilyCheck('shopping-protocol')"


def test_a_family_a_class_and_a_name_are_read_alike():
    assert [str(c) for c in checks_for("knapsack")] == [f"knapsack-{n}" for n in NAMES]
    assert [str(c) for c in checks_for(Shopping)] == [str(c) for c in checks_for(Shopping)]
    with pytest.raises(InvalidInputError):
        checks_for("no such family")
    with pytest.raises(PluginError):
        checks_for(_NeedsAnArgument)


class _NeedsAnArgument(Shopping):
    def __init__(self, argument):
        self.argument = argument


def test_a_check_runs_on_another_family_than_its_own():
    check = check_of(Shopping, "decode")
    assert check().kind is check(Saboteur()).kind is OutcomeKind.PASSED
    with pytest.raises(AssertionError):
        check(Truncates)


# -- what need not be there ----------------------------------------------------------------


class _Bare:
    name = "bare"
    program = Shopping().program
    decode = Shopping().decode

    def examples(self):
        return iter(Saboteur().examples())


@pytest.mark.parametrize("name", ["evaluate", "no-better-solution", "bad-examples"])
def test_a_check_is_not_run_without_the_member_that_it_needs(name):
    check = check_of(_Bare, name)
    assert check.not_run is not None
    assert check().kind is OutcomeKind.NOT_RUN
    assert check().reason == check.not_run


@pytest.mark.parametrize("name", ["protocol", "decode", "deterministic", "pickle"])
def test_the_other_checks_do_without_it(name):
    check = check_of(_Bare, name)
    assert check.not_run is None
    assert check().kind is OutcomeKind.PASSED


# -- limitations ---------------------------------------------------------------------------


class _Declared(Truncates):
    limitations: Mapping[str, str] = {"decode": "integers are cut on purpose"}


class _DeclaredInVain(Shopping):
    limitations: Mapping[str, str] = {"decode": "not true any more"}


def test_a_declared_failure_is_expected():
    check = check_of(_Declared, "decode")
    assert check.limitation == "integers are cut on purpose"
    outcome = check()
    assert outcome.kind is OutcomeKind.EXPECTED_FAILURE
    assert outcome.reason.startswith("integers are cut on purpose")
    assert run_checks(_Declared).passed


def test_a_declared_failure_has_to_fail():
    with pytest.raises(AssertionError, match="no longer fails"):
        check_of(_DeclaredInVain, "decode")()


@pytest.mark.parametrize("limitations", [{"decoding": "why"}, {"decode": " "}, ["decode"]])
def test_declarations_that_say_nothing_are_refused(limitations):
    family = Shopping()
    family.limitations = limitations
    with pytest.raises(PluginError):
        checks_for(family)


# -- pytest --------------------------------------------------------------------------------


def test_one_argument_is_enough():
    @parametrize_with_checks(Shopping)
    def only_check(check):
        check()

    @parametrize_with_checks(Shopping)
    def only_family(family):
        assert family.name

    for test in (only_check, only_family):
        (mark,) = test.pytestmark
        assert [param.id for param in mark.args[1]] == [f"shopping-{n}" for n in NAMES]


def test_a_test_without_either_argument_is_refused():
    with pytest.raises(InvalidInputError):
        parametrize_with_checks(Shopping)(lambda: None)


def test_marks_say_what_is_not_run_and_what_has_to_fail():
    @parametrize_with_checks([_Bare, _Declared])
    def test(check):
        check()

    (mark,) = test.pytestmark
    marks = {param.id: param.marks for param in mark.args[1]}
    (skip,) = marks["bare-evaluate"]
    (xfail,) = marks["shopping-decode"]
    assert skip.name == "skip"
    assert skip.kwargs["reason"] == "the family has no `evaluate`"
    assert xfail.name == "xfail"
    assert xfail.kwargs["strict"]
    assert xfail.kwargs["reason"] == "integers are cut on purpose"


SUITE = """
from tamemip.testing import parametrize_with_checks
from tests.testing.saboteurs import WrongPacks
from tests.testing.shopping import Saboteur

class Declared(WrongPacks):
    name = "declared"
    limitations = {"evaluate": "packs are numbered from the right"}

class InVain(Saboteur):
    name = "in-vain"
    limitations = {"decode": "a reason of the past"}

@parametrize_with_checks([Declared, InVain])
def test_family(check, family):
    if check.name in ("decode", "evaluate", "no-better-solution"):
        check(family)
"""


def test_pytest_shows_limitations_as_strict_expected_failures(tmp_path):
    (tmp_path / "test_suite.py").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "-rA", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-o", f"pythonpath={ROOT}", "test_suite.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = done.stdout.splitlines()

    def has(outcome, text):
        return any(line.startswith(outcome) and text in line for line in lines)

    assert has("XFAIL", "declared-evaluate"), done.stdout
    assert has("FAILED", "in-vain-decode"), done.stdout
    # What cannot be judged because of another check is skipped, not passed.
    assert has("SKIPPED", "see 'evaluate'"), done.stdout
    assert done.returncode == 1


def test_without_pytest_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "pytest", None)
    with pytest.raises(MissingDependencyError):
        parametrize_with_checks(Shopping)


# -- the report ----------------------------------------------------------------------------


def test_the_report_is_a_table_of_all_checks():
    report = run_checks(WrongPacks)
    assert [line.name for line in report] == list(NAMES)
    assert len(report) == len(NAMES)
    assert not report.passed
    assert report.failed == ("evaluate",)
    assert repr(report) == "CheckReport(shopping: failed: evaluate)"
    text = str(report).splitlines()
    assert text[0] == "shopping: 9 passed, 1 not run, 1 FAILED"
    assert text[1].split() == ["check", "outcome", "seconds", "reason"]
    assert any(line.startswith("evaluate: shopping, example 0") for line in text)
    assert "<table>" in report._repr_html_()
    assert pickle.loads(pickle.dumps(report)) == report


def _printed(monkeypatch, family):
    """What ``tamemip plugins --check`` prints on a family, in one line, and its exit code."""
    monkeypatch.setattr(tm, "family", lambda name: family)
    done = CliRunner().invoke(app, ["plugins", "--check", "any"], env={"COLUMNS": "120"})
    return " ".join(re.sub(r"[│┃]", " ", done.stdout).split()), done.exit_code


def test_the_command_line_shows_the_whole_reason_of_a_failure(monkeypatch):
    text, code = _printed(monkeypatch, WrongPacks())
    assert text.startswith("shopping: 9 passed, 1 not run, 1 FAILED")
    assert "says 15, but the program's objective is 6 at the optimal point (pack 1 = 3)" in text
    assert "compute the value of the solution by hand" in text
    assert "`evaluate` and the program disagree: see 'evaluate'" in text
    assert code == 1


def test_the_command_line_is_quiet_about_a_family_that_passes(monkeypatch):
    text, code = _printed(monkeypatch, Saboteur())
    assert text.startswith("shopping: 11 passed ")
    assert code == 0


def test_nothing_passes_if_no_example_was_judged():
    report = run_checks(ExamplesOnce)
    unjudged = replace(report, lines=tuple(line for line in report if line.name != "protocol"))
    assert not unjudged.failed
    assert not unjudged.passed
    assert "no example was judged" in str(unjudged)


def test_an_error_of_the_kit_itself_is_one_line_of_the_report(monkeypatch):
    from tamemip.testing import _families_check

    def broken(subject):
        raise RuntimeError("out of order")

    monkeypatch.setitem(_families_check._CHECKS, "definable", broken)
    report = run_checks(Saboteur)
    assert report.failed == ("definable",)
    assert "out of order" in str(report)


# -- messages ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "saboteur", [Truncates, WrongPacks, TooHard], ids=lambda made: made.__name__
)
def test_a_message_names_family_and_example_and_says_what_to_do(saboteur):
    with pytest.raises(AssertionError) as caught:
        check_of(saboteur, saboteur.caught_by, seconds=1.5)()
    where, said = str(caught.value).split(": ", 1)
    assert where.startswith("shopping, example 0")
    assert said.endswith(".")
    assert ". " in said


def _message(family, name):
    with pytest.raises(AssertionError) as caught:
        check_of(family, name)()
    return str(caught.value)


class _NotDisplaced(Saboteur):
    def price(self, instance, j):
        return Affine.of(0, f"price[{j}]")


class _Misspells(Saboteur):
    def program(self, instance):
        return len(instance.prizes)


class _AddsFloats(Saboteur):
    def evaluate(self, instance, solution):
        amounts = zip(instance.contents[0], solution.counts, strict=True)
        if sum(float(a) * n for a, n in amounts) > 0.3:
            raise InvalidInputError("too much.")
        return super().evaluate(instance, solution)

    def examples(self):
        return [Packs.of([1, 1], [["0.1", "0.2"]], ["0.3"], stock=1)]


@pytest.mark.parametrize(
    ("family", "name", "words"),
    [
        (WrongSense, "decode", ["The sign is wrong"]),
        (Truncates, "decode", ["take `round`"]),
        (_NotDisplaced, "decode", ["'price'", "At theta = 0 stands the instance"]),
        (_Misspells, "protocol", ["`program` raised AttributeError", "test_families.py:"]),
        (_AddsFloats, "evaluate", ["add floats", "rationalize"]),
        (NoExamples, "protocol", ["`examples()`"]),
        (ExamplesOnce, "protocol", ["`examples()`", "called again"]),
        (NoParameters, "protocol", ["no parameter", "Affine.of"]),
        (GivesNone, "no-better-solution", ["InvalidInputError"]),
        (ChangesPoint, "deterministic", ["`decode` changes the point"]),
        (ChangesInstance, "deterministic", ["`decode` changes the instance"]),
        (KeepsState, "deterministic", ["Keep nothing in the family"]),
        (TrustsValue, "evaluate", ["without `solution.value`"]),
    ],
)
def test_a_message_says_what_to_do_about_it(family, name, words):
    said = _message(family, name).replace("at theta = 0 stands", "At theta = 0 stands")
    assert all(word in said for word in words), said


def test_an_example_that_is_too_large_is_not_judged_if_another_one_is():
    class SomeTooHard(TooHard):
        def examples(self):
            return [Packs.of([], [], [41]), Packs.of([], [], [3])]

    outcome = check_of(SomeTooHard, "dual-function", seconds=1.0)()
    assert (outcome.kind, outcome.judged) == (OutcomeKind.PASSED, 1)
    assert outcome.reason.startswith("not judged: example 0 (Packs(")
    assert "too large: the optimal value is not proved within 1 s" in outcome.reason


def test_the_same_reason_is_told_once():
    class Twice(WrongPacks):
        def examples(self):
            return [*super().examples(), *super().examples()]

    assert check_of(Twice, "no-better-solution")().reason.startswith("all 2 examples: ")
