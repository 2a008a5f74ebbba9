"""Programs: modules that call models, alone and composed."""

from nbdspy.modules.assembling import assemble
from nbdspy.modules.chain_of_thought import ChainOfThought
from nbdspy.modules.inputs import read_inputs
from nbdspy.modules.module import Module, as_program, program_name
from nbdspy.modules.predict import Predict, Predicted
from nbdspy.modules.prompts import Prompt, PromptPart, prompt
from nbdspy.modules.source import module, module_class

__all__ = [
    "ChainOfThought",
    "Module",
    "Predict",
    "Predicted",
    "Prompt",
    "PromptPart",
    "as_program",
    "assemble",
    "module",
    "module_class",
    "program_name",
    "prompt",
    "read_inputs",
]
