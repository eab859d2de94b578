"""Entry points: found without loading, loaded on demand, and clear about what is wrong."""

from __future__ import annotations

import sys

import pytest

from tamemip._entry_points import PluginGroup
from tamemip.errors import PluginError

GROUP = "tamemip.tests_of_entry_points"
SOURCE = """
from tamemip.errors import PluginError
seven = 7

def refuse(_=None):
    raise PluginError("in its own words")
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Write a distribution with entry points, and put it on the path."""

    def write(distribution: str, source: str = SOURCE, **entries: str) -> None:
        module, home = f"{distribution}_things", tmp_path / distribution
        info = home / f"{distribution}-1.0.dist-info"
        info.mkdir(parents=True)
        (home / f"{module}.py").write_text(source)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
        )
        lines = [f"{name} = {module}:{what}" for name, what in entries.items()]
        (info / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines]))
        monkeypatch.syspath_prepend(str(home))
        monkeypatch.delitem(sys.modules, module, raising=False)

    return write


THINGS = PluginGroup(GROUP, "thing", built_in=("ours",))


def same(found: object) -> object:
    return found


def test_plugins_are_found_without_loading_them(install):
    install("lazy", source="raise RuntimeError('loaded')", b="x", a="x")
    assert THINGS.names() == ("a", "b")
    assert "lazy" in str(THINGS.find("a"))
    assert "lazy_things" not in sys.modules


def test_a_plugin_installed_later_is_found(install):
    assert THINGS.find("late") is None
    install("late", late="seven")
    assert THINGS.find("late").load(same) == 7


def test_a_group_sees_its_own_plugins_only(install):
    install("mine", here="seven")
    assert PluginGroup("tamemip.another_group", "thing").plugins() == ()


def test_what_a_plugin_gives_is_made_into_what_is_wanted(install):
    install("made", seven="seven")
    assert THINGS.find("seven").load(str) == "7"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("import no_such_module_at_all", "ModuleNotFoundError"),
        ("other = 1", "AttributeError"),
        ("def wrong(:", "SyntaxError"),
    ],
)
def test_a_broken_plugin_is_an_error_with_its_origin(install, source, text):
    install("broken", source=source, bad="thing")
    with pytest.raises(PluginError, match=text) as caught:
        THINGS.find("bad").load(same)
    assert "'bad'" in str(caught.value)
    assert "from broken" in str(caught.value)
    assert caught.value.__cause__ is not None


def test_an_error_while_making_is_the_plugins_too(install):
    install("unmade", bad="seven")
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        THINGS.find("bad").load(lambda found: 1 // (found - 7))


def test_a_plugin_error_keeps_its_own_words(install):
    install("strict", bad="refuse")
    with pytest.raises(PluginError, match=r"^in its own words$"):
        THINGS.find("bad").load(lambda found: found())


def test_two_plugins_of_one_name_clash_and_others_do_not(install):
    install("first", a="seven", b="seven")
    install("second", a="seven")
    with pytest.raises(PluginError, match=r"first and second|second and first"):
        THINGS.find("a")
    assert THINGS.find("b").load(same) == 7
    assert THINGS.names() == ("a", "b")
    assert len(THINGS.plugins()) == 3


def test_a_built_in_name_cannot_be_taken(install):
    assert THINGS.find("ours") is None
    install("thief", ours="seven")
    with pytest.raises(PluginError, match="tamemip and thief"):
        THINGS.find("ours")
