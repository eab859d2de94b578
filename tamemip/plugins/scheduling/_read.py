"""Scheduling instances from files: which reader a file is for, seen from its content."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from tamemip.errors import InvalidInputError
from tamemip.plugins._instances import Instances
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._machine_assignment import MachineAssignment
from tamemip.plugins.scheduling._read_cmin import read_machine_assignment
from tamemip.plugins.scheduling._read_job_shop import read_job_shop_json, read_job_shop_text
from tamemip.plugins.scheduling._read_psplib import read_psplib
from tamemip.plugins.scheduling._read_taillard import (
    read_taillard_flow_shops,
    read_taillard_job_shops,
)
from tamemip.plugins.scheduling._read_unit_commitment import read_unit_commitment
from tamemip.plugins.scheduling._read_weighted_tardiness import read_weighted_tardiness
from tamemip.plugins.scheduling._resource_constrained import ResourceConstrained
from tamemip.plugins.scheduling._single_machine import SingleMachine
from tamemip.plugins.scheduling._unit_commitment import UnitCommitment
from tamemip.programs import Lines

ReadInstance: TypeAlias = (
    "SingleMachine | JobShop | FlowShop | ResourceConstrained | MachineAssignment | UnitCommitment"
)


def read(
    path: str | os.PathLike[str], *, jobs: int | None = None
) -> ReadInstance | Instances[ReadInstance]:
    """Read scheduling instances, whatever the format.

    * JSON: job shops by name (``duration_matrix``, ``machines_matrix``), unit commitment
      of PGLib (``thermal_generators``);
    * text: job shops as rows of pairs, Taillard's flow shops and job shops, PSPLIB's
      projects (``.sm``), weighted tardiness of the OR-Library, assignments of jobs to
      facilities (``.cmin``).

    Parameters
    ----------
    path
        The file, plain or gzipped. Its content says what it is; the ending tells only
        ``.cmin`` from other files of nothing but numbers.
    jobs
        Jobs of an instance of weighted tardiness, where neither the file's name nor its
        optima tell.

    Returns
    -------
    The instance, or `Instances` if the file has several: by place or by name, as in
    ``read("jobshop.json")["ft06"]``.

    Raises
    ------
    InvalidInputError
        If there is no such file, or it is damaged: the message names the line.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "small.txt")
    >>> _ = path.write_text('''2 2
    ... 0 3 1 2
    ... 1 2 0 4''')
    >>> read(path)
    JobShop('small', 2 jobs, 2 machines, 4 operations)
    """
    lines = Lines(Path(path))
    reader = _reader(lines)
    found = read_weighted_tardiness(path, jobs=jobs) if jobs is not None else reader(path)
    if not isinstance(found, Instances):
        return found
    return found[0] if len(found) == 1 else found


Found: TypeAlias = "ReadInstance | Instances[ReadInstance]"
Reader: TypeAlias = "Callable[[str | os.PathLike[str]], Found]"


def _reader(lines: Lines) -> Reader:
    text = "".join(lines)
    name = lines.path.name.lower().removesuffix(".gz")
    if not text.strip():
        raise InvalidInputError(f"{lines.path} is empty; there is no instance in it.")
    if text.lstrip()[0] in "{[":
        return read_unit_commitment if '"thermal_generators"' in text else read_job_shop_json
    if re.search(r"requests/durations|precedence relations", text, re.IGNORECASE):
        return read_psplib
    if re.search(
        r"processing times|machines\s*:?\s*$|upper bound", text, re.IGNORECASE | re.MULTILINE
    ):
        is_job_shop = re.search(r"^\s*machines\s*:?\s*$", text, re.IGNORECASE | re.MULTILINE)
        return read_taillard_job_shops if is_job_shop else read_taillard_flow_shops
    if name.endswith(".cmin"):
        return read_machine_assignment
    return read_job_shop_text if _has_pairs(text) else read_weighted_tardiness


_MACHINES = re.compile(r"^\s*machines\s*:?\s*$", re.IGNORECASE | re.MULTILINE)
"""The heading of the second table of Taillard's job shops."""


def _has_pairs(text: str) -> bool:
    """Whether a line of two numbers, jobs and machines, stands above one line a job."""
    rows = [line.split() for line in text.splitlines() if not line.lstrip().startswith("#")]
    rows = [row for row in rows if row]
    head = next((k for k, row in enumerate(rows) if len(row) == 2), None)
    words = any(not re.fullmatch(r"[-+.\d/e]+", word) for row in rows for word in row)
    return words or (head is not None and head + 1 < len(rows))
