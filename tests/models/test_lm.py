"""LM: which of its settings reach a request, and how."""

from __future__ import annotations

import asyncio

from nbdspy.testing import FakeLM


def test_settings_that_a_request_knows_are_its_own_and_others_its_options() -> None:
    request = FakeLM(lambda request: "42", seed=0, top_p=0.5).request(prompt="six times seven?")

    assert request.seed == 0
    assert request.options == {"top_p": 0.5}


def test_a_copy_with_a_rollout_of_its_own_gives_a_fresh_sample() -> None:
    answers = iter(["one", "two"])
    lm = FakeLM(lambda request: next(answers), model="of-this-test", cache=True)

    assert lm("draw") == lm("draw") == ["one"]
    assert lm.copy(rollout_id=1, temperature=1.0)("draw") == ["two"]


def test_a_key_under_any_name_stays_out_of_requests() -> None:
    lm = FakeLM(lambda request: "42", azure_ad_token="secret-words", timeout=3)

    assert lm.request(prompt="x").options == {}
    assert "secret-words" not in repr(lm)


def test_what_is_streamed_to_a_task_is_in_the_history() -> None:
    lm = FakeLM(lambda request: "two words")

    async def read() -> None:
        async for _ in lm.astream(lm.request(prompt="x")):
            pass

    asyncio.run(read())

    assert [call.outputs for call in lm.history] == [["two words"]]
