"""`Module`: a program made of parts, some of which are predictors."""

from __future__ import annotations

import copy
import inspect
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Self, TextIO

from nbdspy import render
from nbdspy.configuration import check_model
from nbdspy.errors import UsageError, ended
from nbdspy.models import BaseLM, Calls
from nbdspy.models.calls import OwnHistory, show
from nbdspy.modules.calling import Calling
from nbdspy.modules.parallel import Parallel, rows_of
from nbdspy.runtime import in_thread, portal
from nbdspy.signatures import SignatureType, is_unnamed
from nbdspy.signatures.signature import own_instructions

if TYPE_CHECKING:
    from nbdspy.modules.predict import Predict


class _Taken:
    """What `inspect.signature` says of a program, for help, completion and tools: its inputs, where they are known."""

    def __get__(self, program: Module | None, owner: type) -> inspect.Signature:
        from nbdspy.modules.inputs import call_signature

        known = None if program is None else call_signature(program)
        if known is None:
            raise AttributeError("__signature__")
        return known


class Module:
    """A program: assign its parts in `__init__`, say how they work together in `forward`.

    `forward` may be `def` or `async def`; the program is called by `program(...)` or `await program.acall(...)` all
    the same.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import ChainOfThought
        >>> from nbdspy.testing import DummyLM
        >>> class Ask(Module):
        ...     def __init__(self):
        ...         self.answer = ChainOfThought("question -> answer")
        ...
        ...     def forward(self, question):
        ...         return self.answer(question=question)
        >>> with context(lm=DummyLM([{"reasoning": "Six sevens.", "answer": "42"}])):
        ...     Ask()(question="What is six times seven?").answer
        '42'
    """

    callbacks: Sequence[Any] = ()  # that watch the calls of this program; see nbdspy.BaseCallback
    history = OwnHistory()
    __signature__ = _Taken()

    def __init__(self, callbacks: Sequence[Any] | None = None) -> None:
        if callbacks:
            self.callbacks = list(callbacks)

    if TYPE_CHECKING:
        # Subclasses declare the inputs they take; nothing is assumed here.
        forward: Any

    def __call__(self, *args: Any, **inputs: Any) -> Any:
        """Run the program on this thread."""
        with Calling("module", type(self).__name__, self, args, inputs) as call:
            return call.gave(self._ran(args, inputs))

    async def acall(self, *args: Any, **inputs: Any) -> Any:
        """Run the program without blocking the running loop."""
        with Calling("module", type(self).__name__, self, args, inputs) as call:
            return call.gave(await self._aran(args, inputs))

    def inspect_history(self, n: int = 1, file: TextIO | None = None) -> None:
        """Print the last calls that this program made."""
        show(Calls(self), n, file)

    def named_predictors(self) -> list[tuple[str, Predict]]:
        """Every predictor with its path: `answer.predict`, `hops[0]`, `by['judge']`; each once."""
        from nbdspy.modules.predict import Predict

        return [(name, part) for name, part in self.named_sub_modules() if isinstance(part, Predict)]

    def predictors(self) -> list[Predict]:
        """Every predictor, each once."""
        return [predictor for _, predictor in self.named_predictors()]

    def named_parameters(self) -> list[tuple[str, Predict]]:
        """What is learned, with its path: the predictors."""
        return self.named_predictors()

    def parameters(self) -> list[Predict]:
        """What is learned: the predictors."""
        return self.predictors()

    def map_named_predictors(self, func: Callable[[Predict], Predict]) -> Self:
        """Put what a function makes of each predictor in its place; returns this program.

        Raises:
            UsageError: For a program that is a predictor itself, which has no place.
        """
        if self in self.predictors():
            raise UsageError("A predictor cannot take its own place.", hint="Call the function on it.")
        mapped: Self = _mapped(self, func, {})
        return mapped

    def named_sub_modules(self, type_: type | None = None) -> Iterator[tuple[str, Module]]:
        """This module as `self` and every module inside, each once, with its path; only those of a `type_`."""
        found = _walk("self", self, set())
        return ((name, part) for name, part in found if type_ is None or isinstance(part, type_))

    def batch(
        self, examples: Any, num_threads: int | None = None, max_errors: int | None = None,
        return_failed_examples: bool = False, provide_traceback: bool | None = None,
        disable_progress_bar: bool = False, timeout: float = 120, straggler_limit: int = 3,
    ) -> Any:  # fmt: skip
        """Run the program on many examples side by side; what each gave, in their order, and None where it failed.

        Args:
            examples: Examples that know their inputs, or dictionaries of inputs; or a DataFrame, of whose columns
                those are given that the program takes.
            num_threads: As these all, see `Parallel`.
            max_errors: See `Parallel`.
            return_failed_examples: Give (results, failed examples, errors).
            provide_traceback: See `Parallel`.
            disable_progress_bar: See `Parallel`.
            timeout: Seconds after which one of the last examples is asked again.
            straggler_limit: How many last examples may be.

        Raises:
            TooManyErrors: When `max_errors` examples have failed.
            Stopped: When interrupted; `result` holds what was finished.
            UsageError: When the examples are none; DataError, when a table lacks an input.
        """
        from nbdspy.modules.inputs import input_fields

        parallel = Parallel(
            num_threads, max_errors, return_failed_examples=return_failed_examples,
            provide_traceback=provide_traceback, disable_progress_bar=disable_progress_bar, timeout=timeout,
            straggler_limit=straggler_limit,
        )  # fmt: skip
        return parallel([(self, example) for example in rows_of(examples, input_fields(self))])

    def set_lm(self, lm: BaseLM | None) -> None:
        """Give every predictor a model of its own; None takes it away.

        Raises:
            SettingsError: For what is no model.
        """
        check_model(lm)
        for predictor in self.predictors():
            predictor.lm = lm

    def get_lm(self) -> BaseLM | None:
        """The model of all predictors.

        Raises:
            UsageError: When they have different ones.
        """
        models = {id(predictor.lm): predictor.lm for predictor in self.predictors()}
        if len(models) > 1:
            raise UsageError(f"{type(self).__name__} uses several models: {', '.join(map(repr, models.values()))}.")
        return next(iter(models.values()), None)

    def deepcopy(self) -> Self:
        """A copy whose predictors can be changed without changing this program; models are shared."""
        copied: Self = _copy(self, {})
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copied: Self = _copy(self, memo)
        return copied

    def reset_copy(self) -> Self:
        """A copy whose predictors have no demos and no model of their own; what is frozen stays."""
        from nbdspy.modules.freezing import DEMOS, is_frozen

        copied = self.deepcopy()
        for predictor in copied.predictors():
            demos = predictor.demos if is_frozen(predictor, DEMOS) else []
            if not is_frozen(predictor):
                predictor.reset()
                predictor.demos = demos
        return copied

    @property
    def _compiled(self) -> bool:
        """What DSPy's programs set on a part that optimizers are to leave alone: here, that all of it is frozen."""
        from nbdspy.modules.freezing import is_frozen

        return bool(self.predictors()) and all(map(is_frozen, self.predictors()))

    @_compiled.setter
    def _compiled(self, is_done: bool) -> None:
        from nbdspy.modules.freezing import freeze, is_frozen, unfreeze

        for predictor in self.predictors():
            if is_done is not is_frozen(predictor):
                (freeze if is_done else unfreeze)(predictor)

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        """What compiling changes, as JSON-ready values in the peer's layout.

        Raises:
            SavedStateError: When two predictors have the same path, or values for a pickle are asked for.
        """
        from nbdspy.modules.state import dump, refuse

        refuse(json_mode=json_mode)
        return dump(self)

    def load_state(self, state: Mapping[str, Any], *, allow_unsafe_lm_state: bool = False) -> None:
        """Take over a saved state; on an error nothing is changed.

        Raises:
            SavedStateError: When it is not the state of a program of this shape.
        """
        from nbdspy.modules.state import refuse, restore

        refuse(allow_unsafe_lm_state=allow_unsafe_lm_state)
        restore(self, state)

    def save(
        self, path: str | PathLike[str], save_program: bool = False, modules_to_serialize: Sequence[Any] | None = None
    ) -> None:
        """Write the state to a JSON file that DSPy loads as well, or the whole program to a folder.

        Args:
            path: A file that ends in .json; with `save_program`, a folder.
            save_program: Write the source text of the program's classes, and of what they use, beside the state;
                `nbdspy.load` reads it. Nothing is pickled.
            modules_to_serialize: None: your own functions and classes are always written.

        Raises:
            SavedStateError: When something of it has no text form; says what, and where it is.
        """
        from nbdspy.modules.state import refuse, write

        refuse(modules_to_serialize=modules_to_serialize)
        if save_program:
            from nbdspy.modules.folder import write_folder

            write_folder(self, path)
        else:
            write(self, path)

    def load(self, path: str | PathLike[str], allow_pickle: bool = False, allow_unsafe_lm_state: bool = False) -> None:
        """Read a state that `save`, or DSPy, wrote.

        Args:
            path: The JSON file.
            allow_pickle: False: a pickle runs whatever its writer wanted, so none is read.
            allow_unsafe_lm_state: False: a file does not say where calls go.

        Raises:
            SavedStateError: When the file does not hold the state of a program of this shape.
        """
        from nbdspy.modules.state import read, refuse

        refuse(allow_pickle=allow_pickle, allow_unsafe_lm_state=allow_unsafe_lm_state)
        read(self, path)

    def told_as_tool(self) -> tuple[str, str, dict[str, str]]:
        """What a model is told of this program where it is a tool: its name, what it does, and its inputs.

        One of nbdspy's own does what its signature says; one of yours what its docstring does.
        """
        from nbdspy.modules.inputs import input_fields
        from nbdspy.types.docstrings import without_making

        called, about = program_name(self), inspect.getdoc(self) or ""
        if type(self).__module__.startswith("nbdspy."):  # whose docstrings are for people
            predictors = self.predictors()
            signature = getattr(self, "signature", predictors[0].signature if predictors else None)
            about = about.partition("\n")[0] if signature is None else _task(signature)
        described = {name: field.description for name, field in input_fields(self).items() if field.description}
        return called if called.isidentifier() else type(self).__name__, without_making(about), described

    def __repr__(self) -> str:
        from nbdspy.modules.freezing import described

        parts = ""
        for name, predictor in self.named_predictors():
            marks = described(predictor)
            parts += f"\n  {name}: {predictor.signature.signature}" + (f" ({marks})" if marks else "")
        return f"{type(self).__name__}({parts}\n)" if parts else f"{type(self).__name__}()"

    def _ran(self, args: tuple[Any, ...], inputs: Mapping[str, Any]) -> Any:
        """What `forward` gives on this thread."""
        result = self._flow("forward", "aforward")(*args, **inputs)
        return portal.run(result) if inspect.iscoroutine(result) else result

    async def _aran(self, args: tuple[Any, ...], inputs: Mapping[str, Any]) -> Any:
        """What `aforward` gives on the running loop."""
        flow = self._flow("aforward", "forward")
        if inspect.iscoroutinefunction(flow):
            return await flow(*args, **inputs)
        result = await in_thread(lambda: flow(*args, **inputs))
        return await result if inspect.iscoroutine(result) else result

    def _flow(self, *names: str) -> Any:
        """The first of these methods; but one that a subclass wrote comes before those that it inherits."""
        for owner in (self, *type(self).__mro__):
            for name in names:
                if name in vars(owner):
                    return getattr(self, name)
        raise UsageError(f"{type(self).__name__} has no forward.", hint="Define `def forward(self, ...)`.")


