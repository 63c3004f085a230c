"""The audit tries middleware: what it says of each was seen in requests, not read off its flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from asynclab.audit import audit
from asynclab.audit.report import Report
from tests.audited import project, state

LAYERS = """
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import MiddlewareNotUsed
from django.utils.decorators import async_only_middleware, sync_and_async_middleware
from django.utils.deprecation import MiddlewareMixin


class Dual:
    sync_capable = async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            self.mark()

    def mark(self):
        markcoroutinefunction(self)

    def __call__(self, request):
        if iscoroutinefunction(self.get_response):
            return self.__acall__(request)
        return self.get_response(request)

    async def __acall__(self, request):
        return await self.get_response(request)


class Forgot(Dual):
    def mark(self):
        pass


class Legacy(Dual):
    def mark(self):
        self._is_coroutine = object()


class FlagLies:
    async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["X"] = "1"
        return response


class Overridden(MiddlewareMixin):
    def __call__(self, request):
        response = self.get_response(request)
        response["X"] = "1"
        return response


class AsyncOnly:
    async_capable = True

    def __init__(self, get_response):
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request):
        return await self.get_response(request)


class DeadAcall:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    async def __acall__(self, request):
        return await self.get_response(request)


class Neither:
    sync_capable = async_capable = False


class Unused:
    def __init__(self, get_response):
        raise MiddlewareNotUsed("off")


@sync_and_async_middleware
def factory(get_response):
    if iscoroutinefunction(get_response):

        async def layer(request):
            return await get_response(request)
    else:

        def layer(request):
            return get_response(request)

    return layer


@sync_and_async_middleware
def hands_on(get_response):
    def layer(request):
        return get_response(request)

    return layer


@async_only_middleware
def async_factory(get_response):
    async def layer(request):
        return await get_response(request)

    return layer


def nothing(get_response):
    pass


class Asks(Dual):
    async def __acall__(self, request):
        from shop.models import Drink

        Drink.objects.count()
        return await self.get_response(request)


class Raises(Dual):
    def __init__(self, get_response):
        raise ValueError("no key")


class Exits(Dual):
    def __init__(self, get_response):
        print("bye")
        sys.exit(3)


class Gone(Dual):
    def __init__(self, get_response):
        os._exit(7)


class Hangs(Dual):
    def __init__(self, get_response):
        threading.Event().wait()


class Thread(Dual):
    def __init__(self, get_response):
        super().__init__(get_response)
        threading.Thread(target=threading.Event().wait, name="poller").start()


class Calls(Dual):
    def __init__(self, get_response):
        socket.create_connection(("192.0.2.1", 80))


class Writes(Dual):
    def __init__(self, get_response):
        super().__init__(get_response)
        folder = pathlib.Path(__file__).parent / "log"
        folder.mkdir(exist_ok=True)
        with open(folder / "a.log", "a") as log:
            log.write("a line")
        (folder / "a.log").rename(folder / "b.log")
        assert (folder / "b.log").read_text().startswith("a line")
        for change in (
            lambda: os.symlink(__file__, folder.parent / "link"),
            lambda: os.truncate(__file__, 0),
            lambda: subprocess.run(["touch", str(folder.parent / "touched")]),
        ):
            try:
                change()
            except OSError:
                pass
