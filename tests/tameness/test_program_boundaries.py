"""The table of value functions at its boundary: verdicts known by mathematics."""

import pytest

import tamemip as tm
from tamemip.certificates import Structure, check, check_fast
from tamemip.tameness import CERTIFIED, REFUTED, UNKNOWN, certify

LINEAR, ALGEBRAIC = Structure.SEMILINEAR, Structure.SEMIALGEBRAIC
NONE = None
make = tm.MixedIntegerProgram.from_arrays


def covering(**options):
    return make([2, 3], [[3, 5]], ">=", [7], **options)


def packing(**options):
    return make([-1], [[1]], "<=", [5], **options)


def mixed():
    return covering(upper=[9, "inf"], integrality=[True, False])


def infeasible():
    """A row without entries asks for 1."""
    return make([1, 1], [[1, -1], [0, 0]], [">=", ">="], [0, 1])


#: Program, domain, varying, structure; no structure means definable in none.
TABLE = {
    "free integer": (lambda: make([1], [[1]], ">=", [0], lower="-inf"), None, "rhs", NONE),
    "two coins": (lambda: make([2, 3], [[3, 5]], "=", [7]), None, "rhs", NONE),
    "integers only": (lambda: make([0], [[1]], "=", [0], lower="-inf"), None, "rhs", NONE),
    "max": (lambda: make([7, 9], [[3, 4]], "<=", [9], sense="max"), None, "rhs", NONE),
    "max on a box, no dual point": (
        lambda: make([7, 9], [[3, 4]], ">=", [9], sense="max"), {0: (0, 5)}, "rhs", LINEAR,
    ),
    "rows bound on a half-line": (packing, {0: ("-inf", 9)}, "rhs", LINEAR),
    "rows bound nowhere": (packing, None, "rhs", NONE),
    "never feasible": (infeasible, {0: (0, 4)}, "rhs", LINEAR),
    "no rows": (lambda: make([1, 1], [], [], []), None, "rhs", LINEAR),
    "no rows, costs": (lambda: make([1, 1], [], [], []), None, "c", LINEAR),
    "no columns": (lambda: make([], [[]], ">=", [1]), None, "rhs", LINEAR),
    "an empty row": (lambda: make([1], [[1], [0]], ">=", [1, 2], upper=4), None, "rhs", LINEAR),
    "fixed integers": (
        lambda: make([1, 1], [[1, 1]], ">=", [1], lower=[2, 0], upper=[2, "inf"],
                     integrality=[True, False]), None, "rhs", LINEAR,
    ),
    "bounds without an integer": (
        lambda: make([1], [[1]], ">=", [0], lower="1/3", upper="2/3"), None, "rhs", LINEAR,
    ),
    "dear continuous column": (
        lambda: make([1, 2], [[1, 1]], "=", [0], integrality=[True, False]), None, "rhs", NONE,
    ),
    "decimals": (
        lambda: make(["0.1", "0.3"], [["0.7", "1.4142135623730951"]], ">=", ["2.2"]),
        None, "rhs", NONE,
    ),
    "offset": (lambda: covering(offset=7, upper=9), None, "rhs", LINEAR),
    "one point": (covering, {0: (7, 7)}, "rhs", LINEAR),
    "two equations": (
        lambda: make([1, 1], [[1, 1], [1, -1]], "=", [4, 0], lower="-inf"), None, "rhs", NONE,
    ),
    "costs, never feasible": (lambda: make([1], [[2]], "=", [1]), None, "c", LINEAR),
    "costs, free integers": (
        lambda: make([1, 0], [[1, 1]], "=", [1], lower="-inf"), None, "c", LINEAR,
    ),
    "b and c, integers": (lambda: covering(upper=9), None, "b,c", LINEAR),
    "b and c, mixed": (mixed, None, "b,c", ALGEBRAIC),
    "b and c, rows bound": (
        packing, {"rhs": {0: (0, 9)}, "c": {0: (-2, 3)}}, "b,c", LINEAR,
    ),
    "A, integers": (lambda: covering(upper=9), None, "A", LINEAR),
    "A_C of none": (covering, None, "A_C", LINEAR),
    "A_I of none": (lambda: covering(integrality=False), None, "A_I", LINEAR),
    "A, continuous": (lambda: covering(integrality=False), {(0, 0): (1, 2)}, "A", ALGEBRAIC),
    "A, its row bounds": (packing, {(0, 0): (1, 2)}, "A", LINEAR),
    "A and b, its row bounds": (
        packing, {"A": {(0, 0): (1, 2)}, "rhs": {0: (0, 5)}}, "A,b", LINEAR,
    ),
    "A, a sign changes": (
        lambda: make([1], [[1]], ">=", [1], upper=9), {(0, 0): (-1, 1)}, "A", LINEAR,
    ),
    "A_I and c of integers": (
        mixed, {"A": {(0, 0): (1, 2)}, "c": {0: (0, 1)}}, ("A_I", "c"), LINEAR,
    ),
    "A_C, mixed": (mixed, None, "A_C", ALGEBRAIC),
}  # fmt: skip

#: Definable in none, or not proved to be so: what must not be certified.
WILD = {
    "ceil(1/a)": (lambda: make([1], [[1]], ">=", [1]), {(0, 0): (0, 1)}, "A_I"),
    "floor(5/a)": (packing, {(0, 0): (0, 2)}, "A"),
    "b and c": (covering, None, "b,c"),
    "b on a half-line": (covering, {0: (0, "inf")}, "rhs"),
    "a lattice": (lambda: make([-1, 0], [[0, 2]], "=", [1]), None, "rhs"),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_verdict_is_that_of_mathematics(name):
    make_program, domain, varying, structure = TABLE[name]
    program = make_program()
    verdict = certify(program, domain, varying)
    assert verdict.status is (CERTIFIED if structure else REFUTED)
    assert verdict.structure is structure
    for proof in filter(None, (verdict.certificate, verdict.local)):
        check(proof, program=program)
        check_fast(proof, program=program)


@pytest.mark.parametrize("name", WILD)
def test_what_is_in_no_structure_is_not_certified(name):
    make_program, domain, varying = WILD[name]
    assert certify(make_program(), domain, varying).status in (REFUTED, UNKNOWN)
