"""Files of knapsacks: read as they stand, or refused by line."""

from __future__ import annotations

import csv
import gzip
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.plugins import Instances
from tamemip.plugins.knapsack import Knapsack, decode, evaluate, program, read

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "knapsack"
needs_data = pytest.mark.skipif(
    not DATA.exists(), reason="the shared data are not beside the repository"
)

COLUMNS = "4 20\n9 6\n11 5\n13 9\n15 7\n"
ORLIB = """ 2
 3 2 25
 10 15 12.5
 1 2 3
 4 5 6
 3 9
 2 1 0
 7 8
 1 2
 2
"""
PISINGER = """knapPI_1_2_1000_1
n 2
c 995
z 506
time 0.00
1,94,785,0
2,506,326,1
-----

knapPI_1_2_1000_2
n 2
c 10
z 9
time 0.01
1,4,5,1
2,5,5,1
-----

"""
FORMATS = {"columns": COLUMNS, "orlib": ORLIB, "pisinger": PISINGER}


@pytest.fixture
def reads(tmp_path):
    """Read a text as a file."""

    def reading(text, name="file.txt"):
        path = tmp_path / name
        path.write_text(text)
        return read(path)

    return reading


def test_columns(reads):
    assert reads(COLUMNS, "four.txt") == Knapsack([9, 11, 13, 15], [6, 5, 9, 7], 20, name="four")


def test_columns_with_a_solution_state_its_profit(reads):
    found = reads(COLUMNS + "1 1 0 1\n")
    assert found.optimum == 35
    assert found.n_items == 4


def test_orlib(reads):
    found = reads(ORLIB, "two.txt")
    assert isinstance(found, Instances)
    assert found.names == ("two-1", "two-2")
    assert found["two-1"] == Knapsack(
        [10, 15, "25/2"], [[1, 2, 3], [4, 5, 6]], [3, 9], name="two-1", optimum=25
    )
    assert found[1] == Knapsack([7, 8], [1, 2], 2, name="two-2")


def test_an_orlib_file_of_one_problem_is_a_knapsack(reads):
    alone = "2 1 0\n7 8\n1 2\n2\n"
    expected = Knapsack([7, 8], [1, 2], 2, name="one")
    assert reads("1\n" + alone, "one.dat") == reads(alone, "one.dat") == expected


def test_pisinger(reads):
    found = reads(PISINGER)
    assert found.names == ("knapPI_1_2_1000_1", "knapPI_1_2_1000_2")
    assert found[0] == Knapsack([94, 506], [785, 326], 995, name="knapPI_1_2_1000_1", optimum=506)
    block = PISINGER[: PISINGER.index("-----")] + "-----\n"
    assert reads(block) == found[0]


def test_gzipped_files_and_windows_line_ends(tmp_path):
    for text in FORMATS.values():
        plain, packed = tmp_path / "file.txt", tmp_path / "file.txt.gz"
        plain.write_bytes(text.replace("\n", "\r\n").encode())
        packed.write_bytes(gzip.compress(text.encode()))
        assert read(str(plain)) == read(packed)


@pytest.mark.parametrize("text", FORMATS.values(), ids=FORMATS)
def test_a_truncated_file_is_refused_wherever_it_ends(reads, text):
    lines = text.strip().splitlines()
    blocks = {k for k, line in enumerate(lines) if line == "-----"}
    for k in range(len(lines)):
        if k - 1 in blocks or not "".join(lines[:k]).strip():
            continue
        if k - 2 in blocks and not lines[k - 1]:
            continue  # a blank line after a whole block
        with pytest.raises(InvalidInputError, match=r"file\.txt, line \d+: .*(ends here|needed)"):
            reads("\n".join(lines[:k]))


