"""Make the learner's copies of the notebooks: no outputs, no solutions, and nobody's work touched.

The notebooks beside this package are the reading edition: they show every output and, folded, every
solution. You learn more from a copy that shows neither. `python -m asynclab.editions` writes such
copies to `my_course/`. A file that is already there is yours and stays as it is.

Only the standard library is used here: copies can be made before anything is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOTEBOOKS = Path(__file__).resolve().parent.parent

_FENCED = re.compile(r"(^ {0,3}(?:```|~~~).*?^ {0,3}(?:```|~~~)|`[^`\n]*`)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"""(\]\(\s*<?|^ {0,3}\[[^\]]+\]:\s+<?|\b(?:src|href)=["'])([^)\s>"']+)""", re.MULTILINE)
_ELSEWHERE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|[/#]")  # https:, mailto:, an absolute path, an anchor

_FORWARD = '''\
"""Made by asynclab.editions: loads the course's own asynclab, so that nothing needs installing."""

import sys
from pathlib import Path

sys.path.insert(0, str((Path(__file__).parent / {notebooks!r}).resolve()))
del sys.modules[__name__]
import asynclab  # noqa: E402, F401
'''
_MARK = _FORWARD.partition(":")[0]


class Unreadable(Exception):
    """A source notebook that no copy can be made of."""


def learners_copy(text: str, elsewhere: str = "..", siblings: frozenset[str] = frozenset()) -> str:
    """The learner's copy of a notebook, both as JSON text.

    `elsewhere` is the way from the copy's folder back to the notebooks; relative links lead through
    it, except to `siblings`, the notebooks that are copied along. Raises Unreadable.
    """
    try:
        notebook: dict[str, Any] = json.loads(text)
        notebook["cells"] = [_emptied(cell) for cell in notebook["cells"] if not is_solution(cell)]
        assert notebook["nbformat"] == 4
    except json.JSONDecodeError as error:
        raise Unreadable(f"line {error.lineno} is no JSON") from None
    except (AssertionError, AttributeError, KeyError, TypeError):
        raise Unreadable("it is no notebook of format 4") from None
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = _relinked("".join(cell["source"]), elsewhere, siblings).splitlines(keepends=True)
    notebook.setdefault("metadata", {}).pop("widgets", None)
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def is_solution(cell: dict[str, Any]) -> bool:
    """Whether a cell gives an answer away."""
    return bool(cell["metadata"].get("asynclab", {}).get("part") == "solution")


def make(target: Path, source: Path = NOTEBOOKS) -> Iterator[tuple[bool, str]]:
    """Copy each notebook of `source` to `target`; yields (all well?, one line) for each file of interest."""
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        yield False, f"cannot make the folder {target}: {error.strerror}"
        return
    elsewhere = _way(target, source)
    paths = sorted(path for path in source.glob("*.ipynb") if path.is_file())
    siblings = frozenset(path.name for path in paths)
    made = 0
    for path in paths:
        copy = target / path.name
        try:
            if copy.exists():
                yield True, f"kept {copy.name}: it is yours (rename it, and the next run makes a fresh one)"
                continue
            _write(copy, learners_copy(path.read_text(encoding="utf-8"), elsewhere, siblings))
            made += 1
        except Unreadable as error:
            yield False, f"no copy of {path.name}: {error}"
        except UnicodeDecodeError:
            yield False, f"no copy of {path.name}: it is not in UTF-8"
        except OSError as error:
            yield False, f"no copy of {path.name}: {error.strerror}"
    try:
        yield from _forward(target / "asynclab.py", elsewhere)
    except OSError as error:
        yield False, f"cannot write asynclab.py: {error.strerror}"
    yield True, f"made {made} of {len(paths)} notebooks in {target}"


def _forward(path: Path, elsewhere: str) -> Iterator[tuple[bool, str]]:
    """Let `import asynclab` work in the learner's folder; replace an older file of ours, no other."""
    text = _FORWARD.format(notebooks=elsewhere)
    found = path.read_text(encoding="utf-8", errors="replace") if path.exists() else None
    if found is not None and not found.startswith(_MARK):
        yield False, f"kept {path.name}: it is not ours, and it hides the course's asynclab; rename it"
    elif found != text:
        _write(path, text)


def _emptied(cell: dict[str, Any]) -> dict[str, Any]:
    if cell["cell_type"] == "code":
        cell = cell | {"outputs": [], "execution_count": None}
    drop = {"execution", "trusted", "scrolled", "collapsed"}
    return cell | {"metadata": {key: value for key, value in cell["metadata"].items() if key not in drop}}


def _relinked(markdown: str, elsewhere: str, siblings: frozenset[str]) -> str:
    """Send relative links through `elsewhere`; what stands in code is left alone."""

    def moved(match: re.Match[str]) -> str:
        before, link = match.groups()
        if _ELSEWHERE.match(link) or re.split(r"[?#]", link.removeprefix("./"))[0] in siblings:
            return match[0]
        return f"{before}{elsewhere}/{link.removeprefix('./')}"

    pieces = _FENCED.split(markdown)  # text, code, text, code …
    return "".join(piece if index % 2 else _LINK.sub(moved, piece) for index, piece in enumerate(pieces))


def _way(start: Path, end: Path) -> str:
    try:
        return Path(os.path.relpath(end.resolve(), start.resolve())).as_posix()
    except ValueError:  # two drives on Windows: no relative way
        return end.resolve().as_posix()


def _write(path: Path, text: str) -> None:
    """Write the whole file or nothing of it."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(draft, 0o644)  # mkstemp's 0o600 would lock out a class that shares the folder
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def main(arguments: list[str] | None = None) -> int:
    """The command line: 0 if every copy is there, else 1."""
    parser = argparse.ArgumentParser(prog="python -m asynclab.editions", description="Make learner's copies.")
    parser.add_argument("--to", type=Path, default=NOTEBOOKS / "my_course", help="default: my_course/")
    well = True
    for fine, line in make(parser.parse_args(arguments).to):
        print(line, file=sys.stdout if fine else sys.stderr)
        well = well and fine
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
