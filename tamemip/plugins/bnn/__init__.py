"""Binarized neural networks: trained, proved, differentiated."""

from tamemip.plugins.bnn._assessment import priorities
from tamemip.plugins.bnn._encoding import encode
from tamemip.plugins.bnn._examples import majority, xor
from tamemip.plugins.bnn._fairness import (
    FairTraining,
    ParityPrice,
    fair_training_program,
    parity_price,
)
from tamemip.plugins.bnn._family import FAMILY, BinarizedNetworkFamily
from tamemip.plugins.bnn._fitted import FittedNetwork, decode, evaluate
from tamemip.plugins.bnn._influence import influence, network_influence
from tamemip.plugins.bnn._influence_table import Influence, Rate
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._packed import packed
from tamemip.plugins.bnn._proof import certify_training, prove_training
from tamemip.plugins.bnn._robustness import prove_robustness, robustness_radius
from tamemip.plugins.bnn._rules import rules
from tamemip.plugins.bnn._tame_descent import tame_descent
from tamemip.plugins.bnn._train import train
from tamemip.plugins.bnn._trained import TrainedNetwork, TrainingProgress
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_program import training_program

__all__ = [
    "BinarizedNetwork",
    "BinarizedNetworkFamily",
    "FAMILY",
    "FairTraining",
    "FittedNetwork",
    "Influence",
    "NetworkTraining",
    "ParityPrice",
    "Rate",
    "TrainedNetwork",
    "TrainingProgress",
    "certify_training",
    "decode",
    "encode",
    "evaluate",
    "fair_training_program",
    "influence",
    "majority",
    "network_influence",
    "packed",
    "parity_price",
    "priorities",
    "prove_robustness",
    "prove_training",
    "robustness_radius",
    "rules",
    "tame_descent",
    "train",
    "training_program",
    "xor",
]
