"""Multistage decisions under uncertainty on policy graphs: pure mathematics that knows no mineral."""

from lodestock.sddp.bar import progress_bar
from lodestock.sddp.dynamic import DynamicProgramme, dynamic_programme
from lodestock.sddp.expression import Constraint, Expression, Outcomes, total
from lodestock.sddp.extensive import ExtensiveForm, extensive_form
from lodestock.sddp.files import load, save
from lodestock.sddp.finite import FiniteSolution, solve_finite
from lodestock.sddp.graph import (
    ROOT,
    PolicyGraph,
    cyclic_graph,
    cyclic_markovian_graph,
    linear_graph,
    markovian_graph,
    policy_graph,
)
from lodestock.sddp.line import train_line
from lodestock.sddp.model import Model, build
from lodestock.sddp.policy import Policy, Progress
from lodestock.sddp.risk import AVaR, EAVaR, Expectation, ModifiedChiSquared, RiskMeasure, WorstCase
from lodestock.sddp.simulation import Replication, Simulation, simulate
from lodestock.sddp.stage import Stage, State, independent
from lodestock.sddp.training import Stop, train

__all__ = [
    "ROOT",
    "AVaR",
    "Constraint",
    "DynamicProgramme",
    "EAVaR",
    "Expectation",
    "Expression",
    "ExtensiveForm",
    "FiniteSolution",
    "Model",
    "ModifiedChiSquared",
    "Outcomes",
    "Policy",
    "PolicyGraph",
    "Progress",
    "Replication",
    "RiskMeasure",
    "Simulation",
    "Stage",
    "State",
    "Stop",
    "WorstCase",
    "build",
    "cyclic_graph",
    "cyclic_markovian_graph",
    "dynamic_programme",
    "extensive_form",
    "independent",
    "linear_graph",
    "load",
    "markovian_graph",
    "policy_graph",
    "progress_bar",
    "save",
    "simulate",
    "solve_finite",
    "total",
    "train",
    "train_line",
]