@pytest.mark.parametrize("text", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("word", ["abc", "nan", "1e9999999", "--5", "inf"])
def test_a_word_instead_of_a_number_is_refused_with_its_line(reads, text, word):
    first = text.index("\n")  # the first word of all tells the format
    for number in re.finditer(r"(?<=[ ,\n])[\d.]+(?=[ ,\n])", text[first:]):
        start, end = first + number.start(), first + number.end()
        line = text.count("\n", 0, start) + 1
        with pytest.raises(InvalidInputError, match=rf"file\.txt, line {line}: .*{word}"):
            reads(text[:start] + word + text[end:])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("0 20\n", "line 1: the number of items is 0"),
        ("2.5 20\n1 2\n", "line 1: the number of items is 5/2"),
        ("2 -20\n1 2\n3 4\n", "line 1: the capacity is -20"),
        ("2 20\n1 2\n3 -4\n", "line 3: the weight of item 1 is -4"),
        ("2 20\n1 2\n3\n", "line 3: item 1 has 1 numbers"),
        ("2 20\n1 2\n3 4\n5 6\n", "line 4: the file goes on after its 2 items"),
        ("2 20\n1 2\n3 4\n1 0\n1 0\n", "line 5: the file should end here"),
        ("1 2 3 4\n", "line 1: the first line has 4 numbers"),
        ("x 20\n1 2\n", "line 2: '1 2' stands where 'n NUMBER' is needed"),
        ("NAME m\nROWS\n N c\n", "line 2: 'ROWS' stands where 'n NUMBER' is needed"),
        ("1\n2 1 0\n3 4\n1 -2\n3\n", "line 4: weight 0,1 is -2"),
        ("1\n2 1 0\n3 4\n1 2\n-3\n", "line 5: capacity 0 is -3"),
        ("1\n2 1 0\n3 4\n1 2\n3\n4\n", "line 6: the file should end here"),
        ("1\n2 0 0\n3 4\n", "line 2: the number of capacities is 0"),
        (PISINGER.replace("2,506", "3,506"), "line 7: '3,506,326,1' stands where item 2"),
        (PISINGER.replace("326", "-326"), "line 7: the weight of item 2 is -326"),
        (PISINGER.replace("1000_2", "1000_1"), "line 10: there are two instances called"),
        (PISINGER.replace("c 995", "995"), "line 3: '995' stands where 'c NUMBER' is needed"),
        (PISINGER.replace("n 2", "n 1", 1), "line 7: '2,506,326,1' stands where 1 items"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(reads, text, said):
    with pytest.raises(InvalidInputError) as refusal:
        reads(text)
    assert said in str(refusal.value)
    assert "file.txt" in str(refusal.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(InvalidInputError, match=str(path)):
            read(path)


numbers = st.fractions(min_value=0, max_value=99, max_denominator=1).map(str)
decimals = st.decimals(min_value=0, max_value=99, places=2).map(str)


@given(st.lists(st.tuples(decimals, decimals), min_size=1, max_size=5), numbers)
def test_what_is_written_is_read(tmp_path_factory, items, capacity):
    path = tmp_path_factory.getbasetemp() / "written.txt"
    path.write_text("\n".join([f"{len(items)} {capacity}", *(f"{p} {w}" for p, w in items)]))
    profits, weights = zip(*items, strict=True)
    assert read(path) == Knapsack(profits, weights, capacity, name="written")


# -- the collections ------------------------------------------------------------------------


def optimum_of(instance):
    packed = decode(instance, tm.solve(program(instance).program).point)
    assert evaluate(instance, packed) == packed.value
    return packed.value


def table():
    if not DATA.exists():
        return []
    with (DATA / "std" / "optimum.csv").open() as file:
        return list(csv.DictReader(file))


@needs_data
def test_every_single_knapsack_of_the_collection_is_read():
    for row in table():
        found = read(DATA / "std" / f"{row['name']}.txt")
        assert found.name == row["name"]
        assert found.n_items == int(row["n"])
        assert found.capacities == (int(row["capacity"]),)


@needs_data
@pytest.mark.parametrize(
    "row", [row for row in table() if int(row["n"]) <= 500], ids=lambda row: row["name"]
)
def test_small_knapsacks_have_their_known_optimum(row):
    assert optimum_of(read(DATA / "std" / f"{row['name']}.txt")) == int(row["optimum"])


@needs_data
def test_mknap1_has_its_known_optima():
    found = read(DATA / "orlib_mkp" / "mknap1.txt")
    known = [3800, Fraction("8706.1"), 4015, 6120, 12400, 10618, 16537]
    assert [instance.optimum for instance in found] == known
    assert [optimum_of(instance) for instance in found] == known


@needs_data
@pytest.mark.parametrize(("name", "m"), [("mknapcb1", 5), ("mknapcb4", 10)])
def test_mknapcb_has_thirty_problems(name, m):
    found = read(DATA / "orlib_mkp" / f"{name}.txt")
    assert len(found) == 30
    assert {(k.n_items, k.n_capacities, k.optimum) for k in found} == {(100, m, None)}
    assert found[f"{name}-30"] is found[29]
