"""Derivatives of mixed-integer programs that are true: conservative, certified or refused."""

from tamemip.differentiation._calculus_composition import (
    Composition,
    compose,
    solution_of,
    value_of,
)
from tamemip.differentiation._calculus_jacobian import conservative_jacobian
from tamemip.differentiation._calculus_type import ConservativeJacobian, JacobianBlock
from tamemip.differentiation._elastic import penalties_of
from tamemip.differentiation._exact_penalty import (
    PenaltyProof,
    elastic,
    is_exact_penalty,
    prove_penalty,
)
from tamemip.differentiation._fibres import Fibres, optimal_pair
from tamemip.differentiation._fibres_faces import dual_face, primal_face
from tamemip.differentiation._fibres_types import (
    Fibre,
    InfeasibleFibre,
    OptimalPair,
    UnboundedFibre,
)
from tamemip.differentiation._gradient import conservative_gradient
from tamemip.differentiation._gradient_proof import prove_gradient_element
from tamemip.differentiation._gradient_type import ConservativeGradient
from tamemip.differentiation._implicit_jacobian import implicit_jacobian
from tamemip.differentiation._implicit_singular import SingularElementError
from tamemip.differentiation._lipschitz import lipschitz
from tamemip.differentiation._lipschitz_verdict import LipschitzVerdict
from tamemip.differentiation._optimal_parts import OptimalParts, optimal_parts
from tamemip.differentiation._path_law import PathPiece, examine_path, path_law
from tamemip.differentiation._refusal import Jump
from tamemip.differentiation._regularized_moreau import MoreauEnvelope, moreau_envelope
from tamemip.differentiation._regularized_noise import PerturbedArgmin, perturbed_argmin
from tamemip.differentiation._regularized_quadratic import QuadraticArgmin, quadratic_argmin
from tamemip.differentiation._repairs import Repairs, cheapest_repairs
from tamemip.differentiation._solution_cell import CellProof, ValidityCell
from tamemip.differentiation._solution_jacobian import SolutionJacobian, solution_jacobian
from tamemip.differentiation._solution_switch import SwitchError

__all__ = [
    "CellProof",
    "Composition",
    "ConservativeGradient",
    "ConservativeJacobian",
    "Fibre",
    "Fibres",
    "InfeasibleFibre",
    "JacobianBlock",
    "Jump",
    "LipschitzVerdict",
    "MoreauEnvelope",
    "OptimalPair",
    "OptimalParts",
    "PathPiece",
    "PenaltyProof",
    "PerturbedArgmin",
    "QuadraticArgmin",
    "Repairs",
    "SingularElementError",
    "SolutionJacobian",
    "SwitchError",
    "UnboundedFibre",
    "ValidityCell",
    "cheapest_repairs",
    "compose",
    "conservative_gradient",
    "conservative_jacobian",
    "dual_face",
    "elastic",
    "examine_path",
    "implicit_jacobian",
    "is_exact_penalty",
    "lipschitz",
    "moreau_envelope",
    "optimal_pair",
    "optimal_parts",
    "path_law",
    "penalties_of",
    "perturbed_argmin",
    "primal_face",
    "prove_gradient_element",
    "prove_penalty",
    "quadratic_argmin",
    "solution_jacobian",
    "solution_of",
    "value_of",
]
