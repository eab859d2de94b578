"""Scheduling: machines, shops, projects and power plants."""

from tamemip.plugins.scheduling._cp_shop import find_schedule
from tamemip.plugins.scheduling._critical_paths import CriticalPath
from tamemip.plugins.scheduling._family import FAMILY, SchedulingFamily
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._found import FoundSchedule
from tamemip.plugins.scheduling._gantt import gantt
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._lot_sizing import LotSizing
from tamemip.plugins.scheduling._lot_sizing_program import LotPlan, lot_sizing_program
from tamemip.plugins.scheduling._machine_assignment import MachineAssignment
from tamemip.plugins.scheduling._machine_assignment_program import windowed_program
from tamemip.plugins.scheduling._makespan_gradient import makespan_gradient
from tamemip.plugins.scheduling._makespan_gradient_type import MakespanGradient
from tamemip.plugins.scheduling._parallel_machines import ParallelMachines
from tamemip.plugins.scheduling._proof import MakespanProof, prove_makespan
from tamemip.plugins.scheduling._read import read
from tamemip.plugins.scheduling._resource_constrained import ResourceConstrained
from tamemip.plugins.scheduling._resource_constrained_flow import flow_program
from tamemip.plugins.scheduling._resource_constrained_proof import ProjectProof, prove_project
from tamemip.plugins.scheduling._resource_constrained_search import find_project_schedule
from tamemip.plugins.scheduling._schedule import Schedule, ScheduledOperation
from tamemip.plugins.scheduling._sensitivity import sensitivity
from tamemip.plugins.scheduling._sensitivity_table import Rate, Sensitivity, SensitivityTable
from tamemip.plugins.scheduling._single_machine import SingleMachine
from tamemip.plugins.scheduling._single_machine_search import find_single_machine
from tamemip.plugins.scheduling._single_machine_solving import solve_single_machine
from tamemip.plugins.scheduling._solve import prove, solve
from tamemip.plugins.scheduling._unit_commitment import UnitCommitment
from tamemip.plugins.scheduling._unit_commitment_plan import CommitmentPlan
from tamemip.plugins.scheduling._unit_commitment_program import commitment_program
from tamemip.plugins.scheduling._unit_commitment_units import RenewableUnit, ThermalUnit

__all__ = [
    "FAMILY",
    "CommitmentPlan",
    "CriticalPath",
    "FlowShop",
    "FoundSchedule",
    "JobShop",
    "LotPlan",
    "LotSizing",
    "MachineAssignment",
    "MakespanGradient",
    "MakespanProof",
    "ParallelMachines",
    "ProjectProof",
    "Rate",
    "RenewableUnit",
    "ResourceConstrained",
    "Schedule",
    "ScheduledOperation",
    "SchedulingFamily",
    "Sensitivity",
    "SensitivityTable",
    "SingleMachine",
    "ThermalUnit",
    "UnitCommitment",
    "commitment_program",
    "find_project_schedule",
    "find_schedule",
    "find_single_machine",
    "flow_program",
    "gantt",
    "lot_sizing_program",
    "makespan_gradient",
    "prove",
    "prove_makespan",
    "prove_project",
    "read",
    "sensitivity",
    "solve",
    "solve_single_machine",
    "windowed_program",
]
