"""Knapsacks: instances, programs, values, gradients and the files of the literature."""

from tamemip.plugins.knapsack._answer import KnapsackAnswer
from tamemip.plugins.knapsack._family import FAMILY, KnapsackFamily
from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._item_moves import ItemMoves
from tamemip.plugins.knapsack._multiple_choice import MultipleChoiceKnapsack
from tamemip.plugins.knapsack._program import decode, evaluate, program
from tamemip.plugins.knapsack._read import read
from tamemip.plugins.knapsack._sensitivity import (
    CapacityMoves,
    KnapsackSensitivity,
    sensitivity,
)
from tamemip.plugins.knapsack._solution import AnyKnapsack, KnapsackSolution
from tamemip.plugins.knapsack._solve import solve
from tamemip.plugins.knapsack._value_function import KnapsackValueFunction, value_function

__all__ = [
    "FAMILY",
    "AnyKnapsack",
    "CapacityMoves",
    "ItemMoves",
    "Knapsack",
    "KnapsackAnswer",
    "KnapsackFamily",
    "KnapsackSensitivity",
    "KnapsackSolution",
    "KnapsackValueFunction",
    "MultipleChoiceKnapsack",
    "decode",
    "evaluate",
    "program",
    "read",
    "sensitivity",
    "solve",
    "value_function",
]
