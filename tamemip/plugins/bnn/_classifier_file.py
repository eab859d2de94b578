"""Files of fitted classifiers."""

from __future__ import annotations

import math
import os
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from tamemip.arithmetic import rationalize
from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._files import (
    damaged,
    network_from_json,
    network_to_json,
    read_document,
    write_document,
)
from tamemip.plugins.bnn._inputs import InputMap
from tamemip.plugins.bnn._multiclass import Duel
from tamemip.plugins.bnn._network_fit import NetworkFit

if TYPE_CHECKING:
    from tamemip.plugins.bnn._classifier import BinarizedNetworkClassifier


def write_classifier(classifier: BinarizedNetworkClassifier, path: str | os.PathLike[str]) -> None:
    """Write parameters and fitted attributes, without certificates and histories."""
    parameters = classifier.get_params()
    for name in ("progress", "augment"):
        parameters.pop(name)
    if callable(parameters["start"]):
        parameters.pop("start")
    if not isinstance(classifier.random_state, int | np.integer):
        parameters.pop("random_state")
    content = {
        "parameters": {name: _plain(value) for name, value in parameters.items()},
        "classes": _labels(classifier.classes_),
        "n_features": int(classifier.n_features_in_),
        "feature_names": getattr(classifier, "feature_names_in_", np.array([])).tolist(),
        "seconds": classifier.fit_seconds_,
        "inputs": _inputs_to_json(classifier.inputs_),
        "duels": [[duel.positive, duel.negative] for duel in classifier.duels_],
        "fits": [_fit_to_json(fit) for fit in classifier.fits_],
    }
    write_document(path, _CLASSIFIER, content)


def read_classifier(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The attributes of a classifier, by their names.

    Raises
    ------
    InvalidInputError
        If the file is damaged, or is none of ours.
    """
    content = read_document(path, _CLASSIFIER)
    try:
        return _attributes(content)
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, f"it holds no classifier: {error}") from error


def _attributes(content: dict[str, Any]) -> dict[str, Any]:
    labels = content["classes"]
    found = {
        **{name: _restored(value) for name, value in content["parameters"].items()},
        "classes_": np.array(labels["values"], dtype=np.dtype(labels["dtype"])),
        "n_features_in_": content["n_features"],
        "fit_seconds_": content["seconds"],
        "inputs_": _inputs_from_json(content["inputs"]),
        "duels_": tuple(Duel(*pair) for pair in content["duels"]),
        "fits_": tuple(map(_fit_from_json, content["fits"])),
    }
    if content["feature_names"]:
        found["feature_names_in_"] = np.array(content["feature_names"], dtype=object)
    return found


_CLASSIFIER = "tamemip binarized classifier 1"


def _labels(classes: Any) -> dict[str, Any]:
    kind = classes.dtype.kind
    if kind == "O" and not all(isinstance(label, str) for label in classes):
        raise InvalidInputError(
            "classes_ holds Python objects that are no text; only classifiers with numbers, "
            "truth values or text as labels can be saved."
        )
    if kind not in "OUbiuf":
        raise InvalidInputError(f"classes_ has the dtype {classes.dtype}, which no file can hold.")
    return {"dtype": classes.dtype.str, "values": classes.tolist()}


def _plain(value: Any) -> Any:
    match value:
        case Fraction():
            return {"fraction": str(value)}
        case np.ndarray():
            return [_plain(v) for v in value.tolist()]
        case tuple() | list():
            return [_plain(v) for v in value]
        case np.generic():
            return value.item()
        case _:
            return value


def _restored(value: Any) -> Any:
    if isinstance(value, dict):
        return Fraction(value["fraction"])
    return tuple(map(_restored, value)) if isinstance(value, list) else value


def _inputs_to_json(inputs: InputMap) -> dict[str, Any]:
    arrays = ("shift", "unit", "features", "thresholds")
    return {
        "kind": inputs.kind,
        "n_features": inputs.n_features,
        **{name: getattr(inputs, name).tolist() for name in arrays},
    }


def _inputs_from_json(content: dict[str, Any]) -> InputMap:
    return InputMap(
        content["kind"],
        content["n_features"],
        np.array(content["shift"], dtype=np.float64),
        np.array(content["unit"], dtype=np.float64),
        np.array(content["features"], dtype=np.int64),
        np.array(content["thresholds"], dtype=np.float64),
    )


def _fit_to_json(fit: NetworkFit) -> dict[str, Any]:
    return {
        "network": network_to_json(fit.network),
        "value": str(fit.value),
        "bound": str(fit.bound),
        "status": fit.status,
        "reason": fit.reason,
        "seconds": fit.seconds,
        "losses": list(fit.losses),
        "is_proved": fit.is_proved,
        "is_clocked": fit.is_clocked,
    }


def _fit_from_json(content: dict[str, Any]) -> NetworkFit:
    return NetworkFit(
        network_from_json(content["network"]),
        _bound(content["value"]),
        _bound(content["bound"]),
        content["status"],
        content["reason"],
        content["seconds"],
        losses=tuple(content["losses"]),
        is_proved=content["is_proved"],
        is_clocked=content["is_clocked"],
    )


def _bound(text: str) -> Bound:
    return math.inf if text == "inf" else -math.inf if text == "-inf" else rationalize(text)
