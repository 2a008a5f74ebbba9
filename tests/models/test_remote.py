"""What only LiteLLM's lane does; what it shares with the other one stands in test_lanes.py."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nbdspy.errors import NotConfigured, UsageError
from nbdspy.models import LM
from nbdspy.models.remote import RemoteLeaf

pytestmark = pytest.mark.usefixtures("without_keys")

KEY = "sk-test-0123456789abcdef"


def test_any_of_several_variables_may_hold_the_key() -> None:
    with pytest.raises(NotConfigured, match="GOOGLE_API_KEY or GEMINI_API_KEY"):
        RemoteLeaf("gemini/gemini-2.5-flash").load()


def test_an_unknown_provider_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"No provider is called 'opnai'\. Did you mean openai\?"):
        RemoteLeaf("opnai/gpt-5-mini", api_key=KEY).load()


def test_a_key_of_any_name_stays_out_of_what_is_shown() -> None:
    words = "plain-words-as-a-key"

    lm = LM("bedrock/test", aws_secret_access_key=words)

    assert words not in repr(lm) + repr(lm.leaf) + lm.request(prompt="x").canonical()


def test_the_price_list_is_never_fetched() -> None:
    RemoteLeaf("openai/test", api_key=KEY).load()

    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"


def test_a_missing_package_is_named_with_the_command_that_installs_it() -> None:
    script = (
        "import sys; sys.modules['litellm'] = None\n"
        "from nbdspy.models import LM; from nbdspy.errors import LMUnavailable\n"
        "try: LM('anthropic/claude-sonnet-4-5')('anything')\n"
        "except LMUnavailable as error: print(error)"
    )

    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout

    assert "litellm, which is not installed. Run `%pip install litellm`." in said
