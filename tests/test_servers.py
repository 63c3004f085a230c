"""`serve` runs a real server from a cell: there when it answers, gone with the cell or the kernel."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import psutil
import pytest
import websocket
from django.conf import settings
from django.test import AsyncClient, override_settings

from asynclab import proxy, servers
from asynclab.commands import HOST, HTTP2, KINDS, WEBSOCKET
from asynclab.errors import LabError, NotSent, ServerError
from asynclab.load import load
from asynclab.server import Server
from asynclab.servers import serve

from . import cafe

cafe.ready()

BARE = '''\
import asyncio, os

async def app(scope, receive, send):
    """Answers with the value of a variable, or never."""
    if scope["type"] != "http":
        raise ValueError("only http")
    if os.environ.get("SILENT"):
        await asyncio.sleep(1000)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": os.environ.get("GREETING", "hi").encode()})

def wsgi(environ, start_response):
    start_response("200 OK", [])
    return [b"hi"]
'''
WITH_ECHO = '''\
from config.asgi import application

async def app(scope, receive, send):
    """The café; and what is sent to a WebSocket comes back."""
    if scope["type"] != "websocket":
        return await application(scope, receive, send)
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": (await receive())["text"]})
    await send({"type": "websocket.close"})
'''
EACH = [(name, via) for name, kind in KINDS.items() for via in kind.via]


@pytest.fixture(autouse=True)
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a notebook, with two applications in it; a booted kernel's environment."""
    (tmp_path / "bare.py").write_text(BARE)
    (tmp_path / "broken.py").write_text("import nothing_like_this\n")
    (tmp_path / "echo.py").write_text(WITH_ECHO)
    monkeypatch.chdir(tmp_path)
    database = Path(settings.DATABASES["default"]["NAME"])
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{database.as_posix()}")
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    return tmp_path


def bare(name: str = "uvicorn", **options: Any) -> serve:
    return serve(name, app="bare:app", **options)


def run(cell: Callable[[], Awaitable[Any]]) -> Any:
    """Run a cell; afterwards none of its servers is left."""
    try:
        return asyncio.run(cell())  # type: ignore[arg-type]
    finally:
        assert psutil.Process().children(recursive=True) == []


def closed(server: Server) -> bool:
    """Whether nothing of it is left: no process, no port, no folder."""
    with socket.socket() as trial:
        port = trial.connect_ex((HOST, server.port)) != 0
    return port and server.pids == [] and not server.folder.exists()


async def ask(server: Server, path: str = "/", method: str = "GET", **options: Any) -> httpx.Response:
    async with httpx.AsyncClient(base_url=server.url, timeout=20, verify=False) as client:
        return await client.request(method, path, **options)


# --- Each of them ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in KINDS if name != "runserver"])
def test_each_server_starts_answers_and_ends(name: str) -> None:
    app = "bare:app" if "asgi" in KINDS[name].via else "bare:wsgi"

    async def cell() -> tuple[Server, str, str]:
        async with serve(name, app=app) as server:
            assert server.pids[0] == server.pid
            return server, repr(server), (await ask(server)).text

    server, shown, text = run(cell)
    assert (shown, text) == (f"{name} · {KINDS[name].via[0].upper()} · {server.url}/", "hi")
    assert repr(server) == f"{name} · {KINDS[name].via[0].upper()} · stopped"
    assert closed(server)


def test_runserver_says_that_it_speaks_wsgi() -> None:
    async def cell() -> tuple[str, httpx.Response, Server]:
        async with serve("runserver") as server:
            return repr(server), await ask(server, "/orders/"), server

    shown, answer, server = run(cell)
    assert shown == f"runserver · WSGI · {server.url}/"
    assert (answer.status_code, answer.headers["server"].partition("/")[0]) == (200, "WSGIServer")
    assert ("development server at" in server.log, "Daphne" in server.log) == (True, False)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "via"), EACH, ids=lambda word: word)
