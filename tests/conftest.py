"""What every test may ask for."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asynclab import guard
from asynclab.trial import Judge

from . import shares

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    """The process that judges answers, for all the tests of a file."""
    with Judge() as judge:
        yield judge


@pytest.fixture
def folders(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """The temporary folders that a start makes: afterwards they are gone, with whoever worked there."""
    made: list[Path] = []
    make = tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **how: made.append(Path(make(**how))) or str(made[-1]))
    yield made
    assert [folder for folder in made if folder.exists() or guard.working_in(folder)] == []


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_auto_num_workers() -> int:
    return shares.processes()


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> shares.Shares:
    config.option.loadscopereorder = False
    return shares.Shares(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: shares.turn(item.nodeid))
