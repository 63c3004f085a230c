"""Exercise 11.6: a feed of numbered messages that survives whoever leaves, comes back, or dawdles."""

from __future__ import annotations

from .declare import Evidence, Exercise, Wrong
from .lesson_11_listeners import KEEP, try_feed

IMPORTS = "import asyncio\nfrom collections import deque\n\n\n"
INIT = """\
    def __init__(self, keep=50):
        self.kept = deque(maxlen=keep)  # (number, text), oldest first
        self.count = 0
        self.listeners = set()

"""
PUBLISH = """\
    def publish(self, text):
        self.count += 1
        self.kept.append((self.count, text))
        for bell in self.listeners:
            bell.set()

"""
LISTEN = """\
    async def listen(self, last_id=0):
        bell = asyncio.Event()
        self.listeners.add(bell)
        try:
            while True:
                bell.clear()
                for number, text in list(self.kept):
                    if number > last_id:
                        last_id = number
                        yield number, text
                await bell.wait()
        finally:
            self.listeners.discard(bell)
"""
QUEUE_PUBLISH = """\
    def publish(self, text):
        self.count += 1
        self.kept.append((self.count, text))
        for inbox in self.listeners:
            if inbox.full():
                inbox.get_nowait()  # the oldest gives way
            inbox.put_nowait((self.count, text))

"""
QUEUE_LISTEN = """\
    async def listen(self, last_id=0):
        inbox = asyncio.Queue(self.kept.maxlen)
        for item in self.kept:
            if item[0] > last_id:
                inbox.put_nowait(item)
        self.listeners.add(inbox)
        try:
            while True:
                yield await inbox.get()
        finally:
            self.listeners.remove(inbox)
"""
CONDITION = """\
import asyncio
from contextlib import contextmanager


class Feed:
    def __init__(self, keep=50):
        self.keep, self.orders, self.listeners = keep, [], {}

    @contextmanager
    def listening(self):
        me = object()
        self.listeners[me] = None
        try:
            yield me
        finally:
            del self.listeners[me]

    def publish(self, text):
        last = self.orders[-1][0] if self.orders else 0
        self.orders = [*self.orders, (last + 1, text)][-self.keep :]
        for me, news in self.listeners.items():
            if news is not None and not news.done():
                news.set_result(None)

    async def listen(self, last_id=0):
        with self.listening() as me:
            while True:
                missed = [order for order in self.orders if order[0] > last_id]
                if missed:
                    last_id = missed[0][0]
                    yield missed[0]
                else:
                    self.listeners[me] = asyncio.get_running_loop().create_future()
                    await self.listeners[me]
"""


def feed(listen: str = LISTEN, publish: str = PUBLISH, init: str = INIT) -> str:
    """A `Feed` made of these methods."""
    return f"{IMPORTS}class Feed:\n{init}{publish}{listen}"


def changed(text: str, *pairs: tuple[str, str]) -> str:
    """The text with each first of a pair replaced by its second; each must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def dedented(text: str, *without: str) -> str:
    """The text without these lines, and what stood below the first of them four columns to the left."""
    kept, below = list[str](), False
    for line in text.splitlines():
        if line.strip() in without:
            below = True
            continue
        kept.append(line[4:] if below and line.startswith(" " * 12) else line)
    return "\n".join(kept) + "\n"


NO_FINALLY = dedented(LISTEN.replace("            self.listeners.discard(bell)\n", ""), "try:", "finally:")
REPLAY_FIRST = """\
    async def listen(self, last_id=0):
        for item in list(self.kept):
            if item[0] > last_id:
                yield item
        inbox = asyncio.Queue(self.kept.maxlen)
        self.listeners.add(inbox)
        try:
            while True:
                yield await inbox.get()
        finally:
            self.listeners.remove(inbox)