def test_each_server_shows_the_cafe_and_speaks_what_it_is_said_to_speak(name: Any, via: Any) -> None:
    protocols = KINDS[name].protocols
    echo = name != "runserver" and via == "asgi"

    async def cell() -> str:
        async with serve(name, via=via, app="echo:app" if echo else None) as server:
            assert (await ask(server, "/orders/")).status_code == 200
            style = await ask(server, "/static/cafe/cafe.css")
            assert (style.status_code, style.headers["content-type"][:8]) == (200, "text/css")
            if HTTP2 in protocols:
                async with httpx.AsyncClient(http1=False, http2=True, verify=False) as client:
                    assert (await client.get(server.url)).http_version == HTTP2
            if WEBSOCKET in protocols and echo:
                line = websocket.create_connection(f"ws://{HOST}:{server.port}/", timeout=20)
                line.send("to you")
                assert line.recv() == "to you"
                line.close()
            return repr(server).rpartition(" · ")[0]

    assert run(cell) == f"{name} · {via.upper()}"


def test_what_is_ordered_in_the_browser_is_in_the_kernels_database() -> None:
    """And a stream that is still open, the board, does not hold the end up: the view is cancelled."""
    from cafe.models import Drink, Order

    async def cell() -> tuple[Server, str, str]:
        drink = await Drink.objects.afirst()
        assert drink is not None
        await Order.objects.acreate(drink=drink, customer="from a cell")
        async with httpx.AsyncClient(timeout=20, verify=False) as browser:
            async with serve("uvicorn") as server:
                orders = f"{server.url}/orders/new/"
                await browser.get(orders)
                form = {"drink": str(drink.pk), "customer": "from a browser"}
                token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
                answer = await browser.post(orders, data=form | token, follow_redirects=True)
                board = await browser.send(
                    browser.build_request("GET", f"{server.url}/board/events/"), stream=True
                )
                lines = board.aiter_lines()
                first = await anext(lines)
            await board.aclose()
        return server, answer.text, first

    server, page, first = run(cell)
    assert ("from a cell" in page, "from a browser" in page, first) == (True, True, "retry: 2000")
    customers = {"from a cell", "from a browser"}
    assert asyncio.run(_taken(Order.objects.filter(customer__in=customers))) == customers
    assert "Cancel 1 running task(s)" in server.log
    assert closed(server)


def test_who_logs_in_in_the_kernel_is_logged_in_on_the_server() -> None:
    """In a checkout that nobody may write to, each process would make a key of its own."""
    from django.contrib.auth.models import User

    async def cell() -> list[int]:
        ada = await User.objects.acreate(username="kernel", is_staff=True, is_superuser=True)
        browser = AsyncClient()
        await browser.aforce_login(ada)
        cookie = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
        try:
            async with serve("uvicorn") as ours, serve("uvicorn", env={"SECRET_KEY": "another"}) as other:
                return [(await ask(each, "/admin/", headers=cookie)).status_code for each in (ours, other)]
        finally:
            await ada.adelete()

    with override_settings(SECRET_KEY="of this kernel alone"):
        assert run(cell) == [200, 302]


def test_a_server_in_production_gets_no_key_from_the_kernel() -> None:
    asked = serve("uvicorn", env={"CAFE_ENV": "production", "ALLOWED_HOSTS": "127.0.0.1"})
    assert "in required_key" in "".join(refused(opened(asked)))


async def _taken(orders: Any) -> set[str]:
    found = {order.customer async for order in orders}
    await orders.adelete()
    return found


# --- Options ---------------------------------------------------------------------------------------------


def test_several_workers_and_all_that_they_start_end_together() -> None:
    async def cell() -> tuple[Server, list[int]]:
        async with bare("granian", workers=2) as server, asyncio.timeout(20):
            while len(pids := server.pids) < 3:  # noqa: ASYNC110 - the block begins with the first answer
                await asyncio.sleep(0.01)
            return server, pids

    server, pids = run(cell)
    assert len(pids) == 3  # itself, and two workers
    assert closed(server)


def test_variables_port_and_access_log_are_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UVICORN_RELOAD", "true")  # your shell's own do not steer it: this starts one more

    async def cell() -> tuple[str, Server, int]:
        port = servers._free_port(None)
        async with bare(port=port, env={"GREETING": "good morning"}, access_log=True) as server:
            assert (server.port, server.url) == (port, f"http://{HOST}:{port}")
            return (await ask(server, "/hello")).text, server, len(server.pids)

    text, server, processes = run(cell)
    assert (text, processes) == ("good morning", 1)
    assert '"GET /hello HTTP/1.1" 200' in server.log
    assert server.command.startswith(f"uvicorn bare:app --host {HOST} --port {server.port} --workers 1 ")


