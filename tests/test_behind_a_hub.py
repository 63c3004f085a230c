"""The café through jupyter-server-proxy, under the path that a JupyterHub gives to a learner."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
import websocket
from django.conf import settings

from asynclab.commands import HOST
from asynclab.servers import _free_port, serve

from . import cafe
from .test_servers import EACH, WITH_ECHO

pytestmark = pytest.mark.slow
cafe.ready()

BASE = "/user/ada@example.org/"  # what JupyterHub makes of a login that is an address
TOKEN = "a-token-of-this-test"
# What arrives when the browser speaks https to a hub, and the hub's own two proxies speak http to each other.
HUB = {"Host": "hub.example.org", "X-Forwarded-Proto": "https,http", "X-Forwarded-Host": "hub.example.org"}
ORIGIN = {"Origin": "https://hub.example.org"}


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a Jupyter server that knows its place under a hub, with folders of its own."""
    folder, port = tmp_path_factory.mktemp("jupyter"), _free_port(None)
    own = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyter_server", "--ServerApp.open_browser=False", "--allow-root"]
    command += [f"--ServerApp.{option}" for option in (f"ip={HOST}", f"port={port}", f"base_url={BASE}")]
    command += [f"--IdentityProvider.token={TOKEN}", "--ServerApp.allow_remote_access=True"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | own, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + 60
        while True:
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until, (folder / "log").read_text()
            try:
                httpx.get(f"http://{HOST}:{port}{BASE}api", verify=False)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(autouse=True)
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of a kernel on that hub."""
    (tmp_path / "echo.py").write_text(WITH_ECHO)
    monkeypatch.chdir(tmp_path)
    database = Path(settings.DATABASES["default"]["NAME"])
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database.as_posix()}")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", BASE)


def browser(port: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://{HOST}:{port}", headers=HUB, timeout=30, verify=False)


async def logged_in(client: httpx.AsyncClient) -> None:
    """As a browser is: by a cookie."""
    await client.get(f"{BASE}tree", params={"token": TOKEN})
    assert client.cookies


@pytest.mark.parametrize(("name", "via"), EACH, ids=lambda word: word)
def test_pages_files_forms_and_redirects_stay_under_the_hubs_path(jupyter: int, name: Any, via: Any) -> None:
    from cafe.models import Drink, Order

    async def cell() -> None:
        drink = await Drink.objects.afirst()
        assert drink is not None
        async with serve(name, via=via) as server, browser(jupyter) as client:
            prefix = server.link.rstrip("/")
            assert prefix == f"{BASE}proxy/absolute/{server.port}"
            stranger = await client.get(server.link)
            assert (stranger.status_code, stranger.headers["location"][: len(BASE)]) == (302, BASE)
            await logged_in(client)

            page = await client.get(server.link)
            assert page.status_code == 200
            links = set(re.findall(r'(?:href|src)="(/[^"#]*)', page.text))
            assert [link for link in links if not link.startswith(f"{prefix}/")] == []
            assert len(links) > 6
            for link in links:
                assert (await client.get(link, follow_redirects=True)).status_code == 200, link

            form = f"{prefix}/orders/new/"
            blank = await client.get(form)
            cookie = blank.headers["set-cookie"]
            assert f"Path={prefix}/;" in cookie
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', blank.text)
            assert token is not None
            data = {"csrfmiddlewaretoken": token[1], "drink": str(drink.pk), "customer": "over the hub"}
            foreign = await client.post(form, data=data, headers={"Origin": "https://elsewhere.example.com"})
            assert foreign.status_code == 403
            answer = await client.post(form, data=data, headers=ORIGIN)
            assert answer.status_code == 302
            assert answer.headers["location"].startswith(f"{prefix}/orders/#order-")
            assert "over the hub" in (await client.get(answer.headers["location"])).text

            admin = await client.get(f"{prefix}/admin/")  # Django's own redirects, too
            assert unquote(admin.headers["location"]) == f"{prefix}/admin/login/?next={prefix}/admin/"
            direct = await client.get(f"{server.url}/orders/", headers={"Host": f"{HOST}:{server.port}"})
            assert direct.status_code == 200  # a cell asks the server itself

    asyncio.run(cell())
    assert asyncio.run(_removed(Order.objects.filter(customer="over the hub"))) == 1


async def _removed(orders: Any) -> int:
    count, _ = await orders.adelete()
    return int(count)


def test_the_board_is_live_and_a_web_socket_answers(jupyter: int) -> None:
    def spoken(url: str, cookies: str) -> str:
        line = websocket.create_connection(
            url, timeout=30, cookie=cookies, host=HUB["Host"], origin=ORIGIN["Origin"]
        )
        line.send("to you")
        said = str(line.recv())
        line.close()
        return said

    async def cell() -> tuple[list[str], str]:
        async with serve("uvicorn", app="echo:app", ws=True) as server, browser(jupyter) as client:
            await logged_in(client)
            events = f"{server.link}board/events/"
            async with client.stream("GET", events, headers={"Accept": "text/event-stream"}) as board:
                lines = board.aiter_lines()
                first = [await anext(lines), await anext(lines)]  # and the stream goes on
            cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)
            url = f"ws://{HOST}:{jupyter}{server.link}echo/"
            return first, await asyncio.to_thread(spoken, url, cookies)

    assert asyncio.run(cell()) == (["retry: 2000", "event: board"], "to you")


def test_the_staffs_socket_takes_the_hubs_own_pages_and_no_others(jupyter: int) -> None:
    from django.contrib.auth.models import User
    from django.test import Client

    def opened(url: str, cookies: str, origin: str) -> str:
        try:
            line = websocket.create_connection(
                url, timeout=30, cookie=cookies, host=HUB["Host"], origin=origin
            )
            said = str(line.recv())  # the proxy accepts before it asks the café, and hangs up if that says no
            line.close()
        except websocket.WebSocketException:
            return "refused"
        return said[:10]

    user, _ = User.objects.get_or_create(username="over-the-hub", is_staff=True, is_superuser=True)
    staff = Client()
    staff.force_login(user)

    async def cell() -> list[str]:
        async with (
            serve("uvicorn", app="config.live:application", ws=True) as server,
            browser(jupyter) as client,
        ):
            await logged_in(client)
            known = {cookie.name: cookie.value for cookie in client.cookies.jar}
            known["sessionid"] = staff.cookies["sessionid"].value
            cookies = "; ".join(f"{name}={value}" for name, value in known.items())
            url = f"ws://{HOST}:{jupyter}{server.link}board/staff/"
            return [
                await asyncio.to_thread(opened, url, cookies, origin)
                for origin in (ORIGIN["Origin"], "https://elsewhere.example.com")
            ]

    try:
        assert asyncio.run(cell()) == ['{"orders":', "refused"]
    finally:
        user.delete()
