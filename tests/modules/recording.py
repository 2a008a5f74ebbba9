"""Recordings of real models on data that is not part of the project."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).with_name("recorded")


def forget_requests(path: Path) -> None:
    """Leave of each recorded request its digest, by which it is found, and the model: nothing of the data."""
    first, *lines = path.read_text("utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    kept = [{**entry, "request": {"model": entry["request"]["model"]}} for entry in entries]
    texts = [json.dumps(entry, sort_keys=True, ensure_ascii=False) for entry in kept]
    path.write_text("\n".join([first, *texts]) + "\n", encoding="utf-8")
