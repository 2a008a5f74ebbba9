"""The card of a compile: what was gained, on which examples, by which change; of a finished run or one under way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from nbdspy.evaluation import EvaluationResult
from nbdspy.optimizers import Result, TraceNote, Trial
from nbdspy.optimizers.doubts import MAY_BE_CHANCE
from nbdspy.views import changes, chart, cut, figures, palette, safe, tally, underway
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.gain import Gain, changed
from nbdspy.views.underway import Underway

ALLOWANCE = 14_000  # of texts, in bytes; with charts and tables the card stays under 50 kB
MOST_TRIALS = 6
LEAST_CHARTED = 3  # trials; of fewer the table says as much
MOST_LOST = 5
MOST_REASONS = 6
LIMIT_OF_CALLS = re.compile(r"The limit of [\d,]+ calls? is reached")
FLATTERS = "Chosen as the best of {tried} by these examples, which flatters; test data would give a held-out score."
SAME = "Nothing better was found; the program is as it went in."


def card(result: Result, *, volatile: bool, underway: Underway | None = None, failure: str = "") -> Card:
    """The gain first; then the trials, and behind clicks what changed, what was lost and why these demonstrations.

    Args:
        result: What was found.
        volatile: Whether time and money are shown.
        underway: Where a run is that goes on.
        failure: The error that ended it, which comes before all that.
    """
    if underway is not None:
        now = underway
        if now.calls and not now.total:  # then the calls say how far it is
            now = replace(now, done=min(result.calls, now.calls), total=now.calls)
        drawn = {**top(result, now, volatile=volatile), **found(result, volatile=volatile, underway=now)}
    else:
        state = "failed" if failure else "stopped early" if result.stopped else "done"
        facts = [state, *tally.facts(result.spent, result.seconds, volatile=volatile), *_reused(result)]
        result = replace(result, stopped="") if failure else result  # it would say the same again
        header = _header(result, f"compiled by {result.optimizer}", facts)
        drawn = {**header, **_failed(result, failure), **found(result, volatile=volatile)}
    gain = _gain(result, done=underway is None)
    lines = [result.summary, *([gain.counts] if gain and not gain.is_same else []), _summary(result, volatile=volatile)]
    lines += _uncounted(result)
    text = [*([f"failed: {safe.plain(failure)}"] if failure else []), *filter(None, lines), *result.warnings]
    return Card(fragments=drawn, text="\n".join(text))


def _failed(result: Result, failure: str) -> dict[str, str]:
    """What happened, and what is left of it; nothing of a run that did not fail."""
    if not failure:
        return {}
    kept = f"What {figures.count(len(result.tried), 'program')} scored until then is kept." if result.tried else ""
    return fragments("failed_run.html", error=cut.cut(failure, 1_000), kept=kept)


def top(result: Result, now: Underway, *, volatile: bool) -> dict[str, str]:
    """The upper part of the card of a run that goes on, which changes with each call."""
    facts = underway.facts(result.spent, result.seconds, now, volatile=volatile)
    header = _header(result, f"compiling with {result.optimizer}", facts)
    return {**header, **fragments("underway.html", underway=now, last=underway.line(now.last))}


def _header(result: Result, note: str, facts: Sequence[str]) -> dict[str, str]:
    return fragments("header.html", title=result.program, note=note, facts=facts)


def found(result: Result, *, volatile: bool, underway: Underway | None = None) -> dict[str, str]:
    """The rest of the card: what was found, which changes with each trial and phase."""
    allowance = cut.Allowance(ALLOWANCE)
    gain = _gain(result, done=underway is None)
    return fragments(
        "compilation.html",
        result=result,
        stopped=_stopped(result),
        is_live=underway is not None,
        gain=gain,
        unscored=_unscored(result, underway),
        picture=_picture(result, underway, volatile=volatile),
        changes=changes.between(result.base, result.best, allowance),
        most_changes=changes.MOST_PREDICTORS,
        trials=_trials(result),
        lost=_lost(result, allowance),
        reasons=_reasons(result),
        footer=_footer(result),
        warnings=_warnings(result, gain),
    )


def _stopped(result: Result) -> str:
    """Why it ended early and what that left out; where a limit counts calls, also how many replies it did not count."""
    return " ".join(filter(None, [result.stopped, *_uncounted(result)]))


def _uncounted(result: Result) -> list[str]:
    """The replies that a limit of calls, which ended it, did not count, and what was not scored of trials under way."""
    if not result.stopped:
        return []
    cached = result.spent.cached if LIMIT_OF_CALLS.match(result.stopped) else 0
    said = [f"Not counted: {figures.count(cached, 'reply', 'replies')} from the cache."] if cached else []
    left = figures.count(result.unscored, "example")
    return [*said, *([f"Not scored: {left} of trials that had begun."] if result.unscored else [])]


def _warnings(result: Result, gain: Gain | None) -> list[str]:
    """Those that do not stand beside the gain already."""
    is_said = gain is not None and gain.doubt and result.held_out is None
    return [text for text in result.warnings if not (is_said and text.startswith(MAY_BE_CHANCE))]


def _summary(result: Result, *, volatile: bool) -> str:
    """For the text: what it took, what was tried, what the best shows, and what became of the traces."""
    said = [*tally.facts(result.spent, result.seconds, volatile=volatile), *_reused(result)]
    said += [figures.count(len(result.tried), "trial")] if result.tried else []
    demos = sum(len(predictor.demos) for predictor in result.best.predictors())
    said += [figures.count(demos, "demonstration")] if demos else []
    said += [f"traces: {_kept(result)}"] if result.notes else []
    return " · ".join(said)


def _reused(result: Result) -> list[str]:
    """Rollouts of earlier runs, which were not paid again."""
    return [f"{figures.count(result.reused, 'rollout')} reused"] if result.reused else []


def _kept(result: Result) -> str:
    kept = sum(note.kept for note in result.notes)
    return f"{kept:,} kept, {len(result.notes) - kept:,} dropped"


def _gain(result: Result, *, done: bool) -> Gain | None:
    """On held-out examples when there are any, else on those that the choice was made by."""
    is_same = result.best is result.base
    held_out = result.held_out
    if held_out is not None:
        return Gain(
            label=f"held-out {result.metric}, n = {held_out.after.n:,}",
            before=held_out.before.mean,
            after=held_out.after.mean,
            difference=held_out.difference,
            note=SAME if is_same else "",
            is_same=is_same,
            alone=figures.between(held_out.before.interval),
        )
    difference, score, base = result.difference, result.score, result.base_score
    if difference is None or score is None or base is None or result.base_trial is None:
        return None
    note = SAME if is_same else FLATTERS.format(tried=len(result.tried))
    return Gain(
        label=f"validation {result.metric}, n = {difference.n:,}",
        before=base,
        after=score,
        difference=difference,
        note=note if done else "",
        is_same=is_same,
        alone=figures.between(result.base_trial.interval),
    )


def _unscored(result: Result, underway: Underway | None) -> str:
    """Said of a finished run that has no score."""
    if underway is not None or result.tried or result.held_out is not None:
        return ""
    if result.best is result.base:
        return "Not scored: it ended before. The program is the one that went in."
    return "Not scored: nothing was compared. Evaluate the program to see what it gained."


def _picture(result: Result, underway: Underway | None, *, volatile: bool) -> chart.Picture | None:
    """Scores over calls; over trials when calls say little, as in a replay, where none are made."""
    if len(result.tried) < (LEAST_CHARTED if underway is None else 1):
        return None
    by_calls = volatile and len({trial.calls for trial in result.tried}) > len(result.tried) / 2
    end = underway.calls if underway is not None and by_calls else 0
    return chart.trials(result.plot(unit="calls" if by_calls else "trials"), end=end)


def _trials(result: Result) -> dict[str, object] | None:
    if not result.tried:
        return None
    ranked = sorted(result.tried, key=lambda trial: (not trial.is_finished, -trial.score, trial.number))
    shown = ranked[:MOST_TRIALS]
    base = result.base_trial or result.tried[0]
    if base not in shown:
        shown = [*shown[:-1], base]
    hidden = len(ranked) - len(shown)
    return {
        "note": f"{len(ranked)} tried" + (f", {len(shown)} shown" if hidden else ""),
        "n": f"{base.evaluation.n:,}",
        "lines": [_trial(trial, base, result) for trial in shown],
    }


def _trial(trial: Trial, base: Trial, result: Result) -> dict[str, object]:
    is_best = trial is result.best_trial
    if trial is result.base_trial:
        colour = palette.QUIET
    else:
        colour = palette.BETTER if is_best else palette.ACCENT
    low, high = trial.interval.low, trial.interval.high
    return {
        "number": trial.number,
        "label": cut.cell(trial.label),
        "bar": chart.bar(trial.score, low=low, high=high, colour=colour),
        "is_best": is_best,
        "score": figures.whole(trial.score),
        "interval": figures.between(trial.interval),
        "fewer": _of_fewer(trial, base),
    }


def _of_fewer(trial: Trial, base: Trial) -> str:
    """Said of a trial that was given up, whose score is of fewer examples than stand above the table."""
    n = trial.evaluation.n
    return "" if n == base.evaluation.n else f"n = {n:,}"


def _lost(result: Result, allowance: cut.Allowance) -> dict[str, object] | None:
    """Examples that scored lower afterwards, on the examples that the card speaks of."""
    before, after = _compared(result)
    if before is None or after is None:
        return None
    now = {row.index: row for row in after.rows}
    pairs = [(old, now[old.index]) for old in before.rows if old.index in now and now[old.index].score < old.score]
    return changed(pairs, allowance, most=MOST_LOST)


def _compared(result: Result) -> tuple[EvaluationResult | None, EvaluationResult | None]:
    if result.held_out is not None:
        return result.held_out.before, result.held_out.after
    if result.best_trial is None or result.base_trial is None:
        return None, None
    return result.base_trial.evaluation, result.best_trial.evaluation


def _reasons(result: Result) -> dict[str, object] | None:
    """How many traces were kept and dropped, and why; so that none kept is never a mystery."""
    if not result.notes:
        return None
    groups: dict[tuple[bool, str], list[TraceNote]] = {}
    for note in result.notes:
        groups.setdefault((note.kept, _kind(note.why)), []).append(note)
    ordered = sorted(groups.items(), key=lambda item: (not item[0][0], -len(item[1]), item[0][1]))
    return {
        "note": _kept(result),
        "none_kept": not any(note.kept for note in result.notes),
        "lines": [_reason(notes) for _, notes in ordered[:MOST_REASONS]],
        "hidden": len(ordered) - MOST_REASONS,
    }


def _reason(notes: Sequence[TraceNote]) -> dict[str, object]:
    """Notes that say the same of their examples; where the words differ, one of them speaks for all."""
    said = Counter(note.why for note in notes)
    why = cut.cell(said.most_common(1)[0][0])
    return {
        "kept": notes[0].kept,
        "times": f"{len(notes):,}",
        "why": why if len(said) == 1 else f"{why}, and the like",
        "where": _listed([note.index for note in notes]),
    }


def _kind(why: str) -> str:
    """What reasons of one kind have in common: the error's class, or that a score was given."""
    found = re.match(r"failed: \w+|scored", why)
    return found[0] if found else why


def _listed(numbers: Sequence[int], most: int = 6) -> str:
    """The first of some training examples by number."""
    shown = ", ".join(str(number) for number in numbers[:most])
    return f"train {shown}" + (" …" if len(numbers) > most else "")


def _footer(result: Result) -> list[str]:
    counts = result.counts
    sizes = [f"{name} {n:,}" for name, n in (("train", counts.train), ("val", counts.val), ("test", counts.test)) if n]
    said = [result.lm, result.adapter, ", ".join(sizes), f"seed {result.seed}"]
    if result.held_out is not None and result.score is not None:
        there, here = figures.whole(result.score), figures.whole(result.held_out.after.mean)
        said.append(f"selection on validation flatters: {there} there, {here} held out")
    return [part for part in said if part]
