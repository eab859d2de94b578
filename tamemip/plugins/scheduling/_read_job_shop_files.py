"""One door for files of job shops and flow shops, whatever their format."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

from tamemip.plugins._instances import Instances
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._read_job_shop import read_job_shop_json, read_job_shop_text
from tamemip.plugins.scheduling._read_taillard import (
    read_taillard_flow_shops,
    read_taillard_job_shops,
)
from tamemip.programs import Lines

Shops: TypeAlias = "Instances[JobShop] | Instances[FlowShop]"


def read_shops(path: str | os.PathLike[str]) -> Shops:
    r"""Read job shops or flow shops, in the format that the file turns out to have.

    JSON begins with a brace; Taillard's files have a line that begins with ``processing``
    (flow shops) or with ``Times`` (job shops); anything else is OR-Library's text.

    Parameters
    ----------
    path
        The file, plain or gzipped.

    Raises
    ------
    InvalidInputError
        If the file is missing, cut off or in no such format; the message names the line.

    See Also
    --------
    read_job_shop_json, read_job_shop_text, read_taillard_job_shops, read_taillard_flow_shops

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "small.txt")
    >>> _ = path.write_text("2 2\n0 3 1 2\n1 2 0 4\n")
    >>> read_shops(path)
    Instances(1: 'small')
    """
    for line in Lines(Path(path)):
        first = line.split(maxsplit=1)[:1]
        if first and first[0].startswith("{"):
            return read_job_shop_json(path)
        if first and first[0].lower() == "processing":
            return read_taillard_flow_shops(path)
        if first and first[0].lower() in ("times", "times:"):
            return read_taillard_job_shops(path)
    return read_job_shop_text(path)