def test_a_folder_of_yours_to_import_from_comes_beside_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/far.py").write_text("import config, bare\napp = bare.app\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))  # where `bare` is
    yours = {"PYTHONPATH": str(tmp_path / "elsewhere"), "GREETING": "from afar"}
    monkeypatch.chdir(tmp_path / "elsewhere" / "..")  # not where `far` is

    async def cell() -> str:
        async with serve("uvicorn", app="far:app", env=yours) as server:
            return (await ask(server)).text

    assert run(cell) == "from afar"


def test_an_error_of_the_cell_stays_the_cells_error() -> None:
    async def cell() -> None:
        async with bare():
            raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        run(cell)


@pytest.mark.slow
def test_twenty_starts_in_a_row_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    files = psutil.Process().num_fds if os.name == "posix" else lambda: 0
    threads = set(threading.enumerate())

    async def cell() -> tuple[list[Server], int, int]:
        async with bare() as first:
            pass
        before = files()
        seen = [first]
        for _ in range(20):
            async with bare() as server:
                seen.append(server)
        return seen, before, files()

    seen, before, after = run(cell)
    assert after <= before
    assert [closed(server) for server in seen] == [True] * 21
    assert list((tmp_path / "temporary").iterdir()) == []
    assert set(threading.enumerate()) <= threads


# --- What goes wrong -------------------------------------------------------------------------------------


def refused(cell: Callable[[], Awaitable[Any]]) -> list[str]:
    with pytest.raises(LabError) as caught:
        run(cell)
    return str(caught.value).splitlines()


def opened(server: serve) -> Callable[[], Awaitable[None]]:
    async def cell() -> None:
        async with server:
            raise AssertionError("it must not get here")

    return cell


def test_a_module_that_cannot_be_imported_is_named_with_the_end_of_the_log() -> None:
    lines = refused(opened(serve("uvicorn", app="broken:app")))
    assert lines[:2] == ["uvicorn ended before it answered (exit code 1). Its log", "ends:"]
    assert lines[-3:] == [
        '    File "broken.py", line 1, in <module>',
        "      import nothing_like_this",
        "  ModuleNotFoundError: No module named 'nothing_like_this'",
    ]
    assert max(map(len, lines)) <= 60


def test_one_that_never_answers_is_ended_at_its_deadline() -> None:
    lines = refused(opened(bare(env={"SILENT": "1"}, deadline=1)))
    assert lines[0] == "uvicorn did not answer within 1 s, and was stopped. Its log"


@pytest.mark.parametrize("asking", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_one_that_dies_in_the_middle_is_told(asking: bool) -> None:
    async def cell() -> None:
        async with bare() as server:
            process = psutil.Process(server.pid)
            process.kill()
            while server.exit_code is None:  # noqa: ASYNC110 - the event itself
                await asyncio.sleep(0.01)
            if asking:
                await ask(server)

    sentence = " ".join(refused(cell))
    assert sentence.startswith("uvicorn ended by itself in the middle (exit code -9). ")
    assert ("The cell got ConnectError: " in sentence) is asking


def test_of_one_that_dies_under_a_load_the_end_is_told_once() -> None:
    async def cell() -> None:
        async with bare() as server:
            psutil.Process(server.pid).kill()
            await load(server, 3)  # raises: nobody listens any more

    sentence = " ".join(refused(cell))
    assert sentence.startswith("uvicorn ended by itself in the middle (exit code -9). Its log ends: ")


def test_a_port_that_is_taken_is_said_before_anything_starts() -> None:
    with socket.create_server((HOST, 0)) as mine:
        port = mine.getsockname()[1]
        said = refused(opened(bare(port=port)))
        assert said == [f"Port {port} is taken. Leave `port` out, and a free one is found."]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the administrator may")
def test_a_port_below_1024_is_refused_in_a_sentence() -> None:
    assert refused(opened(bare(port=80))) == ["Port 80 is for the administrator. Take one above 1023."]


class Somebody(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(404)

    def log_message(self, *what: Any) -> None:
        pass


def test_a_port_that_somebody_takes_at_the_last_moment_costs_another_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ThreadingHTTPServer((HOST, 0), Somebody) as other:  # and answers there
        threading.Thread(target=other.serve_forever).start()
        ports = [servers._free_port(None), other.server_port]
        monkeypatch.setattr(servers, "_free_port", lambda port: ports.pop())

        async def cell() -> tuple[int, str]:
            async with bare() as server:
                return server.port, (await ask(server)).text

        try:
            port, text = run(cell)
        finally:
            other.shutdown()
    assert (port == other.server_port, text, ports) == (False, "hi", [])


class Watched(Server):
    """Interrupts the kernel as soon as it has begun to start."""

    begun: ClassVar[list[Server]] = []

    def start(self, *how: Any) -> None:
        super().start(*how)
        self.begun.append(self)
        os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupt_during_the_start_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "Server", Watched)
    assert refused(opened(bare(env={"SILENT": "1"}))) == [
        "Interrupted: uvicorn was starting, and is stopped."
    ]
    assert [closed(server) for server in Watched.begun] == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_ends_a_cell_whose_loop_has_nothing_to_do() -> None:
    seen = []

    async def cell() -> None:
        async with bare() as server:
            seen.append(server)
            threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT]).start()
            await asyncio.sleep(1000)

    assert refused(cell) == ["Interrupted: uvicorn is stopped."]
    assert [closed(server) for server in seen] == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_time_limit_around_the_start_leaves_nothing() -> None:
    async def cell() -> None:
        async with asyncio.timeout(0.3), bare(env={"SILENT": "1"}):
            pass

    with pytest.raises(TimeoutError):
        run(cell)


