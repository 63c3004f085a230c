"""What strangers may send to the café: the bytes of a request, and the status it gets.

0 stands for a connection that the server closes without an answer.
"""

from __future__ import annotations

from urllib.parse import urlencode

TOKEN = "a" * 32  # Django compares cookie and form: a forged pair passes, the form's own rules remain


def get(path: str, *headers: str) -> bytes:
    """A GET of this path, as it stands."""
    return raw(f"GET {path} HTTP/1.1", *headers)


def raw(first: str, *headers: str, body: bytes = b"", host: str = "127.0.0.1") -> bytes:
    """A request with this first line."""
    lines = [first, f"Host: {host}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def posted(path: str, body: bytes, kind: str = "application/x-www-form-urlencoded", *headers: str) -> bytes:
    """A form with a token that passes."""
    return raw(
        f"POST {path} HTTP/1.1",
        f"Cookie: csrftoken={TOKEN}",
        f"X-CSRFToken: {TOKEN}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        *headers,
        body=body,
    )


def order(**fields: str) -> bytes:
    """An order with these fields."""
    form = {"drink": "1", "customer": "Mallory", "table": "1"}
    return posted("/orders/new/", urlencode(form | fields).encode())


MULTIPART = "multipart/form-data; boundary=x"
REQUESTS: dict[str, tuple[bytes, set[int]]] = {
    "a path that climbs": (get("/../../../../etc/passwd"), {404}),
    "a path that climbs, encoded": (get("/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), {404}),
    # 500: Django's handler for static files, for development only, does not turn its refusal into a 400.
    "a static file that climbs": (get("/static/../config/settings.py"), {500}),
    "a static file that climbs, encoded twice": (get("/static/%252e%252e/config/settings.py"), {404, 500}),
    "a static file from the root": (get("/static//etc/passwd"), {404}),
    "the database, as a file": (get("/db.sqlite3"), {404}),
    "a null in the path": (get("/%00"), {404}),
    "a path that is no UTF-8": (get("/%ff%fe%80"), {404}),
    "a path of 60,000 characters": (get("/" + "a" * 60_000), {404, 400, 414, 431, 0}),
    "a template in the path": (get("/%7B%7Bsettings.SECRET_KEY%7D%7D/"), {404}),
    "a redirect elsewhere": (get("//evil.example//admin"), {404}),
    "a line break in the path": (get("/%0d%0aSet-Cookie:%20a=b"), {404}),
    "another host": (raw("GET / HTTP/1.1", host="evil.example"), {400}),
    "a host that is none": (raw("GET / HTTP/1.1", host="127.0.0.1:80:80"), {400}),
    "a host with a script": (raw("GET / HTTP/1.1", host="<script>alert(1)</script>"), {400}),
    "two hosts": (get("/", "Host: evil.example"), {400}),
    "a forwarded host": (get("/admin/", "X-Forwarded-Host: evil.example"), {302}),
    "a header of 100,000 characters": (get("/", "X-Long: " + "a" * 100_000), {200, 400, 431}),
    "a header without a name": (get("/", ": value"), {400}),
    "a header with a null": (get("/", "X-Null: a\0b"), {400}),
    "a cookie that is a pickle": (
        get("/orders/", "Cookie: sessionid=gASVFAAAAAAAAACMBXBvc2l4lIwGc3lz"),
        {200},
    ),
    "a session that is a path": (get("/orders/", "Cookie: sessionid=../../../../etc/passwd"), {200}),
    "a language that is a path": (get("/", "Accept-Language: ../../../../etc/passwd"), {200}),
    "a method that is none": (raw("STEAL / HTTP/1.1"), {400, 405}),
    "a method to delete with": (raw("DELETE /orders/ HTTP/1.1"), {405, 403}),
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", {400, 0}),
    "a version that is none": (b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n", {400, 505, 0}),
    "two lengths": (
        raw("POST /orders/new/ HTTP/1.1", "Content-Length: 5", "Content-Length: 50", body=b"drink"),
        {400, 0},
    ),
    "a length below zero": (raw("POST /orders/new/ HTTP/1.1", "Content-Length: -1"), {400, 0}),
    "a length and pieces": (
        raw(
            "POST /orders/new/ HTTP/1.1",
            "Content-Length: 4",
            "Transfer-Encoding: chunked",
            body=b"0\r\n\r\nGET /admin/ HTTP/1.1\r\n\r\n",
        ),
        {400, 403, 0},
    ),
    "a piece that is no number": (
        raw("POST /orders/new/ HTTP/1.1", "Transfer-Encoding: chunked", body=b"zz\r\nhello\r\n0\r\n\r\n"),
        {400, 403, 0},
    ),
    "an order without a token": (
        raw("POST /orders/new/ HTTP/1.1", "Content-Length: 7", body=b"drink=1"),
        {403},
    ),
    "an order from elsewhere": (
        posted(
            "/orders/new/", b"drink=1", "application/x-www-form-urlencoded", "Origin: http://evil.example"
        ),
        {403},
    ),
    "an order of SQL": (order(drink="1; DROP TABLE cafe_drink"), {422}),
    "an order of no drink": (order(drink="999999999999999999999999"), {422}),
    "an order for a table below zero": (order(table="-1"), {422}),
    "an order for a table without end": (order(table="9" * 400), {422}),
    "an order by a name of 10,000 characters": (order(customer="x" * 10_000), {422}),
    "an order by a null": (order(customer="a\0b"), {422}),
    "an order of 2,000 fields": (posted("/orders/new/", b"&".join([b"a=1"] * 2_000)), {400}),
    "an order of 4 MB": (posted("/orders/new/", b"customer=" + b"x" * 4_000_000), {400}),
    "an order in an alphabet that is none": (
        posted("/orders/new/", b"drink=1", "application/x-www-form-urlencoded; charset=evil"),
        {422, 400},
    ),
    "a file named as a path": (
        posted(
            "/orders/new/",
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="../../evil.py"'
            b"\r\n\r\nimport os\r\n--x--\r\n",
            MULTIPART,
        ),
        {422},
    ),
    "a form without its boundary": (posted("/orders/new/", b"drink=1", "multipart/form-data"), {400}),
    "a form that is no form": (posted("/orders/new/", b"\0\xff" * 500, MULTIPART), {422, 400}),
    "the admin's login by SQL": (
        posted("/admin/login/", b"username=%27+OR+1%3D1+--&password=%27+OR+1%3D1+--"),
        {200},
    ),
    "the admin, not logged in": (posted("/admin/cafe/drink/add/", b"name=evil"), {302}),
}
