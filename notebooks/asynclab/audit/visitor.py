"""Reads what an async function does with `request.user` and `request.session`, which are loaded late."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .names import ELSEWHERE, Names, given

# Others' requests, in projects that have Django's, too.
FOREIGN = {"rest_framework", "adrf", "ninja", "ninja_extra", "fastapi", "starlette", "aiohttp", "django_bolt"}
DJANGOS = ("django.http", "django.shortcuts", "django.views", "django.core.handlers", "django.template")
LOADS = {
    "get",
    "pop",
    "setdefault",
    "update",
    "keys",
    "values",
    "items",
    "has_key",
    "set_expiry",
    "flush",
    "cycle_key",
    "save",
}


@dataclass(frozen=True)
class Late:
    """A place where the visitor or the session is read."""

    kind: str  # "user", "session"
    node: ast.expr
    certain: bool
    django: bool  # whether the file shows that the request is Django's


def late(names: Names) -> Iterator[Late]:
    """Every such place, but for those that may find it loaded."""
    imported = names.imported.values()
    if any(each.partition(".")[0] in FOREIGN for each in imported):
        return
    parameter = names.parameters.get("request")
    django = any(each.startswith(DJANGOS) for each in imported)
    if parameter is not None and parameter.annotation is not None:
        kind = ast.unparse(parameter.annotation).strip("'\"").partition("[")[0]
        django = names.imported.get(kind.partition(".")[0], "").startswith("django.") or "HttpRequest" in kind
        if not django:
            return
    yield from _user(names, django)
    yield from _session(names, django)


def _user(names: Names, django: bool) -> Iterator[Late]:
    users = _reads_of("user", names)
    apart = _apart(names)
    if any(isinstance(node.ctx, ast.Store) or id(node) in apart for node in users):
        return  # it is set, or read in a thread
    for node in names.nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.value in users:
            if any(each in users for each in _given_before(names, node)):
                continue
            handed_on = any(_is_request(each, names) for each in _given_before(names, node))
            certain = not handed_on and not names.function.decorator_list
            yield Late("user", node, certain, django)


def _session(names: Names, django: bool) -> Iterator[Late]:
    """The first place alone: where it fails, nothing follows; where it does not, the session is loaded."""
    if names.function.decorator_list:
        return
    sessions = _reads_of("session", names)
    apart = _apart(names)
    if any(isinstance(node.ctx, ast.Store) or id(node) in apart for node in sessions):
        return
    found = [node for node in names.nodes if _reads(node, sessions)]
    if not found:
        return
    first = min(found, key=lambda node: (node.lineno, node.col_offset))  # type: ignore[attr-defined]
    for node in ast.walk(names.function):
        if isinstance(node, ast.Call) and node.lineno <= first.lineno and node is not first:  # type: ignore[attr-defined]
            target = node.func
            if any(_is_request(each, names) or each in sessions for each in given(node)):
                return
            if isinstance(target, ast.Attribute) and (
                target.value in sessions or _is_request(target.value, names)
            ):
                return  # auser(), session.aget(): it is loaded then
    yield Late("session", first, True, django)  # type: ignore[arg-type]


def _reads(node: ast.AST, sessions: list[ast.Attribute]) -> bool:
    if isinstance(node, ast.Subscript):
        return node.value in sessions
    if isinstance(node, ast.Compare):
        return any(isinstance(each, ast.In | ast.NotIn) for each in node.ops) and any(
            each in sessions for each in node.comparators
        )
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LOADS
        and node.func.value in sessions
    )


def _given_before(names: Names, node: ast.expr) -> Iterator[ast.expr]:
    for call in ast.walk(names.function):
        if isinstance(call, ast.Call) and call.lineno <= node.lineno:
            yield from given(call)


def _apart(names: Names) -> set[int]:
    """All that stands in functions defined within this one."""
    return {
        id(each)
        for node in ast.walk(names.function)
        if isinstance(node, ELSEWHERE) and node is not names.function
        for each in ast.walk(node)
    }


def _reads_of(name: str, names: Names) -> list[ast.Attribute]:
    """`request.user`, say, wherever it stands."""
    return [
        node
        for node in ast.walk(names.function)
        if isinstance(node, ast.Attribute) and node.attr == name and _is_request(node.value, names)
    ]


def _is_request(node: ast.expr, names: Names) -> bool:
    if isinstance(node, ast.Name):
        return node.id == "request" and "request" in names.parameters and names.bound["request"] == 1
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "self.request"
