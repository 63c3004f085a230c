"""The café as it was in 2019: a real project in a temporary folder, to be upgraded line by line.

    site = old_cafe()
    site.change("cafe/views.py", "def stock(", "async def stock(")
    site.look()

Only what was different then is kept, in `cafe_2019`; the rest is today's café. It is the form of 2019: it
runs on the Django that you have. The folder goes away with the kernel.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .audit import audit
from .audit.findings import SIGNS
from .audit.report import Report
from .bar import bar
from .database import CAFE, own_folder, seeded
from .errors import LabError, Stopped
from .predict import settle
from .words import COLUMNS, clean, folded, shorten

if TYPE_CHECKING:
    from .run import Run

SETTINGS = "config.settings"
DEADLINE = 60.0  # seconds for the site's tests
THEN = Path(__file__).parent / "cafe_2019"
NOW = (  # of today's café, what is as it was
    "manage.py",
    "config/__init__.py",
    "config/urls.py",
    "cafe/__init__.py",
    "cafe/admin.py",
    "cafe/forms.py",
    "cafe/models.py",
    "cafe/migrations",
    "cafe/static",
    "cafe/templates",
)
_site: Site | None = None  # this kernel's: Django runs in one folder only


@dataclass(frozen=True)
class Look:
    """What the audit and the site's own tests say of it now."""

    report: Report = field(repr=False)
    ran: int
    failed: tuple[str, ...]  # the names of the tests that did not pass
    trouble: str = ""  # why the tests did not run
    verdict: str = ""  # on the prediction that it settles

    @property
    def passed(self) -> bool:
        return bool(self.ran) and not self.failed and not self.trouble

    @property
    def wrong(self) -> int:
        """Findings that fail by Django's own rules."""
        return sum(each.weight == "wrong" for each in self.report.findings)

    def text(self) -> str:
        """At most 60 columns wide: the findings, the crossings, the tests."""
        findings = self.report.findings
        lines = [
            "  ".join(
                f"{sign} {sum(each.weight == weight for each in findings)} {words}"
                for (weight, sign), words in zip(
                    SIGNS.items(), ("wrong", "to look at", "to know"), strict=True
                )
            )
        ]
        for each in findings:
            first, *rest = folded(f"{each.where} {each.what}", COLUMNS - 2, 3)
            lines += [f"{SIGNS[each.weight]} {first}", *(f"  {line}" for line in rest)]
        lines += [f"crossings  {words}: {self._crossings(key)}" for key, words in VIEWS.items()]
        lines.append(f"tests      {self._tests()}")
        return "\n".join(lines + ([self.verdict] if self.verdict else []))

    def _crossings(self, key: str) -> str:
        run = self.report.chain.get(key) or {"error": "not tried"}
        if "error" in run:
            return shorten(run["error"], 32)
        counted = " + ".join(f"{number:g}" for number in run["crossings"].values() if number) or "0"
        return counted if run["visits"] else f"{counted}; status {run['status']} before the view"

    def _tests(self) -> str:
        if self.trouble:
            return shorten(self.trouble, COLUMNS - 11)
        if not self.failed:
            return f"all {self.ran} pass"
        return shorten(f"{len(self.failed)} of {self.ran} fail: {', '.join(self.failed)}", COLUMNS - 11)

    def __repr__(self) -> str:
        return self.text()


VIEWS = {"asgi sync": "ASGI, sync view", "asgi async": "ASGI, async view"}


