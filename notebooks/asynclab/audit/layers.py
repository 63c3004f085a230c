"""From what the child saw of middleware and chain to findings: pure functions on data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from .findings import Finding, finding
from .places import short

ASYNC_MODE = {"mark", "legacy-mark", "async-flag", "ask"}  # what is wrong in async mode alone
CONFUSED = ("'coroutine' object", "coroutine", "'await' expression", "can't be awaited", "was never awaited")


def middleware(paths: list[str], steps: dict[str, Any], project: Path, at: str) -> Iterator[Finding]:
    """Findings of every layer. `at`: where MIDDLEWARE is set."""
    kept = sync_because(paths, steps)
    for number, path in enumerate(paths):
        step = steps.get(f"middleware {number}")
        if step is None:
            continue
        if "error" in step:
            yield lost(path, step, project, at)
        else:
            for each in layer(step["result"], step, project, at):
                yield _asleep(each, kept[number]) if number in kept and each.code in ASYNC_MODE else each


def sync_because(paths: list[str], steps: dict[str, Any]) -> dict[int, str]:
    """Layers that could be async, and that Django builds in sync mode all the same, under ASGI too: each with
    the sync-only layer inside of it that is to blame.
    """
    kept: dict[int, str] = {}
    blocker = ""
    for number in reversed(range(len(paths))):
        row = (steps.get(f"middleware {number}") or {}).get("result")
        if row is None:
            continue
        is_async = row["async_flag"] and not (blocker and row["sync_flag"])
        if row["async" if is_async else "sync"]["outcome"] in ("unused", "none", "built"):
            continue
        if is_async:
            blocker = ""
        elif row["async_flag"]:
            kept[number] = blocker
        else:
            blocker = row["path"]
    return kept


def _asleep(found: Finding, blocker: str) -> Finding:
    """What is wrong in async mode, of a layer that this chain has in sync mode."""
    why = (
        f"{found.why} Not today: {blocker}, inside of it, is sync-only, so Django builds it in sync mode,"
        " under ASGI too."
    )
    return replace(found, weight="look", why=why)


def lost(path: str, step: dict[str, Any], project: Path, at: str) -> Finding:
    """A layer that could not be tried."""
    path = path or "''"
    where = short(step.get("at"), project) or at
    if step["kind"] == "Late":
        return finding("hangs", f"{path} {step['error']}, when it was built or called.", where)
    if step["kind"] in ("Gone", "SystemExit"):
        said = step["error"].removeprefix("SystemExit: ")
        return finding("construct", f"{path} ends the process when it is imported or built: {said}.", where)
    if step["kind"] in ("ImportError", "ModuleNotFoundError") and not step.get("wanted"):
        return finding("missing", f"{path} cannot be imported: {step['error']}", where)
    return finding("construct", f"{path} raises when it is imported: {step['error']}", where)


def layer(row: dict[str, Any], step: dict[str, Any], project: Path, at: str) -> Iterator[Finding]:
    where, path = short(row["where"], project), row["path"]
    sync, own = row["sync"], row["async"]
    if not (row["sync_flag"] or row["async_flag"]):
        yield finding("no-flags", f"{path}: sync_capable and async_capable are both false.", where)
        return
    modes = [mode for mode, flag in ((sync, row["sync_flag"]), (own, row["async_flag"])) if flag]
    for code, words in (("none", "returned None when it was built"), ("built", "raises when it is built")):
        broken = [mode for mode in modes if mode["outcome"] == code]
        if broken:
            error = broken[0].get("error", "")
            called = "construct" if code == "built" else "none"
            end = f": {error}" if error else "."
            if step.get("wanted"):
                end += f" (The audit did not let it {'; '.join(step['wanted'])}.)"
            yield finding(called, f"{path} {words}{end}", where)
            return
    if row["async_flag"]:
        yield from _async(row, where)
    if row["sync_flag"] and _gave_coroutine(sync) and own["outcome"] == "async":
        how = sync.get("error") or "it returns a coroutine"
        yield finding("sync-flag", f"{path}: called with a sync get_response, {how}.", where)
    ran = own["outcome"] == "async" or sync["outcome"] == "sync"
    if row["acall"] and not row["mixin"] and not row["acall_ran"] and ran:
        yield finding("acall", f"{path}: its __acall__ never ran, neither in sync nor in async mode.", where)
    if not row["async_flag"] and sync["outcome"] != "unused":
        yield finding("sync-only", f"{path} is sync-only by its flags.", where)
    elif row["async_flag"] and not row["sync_flag"]:
        yield finding("async-only", f"{path} is async-only by its flags.", where)


def _async(row: dict[str, Any], where: str) -> Iterator[Finding]:
    path, own = row["path"], row["async"]
    if own["outcome"] == "async" and not own["marked"] and (row.get("beneath") or row.get("escapes")):
        seen = []
        if row.get("beneath"):
            seen.append(f"beneath a MiddlewareMixin: {row['beneath']}")
        if row.get("escapes"):
            seen.append("an exception from within escaped it")
        code = "legacy-mark" if own.get("legacy") else "mark"
        yield finding(code, f"{path} works in async mode, but is not marked as a coroutine function.", where,
                      why=_and(code, seen))  # fmt: skip
    elif own["outcome"] in ("answer", "coroutine"):
        what = (
            "an answer, no coroutine" if own["outcome"] == "answer" else "a coroutine in place of an answer"
        )
        yield finding("async-flag", f"{path}: called with an async get_response, it returns {what}.", where)
    elif own["outcome"] == "raised" and row["sync"]["outcome"] != "raised" and _gave_coroutine(own):
        yield finding(
            "async-flag", f"{path}: called with an async get_response, it raises {own['error']}.", where
        )
    elif own["outcome"] == "raised" and own["error"].startswith("SynchronousOnlyOperation"):
        yield finding("ask", f"{path}: in async mode it asks the database on the event loop.", where)


def unexplained(row: Any) -> str:
    """What a layer raised when it was tried, where no finding speaks of it."""
    if not isinstance(row, dict) or "async_flag" not in row:
        return ""
    for mode in ("sync", "async"):
        seen = row[mode]
        if row[f"{mode}_flag"] and seen["outcome"] == "raised" and not _gave_coroutine(seen):
            asks = mode == "async" and seen["error"].startswith("SynchronousOnlyOperation")
            return "" if asks else str(seen["error"])
    return ""


def _and(code: str, seen: list[str]) -> str:
    from .findings import KINDS

    return f"{KINDS[code][1]} Tried: {'; '.join(seen)}."


def _gave_coroutine(mode: dict[str, Any]) -> bool:
    if mode["outcome"] == "coroutine":
        return True
    return mode["outcome"] == "raised" and any(words in mode["error"] for words in CONFUSED)
