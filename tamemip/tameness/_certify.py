"""The door: a function goes in, a verdict comes out."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

from tamemip.certificates import (
    Certificate,
    Domain,
    Facts,
    check,
    definable_certificate,
)
from tamemip.errors import InvalidInputError, MissingDependencyError
from tamemip.tameness._domain import DomainLike, domain_of
from tamemip.tameness._expression import Expression, expressions_of, nodes_of, variables_of
from tamemip.tameness._periodic_search import prove_eventually_affine, refute_by_phases
from tamemip.tameness._refutation_search import refute
from tamemip.tameness._structure import derived, joint_facts
from tamemip.tameness._verdict import (
    CERTIFIED,
    REFUTED,
    UNKNOWN,
    OpenObligation,
    Verdict,
    Witness,
)

_READERS: Sequence[tuple[str, str]] = (
    ("tamemip.tameness._conic", "_conic_reader"),
    ("tamemip.", "_program_reader"),
    ("sympy.", "_sympy_reader"),
    ("torch.", "_torch_reader"),
    ("networkx.", "_graph_reader"),
    ("cvxpy.", "_conic_cvxpy"),
)
"""From where a type is defined, or one that it inherits from, to the module that reads it."""


@final
@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader makes of an object.

    Parameters
    ----------
    expressions
        One expression an output.
    domain
        Of all their variables.
    subject
        The object in words; the text of the expression if empty.
    words
        How the user says a part of the expressions.
    """

    expressions: Sequence[Expression]
    domain: Domain
    subject: str = ""
    words: Callable[[Expression], str] = str


def certify(obj: Any, domain: Any = None, varying: Any = "rhs") -> Verdict:
    """Prove in which o-minimal structure a function is definable, or that it is in none.

    Parameters
    ----------
    obj
        A program, a `ConicProgram`, a ``cvxpy.Problem``, a dual or value function, a SymPy
        expression, a torch module, a networkx graph of parts, or an `Expression`.
    domain
        A box: `tm.Box`, a mapping from names to ``(low, high)``, SymPy intervals, or a text
        such as ``"x in (0, 1]"``. What it does not name ranges over all reals. For programs
        it is one of data, by the names of rows (``rhs``), of columns (``c``) and by pairs
        ``(row, column)`` (``A``; ``"A[row, column] in [1, 2]"`` in a text), or one for each
        slot, ``{"rhs": ..., "c": ...}``. As in a `tm.Box`, what it leaves out keeps the value
        of the program; only a slot of which it names nothing ranges over all reals.
    varying
        For programs: ``"rhs"`` (or ``"b"``), ``"c"``, ``"A"``, ``"A_I"`` and ``"A_C"`` (the
        entries of A on integer and on continuous columns), or several: ``"b,c"``,
        ``("rhs", "A_I")``. Bounds of columns (``lower``, ``upper``) move as slots of a
        `ParametricProgram`, which has a domain of its parameters. For torch modules:
        ``"inputs"`` or ``"parameters"``.

    Returns
    -------
    Verdict
        Certified with a certificate, refuted with a witness, or unknown with the obligation
        that is open.

    Raises
    ------
    InvalidInputError
        If the object or the domain cannot be read.
    MissingDependencyError
        If reading the object needs a package that is not installed.

    Examples
    --------
    >>> from tamemip.tameness import ceiling, variable
    >>> verdict = certify(ceiling(1 / variable("a")), "a in [1/8, 1]")
    >>> verdict.status.value, verdict.structure.value, verdict.pieces
    ('certified', 'semilinear', 8)
    """
    if isinstance(obj, Expression):
        return certify_expressions([obj], _own_domain([obj], domain))
    read = _reader_of(obj)
    found = read(obj, domain, varying)
    if isinstance(found, Verdict):
        return found
    return certify_expressions(
        found.expressions, found.domain, subject=found.subject, words=found.words
    )