class Site:
    """A project in a folder of its own, to be changed from cells."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.edits: set[tuple[str, str, str]] = set()  # those that are made

    def show(self, file: str, start: str) -> None:
        """Print one function or class of a file: from the line that begins with `start`."""
        lines = self._path(file).read_text(encoding="utf-8").splitlines()
        first = next((at for at, line in enumerate(lines) if line.startswith(start)), None)
        if first is None:
            raise LabError(f"In {file} no line begins with {shorten(start, 40)!r}.")
        block = [lines[first]]
        for line in lines[first + 1 :]:
            if line and not line.startswith((" ", ")")):
                break
            block.append(line)
        print("\n".join(block).rstrip())

    def change(self, file: str, old: str, new: str) -> None:
        """Put `new` in the place of `old`, which must stand there exactly once."""
        path = self._path(file)
        text = path.read_text(encoding="utf-8")
        count = text.count(old)
        if (file, old, new) in self.edits:
            print(f"{file} is changed already.")
            return
        if count != 1:
            known = "does not stand there" if not count else f"stands there {count} times"
            first = clean(old.strip().splitlines()[0]) if old.strip() else "nothing"
            raise LabError(
                f"{file} is as it was: {shorten(first, 40)!r} {known}. "
                "Run the cells above in their order, or begin anew with `site = old_cafe()`."
            )
        self._put(path, text.replace(old, new))
        self.edits.add((file, old, new))
        print(f"{file} is changed.")

    def write(self, file: str, text: str) -> None:
        """Make this file, or put another one in its place."""
        path = self._path(file, there=False)
        known = path.exists()
        self.edits = {edit for edit in self.edits if edit[0] != file}
        self._put(path, text.lstrip("\n"))
        print(f"{file} is {'another one' if known else 'there'} now.")

    def look(self, settles: str = "") -> Look:
        """Run the audit, and the site's own tests in a process of their own."""
        with bar("Auditing and testing"):
            tests = subprocess.Popen(
                [sys.executable, "-B", "manage.py", "test", "--noinput"],
                cwd=self.folder,
                env=self._environ(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
            try:
                report = audit(SETTINGS, project=self.folder)
                told = tests.communicate(timeout=DEADLINE)[1]
            except subprocess.TimeoutExpired:
                told = f"no result within {DEADLINE:g} s; ended"
            except KeyboardInterrupt:
                raise Stopped("Interrupted: the audit and the tests are ended.") from None
            finally:
                tests.kill()
                tests.communicate()
        look = _look(report, told)
        if not settles:
            return look
        verdict = settle(settles, cast("Run", look))
        return Look(look.report, look.ran, look.failed, look.trouble, verdict)

    def _path(self, file: str, there: bool = True) -> Path:
        path = (self.folder / file).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise LabError(f"{shorten(file, 40)} lies outside of the site's folder.")
        if there and not path.is_file():
            raise LabError(f"The site has no file {shorten(file, 40)}.")
        return path

    def _put(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        # Python takes a compiled file for fresh if size and second agree: here they may.
        shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)

    def _environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return kept | {"DJANGO_SETTINGS_MODULE": SETTINGS, "PYTHONUTF8": "1"}


def old_cafe() -> Site:
    """The café of 2019, laid out in a temporary folder. Called again, it puts every file back."""
    global _site
    if _site is None or not _site.folder.is_dir():
        _site = Site(own_folder().resolve())
    _site.edits.clear()
    for each in list(_site.folder.iterdir()):
        if each.is_dir():
            shutil.rmtree(each)
        elif each.suffix != ".sqlite3":
            each.unlink()
    for name in NOW:
        _lay(CAFE / name, _site.folder / name)
    # Not as a whole: copytree would hand the age of THEN on to the folder, and what is older than its process
    # another kernel sweeps away.
    for each in THEN.iterdir():
        _lay(each, _site.folder / each.name)
    seeded(_site.folder)
    return _site


def _lay(source: Path, target: Path) -> None:
    """Copy a file, or a folder into what is there of it."""
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _look(report: Report, told: str) -> Look:
    ran = re.search(r"^Ran (\d+) tests?", told, re.MULTILINE)
    failed = tuple(dict.fromkeys(re.findall(r"^(?:FAIL|ERROR): (\w+)", told, re.MULTILINE)))
    if ran and (failed or re.search(r"^OK\b", told, re.MULTILINE)):
        return Look(report, int(ran[1]), failed)
    return Look(report, 0, failed, f"did not run: {(told.strip().splitlines() or ['no word'])[-1]}")
