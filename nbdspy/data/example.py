"""`Example`: named values of one case, some of which are inputs."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any, Self

from nbdspy import render
from nbdspy.errors import DataError, UsageError


class Example:
    """Named values of one case: inputs, labels, or whatever is known.

    Reads like an object and like a dictionary. A value whose name is also a method's (`items`, `copy`) wins; so code
    that must work for every name reads `vars(example)`.

    Args:
        base: An example or mapping to start from.
        **values: Further values; they replace those of `base`.

    Example:
        >>> example = Example(question="What is six times seven?", answer="42").with_inputs("question")
        >>> example.answer, example["answer"]
        ('42', '42')
        >>> example.inputs()
        Example(question='What is six times seven?')
    """

    __slots__ = ("__dict__", "_input_names")

    _input_names: frozenset[str] | None

    def __init__(self, base: Example | Mapping[str, Any] | None = None, /, **values: Any) -> None:
        self._input_names = base._input_names if isinstance(base, Example) else None
        if base is not None:
            if not isinstance(base, Example | Mapping):
                raise DataError(
                    f"{render.short(base)!r} is {render.kind(base)}, not named values.",
                    hint='Write Example(question="…", answer="…").',
                )
            self.__dict__.update(base.__dict__ if isinstance(base, Example) else base)
        self.__dict__.update(values)

    def with_inputs(self, *names: str) -> Self:
        """A copy that knows which of its values are inputs; all others are labels."""
        copy = self.__copy__()
        copy._input_names = frozenset(names)
        return copy

    def input_names(self) -> frozenset[str] | None:
        """The names of the values that are inputs; None when nobody said which are.

        Example:
            >>> sorted(Example(question="6 * 7", answer="42").with_inputs("question").input_names())
            ['question']
        """
        return self._input_names

    def inputs(self) -> Example:
        """The inputs alone.

        Raises:
            UsageError: When the example was never told which of its values are inputs.
        """
        names = self._input_names
        if names is None:
            raise UsageError(
                f"{self!r} does not know which of its values are inputs.",
                hint='Write example.with_inputs("question").',
            )
        chosen = Example({name: value for name, value in self.__dict__.items() if name in names})
        chosen._input_names = names
        return chosen

    def labels(self) -> Example:
        """Everything that is not an input."""
        names = self._input_names or frozenset()
        return Example({name: value for name, value in self.__dict__.items() if name not in names})

    def copy(self, /, **changes: Any) -> Self:
        """A copy, with some values replaced."""
        copy = self.__copy__()
        copy.__dict__.update(changes)
        return copy

    def without(self, *names: str) -> Self:
        """A copy that lacks some values."""
        copy = self.__copy__()
        for name in names:
            copy.__dict__.pop(name, None)
        return copy

    def toDict(self) -> dict[str, Any]:
        """The values as a dictionary of their own."""
        return dict(self.__dict__)

    def get(self, name: str, default: Any = None) -> Any:
        """A value by name, or `default`."""
        return self.__dict__.get(name, default)

    def keys(self, include_dspy: bool = False) -> KeysView[str]:
        """The names of the values; all of them, whatever `include_dspy` says: no other ones are kept among them."""
        return self.__dict__.keys()

    def values(self) -> ValuesView[Any]:
        """The values in order."""
        return self.__dict__.values()

    def items(self) -> ItemsView[str, Any]:
        """Names with values, in order."""
        return self.__dict__.items()

    def __getattr__(self, name: str) -> Any:
        known = ", ".join(self.__dict__) or "none"
        raise AttributeError(f"{type(self).__name__} has no value {name!r}; it has: {known}.")

    def __getitem__(self, name: str) -> Any:
        return self.__dict__[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __delitem__(self, name: str) -> None:
        del self.__dict__[name]

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__)

    def __len__(self) -> int:
        return len(self.__dict__)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Example) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(_frozen(self.__dict__))

    def __copy__(self) -> Self:
        copy = object.__new__(type(self))
        for slot in self._slots():
            setattr(copy, slot, getattr(self, slot))
        copy.__dict__.update(self.__dict__)
        return copy

    @classmethod
    def _slots(cls) -> tuple[str, ...]:
        """What a copy takes over besides the values."""
        return ("_input_names",)

    def __repr__(self) -> str:
        return render.fields(type(self).__name__, self.__dict__)


def _frozen(value: Any) -> Any:
    """Something hashable that is the same for equal values."""
    match value:
        case dict():
            return frozenset((key, _frozen(part)) for key, part in value.items())
        case list() | tuple():
            return tuple(map(_frozen, value))
        case set():
            return frozenset(value)
    try:
        hash(value)
    except TypeError:
        return None
    return value
