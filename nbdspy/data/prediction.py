"""`Prediction`: what a program answered, with every completion the model gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbdspy.data.example import Example
from nbdspy.errors import DataError


class Completions:
    """All completions of one call, by field: each field holds one value per completion."""

    def __init__(self, rows: Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Any]]) -> None:
        self._rows = _rows(rows)

    def __getitem__(self, key: int | str) -> Any:
        if isinstance(key, str):
            return [row[key] for row in self._rows]
        return Prediction(self._rows[key])

    def __getattr__(self, name: str) -> list[Any]:
        if name.startswith("_") or not all(name in row for row in self._rows):
            raise AttributeError(f"The completions have no field {name!r} that all of them share.")
        return [row[name] for row in self._rows]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Prediction]:
        return (Prediction(row) for row in self._rows)

    def items(self) -> list[tuple[str, list[Any]]]:
        """Each field with its values, one per completion."""
        return [(name, self[name]) for name in (self._rows[0] if self._rows else ())]

    def __repr__(self) -> str:
        return f"Completions({len(self)} of {', '.join(self._rows[0]) if self._rows else 'nothing'})"


class Prediction(Example):
    """The outputs of a program; the first completion's values are attributes.

    A prediction with a `score` counts as that number, so a metric may return one.

    Example:
        >>> prediction = Prediction.from_completions([{"answer": "42"}, {"answer": "41"}])
        >>> prediction.answer, prediction.completions.answer
        ('42', ['42', '41'])
    """

    __slots__ = ("_chosen_from", "_completions", "_lm_usage")

    _chosen_from: tuple[Prediction, ...]
    _completions: Completions | None
    _lm_usage: Mapping[str, Mapping[str, Any]] | None

    def __init__(self, base: Example | Mapping[str, Any] | None = None, /, **values: Any) -> None:
        super().__init__(base, **values)
        self._input_names = None
        self._chosen_from = ()
        self._completions = None
        self._lm_usage = None

    @classmethod
    def from_completions(
        cls,
        rows: Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Any]],
        signature: Any = None,
        *,
        chosen_from: Sequence[Prediction] = (),
    ) -> Prediction:
        """A prediction of the first completion that keeps them all.

        Args:
            rows: The values of each completion by field, or each field with a list of its values.
            signature: As DSPy's programs give it; the fields are those of the values.
            chosen_from: The predictions that the completions were chosen from, so that the runs behind it are found.

        Raises:
            DataError: When there is no completion, or fields have different numbers of them.
        """
        completions = Completions(rows)
        if not completions:
            raise DataError("There is no completion to make a prediction of.", hint="Give at least one.")
        prediction = cls(completions[0])
        prediction._completions = completions
        prediction._chosen_from = tuple(chosen_from)
        return prediction

    @property
    def completions(self) -> Completions:
        """Every completion; just this one when the model was asked once."""
        return self._completions or Completions([self.__dict__])

    @property
    def chosen_from(self) -> tuple[Prediction, ...]:
        """The predictions that it was chosen from, as by `majority`; none where a program gave it."""
        return self._chosen_from

    def get_lm_usage(self) -> Mapping[str, Mapping[str, Any]] | None:
        """The tokens of the calls that made it, by model; None unless `track_usage` was set."""
        return self._lm_usage

    def set_lm_usage(self, usage: Mapping[str, Mapping[str, Any]]) -> None:
        """Say what `get_lm_usage` tells."""
        self._lm_usage = usage

    @classmethod
    def _slots(cls) -> tuple[str, ...]:
        return ("_input_names", "_chosen_from", "_completions", "_lm_usage")

    def __float__(self) -> float:
        if "score" not in self.__dict__:
            raise TypeError(f"Only a prediction with a value named `score` is a number; this is {self!r}.")
        return float(self.__dict__["score"])

    def __add__(self, other: Any) -> float:
        return float(self) + float(other)

    __radd__ = __add__

    def __truediv__(self, other: Any) -> float:
        return float(self) / float(other)

    def __rtruediv__(self, other: Any) -> float:
        return float(other) / float(self)

    def __lt__(self, other: Any) -> bool:
        return float(self) < float(other)

    def __le__(self, other: Any) -> bool:
        return float(self) <= float(other)

    def __gt__(self, other: Any) -> bool:
        return float(self) > float(other)

    def __ge__(self, other: Any) -> bool:
        return float(self) >= float(other)


def _rows(given: Sequence[Mapping[str, Any]] | Mapping[str, Sequence[Any]]) -> list[Mapping[str, Any]]:
    """A mapping for each completion, also from a list for each field."""
    if not isinstance(given, Mapping):
        return list(given)
    counts = {name: len(values) for name, values in given.items()}
    if len(set(counts.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise DataError(f"Each field needs as many completions as the others: {told}.")
    return [dict(zip(given, values, strict=True)) for values in zip(*given.values(), strict=True)]