def certify_expressions(
    expressions: Sequence[Expression],
    domain: Domain,
    *,
    subject: str = "",
    words: Callable[[Expression], str] = str,
) -> Verdict:
    """The verdict on a map, given by one expression an entry."""
    expressions = tuple(expressions)
    if not expressions:
        raise InvalidInputError("there is no function to certify.")
    if any(e.is_condition for e in expressions):
        raise InvalidInputError("a condition is no function; hand in its `indicator`.")
    nodes, roots = nodes_of(expressions)
    known = derived(nodes, domain)
    found = tuple(known[k] for k in roots)
    _refuse_eliminated(expressions, found, domain)
    subject = subject or (
        str(expressions[0]) if len(expressions) == 1 else f"a map with {len(expressions)} entries"
    )
    is_local = all(f.local for f in found)
    if all(f.upset for f in found):
        proof = definable_certificate(nodes, roots, domain, known)
        return _certified(expressions, domain, subject, proof)
    local = definable_certificate(nodes, roots, domain, known) if is_local else None
    refuted = _refuted(expressions, domain, subject, local)
    if refuted is not None:
        return refuted
    ends = prove_eventually_affine(expressions, domain)
    if ends is not None:
        return _certified(expressions, domain, subject, ends)
    return _unknown(expressions, domain, subject, found, local, words)


def _own_domain(expressions: Sequence[Expression], domain: DomainLike) -> Domain:
    nodes, _ = nodes_of(expressions)
    gone = {n.name for n in nodes if n.op in ("infimum", "supremum", "argmin", "argmax")}
    names = [*variables_of(expressions), *sorted(name for name in gone if name is not None)]
    return domain_of(domain, names, eliminated=[name for name in gone if name is not None])


def _refuse_eliminated(
    expressions: Sequence[Expression], found: Sequence[Facts], domain: Domain
) -> None:
    for i, name in enumerate(domain.names):
        if name in domain.eliminated and any(f.variables >> i & 1 for f in found):
            raise InvalidInputError(
                f"{name!r} is both a variable of the expression and eliminated by an infimum; "
                "give one of them another name."
            )


def _certified(
    expressions: tuple[Expression, ...],
    domain: Domain,
    subject: str,
    certificate: Certificate,
) -> Verdict:
    proved = check(certificate).definable
    assert proved is not None
    return Verdict(
        status=CERTIFIED,
        subject=subject,
        where=str(domain),
        domain=domain,
        structures=proved.structures,
        certificate=certificate,
        local=certificate if proved.is_local else None,
        pieces=proved.pieces,
        is_total=proved.is_total,
        is_continuous=proved.is_continuous,
        assumptions=proved.assumptions,
        expressions=expressions,
    )


def _refuted(
    expressions: tuple[Expression, ...], domain: Domain, subject: str, local: Certificate | None
) -> Verdict | None:
    """The search for a witness gives a certificate; what it proves is what `check` says."""
    certificate = refute(expressions, domain) or refute_by_phases(expressions, domain)
    if certificate is None:
        return None
    proved = check(certificate).refuted
    assert proved is not None
    return Verdict(
        status=REFUTED,
        subject=subject,
        where=str(domain),
        domain=domain,
        certificate=certificate,
        witness=Witness(proved.kind, proved.text, proved),
        local=local,
        is_total=all(f.is_total for f in joint_facts(expressions, domain)),
        assumptions=proved.assumptions,
        expressions=expressions,
    )


def _unknown(
    expressions: tuple[Expression, ...],
    domain: Domain,
    subject: str,
    found: Sequence[Facts],
    local: Certificate | None,
    words: Callable[[Expression], str],
) -> Verdict:
    nodes, _ = nodes_of(expressions)
    made = expressions_of(nodes)
    # `found` numbers nodes as this very list does.
    open_ones = sorted({o for f in found for o in f.obligations}, key=lambda o: o.node)
    first = open_ones[0]
    culprits = tuple(dict.fromkeys(words(made[o.node]) for o in open_ones))
    return Verdict(
        status=UNKNOWN,
        subject=subject,
        where=str(domain),
        domain=domain,
        obligation=OpenObligation(culprits, first.text, first.mend),
        local=local,
        is_total=all(f.is_total for f in found),
        is_continuous=all(f.is_continuous for f in found),
        expressions=expressions,
    )


def _reader_of(obj: Any) -> Any:
    """The function `read` of the module that knows objects of this type."""
    origins = [f"{cls.__module__}." for cls in type(obj).__mro__]
    for start, module in _READERS:
        if any(origin.startswith(start) for origin in origins):
            try:
                return importlib.import_module(f"tamemip.tameness.{module}").read
            except ModuleNotFoundError as error:
                raise MissingDependencyError(
                    f"reading a {type(obj).__name__} needs {error.name}, which is not installed."
                ) from error
    if isinstance(obj, int | float | str):
        return importlib.import_module("tamemip.tameness._sympy_reader").read
    raise InvalidInputError(
        f"cannot certify a {type(obj).__name__}; hand in a program, a conic program, a CVXPY "
        "problem, a dual or value function, a SymPy expression, a torch module, a networkx graph "
        "or an Expression."
    )
