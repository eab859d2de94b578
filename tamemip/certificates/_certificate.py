"""A certificate: lines of JSON that anybody can check."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import final

from tamemip.certificates._file import read_lines, write_lines
from tamemip.certificates._json import (
    RejectedError,
    as_integer,
    as_integers,
    as_mapping,
    as_text,
    parse_object,
    require_keys,
    show,
)
from tamemip.errors import CertificateError

VERSION = 1

_RULE = re.compile(r'"rule":\s*"([a-z0-9-]{1,40})"')
_PLACES = {
    "value-function-on-a-line": "on {} stretches",
    "value-function-on-a-box": "on {} cells",
}
_DIGEST = re.compile(r"[0-9a-f]{64}")


@final
@dataclass(frozen=True, slots=True)
class Goal:
    """What a certificate sets out to prove, before anyone has checked it.

    Parameters
    ----------
    kind
        ``"dual-function"``, ``"infeasible"``, ``"unbounded"``,
        ``"value-function-on-a-line"``, ``"value-function-on-a-box"`` or
        ``"value-function-on-a-lattice"``.
    of
        The step whose conclusion is the statement; the line, box or lattice, for the last
        kinds.
    tight
        Steps that prove the optimal value at single right-hand sides, on stretches
        of the line, or on cells of the box.
    """

    kind: str
    of: int
    tight: tuple[int, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The statement of the header."""
        tight: dict[str, object] = {"tight": list(self.tight)} if self.tight else {}
        return {"kind": self.kind, "of": self.of, **tight}


@final
@dataclass(frozen=True, repr=False)
class Certificate:
    """A proof about one program, as lines of JSON. Not checked until `check` has accepted it.

    Parameters
    ----------
    lines
        The header, the problem, then one step a line.

    Raises
    ------
    CertificateError
        If the header is malformed; the other lines are read by `check` only.

    Attributes
    ----------
    problem_digest
        SHA-256 of the exact problem that the header names.
    statement
        What the certificate sets out to prove.
    """

    lines: tuple[str, ...]
    problem_digest: str = field(init=False, compare=False)
    statement: Goal = field(init=False, compare=False)

    def __post_init__(self) -> None:
        lines = tuple(self.lines)
        try:
            digest, goal = _read_header(lines)
        except RejectedError as error:
            raise CertificateError(0, "header", str(error)) from None
        object.__setattr__(self, "lines", lines)
        object.__setattr__(self, "problem_digest", digest)
        object.__setattr__(self, "statement", goal)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Certificate:
        """Read a certificate from a file, plain or gzipped.

        Raises
        ------
        InvalidInputError
            If the file cannot be opened.
        CertificateError
            If it is no text, or does not start with a header.
        """
        return cls(read_lines(path))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the lines to a file; gzipped if its name ends in ``.gz``."""
        write_lines(path, self.lines)

    @property
    def n_steps(self) -> int:
        """How many steps the proof has."""
        return max(len(self.lines) - 2, 0)

    def __repr__(self) -> str:
        goal = self.statement
        return f"Certificate({goal.kind!r} of step {goal.of}, {self.n_steps} steps, not checked)"

    def __str__(self) -> str:
        rules = Counter(
            match[1] if (match := _RULE.search(line)) else "?" for line in self.lines[2:]
        )
        used = ", ".join(f"{count} {rule}" for rule, count in sorted(rules.items()))
        goal = self.statement
        where = _PLACES.get(goal.kind, "at {} points").format(len(goal.tight))
        points = f", its value proved {where}" if goal.tight else ""
        return "\n".join(
            (
                f"certificate: {goal.kind} of step {goal.of}{points} (not checked)",
                f"problem: {self.problem_digest}",
                f"steps: {self.n_steps}" + (f" ({used})" if used else ""),
                f"size: {sum(map(len, self.lines)) + len(self.lines)} bytes",
            )
        )


def _read_header(lines: tuple[str, ...]) -> tuple[str, Goal]:
    if not lines:
        raise RejectedError("the certificate is empty")
    if not all(isinstance(line, str) and "\n" not in line for line in lines):
        raise RejectedError("a certificate is made of single lines of text")
    header = parse_object(lines[0])
    require_keys(header, ("tamemip", "version", "problem", "statement"))
    if header["tamemip"] != "certificate":
        raise RejectedError(f"'tamemip' is {show(header['tamemip'])}, not 'certificate'")
    if as_integer(header["version"], "version") != VERSION:
        raise RejectedError(f"version {show(header['version'])} is unknown, {VERSION} is expected")
    digest = as_text(header["problem"], "problem")
    if not _DIGEST.fullmatch(digest):
        raise RejectedError("problem: 64 hexadecimal digits are expected")
    goal = as_mapping(header["statement"], "statement")
    require_keys(goal, ("kind", "of"), optional=("tight",))
    return digest, Goal(
        as_text(goal["kind"], "statement.kind"),
        as_integer(goal["of"], "statement.of"),
        tuple(as_integers(goal.get("tight", []), "statement.tight")),
    )
