"""Optimizers: they compile a program against a metric, and say what it cost and how sure the gain is."""

from nbdspy.optimizers.begun import BegunRuns, begun_runs
from nbdspy.optimizers.bootstrap_few_shot import BootstrapFewShot
from nbdspy.optimizers.compiling import OPTIMIZERS, compile, optimizer_named, plan, start
from nbdspy.optimizers.copro import COPRO
from nbdspy.optimizers.deleting import Deleted, KeptRuns, kept_runs
from nbdspy.optimizers.ensemble import Ensemble
from nbdspy.optimizers.grounded_proposer import GroundedProposer
from nbdspy.optimizers.grounding import Grounding, ground
from nbdspy.optimizers.knn_few_shot import KNNFewShot
from nbdspy.optimizers.labeled_few_shot import LabeledFewShot
from nbdspy.optimizers.mipro import MIPROv2
from nbdspy.optimizers.mipro_paper import MIPRO, BayesianBootstrap
from nbdspy.optimizers.mipro_plus_plus import MIPROPlusPlus
from nbdspy.optimizers.opro import OPRO
from nbdspy.optimizers.optimizer import Optimizer
from nbdspy.optimizers.optuna_search import BootstrapFewShotWithOptuna
from nbdspy.optimizers.plans import Plan
from nbdspy.optimizers.progress import CallsPlanned, PhaseStarted, ScoringStarted, Steered, TraceTried, TrialEnded
from nbdspy.optimizers.prompt_model import PromptModel
from nbdspy.optimizers.proposals import Ingredients, Proposal, Tried, Wanted, propose
from nbdspy.optimizers.random_search import BootstrapFewShotWithRandomSearch
from nbdspy.optimizers.results import HeldOut, Result, TraceNote, Trial
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.sampling import Sampler, copy_study
from nbdspy.optimizers.searching import Candidate, Searcher
from nbdspy.optimizers.suggesting import Suggested, Suggestion
from nbdspy.optimizers.versions import Score, Version, Versions

BootstrapRS = BootstrapFewShotWithRandomSearch

__all__ = [
    "COPRO",
    "MIPRO",
    "OPRO",
    "OPTIMIZERS",
    "BayesianBootstrap",
    "BegunRuns",
    "BootstrapFewShot",
    "BootstrapFewShotWithOptuna",
    "BootstrapFewShotWithRandomSearch",
    "BootstrapRS",
    "CallsPlanned",
    "Candidate",
    "Deleted",
    "Ensemble",
    "GroundedProposer",
    "Grounding",
    "HeldOut",
    "Ingredients",
    "KNNFewShot",
    "KeptRuns",
    "LabeledFewShot",
    "MIPROPlusPlus",
    "MIPROv2",
    "Optimizer",
    "PhaseStarted",
    "Plan",
    "PromptModel",
    "Proposal",
    "Result",
    "Run",
    "Sampler",
    "Score",
    "ScoringStarted",
    "Searcher",
    "Steered",
    "Suggested",
    "Suggestion",
    "TraceNote",
    "TraceTried",
    "Trial",
    "TrialEnded",
    "Tried",
    "Version",
    "Versions",
    "Wanted",
    "begun_runs",
    "compile",
    "copy_study",
    "ground",
    "kept_runs",
    "optimizer_named",
    "plan",
    "propose",
    "start",
]
