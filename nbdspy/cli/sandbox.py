"""`nbdspy sandbox`: what model-written code runs in, fetched before a lesson asks for it."""

from __future__ import annotations

from nbdspy.sandbox import installation


def fetch() -> int:
    """Fetch Pyodide and make the image that it starts from, unless they are here; print their folder.

    Raises:
        SandboxError: When there is no Deno, or one too old; when Pyodide cannot be fetched or does not start.
    """
    installed = installation.find()
    installed.make_ready()
    print(installed.folder)
    return 0
