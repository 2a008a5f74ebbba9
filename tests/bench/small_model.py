"""Whether the small model can be used here, and llama.cpp itself without us, which tells what the machine can do."""

from __future__ import annotations

import secrets

NAME = "smollm2"


def missing() -> str | None:
    """Why the small model cannot be used here; benchmarks download nothing."""
    from importlib.util import find_spec

    from nbdspy.models.weights import KNOWN

    if find_spec("xllamacpp") is None:
        return "xllamacpp is not installed"
    return None if KNOWN[NAME].present else f"the file of {NAME} is not on this machine"


class Bare:
    """llama.cpp with its own defaults, one slot and two threads."""

    def __init__(self) -> None:
        import xllamacpp

        from nbdspy.models.weights import fetch

        options = xllamacpp.CommonParams()
        options.verbosity = -1
        options.model.path = str(fetch(NAME))
        options.n_parallel = 1
        options.n_ctx = 4096
        options.cpuparams.n_threads = options.cpuparams_batch.n_threads = 2
        options.api_keys = [secrets.token_hex(32)]  # it opens a port, which is no business of anybody
        self._server = xllamacpp.Server(options)

    def read(self, prompt: str) -> float:
        """Seconds, by llama.cpp's own clock, to read what it has not just read before, up to the first token."""
        asked = {"prompt": prompt, "max_tokens": 1, "temperature": 0, "cache_prompt": True}
        return float(self._server.handle_completions(asked)["timings"]["prompt_ms"]) / 1e3
