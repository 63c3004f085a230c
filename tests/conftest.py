"""What every test may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from asynclab.trial import Judge

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
