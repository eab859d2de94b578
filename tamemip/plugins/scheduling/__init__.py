"""Scheduling: machines, shops, projects and power plants."""

from tamemip.plugins.scheduling._family import FAMILY, SchedulingFamily
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._gantt import gantt
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._lot_sizing import LotSizing
from tamemip.plugins.scheduling._machine_assignment import MachineAssignment
from tamemip.plugins.scheduling._makespan_gradient import makespan_gradient
from tamemip.plugins.scheduling._parallel_machines import ParallelMachines
from tamemip.plugins.scheduling._read import read
from tamemip.plugins.scheduling._resource_constrained import ResourceConstrained
from tamemip.plugins.scheduling._schedule import Schedule, ScheduledOperation
from tamemip.plugins.scheduling._sensitivity import sensitivity
from tamemip.plugins.scheduling._single_machine import SingleMachine
from tamemip.plugins.scheduling._unit_commitment import UnitCommitment

__all__ = [
    "FAMILY",
    "FlowShop",
    "JobShop",
    "LotSizing",
    "MachineAssignment",
    "ParallelMachines",
    "ResourceConstrained",
    "Schedule",
    "ScheduledOperation",
    "SchedulingFamily",
    "SingleMachine",
    "UnitCommitment",
    "gantt",
    "makespan_gradient",
    "read",
    "sensitivity",
]
