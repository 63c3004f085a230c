"""The café in a browser, opened from lesson 09 by its link, through the proxy of a hub."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from . import axe
from .conftest import new_page
from .lab import BASE, Lab
from .notebook import Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

LONG = 3600  # seconds; these tests interrupt it
PAGES = {  # an address, and the heading that it should have
    "": "Menu",
    "orders/": "Orders",
    "orders/new/": "New order",
    "orders/new/?drink=999": "New order",
    "stock/?delay=0.01": "Stock",
    "stock/?delay=0.01&beans=500&milk=garbage&cups=disconnect": "Stock",
    "stock/?delay=minus": "Not like this",
    "board/": "Order board",
    "slow/?delay=0.01": "A slow page",
    "slow/sync/?delay=0.01": "A slow page",
    "grind/?beans=10": "A page that computes",
    "nowhere/": "Not found",
}


@pytest.fixture(scope="module")
def menu(browser: Browser, jupyterlab: Lab) -> Iterator[Page]:
    """The café's first page, in the tab that the lesson's link opens."""
    notebook = Notebook(new_page(browser), jupyterlab, "09_real_servers")
    notebook.run(notebook.calling("boot()"))
    at = notebook.calling("STAY = 0")
    given = notebook.cells[at].source
    notebook.write(at, given.replace("STAY = 0", f"STAY = {LONG}"))
    with notebook.running(at) as output:
        with notebook.page.expect_popup() as opened:
            output.get_by_role("link").click()
        yield opened.value
        notebook.interrupt()
    assert "Interrupted" in notebook.cells[at].text
    notebook.write(at, given)  # for who opens this copy next
    notebook.close()
    notebook.page.context.close()


@pytest.fixture
def tab(menu: Page) -> Iterator[Page]:
    """One more tab on the café's first page."""
    tab = menu.context.new_page()
    tab.goto(menu.url)
    yield tab
    tab.close()


def test_the_lessons_link_opens_the_cafe_behind_the_hub(menu: Page) -> None:
    assert f"{BASE}proxy/absolute/" in menu.url
    assert menu.title() == "Menu · The async café"
    assert menu.get_by_role("heading", level=1).inner_text() == "Menu"


def test_an_order_by_keyboard_alone_appears_on_a_board_that_was_open(menu: Page, tab: Page) -> None:
    board = menu.context.new_page()
    board.goto(f"{menu.url}board/")
    board.get_by_text("live, 1 watching").wait_for()

    tab.keyboard.press("Tab")
    assert focused(tab) == "Skip to the content"
    tab.keyboard.press("Enter")
    to(tab, "Order Espresso")
    tab.keyboard.press("Enter")
    tab.get_by_role("heading", name="New order").wait_for()
    to(tab, "Name")
    tab.keyboard.type("Ada <b>")
    to(tab, "Order")
    tab.keyboard.press("Enter")

    tab.get_by_role("heading", name="Orders").wait_for()
    card = board.get_by_role("listitem").filter(has_text="Ada <b>")
    card.wait_for()
    assert [line.strip() for line in card.inner_text().splitlines() if line.strip()][:2] == [
        "Ada <b>",
        "Espresso, take away",
    ]
    board.close()


def to(page: Page, name: str) -> None:
    """Press Tab until what has that name has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if focused(page) == name:
            return
    pytest.fail(f"Tab does not reach {name!r}.")


def focused(page: Page) -> str:
    """The name of what has the focus: its label, or its own words."""
    words: str = page.evaluate("""() => {
        const here = document.activeElement;
        return (here.labels && here.labels[0] ? here.labels[0] : here).textContent;
    }""")
    return words.strip().rstrip(":")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_keeps_anybody_out(menu: Page, tab: Page, scheme: str) -> None:
    tab.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for address, heading in PAGES.items():
        tab.goto(menu.url + address)
        assert tab.get_by_role("heading", level=1).all_inner_texts() == [heading], address
        assert axe.findings(tab) == [], address
        assert axe.skipped(axe.headings(tab, "body")) == [], address
        assert axe.nameless(tab, "body") == [], address


def test_a_form_that_was_filled_in_wrong_says_so_to_everybody(menu: Page, tab: Page) -> None:
    tab.goto(f"{menu.url}orders/new/")
    tab.get_by_label("Drink").select_option(index=1)
    tab.get_by_label("Name").fill(" ")  # which a browser lets through
    tab.get_by_role("button", name="Order").click()
    tab.get_by_text("This field is required.").first.wait_for()
    assert axe.findings(tab) == []
