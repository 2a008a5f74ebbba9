"""The list of models: the same prices as LiteLLM's own reckoning, and abilities, without LiteLLM."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nbdspy.models import Usage
from nbdspy.models.litellm_loaded import litellm_package
from nbdspy.models.model_list import cost, listed


@pytest.mark.parametrize("model", ["openai/gpt-4o-mini", "openai/gpt-5", "openai/gpt-4.1", "openai/gpt-3.5-turbo"])
def test_a_price_is_the_one_that_litellm_reckons(model: str) -> None:
    litellm = litellm_package()
    usage = Usage(prompt=1_000, completion=200, cached=400)
    told = {
        "prompt_tokens": 1_000, "completion_tokens": 200, "total_tokens": 1_200,
        "prompt_tokens_details": {"cached_tokens": 400},
    }  # fmt: skip

    reckoned = litellm.completion_cost(litellm.ModelResponse(model=model, usage=litellm.Usage(**told)), model=model)

    assert cost(model, usage) == pytest.approx(reckoned)


def test_long_prompts_have_a_price_of_their_own() -> None:
    model = "openai/gpt-5.5"
    entry = listed(model)
    assert entry is not None
    long, short = entry.prices
    assert long.input > short.input

    assert cost(model, Usage(prompt=long.above)) == pytest.approx(long.above * short.input)
    assert cost(model, Usage(prompt=long.above + 1)) == pytest.approx((long.above + 1) * long.input)


def test_a_model_of_ones_own_training_is_found_by_its_base() -> None:
    assert listed("openai/ft:gpt-4o-mini-2024-07-18:org::id") is not None


@pytest.mark.parametrize("model", ["openai/test", "openai/claude-sonnet-4-5", "hosted_vllm/gpt-4o-mini"])
def test_a_model_without_a_price_costs_nobody_knows_what(model: str) -> None:
    assert cost(model, Usage(prompt=1)) is None


def test_without_tokens_there_is_no_price() -> None:
    assert cost("openai/gpt-4o-mini", Usage()) is None


def test_without_litellm_there_are_no_prices() -> None:
    script = (
        "import sys; sys.path = [place for place in sys.path if 'site-packages' not in place]\n"
        "from nbdspy.models.model_list import listed; print(listed('openai/gpt-4o-mini'))"
    )

    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert done.stdout == "None\n"
