"""The cards of compiles: all of them in a table, and one of them whatever it is at."""

from __future__ import annotations

from nbdspy.models import Spent
from nbdspy.modules import program_name
from nbdspy.optimizers import BegunRuns, Run
from nbdspy.optimizers.job import State
from nbdspy.views import compilation, cut, figures, palette, safe, tally
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.underway import Underway

COLOURS: dict[State, str] = {
    "running": palette.ACCENT,
    "paused": palette.DOUBT,
    "stopping": palette.DOUBT,
    "failed": palette.WORSE,
}


def run_card(run: Run, *, volatile: bool) -> Card:
    """A run as its result has it, or as far as it has come."""
    if not run.is_done:
        phase = run.phase if run.state == "running" else run.state
        return compilation.card(
            run.result(), volatile=volatile, underway=Underway(phase=phase, limit=tally.left(run.budget))
        )
    return compilation.card(run.result(), volatile=volatile, failure=run.why if run.state == "failed" else "")


def card(runs: BegunRuns, *, volatile: bool) -> Card:
    """One line a run, the last first; under them why some ended early."""
    lines = [_line(number, run, runs.name(number), volatile=volatile) for number, run in runs][::-1]
    in_flight = sum(not run.is_done for _, run in runs)
    facts = [figures.count(in_flight, "run") + " in flight"] if in_flight else []
    drawn = fragments("runs.html", facts=facts, lines=[{**line, "took": _took(line, volatile)} for line in lines])
    text = [_text(line, volatile=volatile) for line in lines] or ["Nothing was compiled yet."]
    return Card(fragments=drawn, text="\n".join(text))


def _line(number: int, run: Run, name: str, *, volatile: bool) -> dict[str, str]:
    best = run.best_trial
    return {
        "number": str(number),
        "program": safe.short(program_name(run.base), 60),
        "name": safe.short(f"→ {name}", 60) if name else "",
        "optimizer": safe.short(run.optimizer, 60),
        "state": run.state,
        "colour": COLOURS.get(run.state, "inherit"),
        "phase": run.phase if volatile and run.state in ("running", "paused") else "",
        "tried": f"{len(run.trials):,} tried",
        "trials": figures.count(len(run.trials), "trial"),
        "best": "" if best is None else figures.percent(best.score),
        "interval": "" if best is None else figures.between(best.interval),
        "n": "" if best is None else f"{best.evaluation.n:,}",
        "calls": _calls(run.budget.spent, volatile=volatile),
        "cost": tally.cost(run.budget.spent) if run.budget.spent.calls else "",
        "time": figures.duration(run.seconds),
        "why": cut.cell(run.why) if run.why else "",
    }


def _took(line: dict[str, str], volatile: bool) -> str:
    said = [line["tried"], line["calls"], *((line["cost"], line["time"]) if volatile else ())]
    return " · ".join(filter(None, said))


def _calls(spent: Spent, *, volatile: bool) -> str:
    """Those that reached a model; of a replay, or where equal runs must look equal, those that were answered."""
    if volatile and not tally.is_replay(spent):
        return figures.count(spent.calls, "call")
    return figures.count(spent.calls + spent.cached + spent.recorded, "call")


def _text(line: dict[str, str], *, volatile: bool) -> str:
    best = f"best {line['best']} ({line['interval']}, n = {line['n']})" if line["best"] else ""
    state = f"{line['state']} ({line['phase']})" if line["phase"] else line["state"]
    program = f"{line['number']} {line['program']} {line['name']}".strip()
    said = [program, line["optimizer"], state, line["trials"], best]
    said += [line["calls"]] + ([line["cost"], line["time"]] if volatile else [])
    return " · ".join(filter(None, said)) + (f"\n  {line['why']}" if line["why"] else "")
