"""Reads the project's async functions: what in them asks the database in a way that Django refuses.

Only what is certain from the text and the models is said: a name that is bound twice, a manager with
methods of its own or a nested function ends the certainty, and then nothing is said.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .models import ASK
from .names import Names
from .visitor import late

EAT = {"list", "tuple", "set", "sorted", "len", "dict", "bool"}  # built-in functions that run a queryset


@dataclass(frozen=True)
class Spot:
    """One place in an async function: what kind of trap, and the words of the code."""

    kind: str  # "ask", "loop", "shortcut", "atomic", "relation", "save", "user", "session"
    path: str
    line: int
    code: str
    function: str
    certain: bool = True
    django: bool = True  # whether the file shows that the request is Django's


@dataclass(frozen=True)
class Async:
    """One `async def` and the lines that it covers."""

    name: str
    first: int
    last: int


def spots(path: Path, tree: ast.Module, models: dict[str, dict[str, Any]]) -> Iterator[Spot]:
    """Every trap in the async functions of one file. `models`: those whose class name is unique, by name."""
    imported = _imports(tree)
    here = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    known = {}
    for local in {*imported, *here}:
        name = imported[local].rpartition(".")[2] if local in imported else local
        if name in models:
            known[local] = models[name]
        elif name == "models":  # `from . import models`, then models.Order
            known |= {f"{local}.{each}": model for each, model in models.items()}
    for qualified, function in async_functions(tree):
        yield from _Function(path, qualified, Names(function, known, imported)).spots()


def _imports(tree: ast.Module) -> dict[str, str]:
    """Local names and what they stand for: `from a.b import c as d` gives d: a.b.c."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            found |= {alias.asname or alias.name: f"{module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
    return found


def async_functions(tree: ast.Module) -> Iterator[tuple[str, ast.AsyncFunctionDef]]:
    """Every `async def`, wherever it is nested, with its qualified name."""

    def walk(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.AsyncFunctionDef]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.AsyncFunctionDef):
                yield prefix + child.name, child
            named = isinstance(child, ast.AsyncFunctionDef | ast.FunctionDef | ast.ClassDef)
            yield from walk(child, f"{prefix}{child.name}." if named else prefix)  # type: ignore[attr-defined]

    return walk(tree, "")


class _Function:
    def __init__(self, path: Path, name: str, names: Names) -> None:
        self.path, self.name, self.names = path, name, names

    def spots(self) -> Iterator[Spot]:
        names = self.names
        for node in names.nodes:
            if isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.For) and (source := names.queryset(node.iter)):
                yield self._spot("loop", node.iter, f"for … in {source}")
            elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp):
                first = node.generators[0]
                if not first.is_async and (source := names.queryset(first.iter)):
                    yield self._spot("loop", first.iter, f"for … in {source}")
            elif isinstance(node, ast.If | ast.While | ast.IfExp):
                test = node.test.operand if isinstance(node.test, ast.UnaryOp) else node.test
                if source := names.queryset(test, "__bool__"):
                    yield self._spot("loop", test, f"if {source}")
            elif isinstance(node, ast.Subscript):
                if isinstance(node.slice, ast.Constant) and names.queryset(node.value, "__getitem__"):
                    yield self._spot("ask", node)
            elif isinstance(node, ast.With):
                yield from self._with(node)
            elif isinstance(node, ast.Attribute) and self._late(node):
                yield self._spot("relation", node)
        for each in late(names):
            yield self._spot(each.kind, each.node, certain=each.certain, django=each.django)

    def _late(self, node: ast.Attribute) -> bool:
        owner = node.value
        read = isinstance(node.ctx, ast.Load) and isinstance(owner, ast.Name)
        return read and self.names.late(ast.unparse(owner), node.attr)

    def _spot(
        self, kind: str, node: ast.expr, code: str = "", *, certain: bool = True, django: bool = True
    ) -> Spot:
        words = (code or ast.unparse(node))[:90]
        return Spot(kind, str(self.path), node.lineno, words, self.name, certain, django)

    def _call(self, node: ast.Call) -> Iterator[Spot]:
        function, names = node.func, self.names
        if isinstance(function, ast.Attribute):
            if function.attr in ASK and names.rows(function.value, function.attr):
                yield self._spot("ask", node)
            elif function.attr in ("save", "delete", "refresh_from_db") and isinstance(
                function.value, ast.Name
            ):
                rows = names.objects.get(function.value.id)
                if rows is not None and rows.model["save"]:
                    yield self._spot("save", node)
        elif isinstance(function, ast.Name) and node.args:
            stands_for = names.imported.get(function.id, "")
            if stands_for in ("django.shortcuts.get_object_or_404", "django.shortcuts.get_list_or_404"):
                if names.queryset(node.args[0]) or names.model(node.args[0]):
                    yield self._spot("shortcut", node)
            elif function.id in EAT - {*names.imported, *names.bound} and names.queryset(node.args[0]):
                yield self._spot("loop", node)

    def _with(self, node: ast.With) -> Iterator[Spot]:
        imported = self.names.imported
        for item in node.items:
            call = item.context_expr
            target = call.func if isinstance(call, ast.Call) else None
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                module = imported.get(target.value.id)
                right = target.attr == "atomic" and module == "django.db.transaction"
            else:
                named = imported.get(target.id) if isinstance(target, ast.Name) else None
                right = named == "django.db.transaction.atomic"
            if right:
                yield self._spot("atomic", call)
