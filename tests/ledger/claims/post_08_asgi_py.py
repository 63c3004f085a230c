"""What `startproject` writes into asgi.py, statement by statement."""

import ast
from pathlib import Path

from django.core.management import call_command

from ..declare import yes

CLAIM = "An asgi.py names the settings, calls `get_asgi_application` and keeps `application`."
SAID = {"post": "8"}
VERDICT = "True to this day: `startproject` has written the same statements ever since."

EXPECTED = {
    "from 3.0": yes(
        [
            "import os",
            "from django.core.asgi import get_asgi_application",
            "call setdefault",
            "application = get_asgi_application()",
        ]
    )
}


def told(node):
    if isinstance(node, ast.Import):
        return "import " + node.names[0].name
    if isinstance(node, ast.ImportFrom):
        return f"from {node.module} import {node.names[0].name}"
    if isinstance(node, ast.Assign):
        return f"{node.targets[0].id} = {node.value.func.id}()"
    return "call " + node.value.func.attr


def observe():
    call_command("startproject", "shop")
    tree = ast.parse(Path("shop", "shop", "asgi.py").read_text())
    return [told(node) for node in tree.body[1:]]  # its first statement is the docstring
