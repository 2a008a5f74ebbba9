"""The command `nbdspy`: the demo, the models and the sandbox of this machine, cassettes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from nbdspy import __version__
from nbdspy.cli import cassettes, demo, models, sandbox
from nbdspy.errors import NbdspyError

_NOTEBOOKS = "or notebooks, or a folder of them, that are"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 when all is well, 1 when what was checked or recorded is not, 2 when the command could not do its work.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.run is None:
        parser.print_help(sys.stderr)
        return 2
    try:
        return int(given.run(given))
    except NbdspyError as error:
        print(*error.lines(), sep="\n", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="nbdspy", description=__doc__)
    parser.add_argument("--version", action="version", version=f"nbdspy {__version__}")
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    show = commands.add_parser("demo", help="run the first notebook on a real model of this machine")
    show.add_argument("notebook", nargs="?", type=Path, help="another notebook")
    show.set_defaults(run=lambda given: demo.run(given.notebook))

    local = commands.add_parser("models", help="the models that run on this machine")
    local.set_defaults(run=lambda given: models.show())
    fetch = local.add_subparsers(title="commands", metavar="COMMAND").add_parser("fetch", help="download one, once")
    fetch.add_argument("name", help="one that `nbdspy models` lists, or hf:owner/repository/file.gguf")
    fetch.set_defaults(run=lambda given: models.fetch(given.name))

    box = commands.add_parser("sandbox", help="what model-written code runs in")
    boxes = box.add_subparsers(title="commands", metavar="COMMAND", required=True)
    ready = boxes.add_parser("fetch", help="download it, once, so that no code that runs later needs a network")
    ready.set_defaults(run=lambda given: sandbox.fetch())

    tapes = commands.add_parser("cassette", help="replies that notebooks replay")
    actions = tapes.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check = actions.add_parser("check", help="tell what no longer matches")
    check.add_argument("path", nargs="+", type=Path, help=f"a cassette, {_NOTEBOOKS} run against their own")
    check.set_defaults(run=lambda given: cassettes.check(given.path))
    record = actions.add_parser("record", help="run notebooks on their real models and record every reply")
    record.add_argument("notebook", nargs="+", type=Path, help="a notebook, or a folder: all notebooks in it, by name")
    record.add_argument("--fill", action="store_true", help="keep the replies that still match, record the others")
    record.set_defaults(run=lambda given: cassettes.record(given.notebook, fill=given.fill))
    prune = actions.add_parser("prune", help="tell which replies nobody asks for")
    prune.add_argument("path", nargs="+", type=Path, help=f"a cassette, {_NOTEBOOKS} run against their own")
    prune.add_argument("--delete", action="store_true", help="delete those replies")
    prune.set_defaults(run=lambda given: cassettes.prune(given.path, delete=given.delete))
    return parser