def as_program(thing: Any) -> Module:
    """A program: a module as it is, a signature in a Predict.

    Raises:
        UsageError: For anything else.
    """
    if isinstance(thing, Module):
        return thing
    if isinstance(thing, SignatureType | str):
        from nbdspy.modules.predict import Predict

        return Predict(thing)
    if isinstance(thing, type) and issubclass(thing, Module):
        raise UsageError(f"{thing.__name__} is a class, not a program.", hint=f"Make one: {thing.__name__}(...).")
    raise UsageError(
        f"{render.short(repr(thing))} is {render.kind(thing)}, not a program.", hint="Give a module or a signature."
    )


def program_name(program: Any) -> str:
    """What people call a program: its class's name; of a single predictor its signature's, or the short form of one."""
    from nbdspy.modules.predict import Predict

    signature = program.signature if isinstance(program, Predict) else program
    if not isinstance(signature, SignatureType):
        return type(program).__name__
    return signature.signature if is_unnamed(signature) else signature.__name__


def _task(signature: SignatureType) -> str:
    """What a signature does, its outputs included."""
    task = own_instructions(signature)
    outputs = ", ".join(f"`{name}`" for name in signature.output_fields)
    return f"{ended(task)} Gives {outputs}." if task else signature.instructions


def _walk(path: str, value: Any, seen: set[int]) -> Iterator[tuple[str, Module]]:
    if isinstance(value, Module):
        if id(value) in seen:
            return
        seen.add(id(value))
        yield path, value
        for name, part in vars(value).items():
            yield from _walk(name if path == "self" else f"{path}.{name}", part, seen)
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _walk(f"{path}[{index}]", part, seen)
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _walk(f"{path}['{key}']", part, seen)  # spelled as the peer spells it, in whose files it stands


