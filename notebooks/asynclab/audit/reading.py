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

from .facts import ASK

CHAIN = {
    "all",
    "filter",
    "exclude",
    "order_by",
    "select_related",
    "prefetch_related",
    "annotate",
    "distinct",
    "values",
    "values_list",
    "only",
    "defer",
    "using",
    "reverse",
    "alias",
    "select_for_update",
}
FETCH = {"aget", "afirst", "alast", "aearliest", "alatest"}  # one object, its relations not yet loaded
EAT = {"list", "tuple", "set", "sorted", "len", "dict", "bool"}  # built-in functions that run a queryset


@dataclass(frozen=True)
class Spot:
    """One place in an async function: what kind of trap, and the words of the code."""

    kind: str  # "ask", "loop", "shortcut", "atomic", "relation", "save", "user"
    path: str
    line: int
    code: str
    function: str
    certain: bool = True


@dataclass(frozen=True)
class Async:
    """One `async def` and the lines that it covers."""

    name: str
    first: int
    last: int


def spots(path: Path, tree: ast.Module, models: dict[str, dict[str, Any]]) -> Iterator[Spot]:
    """Every trap in the async functions of one file. `models`: those whose class name is unique, by name.

    In a file that uses REST framework or Ninja, `request` may be theirs: nothing is said of its user.
    """
    imported = _imports(tree)
    foreign = any(name.split(".")[0] in ("rest_framework", "adrf", "ninja") for name in imported.values())
    here = {node.name for node in tree.body if isinstance(node, ast.ClassDef)}
    known = {}
    for local in {*imported, *here}:
        name = imported[local].rpartition(".")[2] if local in imported else local
        if name in models:
            known[local] = models[name]
        elif name == "models":  # `from . import models`, then models.Order
            known |= {f"{local}.{each}": model for each, model in models.items()}
    for qualified, function in async_functions(tree):
        yield from _Function(path, function, qualified, known, imported, foreign).spots()


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


def own_nodes(function: ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """What runs as part of this function: not its decorators and defaults, nor what is only defined in it."""
    stack: list[ast.AST] = list(reversed(function.body))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.GeneratorExp):  # it runs where it is eaten, which may be a thread
            continue
        stack.extend(reversed(list(ast.iter_child_nodes(node))))


