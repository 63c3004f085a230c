"""What a learner did in one JupyterLab goes with them to another, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asynclab.exercises import lesson

from .conftest import new_page
from .lab import Lab, lab
from .notebook import Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

LESSON = lesson("00")
FILE = "my_work.zip"


def test_the_downloaded_work_brings_answers_and_ticks_back_on_a_fresh_server(
    page: Page, browser: Browser, jupyterlab: Lab, tmp_path: Path
) -> None:
    done = Notebook(page, jupyterlab, LESSON.slug)
    done.run(done.calling("boot()"))
    for exercise in LESSON.exercises:
        stub = done.where("stub", exercise.number)
        done.write(stub, exercise.solutions[0])
        done.run(stub)
        done.run(checked := done.calling(f'check("{exercise.number}"'))
    with page.expect_download() as download:
        done.node(checked).get_by_role("link", name=FILE).click()
    download.value.save_as(tmp_path / FILE)
    done.close()

    with lab(tmp_path / "elsewhere") as elsewhere:
        fresh = Notebook(new_page(browser), elsewhere, LESSON.slug)
        with fresh.page.expect_file_chooser() as chooser:
            fresh.page.get_by_role("button", name="Upload Files").click()
        chooser.value.set_files(tmp_path / FILE)
        fresh.page.locator(".jp-DirListing-item", has_text=FILE).wait_for()
        first = fresh.calling("boot()")
        fresh.write(first, fresh.cells[first].source.replace("boot()", f'boot(work="{FILE}")'))
        said = fresh.run(first)
        fresh.command("docmanager:reload", consent=True)

        assert "Restored: " in said
        for exercise in LESSON.exercises:
            stub = fresh.where("stub", exercise.number)
            assert fresh.cells[stub].source.strip() == exercise.solutions[0].strip()
        fresh.page.context.close()
