"""`audit`: ask the child, read the files, put the findings together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from . import layers, process, ruff, verdicts
from .findings import Finding, finding, sentence
from .places import is_installed, setting, short
from .project import Read, manage_of, read
from .report import Report

STEP = (
    20.0  # seconds for one step of the child; three times that for settings, django.setup() and the URLconf
)
REFUSED = "The audit gives no network, database or command: let it load without, and ask for them later."
LACKS = "Install it beside Django, or correct --settings and --project; then run the audit again."
ORDER = {"wrong": 0, "look": 1, "note": 2}


class CannotAudit(Exception):
    """There is nothing to audit; the sentence says what to do."""


def audit(
    settings: str | None = None, project: str | os.PathLike[str] = ".", *, deadline: float = STEP
) -> Report:
    """How ready for ASGI the Django project in this folder is.

    `settings` is a dotted name; by default DJANGO_SETTINGS_MODULE, or what manage.py says. The project's
    code runs in a process of its own, `deadline` seconds for each step, without database, network or
    commands; nothing is written to its folder. Returns a `Report`: print it, or read `.findings`,
    `.middleware`, `.views`, `.data()`. Raises CannotAudit when there is no such folder, or no settings are
    named anywhere.
    """
    try:
        top = Path(project).resolve()
        there = top.is_dir()
    except (OSError, ValueError):  # longer than a name may be; a null
        there = False
    if not there:
        named = repr(str(project)[:80])
        raise CannotAudit(f"{named} is no folder. Name the one with manage.py: --project DIR.")
    if deadline <= 0:
        raise CannotAudit(f"`deadline` is a number of seconds above 0, not {deadline:g}.")
    manage = manage_of(top)
    inherited = "" if _django_runs_here() else os.environ.get("DJANGO_SETTINGS_MODULE", "")
    if not settings and not inherited and manage is None:
        raise CannotAudit(
            f"No settings are named, and {top} has no manage.py that names them."
            " Add --settings config.settings, or --project DIR."
        )
    steps = process.ask(top, manage, settings or inherited, deadline)
    models = (steps.get("models") or {}).get("result")
    found = read(top, models)
    report = Report(top, steps)
    facts = (steps.get("settings") or {}).get("result")
    _loading(report, steps, top)
    if facts is not None:
        report.findings += verdicts.settings(facts, (steps.get("views") or {}).get("result"), top)
        if "error" not in steps.get("setup", {}):
            report.findings += _running(report, facts, steps, found, top)
        report.findings += verdicts.read(found.spots, steps, facts, top)
    report.findings += _blocking(report, found, steps, top, deadline)
    _notes(report, found, models is not None)
    unique = dict.fromkeys(report.findings)
    report.findings = sorted(unique, key=lambda each: ORDER[each.weight])
    return report


def _django_runs_here() -> bool:
    """In a notebook after boot(), say: then DJANGO_SETTINGS_MODULE is this process's, not the audited
    project's.
    """
    conf = sys.modules.get("django.conf")
    return conf is not None and bool(conf.settings.configured)


def _loading(report: Report, steps: dict[str, Any], top: Path) -> None:
    """Settings or django.setup() that fail: one finding, and the exit code 2."""
    for step, words in (("", "The child process"), ("settings", "The settings"), ("setup", "django.setup()")):
        row = steps.get(step, {})
        if "error" in row:
            printed = f" It printed: {row['printed'].splitlines()[-1]}" if row.get("printed") else ""
            refused = f" (The audit did not let it {'; '.join(row['wanted'])}.)" if row.get("wanted") else ""
            what = f"{words} failed: {sentence(row['error'])}{refused}{printed}"
            refused_it = row.get("wanted") or row["kind"] in ("OperationalError", "ProgrammingError")
            do = REFUSED if refused_it else LACKS if row["kind"] == "ModuleNotFoundError" else ""
            report.findings.append(finding("setup", what, short(row.get("at"), top), do=do))
            report.loaded = False
            return


def _running(
    report: Report, facts: dict[str, Any], steps: dict[str, Any], found: Read, top: Path
) -> list[Finding]:
    files = [each for each in facts["files"] if not is_installed(each)]
    at = short(setting("MIDDLEWARE", files), top)
    findings = []
    if facts["middleware_kind"] == "str":
        what = "MIDDLEWARE is a string, and Django takes each letter for a layer. A list or tuple is meant."
        findings.append(finding("missing", what, at))
    findings += list(layers.middleware(facts["middleware"], steps, top, at))
    findings += verdicts.serving(facts, steps, found.asgi, top)
    views = steps.get("views") or {}
    if "error" in views:
        refused = f" (The audit did not let it {'; '.join(views['wanted'])}.)" if views.get("wanted") else ""
        what = f"The URLconf failed: {sentence(views['error'])}{refused}"
        findings.append(finding("urls", what, short(views.get("at"), top)))
    elif views:
        findings += verdicts.views(views["result"], top)
    return findings


def _blocking(
    report: Report, found: Read, steps: dict[str, Any], top: Path, deadline: float
) -> list[Finding]:
    command = ruff.command()
    if not found.functions:
        report.notes.append("Blocking calls: the project has no async function outside its tests.")
        return []
    if command is None:
        report.notes.append("Blocking calls were not looked for: ruff is not installed (pip install ruff).")
        return []
    try:
        calls = ruff.blocking_calls(command, [Path(path) for path in found.functions], 3 * deadline)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        report.notes.append(f"Blocking calls were not looked for: ruff failed ({error}).")
        return []
    report.notes.append(ruff.UNSEEN)
    return list(verdicts.blocking(calls, found.functions, verdicts.served(steps), top))


def _notes(report: Report, found: Read, models: bool) -> None:
    count = len(found.files.code)
    functions = sum(map(len, found.functions.values()))
    line = f"Read {count} files of the project: {functions} async functions"
    report.notes.append(
        f"{line}; {len(found.files.tests)} test files with {found.in_tests} more are not judged."
    )
    if found.unread:
        shown = "; ".join(found.unread[:3]) + (" …" if len(found.unread) > 3 else "")
        report.notes.append(
            f"{len(found.unread)} files could not be read as Python and were left out: {shown}"
        )
    if functions and not models:
        report.notes.append("Queries in async functions were not looked for: the models could not be loaded.")
    raised: dict[str, list[str]] = {}
    for step, row in report.steps.items():
        who = report.name_of(step)
        if row.get("wanted") and "error" not in row:
            report.notes.append(f"The audit did not let {who} {'; '.join(row['wanted'][:3])}.")
        if error := layers.unexplained(row.get("result")):
            raised.setdefault(error, []).append(who)
        if row.get("threads") and step != "chain":
            report.notes.append(f"{who} started a thread: {', '.join(row['threads'][:3])}.")
    for error, names in raised.items():
        who = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        report.notes.append(f"{who} raised in the trial, where it has no database and no visitor: {error}")