class _Function:
    def __init__(
        self,
        path: Path,
        function: ast.AsyncFunctionDef,
        name: str,
        models: dict[str, dict[str, Any]],
        imported: dict[str, str],
        foreign: bool,
    ) -> None:
        self.path, self.function, self.name = path, function, name
        self.imported, self.foreign = imported, foreign
        self.nodes = list(own_nodes(function))
        self.bound = self._bound()
        self.models = {
            local: each for local, each in models.items() if local.partition(".")[0] not in self.bound
        }
        self.objects = dict(self._objects())

    def spots(self) -> Iterator[Spot]:
        user_is_set = any(
            isinstance(node, ast.Attribute) and node.attr == "user" and isinstance(node.ctx, ast.Store)
            for node in ast.walk(self.function)
        )
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.For) and (source := self._queryset(node.iter)):
                yield self._spot("loop", node.iter, f"for … in {source}")
            elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp):
                first = node.generators[0]
                if not first.is_async and (source := self._queryset(first.iter)):
                    yield self._spot("loop", first.iter, f"for … in {source}")
            elif isinstance(node, ast.With):
                yield from self._with(node)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                yield from self._attribute(node, user_is_set)

    def _spot(self, kind: str, node: ast.expr, code: str = "", certain: bool = True) -> Spot:
        return Spot(kind, str(self.path), node.lineno, (code or ast.unparse(node))[:90], self.name, certain)

    def _call(self, node: ast.Call) -> Iterator[Spot]:
        function = node.func
        if isinstance(function, ast.Attribute):
            if function.attr in ASK and self._manager(function.value, function.attr):
                yield self._spot("ask", node)
            elif function.attr in ("save", "delete", "refresh_from_db") and isinstance(
                function.value, ast.Name
            ):
                model = self.objects.get(function.value.id, (None, False))[0]
                if model is not None and model["save"]:
                    yield self._spot("save", node)
        elif isinstance(function, ast.Name):
            stands_for = self.imported.get(function.id, "")
            if stands_for in ("django.shortcuts.get_object_or_404", "django.shortcuts.get_list_or_404"):
                if node.args and (self._queryset(node.args[0]) or self._model(node.args[0])):
                    yield self._spot("shortcut", node)
            elif (
                function.id in EAT - {*self.imported, *self.bound}
                and node.args
                and self._queryset(node.args[0])
            ):
                yield self._spot("loop", node)

    def _with(self, node: ast.With) -> Iterator[Spot]:
        for item in node.items:
            call = item.context_expr
            target = call.func if isinstance(call, ast.Call) else None
            if (
                isinstance(target, ast.Attribute)
                and isinstance(target.value, ast.Name)
                and target.attr == "atomic"
            ):
                right = self.imported.get(target.value.id) in ("django.db.transaction",)
            else:
                right = (
                    isinstance(target, ast.Name)
                    and self.imported.get(target.id) == "django.db.transaction.atomic"
                )
            if right:
                yield self._spot("atomic", call)

    def _attribute(self, node: ast.Attribute, user_is_set: bool) -> Iterator[Spot]:
        value = node.value
        if isinstance(value, ast.Name) and value.id in self.objects:
            model, certain = self.objects[value.id]
            if node.attr in model["relations"] and not self._maybe_loaded(value.id, node.attr):
                yield self._spot("relation", node, certain=certain)
        elif (
            isinstance(value, ast.Attribute) and value.attr == "user" and not user_is_set and not self.foreign
        ) and self._is_request(value.value):
            yield self._spot("user", node, certain=not self.function.decorator_list)

    # --- What a name stands for -----------------------------------------------------------------

    def _bound(self) -> dict[str, int]:
        """How often each name is bound in this function, parameters included."""
        arguments = self.function.args
        names = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
        names += [each.arg for each in (arguments.vararg, arguments.kwarg) if each]
        for node in ast.walk(self.function):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
                names.append(node.id)
        return {name: names.count(name) for name in names}

    def _model(self, node: ast.expr) -> dict[str, Any] | None:
        """The model that `Order` or `models.Order` names."""
        if isinstance(node, ast.Name):
            return self.models.get(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self.models.get(f"{node.value.id}.{node.attr}")
        return None

    def _manager(self, node: ast.expr, method: str = "all") -> dict[str, Any] | None:
        """The model, if `node` is one of its managers, or a plain chain of queryset methods on one."""
        while isinstance(node, ast.Call):
            if not (isinstance(node.func, ast.Attribute) and node.func.attr in CHAIN):
                return None
            node = node.func.value
        if isinstance(node, ast.Attribute):
            model = self._model(node.value)
            if model and node.attr in model["managers"]:
                own = model["managers"][node.attr]
                return None if method in own or "all" in own or "filter" in own else model
        return None

    def _queryset(self, node: ast.expr) -> str:
        """The words of a queryset that is run where it stands: a chain, or a name bound once to one."""
        if isinstance(node, ast.Name) and self.bound.get(node.id) == 1:
            values = [
                each.value
                for each in self.nodes
                if isinstance(each, ast.Assign)
                and [ast.unparse(target) for target in each.targets] == [node.id]
                and isinstance(each.value, ast.Call)
            ]
            if len(values) == 1 and self._manager(values[0]) and not self._eaten(node.id):
                return node.id
            return ""
        return ast.unparse(node) if isinstance(node, ast.Call) and self._manager(node) else ""

    def _eaten(self, name: str) -> bool:
        """Whether something else may have run it before: then its rows are there, and a sync loop is fine."""
        uses = [node for node in ast.walk(self.function) if isinstance(node, ast.Name) and node.id == name]
        return len(uses) > 2

    def _objects(self) -> Iterator[tuple[str, tuple[dict[str, Any], bool]]]:
        """Names bound once to one object that was fetched without its relations."""
        for node in self.nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if len(targets) != 1 or not isinstance(targets[0], ast.Name):
                    continue
                name, call = targets[0].id, node.value
                if (
                    self.bound.get(name) == 1
                    and isinstance(call, ast.Await)
                    and (found := self._fetched(call.value))
                ):
                    yield name, found
            elif isinstance(node, ast.AsyncFor) and isinstance(node.target, ast.Name):
                model = self._manager(node.iter)
                if model and self.bound.get(node.target.id) == 1 and _bare(node.iter):
                    yield node.target.id, (model, model["plain"])

    def _fetched(self, call: ast.expr) -> tuple[dict[str, Any], bool] | None:
        if not isinstance(call, ast.Call):
            return None
        if isinstance(call.func, ast.Attribute) and call.func.attr in FETCH:
            model = self._manager(call.func.value)
            return (model, model["plain"]) if model and _bare(call.func.value) else None
        stands_for = self.imported.get(call.func.id, "") if isinstance(call.func, ast.Name) else ""
        if stands_for == "django.shortcuts.aget_object_or_404" and call.args:
            first = call.args[0]
            if (model := self._model(first)) is not None:
                return model, model["plain"]
            found = self._manager(first)
            return (found, found["plain"]) if found and _bare(first) else None
        return None

    def _maybe_loaded(self, name: str, relation: str) -> bool:
        """Whether the relation may be there by other means: set, read in a thread, or by whom the object
        was given.
        """
        for node in ast.walk(self.function):
            if isinstance(node, ast.Attribute) and node.attr == relation and isinstance(node.ctx, ast.Store):
                return True
            if isinstance(node, ast.Lambda | ast.FunctionDef) and any(
                isinstance(each, ast.Name) and each.id == name for each in ast.walk(node)
            ):
                return True
            if isinstance(node, ast.Call):
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                for each in given:
                    parts = each.elts if isinstance(each, ast.List | ast.Tuple | ast.Set) else [each]
                    if any(isinstance(part, ast.Name) and part.id == name for part in parts):
                        return True
        return False

    def _is_request(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            return node.id == "request" and node.id in self.bound and self.bound[node.id] == 1
        return isinstance(node, ast.Attribute) and ast.unparse(node) == "self.request"


def _bare(node: ast.expr) -> bool:
    """A chain that loads no relation, and gives objects."""
    words = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    return not words & {"select_related", "prefetch_related", "values", "values_list", "annotate"}
