"""Settings: for the process from anywhere, for a block and what it maps over."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

import nbdspy
from nbdspy import configuration
from nbdspy.configuration import DEFAULTS, configure, context, settings
from nbdspy.errors import SettingsError
from nbdspy.runtime import in_thread, map_threads, portal
from nbdspy.testing import FakeLM

LM = FakeLM(lambda request: "42", model="one")
OTHER = FakeLM(lambda request: "43", model="other")


class Interpreter:
    """What looks like one that runs code."""

    def execute(self) -> None: ...

    __call__ = execute


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    before = dict(configuration._process)
    yield
    configuration._process.update(before)
    assert configuration._block.get() == {}


def on_a_thread(function) -> None:
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


class TestConfigure:
    def test_a_setting_made_on_one_thread_is_there_on_every_other(self) -> None:
        seen = []

        on_a_thread(lambda: configure(num_threads=3))
        on_a_thread(lambda: seen.append(settings.num_threads))

        assert settings.num_threads == 3
        assert seen == [3]

    def test_a_setting_made_in_a_task_outlives_its_loop(self) -> None:
        async def cell() -> None:
            configure(lm=LM)

        asyncio.run(cell())

        assert settings.lm is LM

        async def next_cell() -> object:
            return settings.lm

        assert asyncio.run(next_cell()) is LM

    def test_a_thread_that_runs_hears_of_a_later_setting(self) -> None:
        made, told = threading.Event(), threading.Event()
        seen = []

        def work() -> None:
            made.wait(10)
            seen.append(settings.num_threads)
            told.set()

        thread = threading.Thread(target=work)
        thread.start()
        configure(num_threads=5)
        made.set()
        told.wait(10)
        thread.join()

        assert seen == [5]

    def test_an_unknown_name_is_refused_with_the_nearest(self) -> None:
        with pytest.raises(
            SettingsError, match=r"no setting 'num_thread'; there are: lm, .* Did you mean num_threads\?"
        ):
            configure(num_thread=3)
        with pytest.raises(SettingsError, match="no setting 'maxerrors'"):
            context(maxerrors=3).__enter__()

    def test_nothing_is_set_when_one_of_several_is_refused(self) -> None:
        with pytest.raises(SettingsError):
            configure(num_threads=3, colour="red")

        assert settings.num_threads == DEFAULTS["num_threads"]

    @pytest.mark.parametrize(
        ("name", "value", "hint"),
        [
            ("lm", "openai/gpt-5-mini", r"nbdspy\.LM\('openai/gpt-5-mini'\)"),
            ("lm", 42, r"42\. Give a model, such as nbdspy\.LM"),
            ("lm", print, r"nbdspy\.LM\("),
            ("lm", nbdspy.LM, r"nbdspy\.LM\("),
            ("lm", [LM], r"nbdspy\.LM\("),
            ("adapter", "chat", r"'chat'\. Write adapter=nbdspy\.ChatAdapter\(\)"),
            ("adapter", "JSONAdapter", r"nbdspy\.JSONAdapter\(\)"),
            ("adapter", "tables", r"ChatAdapter\(\)"),
            ("adapter", nbdspy.XMLAdapter, r"Give an object of it: XMLAdapter\(\)"),
            ("adapter", str, r"ChatAdapter\(\)"),
            ("adapter", 42, r"ChatAdapter\(\)"),
            ("num_threads", 0, "at least 1"),
            ("num_threads", None, "at least 1"),
            ("num_threads", "8", "at least 1"),
            ("max_errors", -1, "at least 0"),
            ("max_errors", None, "at least 0"),
            ("max_trace_size", -1, "at least 0"),
            ("max_history_size", 2.5, "at least 0"),
            ("max_history_size", True, "at least 0"),
            ("track_usage", "yes", "True or False"),
            ("disable_history", 1, "True or False"),
            ("trace", (), "a list"),
            ("callbacks", print, "a list of callbacks"),
            ("interpreter_factory", "python", "without arguments that makes an interpreter"),
            ("interpreter_factory", Interpreter(), "what makes an interpreter, not one"),
            ("callbacks", [print], r"nbdspy\.BaseCallback"),
        ],
    )
    def test_a_value_that_a_setting_cannot_take_is_refused_with_the_right_one(self, name, value, hint) -> None:
        with pytest.raises(SettingsError, match=f"{name} cannot be .*{hint}"):
            configure(**{name: value})
        with pytest.raises(SettingsError, match=hint), context(**{name: value}):
            pass

    def test_what_programs_for_dspy_set_is_taken(self) -> None:
        class Duck:
            def forward(self, prompt=None, messages=None, **settings):
                return {"choices": [{"message": {"content": "42"}}]}

        class Mine(nbdspy.BaseLM):
            forward = Duck.forward

        class Told(nbdspy.ChatAdapter):
            pass

        class Watching(nbdspy.BaseCallback):
            pass

        for lm in (Duck(), Mine("mine"), nbdspy.LM("openai/gpt-5-mini"), LM, None):
            with context(lm=lm, adapter=Told(), trace=[], callbacks=[Watching()]):
                assert settings.lm is lm

    def test_a_long_value_is_cut(self) -> None:
        with pytest.raises(SettingsError, match=r"^lm cannot be \['long.*characters\)\. Give") as refused:
            configure(lm=["long"] * 1_000)

        assert len(str(refused.value)) < 250

    @pytest.mark.parametrize(
        "values",
        [
            {"lm": None},
            {"adapter": None},
            {"interpreter_factory": Interpreter},
            {"num_threads": 1},
            {"max_errors": 0},
            {"max_errors": float("inf")},
        ],
    )
    def test_the_outermost_good_values_are_taken(self, values) -> None:
        configure(**values)

        assert settings.copy().items() >= values.items()

    def test_a_value_that_the_block_would_hide_is_refused(self) -> None:
        with context(lm=LM):
            configure(num_threads=2)
            with pytest.raises(SettingsError, match=r"'lm' is set by the `context` block .* outside of the block"):
                configure(lm=OTHER)

        assert settings.lm is not OTHER
        assert settings.num_threads == 2


class TestContext:
    def test_blocks_nest_and_end(self) -> None:
        with context(lm=LM, num_threads=2):
            with context(num_threads=3):
                assert (settings.lm, settings.num_threads) == (LM, 3)
            assert settings.num_threads == 2

        assert (settings.lm, settings.num_threads) == (DEFAULTS["lm"], DEFAULTS["num_threads"])

    def test_a_block_that_raises_ends(self) -> None:
        with pytest.raises(RuntimeError), context(num_threads=2):
            raise RuntimeError

        assert settings.num_threads == DEFAULTS["num_threads"]

    def test_mapped_threads_see_the_block_and_others_do_not(self) -> None:
        outside, inside = threading.Event(), threading.Event()
        seen = []

        def other() -> None:
            inside.wait(10)
            seen.append(settings.num_threads)
            outside.set()

        thread = threading.Thread(target=other)
        thread.start()
        with context(num_threads=2):
            mapped = [done.result for done in map_threads(lambda _: settings.num_threads, range(5), threads=3)]
            inside.set()
            outside.wait(10)
        thread.join()

        assert mapped == [2] * 5
        assert seen == [DEFAULTS["num_threads"]]

    def test_a_block_inside_of_a_mapped_item_stays_there(self) -> None:
        def work(number: int) -> int:
            with context(num_threads=number + 1):
                return settings.num_threads

        results = [done.result for done in map_threads(work, range(20), threads=4)]

        assert sorted(results) == list(range(1, 21))
        assert settings.num_threads == DEFAULTS["num_threads"]

    def test_tasks_side_by_side_have_their_own_blocks(self) -> None:
        async def work(number: int) -> tuple[int, int]:
            with context(num_threads=number):
                await asyncio.sleep(0)
                return settings.num_threads, await in_thread(lambda: settings.num_threads)

        async def both() -> list[tuple[int, int]]:
            return await asyncio.gather(work(2), work(3))

        assert asyncio.run(both()) == [(2, 2), (3, 3)]

    def test_async_code_called_from_a_block_sees_it(self) -> None:
        async def work() -> int:
            return settings.num_threads

        with context(num_threads=2):
            assert portal.run(work()) == 2

    def test_none_in_a_block_hides_the_process_value(self) -> None:
        configure(lm=LM)

        with context(lm=None):
            assert settings.lm is None


class TestSettings:
    def test_an_unknown_setting_is_an_attribute_error_that_lists_them(self) -> None:
        with pytest.raises(AttributeError, match="no setting 'temperature'; there are: lm, adapter"):
            settings.temperature
        assert not hasattr(settings, "temperature")

    def test_get_has_a_default_for_what_is_no_setting(self) -> None:
        assert settings.get("temperature", 0.5) == 0.5
        assert settings.get("num_threads", 1) == DEFAULTS["num_threads"]

    def test_a_copy_is_of_what_is_in_force_and_changes_nothing(self) -> None:
        with context(num_threads=2):
            copied = settings.copy()
        copied["lm"] = LM

        assert copied["num_threads"] == 2
        assert settings.lm is DEFAULTS["lm"]

    def test_assigning_says_what_to_write(self) -> None:
        with pytest.raises(SettingsError, match=r"cannot be assigned. Write configure\(lm=…\)"):
            settings.lm = LM

    def test_the_spelling_of_the_papers_works(self) -> None:
        settings.configure(num_threads=4)
        assert settings.num_threads == 4
        with settings.context(num_threads=2):
            assert settings.num_threads == 2

    def test_it_shows_what_is_in_force(self) -> None:
        with context(num_threads=2):
            assert "num_threads=2, max_errors=10" in repr(settings)


class TestWhatDSPyHasBesides:
    def test_a_first_cell_of_a_tutorial_is_taken_with_one_warning(self) -> None:
        words = r"async_max_workers has no effect .*; provide_traceback has no effect"
        block = context(max_errors=3, async_max_workers=4, provide_traceback=True)
        with pytest.warns(UserWarning, match=words) as told:
            block.__enter__()

        assert (settings.max_errors, "async_max_workers" in settings, len(told)) == (3, False, 1)
        block.__exit__(None, None, None)

    @pytest.mark.parametrize(("name", "instead"), [("usage_tracker", "track_usage")])
    def test_what_would_be_missed_says_what_to_use(self, name: str, instead: str) -> None:
        with pytest.raises(SettingsError, match=instead):
            configure(**{name: None})

    def test_settings_read_like_a_dictionary(self) -> None:
        with context(num_threads=3):
            assert (
                settings["num_threads"] == settings.config["num_threads"] == dict(settings.copy())["num_threads"] == 3
            )
        assert "lm" in settings
        assert "nope" not in settings
        assert set(settings) == settings.config.keys()
        with pytest.raises(KeyError, match="no setting 'nope'"):
            settings["nope"]

    def test_what_would_be_a_pickle_says_so(self) -> None:
        with pytest.raises(AttributeError, match=r"settings\.save is left out.*configure\(\.\.\.\) in the first cell"):
            settings.save("settings.pkl")
