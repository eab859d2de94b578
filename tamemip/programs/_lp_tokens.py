"""Tokens of the CPLEX-LP format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple, NoReturn, final

from tamemip.errors import InvalidInputError
from tamemip.programs._lines import Lines


class Kind(Enum):
    """What a token is."""

    SECTION = "section"
    NUMBER = "number"
    NAME = "name"
    SIGN = "sign"
    SENSE = "sense"
    COLON = "colon"
    OTHER = "other"


class Token(NamedTuple):
    """A token and the line it stands in."""

    kind: Kind
    text: str
    line: int


SECTIONS = {
    "min": r"minimi[sz]e|minimum|min",
    "max": r"maximi[sz]e|maximum|max",
    "rows": r"subject\s+to|such\s+that|s\.\s?t\.|st\.?",
    "bounds": r"bounds?",
    "binary": r"binar(?:y|ies)|bin",
    "sos": r"sos[12]?",
    "semi-continuous": r"semi-?\s?continuous|semis?",
    "lazy constraints": r"lazy\s+constraints",
    "user cuts": r"user\s+cuts",
    "general constraints": r"gen(?:eral)?\s*con(?:s|straints?)",
    "piecewise-linear objective": r"pwlobj",
    "scenario": r"scenario",
    "integer": r"generals?|gen|integers?|ints?",
    "end": r"end",
}
"""Sections by the words that open them, at the beginning of a line."""

_SECTION = re.compile(
    r"\s*(?:"
    + "|".join(f"(?P<s{k}>{words})" for k, words in enumerate(SECTIONS.values()))
    + r")(?=\s|$)(?!\s*:)",
    re.IGNORECASE,
)
_CANONICAL = tuple(SECTIONS)
_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
_NAME = r"[^\s+\-*^<>=:\[\]\\0-9.][^\s+\-*^<>=:\[\]\\]*(?:::range)*"
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{_NUMBER})|(?P<name>{_NAME})|(?P<other>->|<->|[*^\[\]/])"
    r"|(?P<sense><=|=<|>=|=>|<|>|==?)|(?P<sign>[+-])|(?P<colon>:))"
)
_KINDS = {kind.value: kind for kind in Kind}
_TITLE = re.compile(r"\s*\\+\s*problem name\s*:(.*)", re.IGNORECASE | re.DOTALL)
_STRICT = {"<": "<=", "=<": "<=", ">": ">=", "=>": ">=", "==": "="}

# CPLEX refuses names such as e9, which read like the end of a number.
_EXPONENT_LIKE = re.compile(r"[eE](?:[0-9].*)?")
_KEYWORDS = frozenset({"free", "inf", "infinity", "nan", "subject", "such", "s.t."})


def is_writable_name(name: str) -> bool:
    """Whether every reader of LP files takes a name for a name."""
    return (
        re.fullmatch(_NAME, name) is not None
        and _EXPONENT_LIKE.fullmatch(name) is None
        and _SECTION.fullmatch(name) is None
        and name.lower() not in _KEYWORDS
        and name.isprintable()
        and "/" not in name
    )


@final
class Tokens:
    r"""The tokens of a file, with one token of foresight.

    Attributes
    ----------
    title
        What the comment ``\ Problem name: ...`` says, or nothing.
    """

    def __init__(self, lines: Lines) -> None:
        self.title = ""
        self._lines = lines
        self._stream = self._tokens()
        self._ahead: Token | None = None

    def peek(self) -> Token:
        """The next token, left where it is."""
        if self._ahead is None:
            self._ahead = next(self._stream, None)
            if self._ahead is None:
                raise self.truncated()
        return self._ahead

    def take(self) -> Token:
        """The next token."""
        token = self.peek()
        self._ahead = None
        return token

    def at(self, *kinds: Kind) -> bool:
        """Whether the next token is of one of these kinds."""
        return self.peek().kind in kinds

    def truncated(self) -> InvalidInputError:
        """The error of a file that has no End."""
        if not self._lines.number:
            return self._lines.invalid("the file is empty")
        return self._lines.invalid("the file ends without End; it is truncated, or no LP file")

    def unexpected(self, wanted: str) -> NoReturn:
        """Refuse the next token."""
        token = self.peek()
        if token.kind is Kind.OTHER:
            what = "an indicator constraint" if ">" in token.text else "a quadratic term"
            raise self._lines.unsupported(f"{token.text!r} opens {what}, which is not linear")
        raise self._lines.invalid(f"expected {wanted}, found {token.text[:40]!r}")

    def _tokens(self) -> Iterator[Token]:
        for text in self._lines:
            body, mark, _ = text.partition("\\")
            if mark and (title := _TITLE.match(text)):
                self.title = title[1].strip()
            yield from self._line(body.rstrip())

    def _line(self, body: str) -> Iterator[Token]:
        number, position = self._lines.number, 0
        if section := _SECTION.match(body):
            canonical = _CANONICAL[int(str(section.lastgroup)[1:])]
            yield Token(Kind.SECTION, canonical, number)
            position = section.end()
        while position < len(body):
            found = _TOKEN.match(body, position)
            if found is None:
                bad = body[position:].split(maxsplit=1)[0][:40]
                raise self._lines.invalid(f"{bad!r} is no number, name or operator")
            kind = _KINDS[str(found.lastgroup)]
            text = found[kind.value]
            yield Token(kind, _STRICT.get(text, text), number)
            position = found.end()
