"""The board of the staff: who gets in, what it says, and that nothing stays behind. Without a server."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta
from importlib.util import find_spec
from typing import Any
from unittest import mock, skipUnless

from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.test import Client, SimpleTestCase, TestCase, override_settings
from django.utils import timezone

from cafe import board
from cafe.models import Drink, Order
from cafe.tests.helpers import mocha, order

CHANNELS = find_spec("channels") is not None
if CHANNELS:
    from channels.testing import WebsocketCommunicator

    from cafe.sockets import LONGEST, asked
    from config.live import application, below_prefix
    from config.origin import own

with_channels = skipUnless(CHANNELS, "Channels is not installed: pip install channels")
HOST, ORIGIN, PATH = "testserver", "http://testserver", "/board/staff/"
WANTED = 'Send {"order": 3, "status": …}: one of waiting, brewing, ready, served.'


def headers(origin: str = ORIGIN, cookie: str = "") -> list[tuple[bytes, bytes]]:
    found = {"host": HOST, "origin": origin, "cookie": cookie}
    return [(name.encode(), value.encode()) for name, value in found.items() if value]


@with_channels
class StaffBoardTest(TestCase):
    drink: Drink
    ada: User

    @classmethod
    def setUpTestData(cls) -> None:
        cls.drink = mocha()
        cls.ada = User.objects.create(username="ada", is_staff=True)
        cls.ada.user_permissions.add(Permission.objects.get(codename="change_order"))

    def setUp(self) -> None:
        self.placed = order(self.drink)
        self.looked, self.turn = asyncio.Event(), asyncio.Event()

        async def pause() -> None:  # stands for the second between two looks
            self.looked.set()
            await self.turn.wait()
            self.turn.clear()

        paused = mock.patch.object(board, "pause", pause)
        paused.start()
        self.addCleanup(paused.stop)
        # Channels closes a connection that is in a transaction, and a TestCase is in one all the time.
        # Its own communicator prevents that as long as it is asked something; here sockets live longer.
        kept = mock.patch("channels.db.close_old_connections")
        kept.start()
        self.addCleanup(kept.stop)
        self.client.force_login(self.ada)
        self.cookie = self.cookie_of(self.client)

    @staticmethod
    def cookie_of(client: Client) -> str:
        return f"sessionid={client.cookies['sessionid'].value}"

    def socket(self, path: str = PATH, app: Any = None, **given: str) -> Any:
        return WebsocketCommunicator(app or application, path, headers(**({"cookie": self.cookie} | given)))

    async def opened(self) -> tuple[Any, dict[str, Any]]:
        socket = self.socket()
        self.assertEqual(await socket.connect(timeout=10), (True, None))
        return socket, await socket.receive_json_from(timeout=10)

    async def say(self, socket: Any, message: object) -> Any:
        text = message if isinstance(message, str) else json.dumps(message)
        await socket.send_input({"type": "websocket.receive", "text": text})
        return await socket.receive_json_from(timeout=10)

    async def left(self, socket: Any) -> None:
        await socket.disconnect(timeout=10)
        self.assertEqual(board.watching, set())
        self.assertEqual(asyncio.all_tasks(), {asyncio.current_task()})

    async def test_whoever_is_on_duty_hears_of_each_order(self) -> None:
        socket, first = await self.opened()
        self.assertEqual((first["orders"], first["watching"]), ([board.row(self.placed)], 1))
        await Order.objects.acreate(drink=self.drink, customer="Grace")
        self.turn.set()
        second = await socket.receive_json_from(timeout=10)
        self.assertEqual([each["customer"] for each in second["orders"]], ["Ada", "Grace"])
        await self.left(socket)

    async def test_an_order_is_moved_along(self) -> None:
        socket, _ = await self.opened()
        wanted = {"order": self.placed.pk, "status": "ready"}
        self.assertEqual(await self.say(socket, wanted), wanted)
        self.turn.set()
        shown = await socket.receive_json_from(timeout=10)
        self.assertEqual([each["status"] for each in shown["orders"]], ["ready"])
        await self.left(socket)

    async def test_who_has_no_business_here_is_refused_before_the_handshake_is_done(self) -> None:
        refused = [
            {"cookie": ""},
            {"cookie": "sessionid=made-up"},
            {"origin": "https://evil.example"},
            {"origin": "http://testserver:8001"},
            {"origin": "https://testserver"},
            {"origin": "null"},
            {"origin": ""},
            {"path": "/board/staff/more/"},
            {"path": "/elsewhere/"},
        ]
        for given in refused:
            with self.subTest(given):
                socket = self.socket(**given)
                self.assertEqual(await socket.connect(timeout=10), (False, 1000))
                await self.left(socket)

    async def test_staff_without_the_right_and_guests_with_it_are_refused(self) -> None:
        guest = await User.objects.acreate(username="grace")
        await guest.user_permissions.aadd(await Permission.objects.aget(codename="change_order"))
        trainee = await User.objects.acreate(username="alan", is_staff=True)
        for user in (guest, trainee):
            client = Client()
            await client.aforce_login(user)
            socket = self.socket(cookie=self.cookie_of(client))
            self.assertEqual(await socket.connect(timeout=10), (False, 1000), user)
            await self.left(socket)

    async def test_rubbish_gets_a_sentence_and_the_socket_stays_open(self) -> None:
        socket, _ = await self.opened()
        long = f"Send text, at most {LONGEST} characters."
        for rubbish, sentence in [
            ("rubbish", "Send JSON."),
            ("", "Send JSON."),
            ("[" * LONGEST, "Send JSON."),
            ("x" * (LONGEST + 1), long),
            ([], WANTED),
            ({"order": True, "status": "ready"}, WANTED),
            ({"order": 2**63, "status": "ready"}, WANTED),
            ({"order": 1, "status": ["ready"]}, WANTED),
            ({"order": 1, "status": "drunk"}, WANTED),
            ({"order": self.placed.pk + 1, "status": "ready"}, f"There is no order {self.placed.pk + 1}."),
        ]:
            with self.subTest(rubbish):
                self.assertEqual(await self.say(socket, rubbish), {"problem": sentence})
        await socket.send_to(bytes_data=b"\xff\x00")
        self.assertEqual(await socket.receive_json_from(timeout=10), {"problem": long})
        await self.placed.arefresh_from_db()
        self.assertEqual(self.placed.status, "waiting")
        await self.left(socket)

    async def test_a_session_that_has_ended_changes_nothing_any_more(self) -> None:
        socket, _ = await self.opened()
        await self.client.alogout()
        answer = await self.say(socket, {"order": self.placed.pk, "status": "ready"})
        self.assertEqual(answer, {"problem": "You are not on duty any more: log in again."})
        await self.placed.arefresh_from_db()
        self.assertEqual(self.placed.status, "waiting")
        await self.left(socket)

    @mock.patch.object(logging.getLogger("django.security.SuspiciousSession"), "disabled", True)
    async def test_a_session_that_counts_no_more_opens_nothing_and_changes_nothing(self) -> None:
        async def deactivated() -> None:
            await User.objects.filter(pk=self.ada.pk).aupdate(is_active=False)

        async def tampered() -> None:
            await Session.objects.aupdate(session_data="abc")

        async def expired() -> None:
            await Session.objects.aupdate(expire_date=timezone.now() - timedelta(seconds=1))

        for happens in (deactivated, tampered, expired):
            with self.subTest(happens.__name__):
                await User.objects.filter(pk=self.ada.pk).aupdate(is_active=True)
                await self.client.aforce_login(self.ada)
                self.cookie = self.cookie_of(self.client)
                opened, _ = await self.opened()
                await happens()
                late = self.socket()
                self.assertEqual(await late.connect(timeout=10), (False, 1000))
                answer = await self.say(opened, {"order": self.placed.pk, "status": "ready"})
                self.assertEqual(answer, {"problem": "You are not on duty any more: log in again."})
                await late.disconnect(timeout=10)
                await self.left(opened)

    async def test_a_right_that_was_taken_away_changes_nothing_any_more(self) -> None:
        socket, _ = await self.opened()
        await self.ada.user_permissions.aclear()
        answer = await self.say(socket, {"order": self.placed.pk, "status": "ready"})
        self.assertEqual(answer, {"problem": "You are not on duty any more: log in again."})
        await self.left(socket)

    async def test_a_failure_of_the_feed_ends_the_socket_and_leaves_nothing(self) -> None:
        socket, _ = await self.opened()
        with mock.patch.object(board, "snapshot", side_effect=RuntimeError("no database")):
            self.turn.set()
            with self.assertRaises(ExceptionGroup) as caught:
                await socket.wait(timeout=10)
        self.assertEqual([str(error) for error in caught.exception.exceptions], ["no database"])
        self.assertEqual((board.watching, asyncio.all_tasks()), (set(), {asyncio.current_task()}))

    async def test_a_failure_in_a_handler_and_a_server_that_ends_leave_nothing(self) -> None:
        socket, _ = await self.opened()
        await socket.send_input({"type": "websocket.nonsense"})
        with self.assertRaises(ExceptionGroup):
            await socket.wait(timeout=10)
        self.assertEqual((board.watching, asyncio.all_tasks()), (set(), {asyncio.current_task()}))
        socket, _ = await self.opened()
        socket.future.cancel()  # as a server does
        await asyncio.wait({socket.future})
        self.assertEqual((board.watching, asyncio.all_tasks()), (set(), {asyncio.current_task()}))

    async def test_a_client_that_never_reads_holds_one_message_and_no_more(self) -> None:
        """A server lets `send` wait while the client takes nothing."""
        sent: list[str] = []
        stuck, inbox = asyncio.Event(), asyncio.Queue[dict[str, Any]]()

        async def send(message: dict[str, Any]) -> None:
            sent.append(message["type"])
            if message["type"] == "websocket.send":
                stuck.set()
                await asyncio.Event().wait()

        await inbox.put({"type": "websocket.connect"})
        scope = self.socket().scope
        running = asyncio.create_task(application(scope, inbox.get, send))
        await asyncio.wait_for(stuck.wait(), timeout=10)
        self.turn.set()  # nobody looks: the loop waits for the client
        await inbox.put({"type": "websocket.disconnect", "code": 1006})
        await asyncio.wait_for(running, timeout=10)
        self.assertEqual(sent, ["websocket.accept", "websocket.send"])
        self.assertEqual((board.watching, asyncio.all_tasks()), (set(), {asyncio.current_task()}))

    async def test_a_client_that_takes_nothing_is_left(self) -> None:
        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "websocket.send":
                await asyncio.Event().wait()

        inbox = asyncio.Queue[dict[str, Any]]()
        await inbox.put({"type": "websocket.connect"})
        with mock.patch("cafe.sockets.PATIENCE", 0.05):
            await asyncio.wait_for(application(self.socket().scope, inbox.get, send), timeout=10)
        self.assertEqual((board.watching, asyncio.all_tasks()), (set(), {asyncio.current_task()}))

    async def test_a_client_that_has_gone_in_this_moment_is_no_error(self) -> None:
        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "websocket.send":
                raise BrokenPipeError  # as Uvicorn says it

        inbox = asyncio.Queue[dict[str, Any]]()
        await inbox.put({"type": "websocket.connect"})
        await asyncio.wait_for(application(self.socket().scope, inbox.get, send), timeout=10)
        self.assertEqual((board.watching, asyncio.all_tasks()), (set(), {asyncio.current_task()}))


@with_channels
class RulesTest(SimpleTestCase):
    def test_what_may_be_asked(self) -> None:
        self.assertEqual(asked('{"order": 3, "status": "ready", "more": 1}'), (3, "ready"))

    def test_an_origin_is_ours_if_it_names_the_host_that_was_asked_and_its_scheme(self) -> None:
        scope = {"path": "/", "query_string": b"", "headers": headers()}
        self.assertTrue(own(scope))
        self.assertFalse(own({**scope, "scheme": "wss"}))
        self.assertTrue(own({**scope, "scheme": "wss", "headers": headers("https://testserver")}))
        self.assertFalse(own({**scope, "headers": [*headers(), (b"origin", b"https://evil.example")]}))
        with override_settings(ALLOWED_HOSTS=["*"]):  # as behind a hub
            self.assertFalse(own({**scope, "headers": headers("https://evil.example")}))
        with override_settings(CSRF_TRUSTED_ORIGINS=["https://staff.example"]):
            self.assertTrue(own({**scope, "headers": headers("https://staff.example")}))
        with override_settings(ALLOWED_HOSTS=["cafe.example"]):
            self.assertFalse(own(scope))

    def test_an_origin_that_only_resembles_ours_is_not_ours(self) -> None:
        scope: dict[str, Any] = {"path": "/", "query_string": b"", "headers": headers()}
        for origin in (
            *("null", "HTTP://testserver", "http://TESTSERVER", "http://testserver.", "http://testserver/"),
            *(
                "http://testserver:80",
                "ws://testserver",
                "http://evil@testserver",
                "testserver",
                "//testserver",
            ),
            *(
                "http://testserver@evil.example",
                "http://testserver, http://testserver",
                "http://testserver\xff",
            ),
            "http://" + "a" * 1_000_000,
        ):
            with self.subTest(origin[:40]), override_settings(ALLOWED_HOSTS=["*"]):
                named = [(b"host", HOST.encode()), (b"origin", origin.encode("latin-1"))]
                self.assertFalse(own({**scope, "headers": named}))

    def test_a_handshake_names_one_host(self) -> None:
        """Where none is named, Django takes the server's own address."""
        host, origin = headers()
        scope: dict[str, Any] = {"path": "/", "query_string": b"", "server": (HOST, 80)}
        with override_settings(ALLOWED_HOSTS=["*"]):
            self.assertTrue(own({**scope, "headers": [host, origin]}))
            for named in ([origin], [host, host, origin], [host, (b"host", b"evil.example"), origin]):
                self.assertFalse(own({**scope, "headers": named}))

    def test_a_proxy_that_ends_tls_is_believed_where_the_settings_say_so(self) -> None:
        scope: dict[str, Any] = {"path": "/", "query_string": b"", "headers": headers("https://testserver")}
        self.assertFalse(own(scope))
        for said in ([], [b"https,http"], [b"wss"], [b"https,ws"]):
            through = {**scope, "headers": [*scope["headers"], *((b"x-forwarded-proto", s) for s in said)]}
            self.assertFalse(own(through))
            with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
                self.assertTrue(own(through), said)
                evil = [*headers("https://evil.example"), *through["headers"][2:]]
                self.assertFalse(own({**through, "headers": evil}))

    async def test_a_prefix_is_told_to_channels(self) -> None:
        told: list[str] = []

        async def inner(scope: Any, receive: Any, send: Any) -> None:
            told.append(scope.get("root_path", ""))

        with override_settings(FORCE_SCRIPT_NAME="/user/ada"):
            app = below_prefix(inner)
        for path in ("/user/ada/board/staff/", "/board/staff/"):
            await app({"path": path}, None, None)
        self.assertEqual(told, ["/user/ada", ""])
