"""Primitives of plugins: found by name, assumed in statements, and checked by the kit."""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace
from fractions import Fraction

import pytest

from tamemip.certificates import Declaration, Enclosure, Structure, check
from tamemip.certificates._enclosures import exp_between
from tamemip.errors import InvalidInputError, PluginError
from tamemip.tameness import (
    CERTIFIED,
    REFUTED,
    Primitive,
    available_primitives,
    certify,
    constant,
    floor,
    primitive,
    variable,
)
from tamemip.testing import primitive_checks

x = variable("x")
UNIT = Enclosure.between(0, 1)
RAMP = Primitive(
    "ramp",
    Declaration(Structure.SEMILINEAR, UNIT, trend=1, citation="ours"),
    lambda t: min(max(t, Fraction(0)), Fraction(1)),
)
SQUARE = Primitive(
    "square",
    Declaration(Structure.SEMIALGEBRAIC, Enclosure.between(0, float("inf")), citation="ours"),
    lambda t: t * t,
)
PRODUCT = Primitive(
    "product", Declaration(Structure.SEMIALGEBRAIC, citation="ours"), lambda s, t: s * t, arity=2
)
GREATEST = Primitive("greatest", Declaration(Structure.SEMILINEAR, citation="ours"), max, arity=2)
STEP = Primitive(
    "step",
    Declaration(Structure.SEMILINEAR, UNIT, trend=1, is_continuous=False, citation="ours"),
    lambda t: int(t > 0),
)
INVERSE = Primitive(
    "inverse",
    Declaration(Structure.SEMIALGEBRAIC, is_total=False, citation="ours"),
    lambda t: 1 / t if t else None,
)


def _exponential(t: Fraction) -> Enclosure:
    return Enclosure.between(*exp_between(t))


EXPONENTIAL = Primitive(
    "exponential",
    Declaration(
        Structure.R_EXP, Enclosure.between(0, float("inf"), low_open=True), trend=1,
        citation="Wilkie 1996",
    ),
    _exponential,
)  # fmt: skip
HONEST = (RAMP, SQUARE, PRODUCT, GREATEST, STEP, INVERSE, EXPONENTIAL)

_COUNTER = itertools.count()


def _restless(t: Fraction) -> Fraction:
    """Another value at each call, at one point only."""
    return Fraction(next(_COUNTER) % 2) if t == Fraction(1, 2) else Fraction(0)


