"""Binarized neural networks: trained, proved, differentiated."""

from tamemip.plugins.bnn._assessment import priorities
from tamemip.plugins.bnn._encoding import encode
from tamemip.plugins.bnn._examples import majority, xor
from tamemip.plugins.bnn._family import FAMILY, BinarizedNetworkFamily
from tamemip.plugins.bnn._fitted import FittedNetwork, decode, evaluate
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._proof import certify_training, prove_training
from tamemip.plugins.bnn._train import train
from tamemip.plugins.bnn._trained import TrainedNetwork, TrainingProgress
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_program import training_program

__all__ = [
    "FAMILY",
    "BinarizedNetwork",
    "BinarizedNetworkFamily",
    "FittedNetwork",
    "NetworkTraining",
    "TrainedNetwork",
    "TrainingProgress",
    "certify_training",
    "decode",
    "encode",
    "evaluate",
    "majority",
    "priorities",
    "prove_training",
    "train",
    "training_program",
    "xor",
]
