"""What tests of watchers share: settings are put back, and nobody listens when a test is over."""

import gc
from collections.abc import Iterator

import pytest

from nbdspy import configuration, events
from nbdspy.observe import history


@pytest.fixture(autouse=True)
def _nobody_listens_afterwards() -> Iterator[None]:
    before = dict(configuration._process)
    history.clear()
    yield
    configuration._process.update(before)
    if events.heard():
        gc.collect()  # callbacks in a traceback's circle
        with events.span("module", "last"):  # the relay of callbacks leaves when it hears and there are none
            pass
    assert not events.heard()
