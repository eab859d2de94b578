"""Files of job shops and flow shops: what is read, and what is refused where."""

import gzip
import json
from pathlib import Path

import pytest

from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._disjunctive import least_makespan
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._read_job_shop import read_job_shop_text
from tamemip.plugins.scheduling._read_job_shop_files import read_shops

SHARED = Path(__file__).parents[3] / "shared" / "data" / "scheduling" / "jobshop.json"

TEXT = """\
 two instances, as in OR-Library
 instance one
 ++++++++++++++
 two by two
 2 2
 0 3  1 2
 1 2  0 4
 instance two
 2 1
 0 1.5
 0 2
"""
JOB_SHOPS = """\
Nb of jobs, Nb of Machines, Time seed, Machine seed, Upper bound, Lower bound
 2 2 840612802 398197754 7 7
Times
 3 2
 2 4
Machines
 1 2
 2 1
Nb of jobs, Nb of Machines, Time seed, Machine seed, Upper bound, Lower bound
 1 2 1 1 9 8
Times
 3 2
Machines
 1 2
"""
FLOW_SHOPS = """\
number of jobs, number of machines, initial seed, upper bound and lower bound :
          3           2   873654221        10        10
processing times :
 3 2 1
 2 4 3
"""
SHOP = JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]])


def write(folder, name, text):
    path = folder / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


@pytest.mark.parametrize("ending", [".txt", ".txt.gz"])
def test_text_is_read(tmp_path, ending):
    shops = read_shops(write(tmp_path, "set" + ending, TEXT))
    assert shops.names == ("one", "two")
    assert shops["one"].durations == SHOP.durations
    assert shops["one"].machines == SHOP.machines
    assert shops["two"].durations == ((1 + 1 / 2,), (2,))


def test_taillards_job_shops_are_read(tmp_path):
    shops = read_shops(write(tmp_path, "tai.txt", JOB_SHOPS))
    assert shops.names == ("tai-1", "tai-2")
    assert shops[0] == JobShop(SHOP.durations, SHOP.machines, name="tai-1", optimum=7)
    assert shops[1].optimum is None


def test_taillards_flow_shops_are_read(tmp_path):
    shops = read_shops(write(tmp_path, "tai.txt", FLOW_SHOPS))
    assert shops["tai"] == FlowShop([[3, 2], [2, 4], [1, 3]], name="tai", optimum=10)


def test_json_is_read(tmp_path):
    entry = {"duration_matrix": [[3, 2], [2, 4]], "machines_matrix": [[0, 1], [1, 0]]}
    shops = read_shops(write(tmp_path, "set.json", json.dumps({"a": entry})))
    assert shops["a"] == JobShop(SHOP.durations, SHOP.machines, name="a")


def test_an_instance_without_a_name_takes_that_of_the_file(tmp_path):
    text = "1 1\n0 5\n"
    assert read_job_shop_text(write(tmp_path, "a.b.txt", text)).names == ("a.b",)
    assert read_job_shop_text(write(tmp_path, "c.txt", text + text)).names == ("c-1", "c-2")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("2 2\n0 3 1 2\n", 2),
        ("2 2\n0 3 1 2\n1 2 0\n", 3),
        ("2 2\n0 3 1 2\n1 2 0 four\n", 3),
        ("2 2\n0 3 1 2\n1 2 0 -4\n", 3),
        ("2 2\n0 3 1 2\n1 2 2 4\n", 3),
        ("2 2\n0 3 1 nan\n1 2 0 4\n", 2),
        ("2\n0 3\n1 2\n", 1),
        ("0 2\n", 1),
        ("1 1\n0 3\n0 4\n", 3),
        ("only words\n", 1),
        ("", 0),
        (JOB_SHOPS.replace("Times", "Time", 1), 3),
        (JOB_SHOPS.replace(" 2 1\n", " 2 3\n", 1), 8),
        (JOB_SHOPS.replace("Machines\n 1 2\n", "Machines\n", 2), 8),
        (JOB_SHOPS[: JOB_SHOPS.rindex("Machines")], 12),
        (JOB_SHOPS.replace("9 8", "9"), 10),
        (FLOW_SHOPS.replace(" 2 4 3\n", ""), 4),
        (FLOW_SHOPS.replace("4 3", "4"), 5),
        (FLOW_SHOPS.replace("873654221", "x"), 2),
        ('{"a": {"duration_matrix": [[1]],\n "machines_matrix": [[0]', 2),
        ('{\n"a": {"duration_matrix": [[1]]}}', 2),
        ('{\n"a": {"duration_matrix": [[NaN]], "machines_matrix": [[0]]}}', 2),
        ('{\n"a": {"duration_matrix": [[1]], "machines_matrix": [[0, 1]]}}', 2),
        ('{\n"a": {"duration_matrix": 5, "machines_matrix": [[0, 1]]}}', 2),
        ('{\n"a": [1]}', 2),
    ],
)
def test_errors_name_the_file_and_the_line(tmp_path, text, line):
    path = write(tmp_path, "broken.txt", text)
    with pytest.raises(InvalidInputError) as caught:
        read_shops(path)
    assert str(caught.value).startswith(f"{path}, line {line}" if line else str(path))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidInputError) as caught:
        read_shops(tmp_path / "none.txt")
    assert str(tmp_path / "none.txt") in str(caught.value)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data are not beside the repository")
def test_the_shared_job_shops_are_read():
    shops = read_shops(SHARED)
    assert len(shops) == 30
    assert (shops["ft06"].optimum, shops["ft10"].optimum, shops["la01"].optimum) == (55, 930, 666)
    for shop in shops:
        assert least_makespan(shop) <= shop.optimum
        assert all(len(shop.on(m)) == shop.n_jobs for m in shop.machine_numbers)
