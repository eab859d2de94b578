"""MPS files: the conventions of the format, and what is refused."""

from __future__ import annotations

import gzip
import logging
import math
import time
from fractions import Fraction

import pytest

from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.programs import read

SMALL = """\
* a comment
NAME          small model
ROWS
 N  cost
 L  low
 G  great
 E  same
 N  other
COLUMNS
    x         cost            0.1   low               1.5
    x         same             1
    x         other            3
    M1        'MARKER'                 'INTORG'
    y         cost             -2   great             1e-3
    z         low           2.5D1
    M2        'MARKER'                 'INTEND'
    w         great              1
RHS
    RHS       cost             -7   low                 4
    RHS       great          0.25   same                1
BOUNDS
 LO BND       z                 2
ENDATA
whatever stands here
"""


@pytest.fixture
def load(tmp_path):
    def load(text, name="model.mps"):
        path = tmp_path / name
        if isinstance(text, str):
            text = text.encode()
        path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return read(path)

    return load


def with_ranges(lines):
    return SMALL.replace("BOUNDS\n", "RANGES\n" + lines + "\nBOUNDS\n")


def with_bounds(lines):
    return SMALL.replace(" LO BND       z                 2", lines)


@pytest.mark.parametrize("name", ["model.mps", "MODEL.MPS.GZ", "model.mps.gz"])
def test_a_small_model(load, name):
    p = load(SMALL if name != "MODEL.MPS.GZ" else gzip.compress(SMALL.encode()), name)
    assert (p.name, p.sense, p.offset) == ("small model", "min", 7)
    assert p.row_names == ("low", "great", "same")
    assert p.row_sense == ("<=", ">=", "=")
    assert p.col_names == ("x", "y", "z", "w")
    assert p.exact.c == (Fraction(1, 10), -2, 0, 0)
    assert p.exact.rhs == (4, Fraction(1, 4), 1)
    assert p.exact.A[0, 2] == 25
    assert p.exact.A[1, 1] == Fraction(1, 1000)
    assert p.exact.integer == (False, True, True, False)


def test_further_free_rows_are_dropped_and_logged(load, caplog):
    with caplog.at_level(logging.INFO):
        assert "other" not in load(SMALL).row_names
    assert "other" in caplog.text


def test_marked_columns_are_binary_until_a_bound_is_given(load):
    p = load(SMALL)
    assert p.exact.upper == (math.inf, 1, math.inf, math.inf)
    assert p.exact.lower == (0, 0, 2, 0)


@pytest.mark.parametrize(
    ("row", "width", "senses", "sides"),
    [
        ("low", "3", ("<=", ">="), (4, 1)),
        ("low", "-3", ("<=", ">="), (4, 1)),
        ("great", "3", (">=", "<="), (Fraction(1, 4), Fraction(13, 4))),
        ("great", "-3", (">=", "<="), (Fraction(1, 4), Fraction(13, 4))),
        ("same", "3", (">=", "<="), (1, 4)),
        ("same", "-3", ("<=", ">="), (1, -2)),
    ],
)
def test_a_range_splits_a_row_in_two(load, row, width, senses, sides):
    p = load(with_ranges(f"    RNG       {row}   {width}"))
    i = p.row_index(row)
    assert p.row_names[i + 1] == f"{row}::range"
    assert p.row_sense[i : i + 2] == senses
    assert p.exact.rhs[i : i + 2] == sides
    assert p.exact.A.rows[i] == p.exact.A.rows[i + 1]


def test_a_zero_range_on_an_equation_changes_nothing(load):
    assert load(with_ranges("    RNG       same   0")) == load(SMALL.replace("BOUNDS", "BOUNDS"))


@pytest.mark.parametrize(
    ("lines", "low", "up"),
    [
        (" UP BND x 4", 0, 4),
        (" UP BND x -4", -math.inf, -4),
        (" UP BND x 0", 0, 0),
        (" LO BND x -9\n UP BND x -4", -9, -4),
        (" UP BND x -4\n LO BND x -9", -9, -4),
        (" MI BND x", -math.inf, math.inf),
        (" MI BND x\n UP BND x 3", -math.inf, 3),
        (" PL BND x", 0, math.inf),
        (" FR BND x", -math.inf, math.inf),
        (" FR x", -math.inf, math.inf),
        (" FR BND x 0", -math.inf, math.inf),
        (" FX BND x 1.5", Fraction(3, 2), Fraction(3, 2)),
        (" FX x 1.5", Fraction(3, 2), Fraction(3, 2)),
        (" BV BND x", 0, 1),
        (" LI BND x 2", 2, math.inf),
        (" UI BND x 2", 0, 2),
        (" UP BND x 1e20", 0, math.inf),
        (" UP BND x 1e30", 0, math.inf),
        (" LO BND x -1e30", -math.inf, math.inf),
        (" LO BND x -inf", -math.inf, math.inf),
        (" UP BND x Infinity", 0, math.inf),
    ],
)
def test_bounds(load, lines, low, up):
    p = load(with_bounds(lines))
    assert (p.exact.lower[0], p.exact.upper[0]) == (low, up)
    assert p.exact.integer[0] == (lines[1:3] in ("BV", "LI", "UI"))


