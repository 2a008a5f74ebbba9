"""The count of damaged replies: a reply that a side is late with is neither read nor refused, and holds nobody up."""

from typing import Any

from tests.bench.case_damaged import outcome
from tests.bench.damaged.corpus import Entry
from tests.bench.damaged.tasks import BY_NAME


class Endless:
    def parse(self, signature: Any, reply: str) -> Any:
        while True:
            try:
                sum(range(1_000))
            except Exception:  # as a reader may, that tries one way after another
                continue


def test_a_reply_that_is_not_read_in_time_is_late() -> None:
    entry = Entry("endless", BY_NAME["text"], "Paris", {"answer": "Paris"})

    assert outcome(Endless(), None, entry, ValueError, patience=0.05) == "late"
