"""`KNN`: the examples that are nearest to some inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.counts import checked_count
from nbdspy.data import Example
from nbdspy.data.tables import is_frame
from nbdspy.errors import DataError, UsageError, did_you_mean
from nbdspy.models.embedder import Embedder
from nbdspy.runtime import Steps, Use, adrive, drive

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class KNN:
    """Finds the examples whose inputs are most alike, by the angle between their vectors.

    The angle, and not DSPy's inner product, so that a long text with a long vector is not near to everything; where
    vectors are of length 1, as those of most providers, both say the same. Of examples that are equally near the
    earlier one comes first.

    Args:
        k: How many are given; all of them when there are fewer.
        trainset: The examples; they know their inputs.
        vectorizer: An Embedder, or a function that takes a list of texts and gives their vectors. The examples are
            embedded here, once.

    `names` are those of the inputs.

    Raises:
        DataError: When there are no examples, or a DataFrame is given, which does not tell their inputs.
        UsageError: When one does not know its inputs, or `k` is no count.

    Example:
        >>> trainset = [Example(number=str(n), is_even=n % 2 == 0).with_inputs("number") for n in (1, 20, 300)]
        >>> lengths = Embedder(lambda texts: [[len(text) - 10, 1] for text in texts])
        >>> [example.number for example in KNN(2, trainset, lengths)(number="4000")]
        ['300', '20']
    """

    def __init__(self, k: int, trainset: Sequence[Example], vectorizer: Embedder | Callable[..., Any]) -> None:
        self.k = checked_count("k", k, unit="neighbours")
        if is_frame(trainset):
            raise DataError(
                "trainset is a DataFrame, which does not say what of it are inputs.",
                hint=f"Give nbdspy.data.to_examples(trainset, inputs=[{str(next(iter(trainset), 'question'))!r}]).",
            )
        if wrong := [one for one in trainset if not isinstance(one, Example)]:
            raise DataError(
                f"trainset holds {render.kind(wrong[0])}, {render.short(repr(wrong[0]))}.",
                hint='Give examples: Example(question="…").with_inputs("question").',
            )
        if not len(trainset):
            raise DataError("trainset is empty.", hint="Give at least one example to find.")
        self.trainset = list(trainset)
        self.embedding = vectorizer if isinstance(vectorizer, Embedder) else Embedder(vectorizer)
        inputs = [vars(Example.inputs(example)) for example in self.trainset]
        self.names = list(dict.fromkeys(name for values in inputs for name in values))
        self.trainset_vectors = _unit(self.embedding([_as_text(values.items()) for values in inputs]))

    def __call__(self, **inputs: Any) -> list[Example]:
        """The nearest examples, the nearest one first."""
        return drive(self._steps(inputs))

    async def acall(self, **inputs: Any) -> list[Example]:
        """The same, awaited."""
        return await adrive(self._steps(inputs))

    def _steps(self, inputs: Mapping[str, Any]) -> Steps[list[Example]]:
        if unknown := [name for name in inputs if name not in self.names]:
            raise UsageError(
                f"The examples have no input {unknown[0]!r}; they have: {', '.join(self.names)}.",
                hint=did_you_mean(unknown[0], self.names),
            )
        if not inputs:
            raise UsageError("There is nothing to be near to.", hint=f"Write knn({self.names[0]}=…).")
        ordered = [(name, inputs[name]) for name in self.names if name in inputs]
        vectors = yield Use(self.embedding, {"inputs": [_as_text(ordered)]})
        nearness = self.trainset_vectors @ _unit(vectors)[0]
        return [self.trainset[index] for index in (-nearness).argsort(kind="stable")[: self.k]]

    def __repr__(self) -> str:
        return f"KNN({self.k} of {len(self.trainset)})"


def _as_text(values: Iterable[tuple[str, Any]]) -> str:
    return " | ".join(f"{name}: {render.written(value)}" for name, value in values)


def _unit(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The vectors at length 1; one of length 0 stays, and is near to nothing."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: npt.NDArray[np.float32] = (vectors / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return unit
