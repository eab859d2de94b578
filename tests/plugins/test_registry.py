"""Families by name: found lazily, clear about clashes and about what is broken."""

from __future__ import annotations

import pickle
import sys

import pytest

import tamemip as tm
from tamemip.errors import InvalidInputError, PluginError
from tamemip.plugins import Family, FamilyTable

WORKING = """
class Packing:
    '''Packing of boxes.

    More about it.
    '''
    name = "packing"
    def program(self, instance): ...
    def decode(self, instance, point): ...
    def examples(self): return []

other = Packing()
other.name = "another"
incomplete = object()
class Failing:
    def __init__(self): raise ValueError("no licence")
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Write a distribution that declares families, and put it on the path."""

    def write(distribution: str, source: str = WORKING, **entries: str) -> str:
        module, home = f"{distribution}_families", tmp_path / distribution
        info = home / f"{distribution}-1.0.dist-info"
        info.mkdir(parents=True)
        (home / f"{module}.py").write_text(source)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
        )
        lines = [f"{name} = {module}:{what}" for name, what in entries.items()]
        (info / "entry_points.txt").write_text("\n".join(["[tamemip.families]", *lines]))
        monkeypatch.syspath_prepend(str(home))
        monkeypatch.delitem(sys.modules, module, raising=False)
        return module

    return write


@pytest.mark.parametrize("name", ["knapsack", "scheduling"])
def test_the_built_in_families_fulfil_the_protocol(name):
    found = tm.family(name)
    assert isinstance(found, Family)
    assert found.name == name
    assert pickle.loads(pickle.dumps(found)).name == name
    info = tm.families()[name]
    assert info.is_installed
    assert info.kind
    assert info.distribution == "tamemip"


def test_a_family_of_a_package_is_found_by_name_without_importing_the_others(install):
    module = install("boxes", packing="Packing")
    elsewhere = install("elsewhere", source="raise RuntimeError('imported')", broken="x")
    assert tm.family("packing").name == "packing"
    assert module in sys.modules
    assert elsewhere not in sys.modules


def test_the_table_has_every_family_with_what_is_missing(install):
    install("boxes", packing="Packing")
    install("elsewhere", source="import no_such_module_anywhere", broken="x")
    table = tm.families()
    assert table["packing"].cells == ("packing", "Packing of boxes.", "boxes", "yes")
    assert not table["broken"].is_installed
    assert "no_such_module_anywhere" in table["broken"].missing
    assert "packing" in table
    assert len(table) >= 4
    for shown in (str(table), table._repr_html_()):
        assert "Packing of boxes." in shown
        assert "no_such_module_anywhere" in shown


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"packing": "Failing"}, "no licence"),
        ({"packing": "incomplete"}, "'name'"),
        ({"packing": "missing"}, "missing"),
        ({"packing": "other"}, "'another'"),
    ],
    ids=["raises", "members", "absent", "name"],
)
def test_a_broken_family_is_named_with_its_package(install, entry, text):
    install("boxes", **entry)
    with pytest.raises(PluginError) as error:
        tm.family("packing")
    assert "boxes" in str(error.value)
    assert text in str(error.value)
    assert tm.families()["packing"].missing == str(error.value)


def test_two_packages_of_one_name_clash(install):
    install("one", packing="Packing")
    install("two", packing="Packing")
    with pytest.raises(PluginError, match=r"claimed by .*one.*two|claimed by .*two.*one"):
        tm.family("packing")
    assert "claimed by" in tm.families()["packing"].missing


def test_nobody_takes_the_name_of_a_built_in_family(install):
    install("boxes", source=WORKING.replace('"packing"', '"knapsack"'), knapsack="Packing")
    with pytest.raises(PluginError, match="tamemip"):
        tm.family("knapsack")


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(InvalidInputError, match="'knapsack'"):
        tm.family("knapsak")
    with pytest.raises(InvalidInputError, match="'knapsack'"):
        FamilyTable(tuple(tm.families()))["knapsak"]
