CLAIM = "With ASGI comes HTTP/2."
SAID = {
    "post": "4",
    "lesson 09b": "Hypercorn and Granian speak it. … So HTTP/2 does not come with ASGI.",
}
NOT_RUN = (
    "It needs a server. By their own pages, in November 2026: Hypercorn speaks HTTP/2 "
    "(github.com/pgjones/hypercorn), and Uvicorn 0.54 if told `--http zttp --http2` "
    "(uvicorn.dev/concepts/http2/)."
)
VERDICT = "It depends on the server, not on Django."
