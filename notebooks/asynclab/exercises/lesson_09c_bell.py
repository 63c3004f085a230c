"""Exercise 9c.11: a consumer that lets in who is logged in, survives rubbish, and leaves its group."""

from __future__ import annotations

from .declare import Exercise, Wrong
from .lesson_09c_kitchen import try_bell

IMPORTS = "import json\n\nfrom channels.generic.websocket import AsyncWebsocketConsumer\n\n\n"
ACCEPT = ("await self.accept()", 'await self.channel_layer.group_add("kitchen", self.channel_name)')
REFUSE = ('if not self.scope["user"].is_authenticated:', "    await self.close()", "    return")
LEAVE = ('await self.channel_layer.group_discard("kitchen", self.channel_name)',)
RING = 'await self.channel_layer.group_send("kitchen", {"type": "bell.rings", "table": table})'
SEND = (
    "await self.channel_layer.group_send(",
    '    "kitchen", {"type": "bell.rings", "table": table}',
    ")",
)
PLAIN = ('table = json.loads(text_data)["table"]', *SEND)
CAUGHT = (
    "try:",
    '    table = json.loads(text_data)["table"]',
    "except (ValueError, TypeError, KeyError):",
)
PROBLEM = """await self.send(json.dumps({"problem": "Send a table."}))"""
CAREFUL = (*CAUGHT, f"    {PROBLEM}", "    return", *SEND)


def written(
    connect: tuple[str, ...] = (*REFUSE, *ACCEPT),
    receive: tuple[str, ...] = CAREFUL,
    leave: tuple[str, ...] = LEAVE,
    *,
    imports: str = IMPORTS,
    more: str = "",
) -> str:
    """One way to write the consumer."""
    methods = {"connect(self)": connect, "receive(self, text_data=None, bytes_data=None)": receive}
    methods["bell_rings(self, event)"] = ('await self.send(json.dumps({"table": event["table"]}))',)
    if leave:
        methods["disconnect(self, code)"] = leave
    bodies = [
        f"    async def {head}:\n" + "".join(f"        {line}\n" for line in body)
        for head, body in methods.items()
    ]
    return f"{imports}class Bell(AsyncWebsocketConsumer):\n{more}" + "\n".join(bodies)