def _triangle_wave(t: Fraction) -> Fraction:
    return abs(t - 2 * ((t + 1) // 2))


SABOTEURS = {
    "signature": replace(PRODUCT, declared=replace(PRODUCT.declared, trend=1)),
    "citation": replace(RAMP, declared=replace(RAMP.declared, citation=" ")),
    "deterministic": Primitive(
        "restless",
        Declaration(Structure.SEMIALGEBRAIC, UNIT, citation="none"),
        _restless,
    ),
    "total": replace(RAMP, evaluate=lambda t: RAMP.evaluate(t) if t else None),
    "values": replace(RAMP, declared=replace(RAMP.declared, values=Enclosure.between(0, "1/2"))),
    "trend": replace(RAMP, declared=replace(RAMP.declared, trend=-1)),
    "continuous": replace(STEP, declared=replace(STEP.declared, is_continuous=True)),
    "structure": replace(SQUARE, declared=replace(SQUARE.declared, structure=Structure.SEMILINEAR)),
}
WILD = {
    "a wave": Primitive(
        "wave", Declaration(Structure.PFAFFIAN, UNIT, citation="none"), _triangle_wave
    ),
    "an exponential as semialgebraic": replace(
        EXPONENTIAL, declared=replace(EXPONENTIAL.declared, structure=Structure.SEMIALGEBRAIC)
    ),
    "a product as semilinear": replace(
        PRODUCT, declared=replace(PRODUCT.declared, structure=Structure.SEMILINEAR)
    ),
    "a float": replace(RAMP, evaluate=float),
}


def _failures(candidate: Primitive) -> list[str]:
    failed = []
    for one in primitive_checks(candidate):
        try:
            one()
        except AssertionError:
            failed.append(one.name)
    return failed


@pytest.mark.parametrize("honest", HONEST, ids=lambda p: p.name)
def test_an_honest_primitive_passes_every_check(honest):
    assert _failures(honest) == []


@pytest.mark.parametrize("name", SABOTEURS)
def test_each_saboteur_fails_exactly_the_check_made_for_it(name):
    assert _failures(SABOTEURS[name]) == [name]


@pytest.mark.parametrize("name", WILD)
def test_wild_and_misread_functions_are_caught(name):
    assert "structure" in _failures(WILD[name])


def test_every_check_has_its_saboteur():
    assert [one.name for one in primitive_checks(RAMP)] == list(SABOTEURS)


def test_statements_list_what_is_assumed():
    verdict = certify(floor(RAMP(2 * x) * 3) + SQUARE(x), "x in [0, 1]")
    assert verdict.status is CERTIFIED
    assert verdict.structure is Structure.SEMIALGEBRAIC
    assert [text.split()[0] for text in verdict.assumptions] == ["'ramp'", "'square'"]
    assert check(verdict.certificate).definable.assumptions == verdict.assumptions


def test_refutations_list_what_they_assume():
    """That a summand is semilinear is used to drop it."""
    verdict = certify(floor(x) + primitive("own", x, declared=RAMP.declared))
    assert verdict.status is REFUTED
    assert verdict.assumptions == check(verdict.certificate).refuted.assumptions
    assert "'own'" in verdict.assumptions[0]


def test_a_declaration_can_be_given_in_place_of_a_plugin():
    f = primitive("own", x, declared=RAMP.declared)
    assert certify(f).structure is Structure.SEMILINEAR
    assert RAMP(x) is primitive("ramp", x, declared=RAMP.declared)


def test_the_number_of_arguments_is_checked():
    with pytest.raises(InvalidInputError, match="takes 2 arguments, and 1"):
        PRODUCT(x)


@pytest.mark.parametrize(
    "declared",
    [
        Declaration(Structure.LOCAL),
        Declaration(Structure.SEMILINEAR, Enclosure.between(1, 0)),
        Declaration(Structure.SEMILINEAR, trend=2),
    ],
    ids=["local", "empty interval", "trend 2"],
)
def test_a_malformed_declaration_is_refused_by_the_constructor_and_the_kit(declared):
    with pytest.raises(InvalidInputError, match="malformed"):
        primitive("own", x, declared=declared)
    assert "signature" in _failures(replace(RAMP, declared=declared))


def test_an_evaluation_that_raises_is_a_failure_with_advice():
    inverse = replace(INVERSE, evaluate=lambda t: 1 / t)
    checks = {one.name: one for one in primitive_checks(inverse)}
    with pytest.raises(AssertionError, match=r"at 0 raised ZeroDivisionError.*return None"):
        checks["values"]()


SOURCE = """
from tamemip.certificates import Declaration, Enclosure, Structure
from tamemip.tameness import Primitive
declared = Declaration(Structure.SEMILINEAR, Enclosure.between(0, 1), trend=1, citation="ours")
clamp = Primitive("clamp", declared, lambda t: min(max(t, 0), 1))
sine = Primitive("sin", declared, lambda t: 0)
number = 5
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Write a distribution with primitives, and put it on the path."""

    def write(distribution: str, **entries: str) -> None:
        module, home = f"{distribution}_functions", tmp_path / distribution
        info = home / f"{distribution}-1.0.dist-info"
        info.mkdir(parents=True)
        (home / f"{module}.py").write_text(SOURCE)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
        )
        lines = [f"{name} = {module}:{what}" for name, what in entries.items()]
        (info / "entry_points.txt").write_text("\n".join(["[tamemip.primitives]", *lines]))
        monkeypatch.syspath_prepend(str(home))
        monkeypatch.delitem(sys.modules, module, raising=False)

    return write


def test_a_plugin_is_found_by_name_and_loaded_when_asked(install):
    install("lazy", clamp="clamp", broken="nothing")
    assert {"clamp", "broken"} <= set(available_primitives())
    assert "lazy_functions" not in sys.modules
    verdict = certify(primitive("clamp", x))
    assert verdict.structure is Structure.SEMILINEAR
    assert "clamp" in verdict.assumptions[0]


def test_two_plugins_of_one_name_clash(install):
    install("first", clamp="clamp")
    install("second", clamp="clamp")
    with pytest.raises(PluginError, match=r"first and second|second and first"):
        primitive("clamp", x)


def test_a_plugin_cannot_take_the_name_of_a_built_in_function(install):
    install("thief", sin="sine")
    with pytest.raises(PluginError, match="tamemip and thief"):
        primitive("sin", x)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("nothing", "cannot be loaded: AttributeError"),
        ("number", "is a int"),
        ("clamp", "calls itself 'clamp'"),
    ],
)
def test_a_broken_plugin_says_what_is_wrong(install, what, text):
    install("broken", bad=what)
    with pytest.raises(PluginError, match=text):
        primitive("bad", constant(1))


def test_an_unknown_name_is_an_error_of_the_user():
    with pytest.raises(InvalidInputError, match="no primitive called 'nobody'"):
        primitive("nobody", x)
