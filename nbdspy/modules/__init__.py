"""Programs: modules that call models, alone and composed."""

from nbdspy.modules.assembling import assemble
from nbdspy.modules.best_of_n import BestOfN
from nbdspy.modules.bridges import asyncify, syncify
from nbdspy.modules.chain_of_thought import ChainOfThought
from nbdspy.modules.code_act import CodeAct
from nbdspy.modules.freezing import freeze, is_frozen, set_demos, set_description, set_instructions, unfreeze
from nbdspy.modules.inputs import read_inputs
from nbdspy.modules.knn import KNN
from nbdspy.modules.module import Module, as_program, program_name
from nbdspy.modules.multi_chain_comparison import MultiChainComparison
from nbdspy.modules.parallel import Parallel
from nbdspy.modules.predict import Predict, Predicted
from nbdspy.modules.program_of_thought import ProgramOfThought
from nbdspy.modules.prompts import Prompt, PromptPart, prompt
from nbdspy.modules.react import ReAct
from nbdspy.modules.react_v2 import ReActV2
from nbdspy.modules.refine import Refine
from nbdspy.modules.retrieve import Retrieve
from nbdspy.modules.rlm import RLM
from nbdspy.modules.source import module, module_class
from nbdspy.modules.voting import majority

__all__ = [
    "KNN",
    "RLM",
    "BestOfN",
    "ChainOfThought",
    "CodeAct",
    "Module",
    "MultiChainComparison",
    "Parallel",
    "Predict",
    "Predicted",
    "ProgramOfThought",
    "Prompt",
    "PromptPart",
    "ReAct",
    "ReActV2",
    "Refine",
    "Retrieve",
    "as_program",
    "assemble",
    "asyncify",
    "freeze",
    "is_frozen",
    "majority",
    "module",
    "module_class",
    "program_name",
    "prompt",
    "read_inputs",
    "set_demos",
    "set_description",
    "set_instructions",
    "syncify",
    "unfreeze",
]