"""
JOIN_FIRST = """\
    async def listen(self, last_id=0):
        inbox = asyncio.Queue(self.kept.maxlen)
        self.listeners.add(inbox)
        try:
            last_id = max(last_id, self.count - self.kept.maxlen)
            while last_id < self.count:
                last_id += 1
                yield last_id, dict(self.kept)[last_id]
            while True:
                yield await inbox.get()
        finally:
            self.listeners.remove(inbox)
"""
AT_ONCE = """\
    def listen(self, last_id=0):
        bell = asyncio.Event()
        self.listeners.add(bell)
        return self.items(bell, last_id)

    async def items(self, bell, last_id):
"""
SHARED_INIT = INIT + "        self.inbox = asyncio.Queue()\n\n"


def wrong_numbers(seen: Evidence) -> bool:
    """Who comes back gets something that it had."""
    return bool(seen["live_good"]) and seen["back_numbers"][:1] == [1]


FEED = Exercise(
    number="11.6",
    name="Feed",
    title="Step 2: a feed that survives",
    kind="make",
    minutes=20,
    task=(
        "Write `Feed`. Its messages are numbered 1, 2, 3 …\n\n"
        "    feed = Feed(keep=2)\n"
        '    feed.publish("Ada")\n'
        '    feed.publish("Lin")\n'
        '    feed.publish("Bo")\n'
        "    async for number, text in feed.listen(2):\n"
        '        ...  # (3, "Bo"), then it waits for the next\n\n'
        "- `publish(text)` waits for nobody. The feed keeps the newest `keep` messages.\n"
        "- `listen(last_id=0)` is an async generator: what is kept of those after `last_id`, then each as it "
        "comes. Nothing is lost in between, nothing comes twice.\n"
        "- `listeners` holds an entry for each who listens now.\n\n"
        "`check` looks at: two listeners · who comes back · orders that come while one is being sent · "
        "somebody who stops reading for forty orders: the others get theirs, and his backlog stays about as "
        "long as what is kept · a listener that leaves before the first message and after each, waiting or "
        "not: the list is empty afterwards, and a cancellation passes."
    ),
    stub=(
        "import asyncio\n\n\nclass Feed:\n"
        "    def __init__(self, keep=50):\n        self.listeners = set()\n\n"
        "    def publish(self, text):\n        ...\n\n"
        "    async def listen(self, last_id=0):\n"
        "        yield 1, ...\n"
    ),
    solutions=(
        feed(),
        feed(QUEUE_LISTEN, QUEUE_PUBLISH),
        CONDITION,
    ),
    wrong=(
        Wrong(
            "one_queue_for_all",
            (
                feed(
                    "    async def listen(self, last_id=0):\n"
                    "        me = object()\n        self.listeners.add(me)\n"
                    "        try:\n            while True:\n                yield await self.inbox.get()\n"
                    "        finally:\n            self.listeners.discard(me)\n",
                    "    def publish(self, text):\n        self.count += 1\n"
                    "        self.inbox.put_nowait((self.count, text))\n\n",
                    SHARED_INIT,
                ),
                feed(
                    "    async def listen(self, last_id=0):\n"
                    "        me = asyncio.Event()\n        self.listeners.add(me)\n"
                    "        try:\n            while True:\n"
                    "                while not self.kept:\n"
                    "                    me.clear()\n                    await me.wait()\n"
                    "                yield self.kept.popleft()\n"
                    "        finally:\n            self.listeners.discard(me)\n",
                ),
            ),
            lambda seen: bool(seen["shared"]),
            "Two listened, three orders came, and each order reached one of them: {live}. What one takes, "
            "the other never sees. What would each need of its own?",
        ),
        Wrong(
            "slow_one_holds_all_up",
            (
                feed(
                    QUEUE_LISTEN,
                    "    async def publish(self, text):\n        self.count += 1\n"
                    "        self.kept.append((self.count, text))\n"
                    "        for inbox in list(self.listeners):\n"
                    "            await inbox.put((self.count, text))\n\n",
                ),
                feed(
                    QUEUE_LISTEN,
                    changed(
                        QUEUE_PUBLISH,
                        (
                            "            if inbox.full():\n"
                            "                inbox.get_nowait()  # the oldest gives way\n",
                            "",
                        ),
                    ),
                ),
            ),
            lambda seen: bool(seen["held"]),
            "One listener stopped reading, and the others paid: {held}, after {quick_count} orders. "
            "His place was full. What may `publish` do then, other than wait or raise?",
        ),
        Wrong(
            "endless_backlog",
            (
                feed(
                    changed(QUEUE_LISTEN, ("asyncio.Queue(self.kept.maxlen)", "asyncio.Queue()")),
                    QUEUE_PUBLISH,
                ),
                feed(init=changed(INIT, ("deque(maxlen=keep)", "deque()"))),
            ),
            lambda seen: seen["backlog"] > 3 * KEEP,
            "One listener stopped reading for 40 orders, and {backlog} lay waiting for him, where the feed "
            "keeps 5. Hundreds of phones in tunnels would fill your memory. Which end gives way when there "
            "are too many?",
        ),
        Wrong(
            "ignores_last_id",
            (
                feed(
                    changed(LISTEN, ("        bell = asyncio", "        last_id = 0\n        bell = asyncio"))
                ),
                feed(
                    changed(
                        QUEUE_LISTEN,
                        ("            if item[0] > last_id:\n                inbox", "            inbox"),
                    ),
                    QUEUE_PUBLISH,
                ),
            ),
            wrong_numbers,
            "A listener came back with `last_id` 2, and got the numbers {back_numbers}. He had 1 and 2 "
            "before he lost the line. Who compares with `last_id`?",
        ),
        Wrong(
            "off_by_one",
            (
                feed(
                    changed(
                        QUEUE_LISTEN,
                        ("            if item[0] > last_id:", "            if item[0] >= last_id:"),
                    ),
                    QUEUE_PUBLISH,
                ),
                feed(
                    changed(
                        LISTEN,
                        (
                            "        bell = asyncio.Event()",
                            "        last_id = max(last_id - 1, 0)\n        bell = asyncio.Event()",
                        ),
                    )
                ),
            ),
            lambda seen: bool(seen["live_good"]) and seen["back_numbers"][:1] == [2],
            "A listener came back with `last_id` 2, and got the numbers {back_numbers}: number 2 he had. "
            "Is `last_id` the first that he wants, or the last that he got?",
        ),
        Wrong(
            "lost_in_between",
            (
                feed(REPLAY_FIRST, QUEUE_PUBLISH),
                feed(
                    changed(
                        LISTEN,
                        ("                bell.clear()\n", ""),
                        (
                            "                await bell.wait()",
                            "                bell.clear()\n                await bell.wait()",
                        ),
                    )
                ),
            ),
            lambda seen: (
                bool(seen["missing"] and seen["between_numbers"]) and seen["live_good"] and not seen["twice"]
            ),
            "Orders came while a listener was being sent one, and he never got number {missing}: the numbers "
            "were {between_numbers}. A generator stands still at its `yield`. Which moment is covered by "
            "neither the past nor the news?",
        ),
        Wrong(
            "twice",
            (
                feed(JOIN_FIRST, QUEUE_PUBLISH),
                feed(
                    changed(
                        LISTEN,
                        ("                        last_id = number\n", ""),
                        (
                            "                await bell",
                            "                last_id += 1\n                await bell",
                        ),
                    )
                ),
            ),
            lambda seen: bool(seen["twice"]),
            "Orders came while a listener was being sent one, and number {twice} reached him twice: the "
            "numbers were {between_numbers}. How does your generator know what it has sent already?",
        ),
        Wrong(
            "swallows_the_cancellation",
            (
                feed(
                    changed(
                        LISTEN,
                        (
                            "        finally:",
                            "        except asyncio.CancelledError:\n            pass\n        finally:",
                        ),
                    )
                ),
                feed(
                    changed(
                        LISTEN,
                        (
                            "                await bell.wait()",
                            "                try:\n                    await bell.wait()\n"
                            "                except BaseException:\n                    return",
                        ),
                    )
                ),
            ),
            lambda seen: bool(seen["went_on"]),
            "A listener was cancelled where it waited, and your generator {went_on}. "
            "Where does the `CancelledError` get lost?",
        ),
        Wrong(
            "no_clean_up",
            (
                feed(NO_FINALLY),
                feed(
                    changed(
                        LISTEN,
                        ("        finally:\n            self", "        except Exception:\n            self"),
                    )
                ),
            ),
            lambda seen: bool(seen["waiting_leaks"] and seen["sent_leaks"] and not seen["unbegun"]),
            "A listener left, waiting for message {next}, and is still on the list. A cancellation is no "
            "`Exception`, and what stands below an endless loop never runs. Which clause always does?",
        ),
        Wrong(
            "cleans_up_on_cancellation_only",
            (
                feed(
                    changed(
                        LISTEN,
                        (
                            "        finally:\n            self.listeners.discard(bell)",
                            "        except asyncio.CancelledError:\n            "
                            "self.listeners.discard(bell)\n"
                            "            raise",
                        ),
                    )
                ),
                feed(
                    NO_FINALLY.replace(
                        "            await bell.wait()",
                        "            try:\n                await bell.wait()\n"
                        "            except BaseException:\n                self.listeners.discard(bell)\n"
                        "                raise",
                    )
                ),
            ),
            lambda seen: bool(seen["sent_leaks"] and not seen["waiting_leaks"]),
            "A listener left while he was being sent a message, and is still on the list. Your generator "
            "stood at its `yield` and was closed, not cancelled. Which clause runs either way?",
        ),
        Wrong(
            "joins_too_early",
            (
                feed(
                    changed(
                        LISTEN,
                        (
                            "    async def listen(self, last_id=0):\n        bell = asyncio.Event()\n"
                            "        self.listeners.add(bell)\n",
                            AT_ONCE,
                        ),
                    )
                ),
                feed(
                    "    def listen(self, last_id=0):\n"
                    "        inbox = asyncio.Queue(self.kept.maxlen)\n"
                    "        self.listeners.add(inbox)\n"
                    "        for item in self.kept:\n"
                    "            if item[0] > last_id:\n"
                    "                inbox.put_nowait(item)\n\n"
                    "        async def items():\n"
                    "            try:\n"
                    "                while True:\n"
                    "                    yield await inbox.get()\n"
                    "            finally:\n"
                    "                self.listeners.discard(inbox)\n\n"
                    "        return items()\n",
                    QUEUE_PUBLISH,
                ),
            ),
            lambda seen: bool(seen["unbegun"]),
            "A listener left before he had asked for the first message, and is still on the list: his "
            "generator had not begun, so its `finally` never ran. Where does he come onto the list?",
        ),
    ),
    hints=(
        "`listen` needs three parts: onto the list, `try` with an endless loop, `finally` off the list.",
        "A listener need not own a queue. Let it own an `asyncio.Event`, its bell; `publish` keeps the "
        "message and rings all bells: `bell.set()`.",
        "The loop: `bell.clear()`; yield each kept message whose number is above `last_id`, and move "
        "`last_id` on *before* the `yield`; `await bell.wait()`. `deque(maxlen=keep)` forgets the oldest.",
    ),
    attempt=try_feed,
    passed=lambda seen: (
        not (
            seen["odd"]
            or seen["held"]
            or seen["went_on"]
            or seen["leaks"]
            or seen["backlog"] > 3 * KEEP
            or not seen["on_list"]
        )
    ),
    done="Nothing lost, nothing twice, nobody held up; they left at every message, and the list is empty.",
    otherwise="Not yet: {odd}. Which method should have seen to that?",
    deadline=25.0,
)
