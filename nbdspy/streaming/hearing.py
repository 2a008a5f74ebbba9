"""Hearing a program's replies while they come: pieces of text become pieces of outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from nbdspy import histories
from nbdspy.adapters.values import write_value
from nbdspy.errors import warn_caller
from nbdspy.modules import Module
from nbdspy.runtime import Ask, Reading, read_by
from nbdspy.streaming.listener import Target
from nbdspy.streaming.messages import StreamResponse, TextChunk

Give = Callable[[Any], None]


class Hearing:
    """Hears one call of a program; what it hears is given on at once, on the thread of the model's reply.

    Args:
        program: Which is called.
        targets: The outputs that are wanted; without any, every piece of every reply is given as it comes.
        give: Takes each `StreamResponse`, or `TextChunk`.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.streaming.listener import every_output
        >>> from nbdspy.testing import DummyLM
        >>> ask = Predict("question -> answer")
        >>> with context(lm=DummyLM([{"answer": "forty two"}])), Hearing(ask, every_output(ask), print).heard():
        ...     ask(question="What is six times seven?")
        StreamResponse(predict_name='self', signature_field_name='answer', chunk='forty', is_last_chunk=False)
        StreamResponse(predict_name='self', signature_field_name='answer', chunk=' two', is_last_chunk=False)
        StreamResponse(predict_name='self', signature_field_name='answer', chunk='', is_last_chunk=True)
        Prediction(answer='forty two')
    """

    def __init__(self, program: Any, targets: Sequence[Target], give: Give) -> None:
        parts = program.named_sub_modules() if isinstance(program, Module) else ()
        self._names = {id(part): name for name, part in parts}
        self._tracks = [_Track(target) for target in targets]
        self._strangers = {id(track.predict) for track in self._tracks} - self._names.keys()
        self._give = give
        self.has_heard = False

    def warn_of_strangers(self) -> None:
        """Warn of listeners to predictors that are no parts of the program, and were not asked by it either."""
        for track in self._tracks:
            if id(track.predict) in self._strangers:
                warn_caller(
                    f"Nothing was heard of {track.field!r}: the predictor that its listener names is no part of the "
                    "program, and was not asked. Leave `predict` out, or give one of program.predictors()."
                )

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear what the block runs."""
        with read_by(self._begin):
            yield

    def _begin(self, ask: Ask) -> Reading | None:
        if getattr(ask.request, "endpoint", None) == "embeddings":
            return None
        asking = histories.programs.get()
        program = asking[-1]() if asking else None
        if not self._tracks:
            return _Raw(self._tell, self._names.get(id(program), ""), ask.lm.model)
        tracks = {track.field: track for track in self._tracks if track.is_open and self._is_of(track, program)}
        self._strangers -= {id(track.predict) for track in tracks.values()}
        return _Fields(self._tell, tracks, ask.layout()) if tracks and ask.layout is not None else None

    def _is_of(self, track: _Track, program: Any) -> bool:
        """Whether the predictor is the one that is listened to, or a copy that the program made of it."""
        if id(program) in self._names:
            return track.predict is program
        return track.predict.signature is getattr(program, "signature", None)

    def _tell(self, said: StreamResponse | TextChunk) -> None:
        self.has_heard = True
        self._give(said)


class _Track:
    """What was given of one output in this call of the program."""

    def __init__(self, target: Target) -> None:
        self.field = target.field
        self.predict = target.predict
        self.is_open = True
        self._name = target.predict_name
        self._again = target.again
        self._given = ""
        self._has_ended = False
        self._replaces = False

    def begin(self) -> None:
        """A reply begins; what was given of one that did not answer no longer counts."""
        self._replaces = bool(self._given) or self._has_ended
        self._given, self._has_ended = "", False

    def said(self, text: str, *, ends: bool) -> StreamResponse:
        """A piece to give on."""
        replaces, self._replaces = self._replaces, False
        self._given += text
        self._has_ended = ends
        return StreamResponse(self._name, self.field, text, ends, replaces)

    def answered(self, value: Any, field: Any) -> StreamResponse | None:
        """The reply answers with this value: what is still to give of it."""
        last = self._rest(value, field)
        self._given, self._has_ended, self.is_open = "", False, self._again
        return last

    def _rest(self, value: Any, field: Any) -> StreamResponse | None:
        if not isinstance(value, str) and self._given:  # as the model wrote it, which is not how we would
            return None if self._has_ended else self.said("", ends=True)
        text = "" if value is None else write_value(value, field)
        if text == self._given and self._has_ended:
            return None
        if text.startswith(self._given) and not self._has_ended:
            return self.said(text[len(self._given) :], ends=True)
        self._replaces = True
        return self.said(text, ends=True)


class _Fields:
    """One reply to a predictor that is listened to."""

    def __init__(self, give: Give, tracks: Mapping[str, _Track], layout: Any) -> None:
        self._give = give
        self._tracks = tracks
        self._layout = layout
        self._reader = layout.reader()
        for track in tracks.values():
            track.begin()

    def hear(self, text: str) -> None:
        if self._reader is not None:
            self._hear(self._reader.feed(text))

    def end(self, reply: Any) -> None:
        values = self._layout.values(reply)
        for name, value in values.items():
            if name in self._tracks:
                track = self._tracks[name]
                if said := track.answered(value, track.predict.signature.output_fields.get(name)):
                    self._give(said)

    def _hear(self, parts: Any) -> None:
        for part in parts:
            if part.name in self._tracks:
                self._give(self._tracks[part.name].said(part.text, ends=part.ends))


class _Raw:
    """One reply of which everything is given."""

    def __init__(self, give: Give, name: str, model: str) -> None:
        self._give = give
        self._name = name
        self._model = model

    def hear(self, text: str) -> None:
        self._give(TextChunk(text, self._name, self._model))

    def end(self, reply: Any) -> None:
        """Everything was given."""
