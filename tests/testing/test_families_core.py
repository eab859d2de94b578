"""The kit notices mistakes of the core: proofs, gradients and jumps that are not true."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from tamemip.differentiation import Jump, conservative_gradient, examine_path
from tamemip.duality import dual_function
from tamemip.errors import NotAllowedError, NotLipschitzError
from tamemip.tameness import UNKNOWN, certify
from tamemip.testing import (
    OutcomeKind,
    _families_examples,
    _families_paths,
    _families_proofs,
    _families_rates,
    run_checks,
)
from tests.testing.saboteurs import OpenEnded
from tests.testing.shopping import Saboteur


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


@pytest.mark.parametrize("wrong", [_wrong_gradient, _invented_jump])
def test_a_wrong_gradient_fails(monkeypatch, wrong):
    monkeypatch.setattr(_families_rates, "conservative_gradient", wrong)
    assert run_checks(Saboteur).failed == ("gradient",)


def test_a_gradient_that_lacks_a_generator_of_a_tie_fails(monkeypatch):
    assert run_checks(Tie).passed
    monkeypatch.setattr(_families_rates, "conservative_gradient", _one_generator_too_few)
    assert run_checks(Tie).failed == ("gradient",)


def test_a_refusal_says_nothing_if_all_columns_have_bounds(monkeypatch):
    monkeypatch.setattr(_families_rates, "conservative_gradient", _refusal)
    lines = {line.name: line.outcome for line in run_checks(Saboteur)}
    assert lines["gradient"].kind is OutcomeKind.NOT_RUN
    assert "not proved" in lines["gradient"].reason
    assert run_checks(OpenEnded).failed == ("gradient",)


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
