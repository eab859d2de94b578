"""What a checker makes of a certificate."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal, final

from tamemip.certificates import Certificate, Statement, check, check_fast
from tamemip.programs import MixedIntegerProgram

#: Certificates up to this size go to the standard checker: three seconds a megabyte, about.
_STANDARD_BYTES = 400_000


@final
@dataclass(frozen=True, slots=True)
class CheckedStatement:
    """What a checker made of the certificate.

    Attributes
    ----------
    statement
        What has been proved.
    checker
        ``"standard"``: `tamemip.check`; ``"fast"``: the second checker, in integer
        arithmetic, for certificates of many megabytes.
    bytes
        Size of the certificate.
    seconds
        How long checking took.
    """

    statement: Statement
    checker: Literal["standard", "fast"]
    bytes: int
    seconds: float


def checked_statement(certificate: Certificate, program: MixedIntegerProgram) -> CheckedStatement:
    """Check a certificate with the checker that suits its size."""
    size = sum(map(len, certificate.lines)) + len(certificate.lines)
    began = time.monotonic()
    if size <= _STANDARD_BYTES:
        statement = check(certificate, program=program)
        return CheckedStatement(statement, "standard", size, time.monotonic() - began)
    statement = check_fast(certificate, program=program)
    return CheckedStatement(statement, "fast", size, time.monotonic() - began)