BELL = Exercise(
    number="9c.11",
    name="Bell",
    kind="modify",
    minutes=6,
    task=(
        'Every client of `Bell` can ring for the whole kitchen: `{"table": "3"}` goes to all who are '
        "connected. Three things are missing:\n\n"
        "- Who is not logged in is refused, before the socket is accepted.\n"
        '- Rubbish (no JSON, JSON without a table, bytes) is answered with `{"problem": "…"}`, to its '
        "sender alone. The socket stays open.\n"
        "- Who leaves is no longer in the group.\n\n"
        "`check` plays a stranger and three who are logged in, and looks into the groups."
    ),
    stub=written(ACCEPT, PLAIN, ()),
    solutions=(
        written(),
        # Channels joins and leaves the groups that a class names; a refusal may be raised.
        IMPORTS.replace("\n\n\n", "\nfrom channels.exceptions import DenyConnection\n\n\n")
        + 'class Bell(AsyncWebsocketConsumer):\n    groups = ["kitchen"]\n\n'
        + "    async def connect(self):\n"
        + '        if self.scope["user"].is_anonymous:\n            raise DenyConnection\n'
        + "        await self.accept()\n\n"
        + "    async def receive(self, text_data=None, bytes_data=None):\n"
        + "        try:\n            ring = json.loads(text_data or '')\n"
        + "        except json.JSONDecodeError:\n            ring = None\n"
        + "        if isinstance(ring, dict) and isinstance(ring.get('table'), str):\n"
        + '            await self.channel_layer.group_send("kitchen", {"type": "rings", **ring})\n'
        + '        else:\n            await self.send(bytes_data=b\'{"problem": "What?"}\')\n\n'
        + "    async def rings(self, event):\n"
        + "        await self.send(json.dumps({'table': event['table']}))\n",
        # The JSON consumer, and an end that comes by even if something raises.
        "from channels.generic.websocket import AsyncJsonWebsocketConsumer\n\n\n"
        "class Bell(AsyncJsonWebsocketConsumer):\n"
        "    async def __call__(self, *given):\n"
        "        try:\n            await super().__call__(*given)\n"
        "        finally:\n"
        '            await self.channel_layer.group_discard("kitchen", self.channel_name)\n\n'
        "    async def websocket_connect(self, message):\n"
        '        if self.scope["user"].is_authenticated:\n'
        '            await self.channel_layer.group_add("kitchen", self.channel_name)\n'
        "            await self.accept()\n"
        "        else:\n            await self.close(code=4003)\n\n"
        "    async def receive(self, **frame):\n"
        "        try:\n            await super().receive(**frame)\n"
        "        except Exception:\n"
        '            await self.send_json({"problem": "I did not get that."})\n\n'
        "    async def receive_json(self, content):\n"
        '        event = {"type": "bell.rings", "table": content["table"]}\n'
        '        await self.channel_layer.group_send("kitchen", event)\n\n'
        "    async def bell_rings(self, event):\n"
        '        await self.send_json({"table": event["table"]})\n',
    ),
    wrong=(
        Wrong(
            "lets_everybody_in",
            (
                written(('if not self.scope["user"]:', "    await self.close()", "    return", *ACCEPT)),
                written(
                    ('if self.scope.get("user") is not None:', *(f"    {line}" for line in ACCEPT)),
                ),
            ),
            lambda seen: "accept" in seen["stranger"] and "close" not in seen["stranger"],
            "A stranger got in. Who has no session is no `None`: the scope holds an `AnonymousUser`, and "
            "that counts as true. What does it say of itself?",
        ),
        Wrong(
            "accepts_first",
            (
                written((ACCEPT[0], *REFUSE, ACCEPT[1])),
                written(
                    (
                        "await self.accept()",
                        'if self.scope["user"].is_anonymous:',
                        "    await self.close(code=4003)",
                        "else:",
                        f"    {ACCEPT[1]}",
                    )
                ),
            ),
            lambda seen: seen["stranger"][:1] == ["accept"],
            "A stranger's socket was accepted, and closed after that: its handshake had succeeded, and it "
            "was open for a moment. What must stand before `accept`?",
        ),
        Wrong(
            "goes_on_after_close",
            (
                written((*REFUSE[:2], *ACCEPT)),
                written(('if self.scope["user"].is_anonymous:', "    await self.close(4003)", *ACCEPT)),
            ),
            lambda seen: seen["stranger"][:2] == ["close", "accept"],
            "A stranger was refused, and after that accepted: `close` sends a message, and the method goes "
            "on. Which word ends it?",
        ),
        Wrong(
            "stays_in_the_group",
            (
                written(leave=()),
                written(leave=('await self.channel_layer.group_discard("kitchen", "kitchen")',)),
            ),
            lambda seen: bool(seen["stays"]),
            "A client has left, and its channel is still in the group: each ring is kept for it, until its "
            "queue is full. Which method is called at the end, and whom must it take out of what?",
        ),
        Wrong(
            "dies_of_rubbish",
            (
                written(
                    receive=(
                        "try:",
                        '    table = json.loads(text_data)["table"]',
                        "except json.JSONDecodeError:",
                        f"    {PROBLEM}",
                        "    return",
                        *SEND,
                    )
                ),
                written(
                    receive=(
                        "ring = json.loads(text_data or 'null')",
                        "if not isinstance(ring, dict) or 'table' not in ring:",
                        f"    {PROBLEM}",
                        "    return",
                        "table = ring['table']",
                        *SEND,
                    )
                ),
            ),
            lambda seen: bool(seen["died"]),
            "Your consumer got {what}, and was gone: {problem}. `disconnect` is not called then. Which "
            'errors can `json.loads(text_data)["table"]` raise, and which did you catch?',
        ),
        Wrong(
            "closes_on_rubbish",
            (
                written(receive=(*CAUGHT, f"    {PROBLEM}", "    await self.close()", "    return", *SEND)),
                written(
                    receive=(
                        "from channels.exceptions import StopConsumer",
                        *CAUGHT,
                        f"    {PROBLEM}",
                        "    raise StopConsumer",
                        *SEND,
                    )
                ),
            ),
            lambda seen: bool(seen["closed"]),
            "Your consumer got {what}, and after that the next ring of the same client was not heard: its "
            "socket was closed. May one slip of the finger cost a connection?",
        ),
        Wrong(
            "tells_everybody",
            (
                written(
                    receive=(
                        *CAUGHT,
                        '    event = {"type": "bell.fails", "problem": "Send a table."}',
                        '    await self.channel_layer.group_send("kitchen", event)',
                        "    return",
                        *SEND,
                    ),
                    more="    async def bell_fails(self, event):\n"
                    '        await self.send(json.dumps({"problem": event["problem"]}))\n\n',
                ),
                written(
                    receive=(
                        *CAUGHT,
                        '    event = {"type": "bell.rings", "problem": "That is no table."}',
                        "else:",
                        '    event = {"type": "bell.rings", "table": table}',
                        'await self.channel_layer.group_send("kitchen", event)',
                    ),
                ).replace('{"table": event["table"]}', '{k: event[k] for k in event if k != "type"}'),
            ),
            lambda seen: bool(seen["told"]),
            "Ada sent {what}, and Bob was told of the problem, too. What sends to one client, and what to "
            "the group?",
        ),
    ),
    hints=(
        '`self.scope["user"].is_authenticated` tells. `close` before `accept` refuses; then `return`.',
        "`json.loads` raises `ValueError` for text and `TypeError` for `None`, which comes with bytes. And "
        "what it gives need not be a dictionary.",
        '`async def disconnect(self, code):` with `group_discard("kitchen", self.channel_name)`.',
    ),
    attempt=try_bell,
    passed=lambda seen: bool(
        seen["stranger"] == ["close"]
        and seen["joined"]
        and seen["heard"]
        and seen["ended"]
        and not (
            seen["stays"] or seen["died"] or seen["closed"] or seen["told"] or seen["silent"] or seen["late"]
        )
    ),
    done="A stranger was refused, five kinds of rubbish were answered, and nobody stayed in the group.",
    otherwise="Not yet: {odd}. Compare with the three points above.",
    deadline=20.0,
)
