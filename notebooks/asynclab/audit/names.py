"""What a name stands for in one async function: a model, a queryset, an object fetched without its
relations.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .models import CHAIN, EVERY, FETCH

ELSEWHERE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)  # it runs at another time
KINDS = {"values", "values_list", "annotate"}  # rows that are no objects, or have more attributes


@dataclass(frozen=True)
class Rows:
    """A queryset, as the text shows it."""

    model: dict[str, Any]
    own: frozenset[str]  # methods that are not Django's
    used: frozenset[str] = field(default=frozenset())  # of the chain
    loads: frozenset[str] = field(default=frozenset())  # relations that its rows come with


def own_nodes(function: ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """What runs as part of this function: not its decorators and defaults, nor what is only defined in it."""
    stack: list[ast.AST] = list(reversed(function.body))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ELSEWHERE):
            continue
        if isinstance(node, ast.GeneratorExp):  # it runs where it is eaten, which may be a thread
            continue
        stack.extend(reversed(list(ast.iter_child_nodes(node))))


class Names:
    def __init__(
        self, function: ast.AsyncFunctionDef, models: dict[str, dict[str, Any]], imported: dict[str, str]
    ) -> None:
        """`models`: by their local names. `imported`: local names and what they stand for."""
        self.function, self.imported = function, imported
        self.nodes = list(own_nodes(function))
        self.parameters = _parameters(function)
        self.bound = self._bound()
        self._models = {
            local: each for local, each in models.items() if local.partition(".")[0] not in self.bound
        }
        self._shortcuts = {
            name for name, full in imported.items() if full == "django.shortcuts.aget_object_or_404"
        }
        self.objects: dict[str, Rows] = {}  # names bound once to one object, and the rows it comes from
        self.objects = dict(self._objects())

    def _bound(self) -> dict[str, int]:
        """How often each name is bound in this function, parameters included."""
        names = list(self.parameters)
        for node in ast.walk(self.function):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
                names.append(node.id)
        return {name: names.count(name) for name in names}

    def model(self, node: ast.expr) -> dict[str, Any] | None:
        """The model that `Order` or `models.Order` names."""
        if isinstance(node, ast.Name):
            return self._models.get(node.id)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return self._models.get(f"{node.value.id}.{node.attr}")
        return None

    def rows(self, node: ast.expr, method: str = "__iter__") -> Rows | None:
        """A manager, or a plain chain of queryset methods on one, of which `method` is Django's own."""
        used = {method}
        while isinstance(node, ast.Call):
            if not (isinstance(node.func, ast.Attribute) and node.func.attr in CHAIN):
                return None
            used.add(node.func.attr)
            node = node.func.value
        found = self._manager(node)
        if found is None or found.own & used:
            return None
        return Rows(found.model, found.own, frozenset(used - {method}), found.loads)

    def _manager(self, node: ast.expr) -> Rows | None:
        if not isinstance(node, ast.Attribute):
            return None
        model = self.model(node.value)
        if model and node.attr in model["managers"]:
            manager = model["managers"][node.attr]
            return Rows(model, frozenset(manager["own"]), loads=frozenset(manager["loads"]))
        if isinstance(node.value, ast.Name) and node.value.id in self.objects:
            owner = self.objects[node.value.id].model
            if node.attr in owner["sets"] and not self.maybe_loaded(node.value.id, node.attr):
                nothing: dict[str, Any] = {"relations": [], "sets": [], "managers": {}, "save": False}
                return Rows(nothing, frozenset(), loads=frozenset((EVERY,)))
        return None

    def queryset(self, node: ast.expr, method: str = "__iter__") -> str:
        """The words of a queryset that is run where it stands: a chain, or a name bound once to one."""
        if isinstance(node, ast.Name) and self.bound.get(node.id) == 1:
            values = [
                each.value
                for each in self.nodes
                if isinstance(each, ast.Assign)
                and [ast.unparse(target) for target in each.targets] == [node.id]
                and isinstance(each.value, ast.Call)
            ]
            if len(values) == 1 and self.rows(values[0], method) and not self._eaten(node.id):
                return node.id
            return ""
        return ast.unparse(node) if isinstance(node, ast.Call) and self.rows(node, method) else ""

    def _eaten(self, name: str) -> bool:
        """Whether something else may have run it before: then its rows are there, and a sync loop is fine."""
        uses = [node for node in ast.walk(self.function) if isinstance(node, ast.Name) and node.id == name]
        return len(uses) > 2

    def _objects(self) -> Iterator[tuple[str, Rows]]:
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
                rows = self.rows(node.iter, "__aiter__")
                if rows and self.bound.get(node.target.id) == 1 and not rows.used & KINDS:
                    yield node.target.id, rows

    def _fetched(self, call: ast.expr) -> Rows | None:
        if not isinstance(call, ast.Call):
            return None
        rows = None
        if isinstance(call.func, ast.Attribute) and call.func.attr in FETCH:
            rows = self.rows(call.func.value, call.func.attr)
        elif ast.unparse(call.func) in self._shortcuts and call.args:
            rows = self._of_shortcut(call.args[0])
        return rows if rows and not rows.used & KINDS else None

    def _of_shortcut(self, first: ast.expr) -> Rows | None:
        model = self.model(first)
        if model is None:
            return self.rows(first, "aget")
        manager = model["managers"].get(model["default"])
        if manager is None or "aget" in manager["own"]:
            return None
        return Rows(model, frozenset(manager["own"]), loads=frozenset(manager["loads"]))

    def late(self, name: str, relation: str) -> bool:
        """Whether this relation of this object was surely not fetched with it."""
        rows = self.objects.get(name)
        if rows is None or relation not in rows.model["relations"]:
            return False
        return "select_related" not in rows.used and not self.maybe_loaded(name, relation)

    def maybe_loaded(self, name: str, relation: str) -> bool:
        """Whether the relation may be there by other means: set, read in a thread, or by whom the object
        was given.
        """
        rows = self.objects.get(name)
        if rows and ("prefetch_related" in rows.used or {relation, EVERY} & rows.loads):
            return True
        for node in ast.walk(self.function):
            if isinstance(node, ast.Attribute) and node.attr == relation and isinstance(node.ctx, ast.Store):
                return True
            if isinstance(node, ast.Lambda | ast.FunctionDef) and any(
                isinstance(each, ast.Name) and each.id == name for each in ast.walk(node)
            ):
                return True
            if isinstance(node, ast.Call) and any(
                isinstance(part, ast.Name) and part.id == name for part in given(node)
            ):
                return True
        return False


def given(call: ast.Call) -> Iterator[ast.expr]:
    """What a call is given: its arguments, and what stands in a list, tuple or set among them."""
    for each in [*call.args, *(keyword.value for keyword in call.keywords)]:
        yield from each.elts if isinstance(each, ast.List | ast.Tuple | ast.Set) else [each]


def _parameters(function: ast.AsyncFunctionDef) -> dict[str, ast.arg]:
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [each for each in (arguments.vararg, arguments.kwarg) if each]
    return {each.arg: each for each in every}