"""
NAMES = [
    "Dual",
    "Forgot",
    "Legacy",
    "FlagLies",
    "Overridden",
    "AsyncOnly",
    "DeadAcall",
    "Neither",
    "Unused",
    "factory",
    "hands_on",
    "async_factory",
    "nothing",
    "Asks",
    "Raises",
    "Exits",
    "Gone",
    "Hangs",
    "Thread",
    "Calls",
    "Writes",
    "Missing",
]
EXPECTED = {  # what is found of each, beyond what is only worth knowing
    "Dual": set(),
    "Forgot": {"mark"},
    "Legacy": {"legacy-mark"},
    "FlagLies": {"async-flag"},
    "Overridden": {"async-flag"},
    "AsyncOnly": {"sync-flag"},
    "DeadAcall": {"acall"},
    "Neither": {"no-flags"},
    "Unused": set(),
    "factory": set(),
    "hands_on": {"mark"},
    "async_factory": set(),
    "nothing": {"none"},
    "Asks": {"ask"},
    "Raises": {"construct"},
    "Exits": {"construct"},
    "Gone": {"construct"},
    "Hangs": {"hangs"},
    "Thread": set(),
    "Calls": {"construct"},
    "Writes": set(),
    "Missing": {"missing"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    paths = [f"shop.layers.{name}" for name in NAMES]
    settings = f"MIDDLEWARE = tuple(MIDDLEWARE) + tuple({paths!r}) + ('nowhere.Layer',)\n"
    return project(tmp_path_factory.mktemp("layers"), {"shop/layers.py": LAYERS}, settings)


@pytest.fixture(scope="module")
def before(folder: Path) -> dict[str, bytes]:
    return state(folder)


@pytest.fixture(scope="module")
def report(folder: Path, before: dict[str, bytes]) -> Report:
    return audit(project=folder, deadline=4)


def test_each_kind_of_layer_gets_its_own_finding_and_a_sound_one_gets_none(report: Report) -> None:
    found = {
        name: {
            each.code
            for each in report.findings
            if each.weight != "note" and f"shop.layers.{name}" in each.what
        }
        for name in NAMES
    }
    assert found == EXPECTED


def test_a_finding_says_where_the_layer_stands(report: Report) -> None:
    lines = LAYERS.splitlines()
    places = {each.code: each.where for each in report.findings}
    assert places["legacy-mark"] == f"shop/layers.py:{lines.index('class Legacy(Dual):') + 1}"
    assert places["missing"].startswith("site1/settings.py:")


def test_flags_and_trials_stand_side_by_side(report: Report) -> None:
    rows = {row["path"].rpartition(".")[2]: row for row in report.middleware}

    def seen(name: str) -> tuple[bool, bool, str, str]:
        row = rows[name]
        return row["sync_flag"], row["async_flag"], row["sync"]["outcome"], row["async"]["outcome"]

    assert seen("Dual") == (True, True, "sync", "async")
    assert seen("async_factory")[1:] == (True, "coroutine", "async")
    assert seen("FlagLies") == (True, True, "sync", "raised")
    assert seen("AsyncOnly") == (True, True, "coroutine", "async")
    assert seen("Unused") == (True, False, "unused", "unused")


def test_the_chain_is_tried_without_the_layers_that_do_not_work(report: Report) -> None:
    own = report.chain["asgi async"]
    paths = [layer["path"].rpartition(".")[2] for layer in own["layers"]]
    assert paths == [
        "SessionMiddleware",
        "AuthenticationMiddleware",
        "Dual",
        "DeadAcall",
        "factory",
        "async_factory",
        "Thread",
        "Writes",
        "view",
    ]
    assert [layer["async"] for layer in own["layers"]] == [False] * 4 + [True] * 5
    assert own["crossings"]["async_to_sync"] == 1


def test_side_effects_are_told_and_reach_nothing(
    report: Report, folder: Path, before: dict[str, bytes]
) -> None:
    said = "\n".join(report.notes)
    assert "shop.layers.Thread started a thread: poller" in said
    for what in (f"change {folder}", "run a command (touch"):
        assert f"The audit did not let shop.layers.Writes {what}" in said or what in said
    assert any("reach the network" in each.what for each in report.findings)
    assert state(folder) == before


def test_findings_come_in_the_order_of_their_weight_and_name_lessons(report: Report, root: Path) -> None:
    order = ["wrong", "look", "note"]
    weights = [order.index(each.weight) for each in report.findings]
    assert weights == sorted(weights)
    assert report.code == 1


def test_nothing_is_said_of_a_stack_that_is_sound(tmp_path: Path) -> None:
    report = audit(project=project(tmp_path))
    assert [each.code for each in report.findings] == ["runserver"]
    assert report.code == 0
    assert report.chain["asgi async"]["crossings"] == {"sync_to_async": 5.0, "async_to_sync": 0.0}
    assert report.chain["asgi async"]["user_lazy"] is True