@pytest.mark.parametrize(
    ("lines", "sense"),
    [
        ("OBJSENSE\n    MAX\n", "max"),
        ("OBJSENSE\n MAXIMIZE\n", "max"),
        ("OBJSENSE MAX\n", "max"),
        ("OBJSENSE\tMAXIMISE\n", "max"),
        ("OBJSENSE\n    MIN\n", "min"),
    ],
)
def test_the_sense_of_the_objective(load, lines, sense):
    assert load(SMALL.replace("ROWS\n", lines + "ROWS\n", 1)).sense == sense


@pytest.mark.parametrize("lines", ["OBJNAME\n    other\n", "OBJNAME other\n"])
def test_the_objective_can_be_named(load, lines):
    assert load(SMALL.replace("ROWS\n", lines + "ROWS\n", 1)).exact.c == (3, 0, 0, 0)


def test_the_objective_is_named_before_the_rows(load):
    with pytest.raises(InvalidInputError, match="OBJNAME"):
        load(SMALL.replace("BOUNDS\n", "OBJNAME\n other\nBOUNDS\n"))


def test_names_with_blanks_are_read_in_fixed_format(load):
    p = load(
        "NAME          BLANKS\n"
        "ROWS\n N  COST\n G  MY ROW\n"
        "COLUMNS\n"
        "    MY COL    COST               1.5   MY ROW             2.5\n"
        "    OTHER     MY ROW               1\n"
        "RHS\n    RHS       MY ROW               3\n"
        "BOUNDS\n UP BND       MY COL               4\n"
        "ENDATA\n"
    )
    assert (p.row_names, p.col_names) == (("MY ROW",), ("MY COL", "OTHER"))
    assert p.exact.A.rows == (((0, Fraction(5, 2)), (1, 1)),)
    assert (p.exact.rhs, p.exact.upper[0]) == ((3,), 4)


def test_set_names_may_be_missing(load):
    text = SMALL.replace("    RHS       ", "              ").replace(" LO BND ", " LO ")
    assert load(text) == load(SMALL)


def test_line_ends_tabs_and_encodings_do_not_matter(load):
    p = load(SMALL)
    assert load(SMALL.replace("\n", "\r\n")) == p
    assert load(SMALL.replace("    x   ", "\tx\t")) == p
    assert load(b"\xef\xbb\xbf" + SMALL.encode()) == p
    renamed = SMALL.replace(" x  ", " é  ")
    assert load(renamed.encode("utf-8")).col_names[0] == "é"
    assert load(renamed.encode("latin-1")).col_names[0] == "é"


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("SOS", " S1 SOS x 1"),
        ("QUADOBJ", " x x 1"),
        ("QMATRIX", " x x 1"),
        ("QSECTION  low", " x x 1"),
        ("QCMATRIX  low", " x x 1"),
        ("INDICATORS", " IF low y 1"),
        ("LAZYCONS", " L lazy"),
        ("USERCUTS", " L cut"),
        ("GENCONS", " MAX g"),
        ("PWLOBJ", " x 1 1"),
    ],
)
def test_sections_that_are_not_linear_are_refused_by_name_and_line(load, section, line):
    text = SMALL.replace("ENDATA", f"{section}\n{line}\nENDATA")
    with pytest.raises(UnsupportedError, match=rf"line 23.*{section.split()[0]}"):
        load(text)


