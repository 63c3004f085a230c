"""One browser and one JupyterLab for each process that tests; pages that know nothing of each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from . import chromium
from .lab import Lab, lab

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]  # for root, and for a container
DEADLINE = 180_000  # milliseconds until something that should be in a page is there


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def jupyterlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = new_page(browser)
    yield page
    page.context.close()


def new_page(browser: Browser) -> Page:
    """A page of nobody's: no cookie, nothing stored."""
    page = browser.new_context(viewport={"width": 1200, "height": 1000}).new_page()
    page.context.set_default_timeout(DEADLINE)
    return page
