"""Files of networks: JSON with a check sum, and no code in them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._network import BinarizedNetwork


def save_network(network: BinarizedNetwork, path: str | os.PathLike[str]) -> None:
    """Write a network to a JSON file.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "and.json")
    >>> save_network(BinarizedNetwork([[[1, 1]]], [[-1]]), path)
    >>> load_network(path)
    BinarizedNetwork(2-1, 3 of 3 weights and biases are not 0)
    """
    write_document(path, _NETWORK, network_to_json(network))


def load_network(path: str | os.PathLike[str]) -> BinarizedNetwork:
    """Read what `save_network` wrote.

    Raises
    ------
    InvalidInputError
        If the file is damaged, or holds something else; the message names it.
    """
    content = read_document(path, _NETWORK)
    try:
        return network_from_json(content)
    except (KeyError, TypeError, InvalidInputError) as error:
        raise damaged(path, f"it holds no network: {error}") from error


def network_to_json(network: BinarizedNetwork) -> dict[str, Any]:
    """Weights and biases as lists."""
    return {
        "weights": [w.tolist() for w in network.weights],
        "biases": [b.tolist() for b in network.biases],
    }


def network_from_json(content: Mapping[str, Any]) -> BinarizedNetwork:
    """The network of `network_to_json`."""
    return BinarizedNetwork(content["weights"], content["biases"])


def write_document(path: str | os.PathLike[str], kind: str, content: Mapping[str, Any]) -> None:
    """Write a JSON document that says what it is, with a check sum of its content."""
    body = json.dumps(content, separators=(",", ":"))
    head = f'{{"format":{json.dumps(kind)},"sha256":"{_digest(body)}",'
    try:
        Path(path).write_text(f'{head}"content":{body}}}\n', encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"cannot write {os.fspath(path)}: {error.strerror}.") from error


def read_document(path: str | os.PathLike[str], kind: str) -> dict[str, Any]:
    """The content of a document of a kind, if it is whole.

    Raises
    ------
    InvalidInputError
        If there is no such file, it is none of this kind, or its check sum differs.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInputError(f"cannot read {os.fspath(path)}: {error.strerror}.") from error
    except ValueError as error:
        raise damaged(path, f"it is no JSON: {error}") from error
    if not isinstance(found, dict) or found.get("format") != kind:
        said = found.get("format") if isinstance(found, dict) else None
        raise InvalidInputError(f"{os.fspath(path)} is no file of {kind!r}, but of {said!r}.")
    content = found.get("content")
    if not isinstance(content, dict):
        raise damaged(path, "it has no content")
    if _digest(json.dumps(content, separators=(",", ":"))) != found.get("sha256"):
        raise damaged(path, "its content and its check sum differ")
    return content


def damaged(path: str | os.PathLike[str], why: str) -> InvalidInputError:
    """The error for a file that is not whole."""
    return InvalidInputError(f"{os.fspath(path)} is damaged: {why}. Write it again.")


_NETWORK = "tamemip binarized network 1"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
