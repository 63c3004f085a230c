"""Of the three functions by that name, which one does the source of Django's handler use?

Where it comes from is read, not compared: in newer asgirefs two of the three are one and the same object.
"""

import ast
import inspect

from django.core.handlers import base

from ..declare import no, yes

CLAIM = "Django asks `inspect` whether a layer is a coroutine function."
SAID = {"lesson 05": "The newest Django uses the one in `inspect`"}
VERDICT = "Since 6.1. From 4.2 it asked asgiref, from 3.1 asyncio, and in 3.0 nobody."

EXPECTED = {
    "3.0": no([]),
    "3.1 to 4.1": no(["asyncio"]),
    "4.2 to 6.0": no(["asgiref.sync"]),
    "from 6.1": yes(["inspect"]),
}
ASKS = "iscoroutinefunction"


def observe():
    used = set()
    for node in ast.walk(ast.parse(inspect.getsource(base))):
        if isinstance(node, ast.ImportFrom) and ASKS in [each.name for each in node.names]:
            used.add(node.module)
        elif isinstance(node, ast.Attribute) and node.attr == ASKS and isinstance(node.value, ast.Name):
            used.add(node.value.id)
    return sorted(used)
