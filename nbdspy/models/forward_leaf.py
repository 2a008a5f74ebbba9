"""The leaf around a user's class: its `forward` or `aforward` answers, wherever the call comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbdspy.errors import UsageError
from nbdspy.models.abilities import PLAIN
from nbdspy.models.messages import Reply, Request
from nbdspy.models.openai_reply import read_response
from nbdspy.models.whole import AnswersWhole
from nbdspy.runtime import in_thread, portal

if TYPE_CHECKING:
    from nbdspy.models.base_lm import BaseLM


class ForwardLeaf(AnswersWhole):
    """Calls what a subclass of `BaseLM` defines.

    Args:
        lm: The object to call.
        answers: Which of `"forward"` and `"aforward"` it defines.

    Raises:
        UsageError: When it defines neither.
    """

    prefers = "chat"
    constrains = False
    free = False
    durable = False  # its code may be another one in the next process
    scope = ""  # no reply of it is kept: what it knows besides the request cannot be seen from here
    abilities = PLAIN

    def __init__(self, lm: BaseLM, answers: frozenset[str]) -> None:
        if not answers:
            raise UsageError(
                f"{type(lm).__name__} defines neither forward nor aforward.",
                hint="Write def forward(self, prompt=None, messages=None, **kwargs), which returns an OpenAI-shaped "
                "reply.",
            )
        self.lm = lm
        self.answers = answers
        self.model = lm.model
        self.attempts = lm.num_retries + 1

    def send(self, request: Request) -> Reply:
        """Answer on this thread; what is async only runs on the portal."""
        if "forward" in self.answers:
            return self._reply(self.lm.forward(**_arguments(request)))
        return self._reply(portal.run(self.lm.aforward(**_arguments(request)), instead="await lm.acall(...)"))

    async def asend(self, request: Request) -> Reply:
        """Answer on the running loop; what blocks runs on a thread of its own."""
        if "aforward" in self.answers:
            return self._reply(await self.lm.aforward(**_arguments(request)))
        return self._reply(await in_thread(lambda: self.lm.forward(**_arguments(request))))

    def _reply(self, response: Any) -> Reply:
        return read_response(response, said_by=type(self.lm).__name__)


def _arguments(request: Request) -> dict[str, Any]:
    """A request as the keywords that a client of OpenAI's takes, without what is unset.

    The rollout is left out: it only tells otherwise equal requests apart.
    """
    given = request.as_dict()
    for name in ("model", "endpoint", "rollout_id", "fingerprint", "shape", "options"):
        given.pop(name, None)
    if given["n"] == 1:
        del given["n"]
    lists: dict[str, list[Any]] = {name: list(given[name]) for name in given if name in ("stop", "tools")}
    if request.messages is not None:
        lists["messages"] = [dict(message) for message in request.messages]
    return {**given, **lists, **request.options}