KERNEL = """\
import asyncio, json
from asynclab import boot, serve

async def cell():
    async with serve({name!r}, workers=2, app={app!r}) as server:
        while len(server.pids) < 3:  # the block begins with the first worker's answer
            await asyncio.sleep(0.01)
        print(json.dumps([server.port, server.pids, str(server.folder)]), flush=True)
        await asyncio.sleep(1000)

boot()
asyncio.run(cell())
"""


@pytest.mark.parametrize(
    ("name", "app"), [("gunicorn", "bare:wsgi"), pytest.param("uvicorn", None, marks=pytest.mark.slow)]
)
def test_a_kernel_that_is_killed_takes_the_server_and_its_workers_along(
    name: str, app: str | None, root: Path, notebook: Path
) -> None:
    path = os.pathsep.join([str(root / "notebooks"), os.environ.get("PYTHONPATH", "")])
    kernel = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", KERNEL.format(name=name, app=app)],
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert kernel.stdout is not None
    with kernel.stdout:
        assert "ready" in kernel.stdout.readline()
        port, pids, _ = json.loads(kernel.stdout.readline())
        family = [psutil.Process(pid) for pid in pids]
        guard = [each for each in psutil.Process(kernel.pid).children() if each.pid not in pids]
        assert (len(family) >= 3, len(guard)) == (True, 1)
        kernel.kill()
        _, alive = psutil.wait_procs([*family, *guard], timeout=30)
    kernel.wait()
    assert alive == []
    with socket.socket() as trial:
        assert trial.connect_ex((HOST, port)) != 0


# --- What cannot be asked for ----------------------------------------------------------------------------

