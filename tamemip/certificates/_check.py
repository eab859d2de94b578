"""The checker: one loop over the rules."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from tamemip.certificates import (  # noqa: F401  # register their rules
    _box_rules,
    _definable_periodic_rules,
    _definable_programs,
    _definable_steps,
    _lattice_rules,
    _line_rules,
    _lipschitz_rules,
    _refutation_rules,
    _table_rules,
    _term_rules,
)
from tamemip.certificates._certificate import Certificate
from tamemip.certificates._conclusions import Root
from tamemip.certificates._json import RejectedError, parse_object, require_keys, show
from tamemip.certificates._problem import Problem
from tamemip.certificates._rules import RULES, evaluation
from tamemip.certificates._statement import Conclusions, Statement, conclude
from tamemip.certificates._step import Step, read_steps
from tamemip.errors import CertificateError, InvalidInputError


@runtime_checkable
class HasDigest(Protocol):
    """A program, as far as a checker needs to know it."""

    @property
    def digest(self) -> str:
        """SHA-256 of the exact problem, as `Problem.digest`."""
        ...


def check(
    certificate: Certificate | str | os.PathLike[str], *, program: HasDigest | None = None
) -> Statement:
    """Check a certificate, step by step, in exact arithmetic.

    Parameters
    ----------
    certificate
        A certificate, or the path of its file.
    program
        If given, the certificate must be about this very program.

    Returns
    -------
    Statement
        What has been proved.

    Raises
    ------
    CertificateError
        If a step does not follow, or anything is malformed.
    InvalidInputError
        If the file cannot be opened.

    See Also
    --------
    check_fast : The same verdicts, in integer arithmetic.
    """
    certificate, problem = open_certificate(certificate, program)
    conclusions, root = Conclusions(problem), Root(problem)
    for step in read_steps(certificate.lines[2:]):
        try:
            conclusions.add(step.number, _infer(step, conclusions, root))
        except RejectedError as error:
            raise CertificateError(step.number, step.rule, str(error)) from None
    try:
        return conclude(certificate.statement, conclusions, lambda k: evaluation(k, conclusions))
    except RejectedError as error:
        raise CertificateError(0, "statement", str(error)) from None


def open_certificate(
    certificate: Certificate | str | os.PathLike[str], program: HasDigest | None
) -> tuple[Certificate, Problem]:
    """The certificate and its problem, once their digests agree with each other.

    Raises
    ------
    CertificateError
        If they do not, or if the certificate is about another program.
    """
    if isinstance(certificate, str | os.PathLike):
        certificate = Certificate.read(certificate)
    if not isinstance(certificate, Certificate):
        raise InvalidInputError(f"a certificate or a path is expected, not {certificate!r}")
    problem = _read_problem(certificate.lines)
    if problem.digest != certificate.problem_digest:
        raise CertificateError(0, "problem", "the problem is not the one that the header names")
    if program is not None:
        if not isinstance(program, HasDigest):
            raise InvalidInputError(f"`program` has no digest: {program!r}")
        if program.digest != problem.digest:
            raise CertificateError(
                0,
                "problem",
                f"the certificate is about another program: its digest is "
                f"{problem.digest[:12]}..., that of `program` is {show(program.digest)[1:13]}...",
            )
    return certificate, problem


def _read_problem(lines: Sequence[str]) -> Problem:
    if len(lines) < 2:
        raise CertificateError(0, "problem", "the certificate ends before its problem")
    try:
        fields = parse_object(lines[1])
        require_keys(fields, ("problem",))
    except RejectedError as error:
        raise CertificateError(0, "problem", str(error)) from None
    return Problem.from_json(fields["problem"])


def _infer(step: Step, conclusions: Conclusions, root: Root) -> object:
    rule = RULES.get(step.rule)
    if rule is None:
        raise RejectedError("there is no rule of this name")
    require_keys(step.fields, rule.fields, optional=rule.optional)
    return rule.infer(step, conclusions, root)
