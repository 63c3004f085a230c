"""In the child: what settings and installed packages say."""

from __future__ import annotations

import ast
import os
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .files import python_files, tree_of


def settings_facts(settings: Any, name: str) -> dict[str, Any]:
    """Read before anything is put in the place of the project's own databases."""
    databases = {}
    for alias, each in (settings.DATABASES or {}).items():
        databases[alias] = {
            "engine": str(each.get("ENGINE", "")),
            "atomic": bool(each.get("ATOMIC_REQUESTS", False)),
            "age": each.get("CONN_MAX_AGE", 0),
            "pool": bool((each.get("OPTIONS") or {}).get("pool")),
        }
    module = sys.modules.get(name)
    files = [m.__file__ for n, m in list(sys.modules.items()) if _settings_like(n, name) and _file(m)]
    return {
        "name": name,
        "file": getattr(module, "__file__", None),
        "files": files,
        "databases": databases,
        "middleware": layers(settings),
        "middleware_kind": type(settings.MIDDLEWARE).__name__,
        "apps": [str(app) for app in settings.INSTALLED_APPS],
        "asgi": getattr(settings, "ASGI_APPLICATION", None),
        "static_url": getattr(settings, "STATIC_URL", None),
        "unsafe": bool(os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")),
        "path": [os.path.abspath(each) for each in sys.path if each],
    }


def layers(settings: Any) -> list[str]:
    """MIDDLEWARE as a list. A string, where a tuple lost its comma, is one layer here; to Django, one a
    letter.
    """
    named = settings.MIDDLEWARE or ()
    return [named] if isinstance(named, str) else [str(each) for each in named]


def _settings_like(module: str, settings: str) -> bool:
    """The settings module and its neighbours: base.py, local.py …"""
    package = settings.rpartition(".")[0]
    return module == settings or (bool(package) and module.startswith(f"{package}.") and "setting" in module)


def _file(module: Any) -> bool:
    return bool(getattr(module, "__file__", None))


def application() -> dict[str, Any]:
    """Import what ASGI_APPLICATION names; no middleware is built for it."""
    from django.conf import settings
    from django.core.handlers.base import BaseHandler
    from django.utils.module_loading import import_string

    name = getattr(settings, "ASGI_APPLICATION", None)
    if not name:
        return {"name": None, "beside": _beside(settings)}
    kept = BaseHandler.load_middleware
    BaseHandler.load_middleware = lambda self, is_async=False: None  # type: ignore[method-assign]
    try:
        app = import_string(name)
    finally:
        BaseHandler.load_middleware = kept  # type: ignore[method-assign]
    return {
        "name": name,
        "callable": callable(app),
        "file": getattr(sys.modules.get(name.rpartition(".")[0]), "__file__", None),
    }


def _beside(settings: Any) -> str:
    """An asgi.py in a package of the settings, or where WSGI_APPLICATION lies: the file, or nothing."""
    parts = str(getattr(settings, "SETTINGS_MODULE", "")).split(".")
    packages = [".".join(parts[:end]) for end in range(1, len(parts))]
    packages.append(
        str(getattr(settings, "WSGI_APPLICATION", None) or "").rpartition(".")[0].rpartition(".")[0]
    )
    for package in filter(None, packages):
        found = find_spec(f"{package}.asgi")
        if found is not None and found.origin:
            return found.origin
    return ""


def runserver() -> str:
    """The app whose `runserver` manage.py would run."""
    from django.core.management import get_commands

    found = get_commands().get("runserver", "")
    return found if isinstance(found, str) else type(found).__module__


def packages() -> list[dict[str, Any]]:
    """Each installed app that is neither the project's nor Django's: what its code says about async."""
    from django.apps import apps

    names = packages_distributions()
    found = []
    for config in apps.get_app_configs():
        top = config.name.partition(".")[0]
        path = Path(config.path)
        if top == "django" or ("site-packages" not in path.parts and "dist-packages" not in path.parts):
            continue
        distribution = next(iter(names.get(top, [])), top)
        found.append(
            {"app": config.name, "distribution": distribution, "version": _version(distribution)} | read(path)
        )
    return found


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def read(folder: Path) -> dict[str, Any]:
    """Count what is async in a package's own code; tests and migrations do not count."""
    files = [_read_file(path) for path in python_files(folder).code]
    return {
        "async_functions": sum(functions for functions, _, _ in files),
        "asks_what_it_wraps": any(asks for _, asks, _ in files),
        "sync_decorators": [name for _, _, decorators in files for name in decorators],
    }


@cache  # an app may lie within another one
def _read_file(path: Path) -> tuple[int, bool, list[str]]:
    """Async functions, whether it asks what is a coroutine function, decorators that make plain functions."""
    try:
        text = path.read_bytes()
    except OSError:
        return 0, False, []
    asks = b"iscoroutinefunction" in text
    if b"async def" not in text and path.name != "decorators.py":
        return 0, asks, []
    tree, _ = tree_of(path)
    if tree is None:
        return 0, asks, []
    functions = sum(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(tree))
    decorators = []
    if path.name == "decorators.py":
        decorators = [
            node.name for node in tree.body if isinstance(node, ast.FunctionDef) and _wraps_sync(node)
        ]
    return functions, asks, decorators


def _wraps_sync(function: ast.FunctionDef) -> bool:
    """A decorator whose wrapper is a plain `def`, and that nowhere asks what it was given."""
    inside = list(ast.walk(function))
    asks = any(isinstance(node, ast.AsyncFunctionDef) for node in inside)
    names = {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in inside}
    nested = [node for node in inside[1:] if isinstance(node, ast.FunctionDef)]
    return bool(nested) and "wraps" in names and not asks and not names & {"iscoroutinefunction"}
