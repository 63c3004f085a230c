"""A file of 40 blocks: how much of it is read before the first byte leaves?"""

import asyncio
import io

from django.http import FileResponse

from ..declare import no, yes
from ..stage import environ, handler, messages, project, wsgi_handler

CLAIM = "Under ASGI, `FileResponse` reads the whole file before anything leaves."
SAID = {
    "lesson 07b": "Under ASGI the whole file is in memory before anything leaves",
    "lesson 09b": "the files go through Python, and under ASGI each is read whole",
}
VERDICT = "True since 4.2. Before, it was read block by block, on the loop's own thread."

_WSGI = {"before the first byte": "a block", "on the loop": False}
EXPECTED = {
    "3.0 to 4.1": no({"asgi": {"before the first byte": "a block", "on the loop": True}, "wsgi": _WSGI}),
    "from 4.2": yes({"asgi": {"before the first byte": "all", "on the loop": False}, "wsgi": _WSGI}),
}
SIZE = 40 * 65536


class File(io.BytesIO):
    def __init__(self):
        super().__init__(bytes(SIZE))
        self.taken, self.on_the_loop = 0, False

    def read(self, size=-1):
        self.on_the_loop |= asyncio._get_running_loop() is not None
        block = super().read(size)
        self.taken += len(block)
        return block

    def told(self, taken):
        before = "all" if taken == SIZE else "a block"
        return {"before the first byte": before, "on the loop": self.on_the_loop}


def observe():
    project()
    by_asgi, by_wsgi, first = File(), File(), []
    application = handler(lambda request: FileResponse(by_asgi))

    def look(message):
        if message.get("body"):
            first.append(by_asgi.taken)

    asyncio.run(messages(application, look))
    answer = wsgi_handler(lambda request: FileResponse(by_wsgi))(environ(), lambda status, headers: None)
    next(iter(answer))
    return {"asgi": by_asgi.told(first[0]), "wsgi": by_wsgi.told(by_wsgi.taken)}