ASGI_SERVERS = "uvicorn, daphne, hypercorn, granian, runserver"
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("apache", {}, f"There is no server 'apache' here. It is one of: {', '.join(KINDS)}."),
    ("uvicorn", {"workers": 0}, "`workers` is a whole number from 1 to 16, not 0."),
    ("uvicorn", {"workers": True}, "`workers` is a whole number from 1 to 16, not True."),
    (
        "daphne",
        {"workers": 2},
        "daphne runs in one process. Leave `workers` out, or take another server.",
    ),
    ("gunicorn", {"threads": 0}, "`threads` is a whole number from 1 to 500, not 0."),
    (
        "uvicorn",
        {"threads": 8},
        "Under ASGI nobody chooses the number of threads: each request that needs one gets one. "
        "Leave `threads` out.",
    ),
    ("runserver", {"threads": 8}, "runserver starts a thread for each connection. Leave `threads` out."),
    ("gunicorn", {"via": "asgi"}, f"gunicorn is run here for WSGI only. For ASGI there are: {ASGI_SERVERS}."),
    (
        "hypercorn",
        {"via": "wsgi"},
        "hypercorn is run here for ASGI only. For WSGI there are: granian, gunicorn, runserver.",
    ),
    ("uvicorn", {"via": "http"}, '`via` is "asgi" or "wsgi", not \'http\'.'),
    ("uvicorn", {"http2": True}, "uvicorn does not speak HTTP/2 here. These do: hypercorn, granian."),
    (
        "gunicorn",
        {"ws": True},
        "gunicorn does not speak WebSocket here. These do: uvicorn, daphne, hypercorn, granian.",
    ),
    ("granian", {"ws": True, "via": "wsgi"}, 'WSGI knows no WebSocket. Take via="asgi".'),
    ("uvicorn", {"port": 0}, "`port` is a whole number from 1 to 65,535, not 0."),
    ("uvicorn", {"port": "8000"}, "`port` is a whole number from 1 to 65,535, not '8000'."),
    ("uvicorn", {"deadline": -1}, "`deadline` is a time from 0.1 to 3600 seconds, not -1."),
    ("uvicorn", {"env": {"A": 1}}, "`env` holds text: 'A' and 1 must both be strings."),
    ("uvicorn", {"settings": "a b"}, '`settings` names a settings module, such as "mysite.settings".'),
    ("runserver", {"app": "bare:app"}, "runserver serves what the settings name. Leave `app` out."),
    *(
        (
            "uvicorn",
            {"app": app},
            '`app` is an import string such as "hello:app", the application `app` of a file hello.py: '
            "a server is another process and sees no function of the notebook.",
        )
        for app in ("bare", "", len)
    ),
]


@pytest.mark.parametrize(("name", "options", "sentence"), REFUSED)
def test_what_cannot_be_is_refused_in_one_sentence(name: str, options: Any, sentence: str) -> None:
    with pytest.raises(LabError) as caught:
        serve(name, **options)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("name", "options"),
    [(name, {}) for name in KINDS if name != "runserver"] + [("runserver", {"via": "asgi"})],
)
def test_what_is_not_installed_says_how_to_install_it(
    name: str, options: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda module: None)
    needed = "daphne" if name == "runserver" else name
    with pytest.raises(ServerError) as caught:
        serve(name, **options)
    sentence = f"{needed} is not installed here. Run `%pip install {needed}`, then this cell again."
    assert str(caught.value) == sentence


def test_on_windows_gunicorn_is_said_not_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ServerError) as caught:
        serve("gunicorn")
    assert str(caught.value) == 'Gunicorn does not run on Windows. Take serve("granian", via="wsgi").'


def test_a_forgotten_word_is_named() -> None:
    once = 'No server runs yet. Write `async with serve("uvicorn") as server:`.'
    server = serve("uvicorn")
    assert repr(server) == once
    with pytest.raises(NotSent, match=r"so there is no \.url\. Write `async with serve"):
        _ = server.url
    with pytest.raises(NotSent, match="`async` is missing"), server:
        pass
    with pytest.raises(NotSent) as caught:
        server.__await__()
    assert str(caught.value) == once


def test_before_boot_the_cell_to_run_first_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["asynclab.boot"], "_booted", None)
    said = refused(opened(serve("uvicorn")))
    assert said == ["Django is not running in this kernel yet. Run the cell with boot() first."]


# --- Behind a hub ----------------------------------------------------------------------------------------


def test_on_a_hub_the_link_goes_through_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada@example.org/")
    server = Server("uvicorn", 8123, tmp_path)
    path = "/user/ada@example.org/proxy/absolute/8123/"
    assert (server.url, repr(server)) == ("http://127.0.0.1:8123", f"uvicorn · ASGI · {path}")
    link = f'<a href="{path}" target="_blank" rel="noopener">{path}</a>'
    assert server._repr_html_() == f"<p>uvicorn · ASGI · {link}</p>"
    assert proxy.variables(server.prefix) == {
        "FORCE_SCRIPT_NAME": path.rstrip("/"),
        "ALLOWED_HOSTS": "*",
        "TRUST_FORWARDED_PROTO": "1",
    }


def test_elsewhere_the_link_goes_to_the_server_itself(tmp_path: Path) -> None:
    assert proxy.variables(Server("uvicorn", 8123, tmp_path).prefix) == {}
    assert Server("uvicorn", 8123, tmp_path).link == "http://127.0.0.1:8123/"
