"""What pages run of ours: what was built belongs to its sources, and one version stands in both packages."""

import importlib.util
import json
import os
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

import nbdspy

LABEXTENSION = Path(__file__).parents[1] / "labextension"
MOST = 250_000  # bytes that a page may have to fetch of ours


def load(folder: Path) -> ModuleType:
    """`bundle.py` of a checkout."""
    spec = importlib.util.spec_from_file_location("bundle_under_test", folder / "bundle.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # for its dataclass
    spec.loader.exec_module(module)
    return module


BUNDLE = load(LABEXTENSION)


@pytest.fixture
def checkout(tmp_path: Path) -> ModuleType:
    """A copy of the widgets and their sources."""
    shutil.copytree(LABEXTENSION / "src", tmp_path / "labextension" / "src")
    for name in ("bundle.py", "package.json"):
        shutil.copy(LABEXTENSION / name, tmp_path / "labextension")
    (tmp_path / "nbdspy" / "jupyter").mkdir(parents=True)
    for path in (*BUNDLE.WIDGETS.built, BUNDLE.WIDGETS.seal):
        shutil.copy(path, tmp_path / "nbdspy" / "jupyter")
    return load(tmp_path / "labextension")


def test_widgets_are_built_of_the_sources_that_stand_here() -> None:
    assert BUNDLE.WIDGETS.is_current(), "`make extension` builds them."


def test_what_jupyterlab_loads_is_built_of_the_sources_that_stand_here() -> None:
    if not BUNDLE.EXTENSION.is_built():
        pytest.skip("`make extension` builds it")
    assert BUNDLE.EXTENSION.is_current(), "`make extension` builds it."


def test_what_jupyterlab_loads_is_small() -> None:
    if not BUNDLE.EXTENSION.is_built():
        pytest.skip("`make extension` builds it")
    static = Path(nbdspy.__file__).parent / "labextension" / "static"
    sizes = {script.name: script.stat().st_size for script in static.glob("*.js")}

    assert 0 < sum(sizes.values()) <= MOST, sizes


def test_another_source_is_noticed(checkout: ModuleType) -> None:
    assert checkout.WIDGETS.is_current()

    with (checkout.HERE / "src" / "widgets" / "live.ts").open("a", encoding="utf-8") as file:
        file.write("// other\n")

    assert not checkout.WIDGETS.is_current()


def test_a_built_file_that_was_changed_by_hand_is_noticed(checkout: ModuleType) -> None:
    with checkout.WIDGETS.built[0].open("a", encoding="utf-8") as file:
        file.write("// other\n")

    assert not checkout.WIDGETS.is_current()


def test_another_version_of_what_builds_is_noticed(checkout: ModuleType) -> None:
    place = checkout.HERE / "package.json"
    package = json.loads(place.read_text(encoding="utf-8"))
    package["devDependencies"]["esbuild"] = "0.1.0"
    place.write_text(json.dumps(package), encoding="utf-8")

    assert not checkout.WIDGETS.is_current()


@pytest.mark.skipif(os.name == "nt", reason="npm is a script for sh here")
def test_what_another_checkout_has_installed_is_left_to_it(
    checkout: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = tmp_path / "another" / "node_modules"
    others.mkdir(parents=True)
    (others / "package").touch()
    (checkout.HERE / "node_modules").symlink_to(others)
    (checkout.HERE / "package-lock.json").touch()
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text('#!/bin/sh\ntest "$1" != ci || { rm -rf node_modules/*; mkdir -p node_modules; }\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(checkout, "PARTS", ())

    checkout.build()

    assert (others / "package").exists()
    assert (checkout.HERE / "node_modules").is_dir()


def test_both_packages_have_one_version() -> None:
    package = json.loads((LABEXTENSION / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((LABEXTENSION / "package-lock.json").read_text(encoding="utf-8"))

    assert {package["version"], locked["version"], locked["packages"][""]["version"]} == {nbdspy.__version__}


def test_everything_that_builds_is_pinned() -> None:
    package = json.loads((LABEXTENSION / "package.json").read_text(encoding="utf-8"))

    floating = {name: at for name, at in package["devDependencies"].items() if not re.fullmatch(r"\d+\.\d+\.\d+", at)}

    assert floating == {}  # what JupyterLab brings is a range: the lock file says which of it we build against


def test_the_lock_file_names_no_registry() -> None:
    locked = json.loads((LABEXTENSION / "package-lock.json").read_text(encoding="utf-8"))

    assert [name for name, found in locked["packages"].items() if "resolved" in found] == []


def test_jupyterlab_finds_where_it_is_built() -> None:
    (paths,) = nbdspy._jupyter_labextension_paths()
    package = json.loads((LABEXTENSION / "package.json").read_text(encoding="utf-8"))

    assert paths["dest"] == package["name"]
    assert (LABEXTENSION / package["jupyterlab"]["outputDir"]).resolve() == Path(nbdspy.__file__).parent / paths["src"]
