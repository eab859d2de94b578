"""Binarized neural networks: trained, proved, differentiated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tamemip.plugins.bnn._assessment import priorities
from tamemip.plugins.bnn._augment import image_mover, moved_images
from tamemip.plugins.bnn._encoding import encode
from tamemip.plugins.bnn._ensemble import PairwiseNetworks, stacked, sum_of_networks
from tamemip.plugins.bnn._examples import majority, xor
from tamemip.plugins.bnn._export import to_onnx, to_torch
from tamemip.plugins.bnn._export_c import to_c
from tamemip.plugins.bnn._fairness import (
    FairTraining,
    ParityPrice,
    fair_training_program,
    parity_price,
)
from tamemip.plugins.bnn._family import FAMILY, BinarizedNetworkFamily
from tamemip.plugins.bnn._files import load_network, save_network
from tamemip.plugins.bnn._fitted import FittedNetwork, decode, evaluate
from tamemip.plugins.bnn._image_start import image_patches
from tamemip.plugins.bnn._influence import influence, network_influence
from tamemip.plugins.bnn._influence_table import Influence, Rate
from tamemip.plugins.bnn._inputs import InputMap, fitted_inputs
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._packed import PackedNetwork, pack, packed
from tamemip.plugins.bnn._polish import PolishResult, polish
from tamemip.plugins.bnn._proof import certify_training, prove_training
from tamemip.plugins.bnn._regularized_sign import regularized_sign, regularized_sign_jacobian
from tamemip.plugins.bnn._robustness import RobustnessRadius, prove_robustness, robustness_radius
from tamemip.plugins.bnn._rules import rules
from tamemip.plugins.bnn._straight_through import straight_through
from tamemip.plugins.bnn._symbolic import to_latex, to_sympy
from tamemip.plugins.bnn._tame_descent import DescentResult, tame_descent
from tamemip.plugins.bnn._train import train
from tamemip.plugins.bnn._trained import TrainedNetwork, TrainingProgress
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_plot import plot_training
from tamemip.plugins.bnn._training_program import training_program

if TYPE_CHECKING:
    from tamemip.plugins.bnn._classifier import BinarizedNetworkClassifier

__all__ = [
    "BinarizedNetwork",
    "BinarizedNetworkClassifier",
    "BinarizedNetworkFamily",
    "DescentResult",
    "FAMILY",
    "FairTraining",
    "FittedNetwork",
    "Influence",
    "InputMap",
    "NetworkTraining",
    "PackedNetwork",
    "PairwiseNetworks",
    "ParityPrice",
    "PolishResult",
    "Rate",
    "RobustnessRadius",
    "TrainedNetwork",
    "TrainingProgress",
    "certify_training",
    "decode",
    "encode",
    "evaluate",
    "fair_training_program",
    "fitted_inputs",
    "image_mover",
    "image_patches",
    "influence",
    "load_network",
    "majority",
    "moved_images",
    "network_influence",
    "pack",
    "packed",
    "parity_price",
    "plot_training",
    "polish",
    "priorities",
    "prove_robustness",
    "prove_training",
    "regularized_sign",
    "regularized_sign_jacobian",
    "robustness_radius",
    "rules",
    "save_network",
    "stacked",
    "straight_through",
    "sum_of_networks",
    "tame_descent",
    "to_c",
    "to_latex",
    "to_onnx",
    "to_sympy",
    "to_torch",
    "train",
    "training_program",
    "xor",
]


# Any: a module's attribute may be anything.
def __getattr__(name: str) -> Any:
    """The estimator, which needs scikit-learn, is imported when it is asked for."""
    if name == "BinarizedNetworkClassifier":
        from tamemip.plugins.bnn._classifier import BinarizedNetworkClassifier

        return BinarizedNetworkClassifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
