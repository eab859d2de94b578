"""Where a report is written: refused before the work if it cannot be, written after it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, final

from tamemip.analysis._value_plot import refuse_format, write_plot
from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from tamemip.analysis._report import Report
    from tamemip.analysis._value_report import ValueReport

#: Stands for the standard output.
STDOUT = "-"


@final
@dataclass(frozen=True, slots=True)
class ReportFiles:
    """The files that a report goes to; None for those that nobody wants.

    Attributes
    ----------
    json
        File for ``to_json`` of the report; ``"-"`` is the standard output.
    html
        File for ``to_html`` of the report.
    certificate
        File for its certificate. Where there are several, the others go beside it:
        ``proof.jsonl``, ``proof-2.jsonl``, ``proof-3.jsonl``.
    plot
        File for a picture of the value function, by Matplotlib.
    """

    json: str | None
    html: str | None
    certificate: str | None
    plot: str | None = None

    def refuse_unwritable(self, model: Path) -> None:
        """Refuse, before any work is done, what could not be written afterwards.

        Raises
        ------
        InvalidInputError
            If a path is a folder, lies in no folder, may not be written, or is named twice.
        MissingDependencyError
            If a picture is wanted and Matplotlib is not installed.
        """
        taken = {_place(str(model)): "the model itself"}
        for option, name in self._wanted():
            if name == STDOUT and option == "--json":
                continue
            refuse_unwritable(option, name)
            if option == "--plot":
                refuse_format(name)
            if (other := taken.get(_place(name))) is not None:
                raise InvalidInputError(f"{option} {name} would overwrite {other}.")
            taken[_place(name)] = f"what {option} writes"

    def write(self, report: Report | ValueReport) -> None:
        """Write the files; all that can be written are, whatever happens to one of them.

        Raises
        ------
        InvalidInputError
            If one could not be written.
        """
        errors: list[InvalidInputError] = []
        for option, name in self._wanted():
            try:
                self._write_one(option, name, report)
            except InvalidInputError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _wanted(self) -> Iterator[tuple[str, str]]:
        pairs = (
            ("--certificate", self.certificate),
            ("--json", self.json),
            ("--html", self.html),
            ("--plot", self.plot),
        )
        # The standard output last: whoever reads it may have gone.
        for option, name in sorted(pairs, key=lambda pair: pair[1] == STDOUT):
            if name is not None:
                yield option, name

    def _write_one(self, option: str, name: str, report: Report | ValueReport) -> None:
        if option == "--certificate":
            for place, certificate in zip(numbered(name), report.certificates, strict=False):
                certificate.write(place)
        elif option == "--json":
            write_json(name, report.to_json())
        elif option == "--html":
            _write_text(name, report.to_html())
        elif (shown := _value_function(report)) is not None:
            write_plot(name, shown)


def numbered(name: str) -> Iterator[str]:
    """A file name, and those of the files beside it: ``a.b``, ``a-2.b``, ``a-3.b``."""
    path = Path(name)
    stem, dot, endings = path.name.partition(".")
    yield name
    yield from (str(path.with_name(f"{stem}-{k}{dot}{endings}")) for k in count(2))


def write_json(name: str, content: dict[str, object]) -> None:
    """Write JSON to a file or, for ``"-"``, to the standard output."""
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if name == STDOUT:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        _write_text(name, text)


def refuse_unwritable(option: str, name: str) -> None:
    """Refuse a path that cannot be written."""
    path = Path(name)
    if not name or path.is_dir():
        raise InvalidInputError(f"{option} {name!r} is a folder; a file is needed.")
    if not path.parent.is_dir():
        raise InvalidInputError(f"{option} {name}: there is no folder {path.parent}.")
    place = path if path.exists() else path.parent
    if not os.access(place, os.W_OK):
        raise InvalidInputError(f"{option} {name}: no permission to write there.")


def _value_function(report: Report | ValueReport) -> ValueReport | None:
    return report.value_function if hasattr(report, "value_function") else report


def _write_text(name: str, text: str) -> None:
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"cannot write {name}: {error.strerror or error}.") from error


def _place(name: str) -> Path:
    return Path(os.path.realpath(name))  # a link to itself is no error here