def _mapped(value: Any, made: Callable[[Predict], Any], known: dict[int, Any]) -> Any:
    """The same parts with other predictors; lists and dictionaries are changed in place."""
    from nbdspy.modules.predict import Predict

    if id(value) in known:
        return known[id(value)]
    if isinstance(value, Predict):
        known[id(value)] = made(value)
        return known[id(value)]
    if isinstance(value, tuple):
        return tuple(_mapped(part, made, known) for part in value)
    known[id(value)] = value
    if isinstance(value, Module | dict):
        parts = vars(value) if isinstance(value, Module) else value
        parts.update({name: _mapped(part, made, known) for name, part in parts.items()})
    elif isinstance(value, list):
        value[:] = [_mapped(part, made, known) for part in value]
    return value


def _copy(value: Any, memo: dict[int, Any]) -> Any:
    """A copy of modules and of what they hold; models, and whatever cannot be copied, are shared."""
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, BaseLM):
        return value
    if isinstance(value, Module):
        twin = memo[id(value)] = object.__new__(type(value))
        parts = {name: _copy(part, memo) for name, part in vars(value).items() if name != "callbacks"}
        watched = {"callbacks": list(value.callbacks)} if "callbacks" in vars(value) else {}  # by the same ones
        twin.__dict__.update(parts | watched)
        return twin
    if isinstance(value, types.FunctionType):
        return _rebound(value, memo)
    if type(value) is list:
        items = memo[id(value)] = []
        items.extend(_copy(part, memo) for part in value)
        return items
    if type(value) is dict:
        named = memo[id(value)] = {}
        named.update({key: _copy(part, memo) for key, part in value.items()})
        return named
    if type(value) is tuple:
        return tuple(_copy(part, memo) for part in value)
    try:
        return copy.deepcopy(value, memo)
    except (TypeError, ValueError, AttributeError, RuntimeError):  # a lock, a connection, a loaded model
        return value


def _rebound(function: types.FunctionType, memo: dict[int, Any]) -> types.FunctionType:
    """A function that was made inside a program, such as a lambda, uses the parts of the copy."""
    closure = function.__closure__ or ()
    cells = tuple(_cell(cell, memo) for cell in closure)
    if all(twin is cell for twin, cell in zip(cells, closure, strict=True)):
        return function
    twin = types.FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, cells
    )  # fmt: skip
    twin.__kwdefaults__ = function.__kwdefaults__
    twin.__dict__.update(function.__dict__)
    return twin


def _cell(cell: types.CellType, memo: dict[int, Any]) -> types.CellType:
    try:
        seen = cell.cell_contents
    except ValueError:  # nothing was assigned yet
        return cell
    return types.CellType(_copy(seen, memo)) if isinstance(seen, Module) else cell
