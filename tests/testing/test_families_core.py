"""The kit notices mistakes of the core: proofs, gradients and jumps that are not true."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from tamemip.differentiation import Jump, conservative_gradient, examine_path
from tamemip.duality import dual_function
from tamemip.errors import InvalidInputError, NotAllowedError, NotLipschitzError
from tamemip.plugins import Affine, ProgramBuilder
from tamemip.tameness import UNKNOWN, certify
from tamemip.testing import (
    OutcomeKind,
    _families_examples,
    _families_paths,
    _families_proofs,
    _families_rates,
    run_checks,
)
from tests.testing.shopping import Packs, Purchase, Saboteur


def _shifted(vector):
    return tuple(v + 1 for v in vector)


def _wrong_gradient(*arguments, **options):
    right = conservative_gradient(*arguments, **options)
    return replace(right, flat=tuple(map(_shifted, right.flat)))


def _one_generator_too_few(*arguments, **options):
    right = conservative_gradient(*arguments, **options)
    return replace(right, flat=right.flat[:1])


def _invented_jump(program, **_):
    direction = (Fraction(1),) * program.n_parameters
    jump = Jump(direction, Fraction(0), Fraction(99), is_certified=True)
    raise NotLipschitzError("the value jumps here.", jump=jump)


def _refusal(*_, **__):
    raise NotAllowedError("it is not proved that the value is Lipschitz.")


class Tie(Saboteur):
    """Two packs are as cheap as each other."""

    def examples(self):
        return [replace(*super().examples(), prices=(Fraction(3), Fraction(6)))]


class OpenEnded(Saboteur):
    """Buys what is missing elsewhere, as much as one likes, at a price that moves."""

    def builder(self, instance):
        build = ProgramBuilder("min")
        pack = build.column("pack", cost=instance.prices[0], upper=instance.stock)
        more = build.column("more", cost=Affine.of(instance.prices[1], "price"), integer=False)
        build.row("demand", {pack: 1, more: 1}, ">=", self.demand(instance.demands[0], 0))
        waste = build.column("waste", integer=False)
        build.row("waste", {waste: 1, pack: -1}, ">=", 0)
        return build

    def decode(self, instance, point):
        counts = (round(point[0]),)
        return Purchase(counts, self._cost(instance, counts))

    def evaluate(self, instance, solution):
        if not 0 <= solution.counts[0] <= instance.stock:
            raise InvalidInputError("counts[0] is out of stock.")
        return self._cost(instance, solution.counts)

    def _cost(self, instance, counts):
        missing = max(instance.demands[0] - counts[0], Fraction(0))
        return instance.prices[0] * counts[0] + instance.prices[1] * missing

    def examples(self):
        return [Packs.of([2, 3], [[1]], ["7/2"])]


@pytest.mark.parametrize("wrong", [_wrong_gradient, _invented_jump])
def test_a_wrong_gradient_fails(monkeypatch, wrong):
    monkeypatch.setattr(_families_rates, "conservative_gradient", wrong)
    assert run_checks(Saboteur).failed == ("gradient",)


def test_a_gradient_that_lacks_a_generator_of_a_tie_fails(monkeypatch):
    assert run_checks(Tie).passed
    monkeypatch.setattr(_families_rates, "conservative_gradient", _one_generator_too_few)
    assert run_checks(Tie).failed == ("gradient",)


def test_a_refusal_says_nothing(monkeypatch):
    monkeypatch.setattr(_families_rates, "conservative_gradient", _refusal)
    for family, hint in ((Saboteur, "not proved"), (OpenEnded, "two finite bounds")):
        report = run_checks(family)
        outcome = {line.name: line.outcome for line in report}["gradient"]
        assert report.passed
        assert outcome.kind is OutcomeKind.NOT_RUN
        assert hint in outcome.reason


def test_columns_without_bounds_are_no_failure():
    assert run_checks(OpenEnded).passed


def test_a_limit_of_the_core_is_told_as_one(monkeypatch):
    def limited(*_, **__):
        raise NotAllowedError("there are 12689 rays already, and `limit` is 10000.")

    monkeypatch.setattr(_families_rates, "conservative_gradient", limited)
    outcome = {line.name: line.outcome for line in run_checks(Saboteur)}["gradient"]
    assert outcome.kind is OutcomeKind.NOT_RUN
    assert "too large: there are 12689 rays" in outcome.reason
    assert "give a smaller one" in outcome.reason


def test_an_error_of_the_core_names_check_and_example(monkeypatch):
    def broken(*_, **__):
        return [].pop(1)

    monkeypatch.setattr(_families_rates, "conservative_gradient", broken)
    outcome = {line.name: line.outcome for line in run_checks(Saboteur)}["gradient"]
    assert outcome.kind is OutcomeKind.FAILED
    assert outcome.reason.startswith("shopping, example 0 (Packs(")
    assert "the check 'gradient' was stopped by IndexError" in outcome.reason


def test_a_field_that_breaks_the_chain_rule_fails(monkeypatch):
    def wrong(program, field, path, **options):
        def shifted(point):
            return [_shifted(v) for v in conservative_gradient(program, at=point).flat]

        return examine_path(program, shifted, path, **options)

    monkeypatch.setattr(_families_paths, "examine_path", wrong)
    assert run_checks(Saboteur).failed == ("path-law",)


def test_a_certificate_of_another_program_fails(monkeypatch):
    def wrong(program, **options):
        return dual_function(program.with_cost([c + 1 for c in program.exact.c]), **options)

    monkeypatch.setattr(_families_examples, "dual_function", wrong)
    assert "dual-function" in run_checks(Saboteur).failed


def test_a_verdict_that_is_open_fails(monkeypatch):
    monkeypatch.setattr(
        _families_proofs, "certify", lambda *given: replace(certify(*given), status=UNKNOWN)
    )
    assert run_checks(Saboteur).failed == ("definable",)
