"""The report: as text of at most 100 columns, as data, and as an exit code."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from textwrap import wrap
from typing import Any

from .findings import SIGNS, Finding
from .places import short

WIDTH = 100
MANY = 12  # async views shown unless all are asked for
OUTCOMES = {
    "sync": "yes",
    "async": "yes",
    "coroutine": "gave a coroutine",
    "answer": "gave no coroutine",
    "unused": "not used",
    "none": "factory gave None",
    "built": "not built",
    "raised": "raised",
    "strange": "gave no response",
}


@dataclass
class Report:
    """What the audit found. `findings` come in the order of their weight: "wrong", "look", "note"."""

    project: Path
    steps: dict[str, Any] = field(repr=False)
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    loaded: bool = True

    @property
    def code(self) -> int:
        """2: the project could not be loaded; 1: something is wrong; 0: nothing is."""
        if not self.loaded:
            return 2
        return int(any(each.weight == "wrong" for each in self.findings))

    def _result(self, step: str) -> Any:
        return (self.steps.get(step) or {}).get("result")

    @property
    def settings(self) -> str:
        return str((self._result("settings") or {}).get("name", ""))

    @property
    def middleware(self) -> list[dict[str, Any]]:
        """Each layer, outermost first: flags, what the trial saw; `error` where it could not be tried."""
        paths = (self._result("settings") or {}).get("middleware", [])
        steps = [(path, self.steps.get(f"middleware {number}")) for number, path in enumerate(paths)]
        return [
            {"path": path, **(step.get("result") or {"error": step["error"]})} for path, step in steps if step
        ]

    @property
    def views(self) -> list[dict[str, Any]]:
        """Each async view of the URLconf, and each that a decorator turned sync."""
        return list((self._result("views") or {}).get("async", []))

    @property
    def packages(self) -> list[dict[str, Any]]:
        return list(self._result("packages") or [])

    @property
    def chain(self) -> dict[str, Any]:
        """Per server and view ("asgi async" …): crossings a request, layers with seconds, what was
        adapted.
        """
        return dict(self._result("chain") or {})

    def name_of(self, step: str) -> str:
        """Who was at work in a step of the child."""
        kind, _, number = step.partition(" ")
        if kind == "middleware":
            return str(self._result("settings")["middleware"][int(number)])
        return {"settings": "the settings", "setup": "django.setup()", "views": "the URLconf"}.get(
            step, f"“{step}”"
        )

    def data(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "project": str(self.project),
            "settings": self.settings,
            "versions": _versions(),
            "code": self.code,
            "findings": [asdict(each) for each in self.findings],
            "middleware": self.middleware,
            "chain": self.chain,
            "views": self.views,
            "packages": self.packages,
            "notes": self.notes,
        }

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return self.text()

    def text(self, *, every: bool = False) -> str:
        """For people. `every`: all async views, however many."""
        versions = " · ".join(f"{name} {number}" for name, number in _versions().items())
        lines = [f"Audit of {self.settings or self.project.name}", versions, ""]
        lines += (
            self._middleware_lines() + self._chain_lines() + self._view_lines(every) + self._package_lines()
        )
        return "\n".join(lines + self._finding_lines())

    def _middleware_lines(self) -> list[str]:
        rows = self.middleware
        if not rows:
            return ["MIDDLEWARE is empty.", ""] if self.loaded else []
        lines = [
            "Middleware, outermost first",
            f"    {'flags':<12} {'tried sync':<17} {'tried async':<22} layer",
        ]
        for number, row in enumerate(rows, 1):
            if "error" in row:
                lines.append(f"{number:>3} {'–':<12} {'–':<17} {'–':<22} {row['path']}")
                continue
            flags = ", ".join(word for word in ("sync", "async") if row[f"{word}_flag"]) or "none"
            sync, own = _tried(row, "sync"), _tried(row, "async")
            lines.append(f"{number:>3} {flags:<12} {sync:<17} {own:<22} {row['path']}")
        return [*lines, ""]

    def _chain_lines(self) -> list[str]:
        step, chain = self.steps.get("chain") or {}, self.chain
        if "error" in step:
            return [f"The chain as a whole was not tried: {step['error']}", ""]
        if not chain:
            return []
        lines = ["One request through the chain, to a view that answers at once (measured here, not judged)"]
        for key, words in (
            ("asgi sync", "ASGI, sync view"),
            ("asgi async", "ASGI, async view"),
            ("wsgi sync", "WSGI, sync view"),
            ("wsgi async", "WSGI, async view"),
        ):
            lines.append(f"    {words:<17} {_crossed(chain[key])}")
        for path in chain.get("without", ()):
            lines.append(f"    without {path}, which did not work when tried alone")
        adapted = [] if "error" in chain["asgi async"] else chain["asgi async"]["adapted"]
        used = {layer["path"] for layer in chain["asgi async"].get("layers", ())}
        for each in (each for each in adapted if each["inside"] in used):  # not those with MiddlewareNotUsed
            lines.append(f"    adapted to {each['to']} (async view): what lies inside of {each['inside']}")
        lines += _times(chain.get("asgi sync") or {}, chain.get("asgi async") or {})
        return [*lines, ""]

    def _view_lines(self, every: bool) -> list[str]:
        found = self._result("views")
        if not found:
            return []
        lines = [f"Views: {found['count']} routes, {len(self.views)} async"]
        shown = self.views if every else self.views[:MANY]
        for view in shown:
            kind = "class" if view["class"] else "function"
            seen = kind if view["async"] else f"{kind}, sync to Django"
            lines.append(f"    {view['name']} ({seen}) {short(view['where'], self.project)}")
        if len(shown) < len(self.views):
            lines.append(f"    … and {len(self.views) - len(shown)} more: --all, or --json")
        return [*lines, ""]

    def _package_lines(self) -> list[str]:
        if not self.packages:
            return []
        lines = ["Installed apps, read from their code"]
        for each in self.packages:
            asks = "asks whether what it wraps is async" if each["asks_what_it_wraps"] else ""
            plain = ", ".join(each["sync_decorators"][:3])
            words = [
                f"{each['async_functions']} async functions",
                asks,
                f"sync decorators: {plain}" if plain else "",
            ]
            lines.append(f"    {each['app']} {each['version']}: {'; '.join(word for word in words if word)}")
        return [*lines, ""]

    def _finding_lines(self) -> list[str]:
        counts = {weight: sum(each.weight == weight for each in self.findings) for weight in SIGNS}
        lines = [
            f"Findings: ✗ {counts['wrong']} wrong, ? {counts['look']} to look at, · {counts['note']} to know"
        ]
        said: set[tuple[str, str]] = set()
        for each in self.findings:
            where = f"{each.where}  " if each.where else ""
            lines += _wrapped(f"{SIGNS[each.weight]} {where}{each.what}", "  ")
            if (
                each.code,
                each.why,
            ) not in said:  # why, what to do and the lesson stand at the first of a kind
                said.add((each.code, each.why))
                lines += _wrapped(f"    {each.why}", "    ") + _wrapped(
                    f"    → {each.do} [{each.lesson}]", "      "
                )
        lines.append("")
        return lines + [line for note in self.notes for line in _wrapped(f"· {note}", "  ")]


def _tried(row: dict[str, Any], mode: str) -> str:
    seen = row[mode]
    if not row[f"{mode}_flag"]:  # Django would not build it so
        return "–"
    if mode == "async" and seen["outcome"] == "async" and not seen["marked"]:
        return "yes, but no mark"
    return OUTCOMES[seen["outcome"]]


def _crossed(run: dict[str, Any]) -> str:
    if "error" in run:
        return f"not tried: {run['error']}"[:80]
    to_sync, to_async = (run["crossings"][name] for name in ("sync_to_async", "async_to_sync"))
    line = f"{to_sync:g} × sync_to_async, {to_async:g} × async_to_sync"
    if run["visits"]:
        return line
    why = f" ({run['raised']})" if run.get("raised") and run["status"] >= 500 else ""
    return f"{line}; a layer answered {run['status']} before the view{why}"[:160]


def _times(sync: dict[str, Any], own: dict[str, Any]) -> list[str]:
    """Each layer's own time under ASGI, a column a view."""
    rows: dict[str, list[str]] = {}
    for column, run in enumerate((sync, own)):
        for layer in run.get("layers", ()):
            cells = rows.setdefault(layer["path"], ["–", "–"])
            if layer["seconds"] is not None:
                cells[column] = (
                    f"{max(layer['seconds'], 0) * 1e6:.0f} µs {'async' if layer['async'] else 'sync'}"
                )
    if not rows:
        return []
    head = f"    {'own time, ASGI: sync view':<27}{'async view':<14} layer"
    return [head] + [f"    {one:<27}{two:<14} {path}" for path, (one, two) in rows.items()]


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _versions() -> dict[str, str]:
    found = {"Python": sys.version.split()[0]}
    for name in ("Django", "asgiref"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
