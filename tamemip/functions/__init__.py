"""Functions of a right-hand side, over exact rationals."""

from tamemip.functions._affine import AffineFunction, Leaf, LeafMinimum, Sum
from tamemip.functions._argument import finite_floats, held_by_floats, is_vector
from tamemip.functions._batch import BatchReading, nearest_float
from tamemip.functions._compiled import AffineInput
from tamemip.functions._from_leaves import term_of_leaves
from tamemip.functions._function import TermFunction
from tamemip.functions._group_values import group_value, shortest_paths
from tamemip.functions._nested import NestedReading
from tamemip.functions._nodes import (
    Ceil,
    Combination,
    Guarded,
    Maximum,
    Minimum,
    MixedIntegerRounding,
    Node,
    Threshold,
    ceil,
    children,
    combination,
    generator,
    group_table,
    guarded,
    is_integer_valued,
    is_zero,
    maximum,
    minimum,
    mixed_integer_rounding,
    threshold,
    topological,
)
from tamemip.functions._packing import best_packing, generator_value
from tamemip.functions._readings import (
    bracket,
    carrier,
    depth,
    exact_value,
    exact_values,
    rounding,
    rounding_gap,
    slope_at_zero,
)
from tamemip.functions._simplify import simplify
from tamemip.functions._substitute import substitute
from tamemip.functions._table_batch import TableReading, reading_of
from tamemip.functions._tables import Generator, GroupTable
from tamemip.functions._term_batch import TermReading
from tamemip.functions._term_batch_cuts import cut_values, extended_by_cuts
from tamemip.functions._to_program import to_program
from tamemip.functions._views import (
    ChvatalFunction,
    GomoryFunction,
    JeroslowFormula,
    LinearFunction,
    MixedIntegerRoundingFunction,
    PriceFunction,
    SubadditiveFunction,
    View,
    coordinates,
    view,
)

__all__ = [
    "AffineFunction",
    "AffineInput",
    "BatchReading",
    "Ceil",
    "ChvatalFunction",
    "Combination",
    "Generator",
    "GomoryFunction",
    "GroupTable",
    "Guarded",
    "JeroslowFormula",
    "Leaf",
    "LeafMinimum",
    "LinearFunction",
    "Maximum",
    "Minimum",
    "MixedIntegerRounding",
    "MixedIntegerRoundingFunction",
    "NestedReading",
    "Node",
    "PriceFunction",
    "SubadditiveFunction",
    "Sum",
    "TableReading",
    "TermFunction",
    "TermReading",
    "Threshold",
    "View",
    "best_packing",
    "bracket",
    "carrier",
    "ceil",
    "children",
    "combination",
    "coordinates",
    "cut_values",
    "depth",
    "exact_value",
    "exact_values",
    "extended_by_cuts",
    "finite_floats",
    "generator",
    "generator_value",
    "group_table",
    "group_value",
    "guarded",
    "held_by_floats",
    "is_integer_valued",
    "is_vector",
    "is_zero",
    "maximum",
    "minimum",
    "mixed_integer_rounding",
    "nearest_float",
    "reading_of",
    "rounding",
    "rounding_gap",
    "shortest_paths",
    "simplify",
    "slope_at_zero",
    "substitute",
    "term_of_leaves",
    "threshold",
    "to_program",
    "topological",
    "view",
]
