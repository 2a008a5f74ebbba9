"""What optimizers are called elsewhere, in papers and in talk, and how to compile with them here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_LATER: Final = ("gepa", "simba", "better_together", "bootstrap_finetune", "infer_rules", "avatar_optimizer", "grpo")

_ZERO_SHOT = 'Instructions alone are "mipro" or "miprov2" with options={"max_bootstrapped_demos": 0, ' + (
    '"max_labeled_demos": 0}.'
)
_SHOWN = 'Say "bootstrap_few_shot" for one set of demonstrations, "random_search" for the best of many.'


def _level(level: str) -> str:
    return f'It is "opro" with options={{"level": "{level}"}}.'


_HINTS: Final[Mapping[str, str]] = {
    "knn_few_shot": "It is made in Python: nbdspy.KNNFewShot(k, trainset, vectorizer).",
    "knn": "It is made in Python: nbdspy.KNNFewShot(k, trainset, vectorizer).",
    "ensemble": "It puts programs together that there are: nbdspy.Ensemble(...).compile(programs).",
    **dict.fromkeys(("coordinate_ascent", "coordinate", "coordinate_opro", "ca_opro"), _level("coordinate")),
    **dict.fromkeys(("module_level_opro", "module_opro", "module_level"), _level("module")),
    **dict.fromkeys(("program_level_opro", "program_opro", "program_level"), _level("program")),
    **{f"{shots}_mipro{version}": _ZERO_SHOT
       for shots in ("0_shot", "zero_shot", "instruction_only") for version in ("", "v2")},
    **dict.fromkeys(("bootstrap", "bootstrapped", "few_shot", "bootstrap_demos"), _SHOWN),
    **dict.fromkeys(("bootstrap_random_search", "bootstrap_rs"), 'Say "random_search".'),
    **dict.fromkeys(("optuna", "tpe", "bootstrap_optuna"), 'Say "optuna_search".'),
    "bayesian": 'Demonstrations alone are chosen by "bayesian_bootstrap", instructions with them by "mipro".',
    "mipro++": 'Say "mipro_plus_plus".',
    "labeled": 'Say "labeled_few_shot".',
}  # fmt: skip


def comes_later(name: str) -> bool:
    """Whether an optimizer of DSPy is meant that is not there yet."""
    return _plain(name).removesuffix("optimizer") in {_plain(one).removesuffix("optimizer") for one in _LATER}


def goes_by(name: str) -> str | None:
    """What to say instead of a name that is known, but not to `compile`.

    Example:
        >>> goes_by("CA-OPRO")
        'It is "opro" with options={"level": "coordinate"}.'
    """
    return {_plain(called): hint for called, hint in _HINTS.items()}.get(_plain(name))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", str(name).lower().removeprefix("nb").removeprefix("dspy."))