@pytest.mark.parametrize(
    "text",
    [
        with_bounds(" SC BND x 4"),
        with_bounds(" UP BND x 4\n UP OTHER x 5"),
        SMALL.replace("'INTORG'", "'SOSORG'"),
        SMALL.replace("    RHS       great", "    RHS2      great"),
    ],
    ids=["semi-continuous", "two bound sets", "sos marker", "two rhs sets"],
)
def test_other_unsupported_parts(load, text):
    with pytest.raises(UnsupportedError, match=r"line \d+"):
        load(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "empty"),
        ("\n\n", "ENDATA"),
        (SMALL.partition("ENDATA")[0], "ENDATA"),
        (SMALL[:300], r"line \d+"),
        ("ENDATA\n", "ROWS"),
        ("    x cost 1\n", "line 1"),
        (SMALL.replace("BOUNDS", "BONDS"), "line 21.*'BONDS'"),
        (SMALL.replace("0.1 ", "0.l "), "line 10.*'cost'.*'x'.*'0.l'"),
        (SMALL.replace("0.1 ", "nan "), "line 10.*'x'"),
        (SMALL.replace("0.1 ", "inf "), "line 10.*'x'"),
        (SMALL.replace("0.1 ", "1e999999999 "), "line 10"),
        (SMALL.replace("0.1 ", "1" * 2000), "line 10"),
        (SMALL.replace("E  same", "E  low"), "line 7.*'low'"),
        (SMALL.replace("E  same", "Q  same"), "line 7.*'same'"),
        (SMALL.replace("x         same", "x         sane"), "line 11.*'sane'"),
        (SMALL.replace("x         same", "x         low"), "line 11.*'low'.*'x'.*twice"),
        (SMALL.replace("x         other", "x         cost"), "line 12.*twice"),
        (SMALL.replace("    w  ", "    x  "), "line 17.*'x'.*twice"),
        (SMALL.replace("    w         great              1", "    w  great"), "line 17"),
        (SMALL.replace("great          0.25", "low 5"), "line 20.*twice"),
        (SMALL.replace("great          0.25", "none 5"), "line 20.*'none'"),
        (SMALL.replace("great          0.25", "great 1e30"), "line 20.*'great'"),
        (SMALL.replace("RHS\n", "ROWS\n", 1), "ROWS.*twice"),
        (with_ranges("    RNG low x"), "line 22.*'low'"),
        (with_bounds(" LO BND x 4\n UP BND x 3"), "line 23.*'x'.*4.*3"),
        (with_bounds(" UP BND x 3\n UP BND x 4"), "line 23.*'x'"),
        (with_bounds(" UP BND x inf\n LO BND x inf"), "'x'"),
        (with_bounds(" XX BND x 3"), "line 22.*'XX'"),
        (with_bounds(" UP BND q 3"), "line 22.*'q'"),
        (with_bounds(" UP BND x nan"), "line 22.*'x'"),
        (with_bounds(" UP"), "line 22"),
        (SMALL.replace("ROWS\n", "OBJSENSE\n UP\nROWS\n", 1), "line 4.*OBJSENSE"),
        (SMALL.replace("ROWS\n", "OBJNAME\n none\nROWS\n", 1), "none"),
        (with_ranges("    RNG low 1").replace("E  same", "E  low::range").replace(
            "same", "low::range"), "low::range"),
    ],
)  # fmt: skip
def test_a_malformed_file_is_refused_with_its_place(load, text, hint):
    with pytest.raises(InvalidInputError, match=rf"(?s)model\.mps.*{hint}"):
        load(text)


def test_what_is_no_text_file_is_refused_at_once(tmp_path):
    path = tmp_path / "junk.mps"
    with path.open("wb") as stream:
        for _ in range(100):
            stream.write(bytes(range(255, -1, -1)) * (1 << 12))
    start = time.perf_counter()
    with pytest.raises(InvalidInputError, match="line 1"):
        read(path)
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("junk", [b"x", b"\n", b"word ", b"word\n", b"\x00"], ids=repr)
def test_large_junk_is_refused_quickly(tmp_path, junk):
    path = tmp_path / "junk.lp"
    path.write_bytes(junk * ((30 << 20) // len(junk)))
    with pytest.raises(InvalidInputError):
        read(path)


def test_a_damaged_archive_is_refused(tmp_path):
    path = tmp_path / "model.mps.gz"
    whole = gzip.compress(SMALL.encode() * 50)
    for content in (whole[:60], b"no archive", whole[:40] + b"??" + whole[42:]):
        path.write_bytes(content)
        with pytest.raises(InvalidInputError, match=r"model\.mps\.gz"):
            read(path)


def test_wrong_paths_are_refused(tmp_path):
    (tmp_path / "folder.mps").mkdir()
    (tmp_path / "model.txt").write_text(SMALL)
    for name in ("none.mps", "folder.mps", "model.txt", "model", "model.gz"):
        with pytest.raises(InvalidInputError, match=name):
            read(tmp_path / name)


def test_a_mixture_of_encodings_is_refused(load):
    text = SMALL.encode().replace(b"* a comment", "* é".encode()).replace(b"*SMALL", b"")
    with pytest.raises(InvalidInputError, match="UTF-8"):
        load(text.replace(b"    w  ", b"    \xe9  "))
    with pytest.raises(InvalidInputError, match="text file"):
        load(SMALL.encode("utf-16"))
