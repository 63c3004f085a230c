"""A stream of three short pieces through `GZipMiddleware`: how much can be read of each as it leaves?"""

import asyncio
import zlib

from django.http import StreamingHttpResponse
from django.middleware.gzip import GZipMiddleware

from ..declare import no, yes
from ..stage import environ, handler, messages, project, wsgi_handler

CLAIM = "`GZipMiddleware` lets each piece of a stream out: it flushes."
SAID = {"lesson 07b": "Django 6.1 flushes. Django 5.2 does not flush a plain generator"}
VERDICT = "Since 6.1. Before, it kept all back; but 4.2 to 5.2 made a gzip file of each async piece."

EXPECTED = {
    "3.0 to 4.1": no({"wsgi, plain": [0, 26]}),
    "4.2 to 5.2": no({"wsgi, plain": [0, 26], "asgi, async": "a gzip file each"}),
    "6.0": no({"wsgi, plain": [0, 26], "asgi, async": [0, 26]}),
    "from 6.1": yes({"wsgi, plain": [0, 7, 12, 7, 0], "asgi, async": [0, 7, 12, 7, 0]}),
}
CUPS = [b"mocha, ", b"flat white, ", b"cortado"]


async def brew_async():
    for cup in CUPS:
        yield cup


def read(pieces):
    """How many letters can be unpacked of each piece, or that each is a file of its own."""
    unpacker, counts = zlib.decompressobj(wbits=31), []
    for piece in filter(None, pieces):
        if unpacker.eof:
            return "a gzip file each"
        counts.append(len(unpacker.decompress(piece)))
    return counts


def observe():
    project()
    accepts = (b"accept-encoding", b"gzip")

    def by_wsgi():
        view = wsgi_handler(lambda request: StreamingHttpResponse(iter(CUPS)), [GZipMiddleware])
        return read(view(environ(HTTP_ACCEPT_ENCODING="gzip"), lambda status, headers: None))

    def by_asgi(pieces):
        view = handler(lambda request: StreamingHttpResponse(pieces()), [GZipMiddleware])
        sent = asyncio.run(messages(view, headers=[(b"host", b"localhost"), accepts]))
        return read(message.get("body") for message in sent[1:])

    seen = {"wsgi, plain": by_wsgi()}
    if hasattr(StreamingHttpResponse, "__aiter__"):
        seen["asgi, async"] = by_asgi(brew_async)
    return seen
