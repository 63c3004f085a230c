"""The lesson contract: what every notebook of the reading edition holds.

A rule is a function from a page to its breaches, each one line that begins with the cell's place,
counted from 1. `github` has the rules of rendering.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from symtable import SymbolTable, symtable

import nbformat

from asynclab.editions import learners_copy

from .cells import code_cells, headings, markdown_cells, minutes, number, part, tagged
from .generate import generated
from .page import Breaches, Page

SECTION = re.compile(r"(\d+[a-z]?)\.(\d+)\b")
CLOSING = ("exit question", "key points", "in your project")

LONGEST_LINE = 72
LONGEST_CELL = 15


def begins_with_its_header(page: Page) -> Breaches:
    """The first cell is the generated header, and no other is."""
    places = [at for at, cell in enumerate(page.notebook.cells, 1) if part(cell) == "header"]
    if places != [1]:
        yield "the header (part header) must be the first cell, and only that"


def has_one_title(page: Page) -> Breaches:
    """One H1, so that the page has one name."""
    titles = [at for at, level, _ in _headings(page) if level == 1]
    if len(titles) != 1:
        yield f"one H1 is needed, {len(titles)} found (cells {titles})"


def heads_in_order(page: Page) -> Breaches:
    """No heading skips a level: screen readers and the contents list follow them."""
    before = 0
    for at, level, text in _headings(page):
        if level > before + 1:
            yield f"cell {at}: H{level} {text!r} follows H{before}"
        before = level


def numbers_its_sections(page: Page) -> Breaches:
    """Each H2 carries the next number, so that a teacher can say "go to 4.3"."""
    last = 0
    for at, level, text in _headings(page):
        if level != 2:
            continue
        match = SECTION.match(text)
        if not match or match[1] != page.lesson.chapter or int(match[2]) <= last:
            yield f"cell {at}: {text!r} should begin with {page.lesson.chapter}.{last + 1}"
        last = int(match[2]) if match else last + 1


def keeps_its_size(page: Page) -> Breaches:
    """A core lesson asks at most two questions, sets two exercises, takes half an hour: or as it declares."""
    lesson, size = page.lesson, page.lesson.size
    if not lesson.core:
        return
    if len(lesson.predictions) > size.predictions:
        yield f"at most {size.predictions} predictions, not {len(lesson.predictions)}"
    if len(lesson.exercises) != size.exercises:
        yield f"{size.exercises} exercises, not {len(lesson.exercises)}"
    if (needed := minutes(page.notebook, lesson)) > size.minutes:
        yield f"at most {size.minutes} minutes, not {needed}"


def shows_what_is_declared(page: Page) -> Breaches:
    """Every prediction and exercise of the declaration stands in the notebook, and no other."""
    wanted: set[tuple[str | None, str | None]] = {("links", None), ("header", None)}
    wanted |= {("prediction", asked.number) for asked in page.lesson.predictions}
    wanted |= {(kind, e.number) for e in page.lesson.exercises for kind in ("task", "stub", "solution")}
    found = [(part(cell), number(cell)) for cell in page.notebook.cells if part(cell)]
    for kind, of in sorted(wanted - set(found), key=str):
        yield f"no cell has the part {kind}" + (f" of {of}" if of else "")
    for at, cell in enumerate(page.notebook.cells, 1):
        if part(cell) and (part(cell), number(cell)) not in wanted:
            yield f"cell {at}: the lesson declares no {part(cell)} {number(cell) or ''}".rstrip()
    yield from (
        f"twice in the notebook: {kind} {of}" for kind, of in set(found) if found.count((kind, of)) > 1
    )


def says_what_is_declared(page: Page) -> Breaches:
    """A generated cell holds exactly what the declaration makes of it."""
    for at, cell in enumerate(page.notebook.cells, 1):
        source = generated(cell, page.lesson)
        if source is not None and source != cell.source:
            yield f"cell {at}: {part(cell)} {number(cell) or ''} is not as declared; run make notebooks"


def asks_and_checks(page: Page) -> Breaches:
    """Each question is put and settled by a run; each exercise is checked."""
    code = "\n".join(cell.source for _, cell in code_cells(page.notebook))
    for asked in page.lesson.predictions:
        if not _said(code, r"\bpredict\(\s*", asked.number):
            yield f"prediction {asked.number}: no cell calls predict"
        if not _said(code, r"\bsettles\s*=\s*", asked.number):
            yield f"prediction {asked.number}: no run settles it"
    for exercise in page.lesson.exercises:
        if not _said(code, r"\bcheck\(\s*", exercise.number):
            yield f"exercise {exercise.number}: no cell calls check"


def stands_without_the_exercises(page: Page) -> Breaches:
    """No cell uses a name that an exercise defines, except its own stub and its check."""
    for exercise in page.lesson.exercises:
        for at, cell in code_cells(page.notebook):
            own = number(cell) == exercise.number or _said(cell.source, r"\bcheck\(\s*", exercise.number)
            if not own and re.search(rf"\b{exercise.name}\b", cell.source):
                yield f"cell {at}: uses {exercise.name}, which {exercise.number} leaves to the learner"


def gives_each_name_once(page: Page) -> Breaches:
    """A name that another cell reads comes from one cell: the order of running does not matter."""
    tables = [(at, symtable(cell.source, "cell", "exec")) for at, cell in code_cells(page.notebook)]
    given = {at: set(_given(table)) for at, table in tables}
    cells_of = Counter(name for names in given.values() for name in names)
    often = {name for name, cells in cells_of.items() if cells > 1}
    for at, table in tables:
        for name in sorted(often & set(_read(table)) - given[at]):
            cells = [place for place, names in given.items() if name in names]
            yield f"cell {at}: reads {name}, which several cells give: {cells}"


def hides_the_answers_from_learners(page: Page) -> Breaches:
    """The learner's copy of this notebook holds no solution."""
    copy = nbformat.reads(learners_copy(page.text), as_version=4)
    for at, cell in enumerate(copy.cells, 1):
        for exercise in page.lesson.exercises:
            if any(solution.strip() in cell.source for solution in exercise.solutions):
                yield f"learner's cell {at}: gives away the solution of {exercise.number}"


def writes_short_code(page: Page) -> Breaches:
    """Lines fit a phone and a projector; cells fit a glance, unless tagged `long`."""
    for at, cell in code_cells(page.notebook):
        lines = cell.source.splitlines()
        for line, text in enumerate(lines, 1):
            if len(text) > LONGEST_LINE:
                yield f"cell {at}, line {line}: {len(text)} characters, at most {LONGEST_LINE}"
        if len(lines) > LONGEST_CELL and not tagged(cell, "long"):
            yield f"cell {at}: {len(lines)} lines, at most {LONGEST_CELL} (or tag it long)"


def follows_controls_with_a_table(page: Page) -> Breaches:
    """A slider is dead on GitHub: a static table of three settings stands with it or right after it."""
    for at, cell in code_cells(page.notebook):
        if not re.search(r"^[^#\n]*\bcontrol\(", cell.source, re.MULTILINE):
            continue
        shown = "".join(output.data.get("text/html", "") for output in cell.outputs if "data" in output)
        following = page.notebook.cells[at].source if at < len(page.notebook.cells) else ""
        rows = max(shown.count("<tr"), len(re.findall(r"^\s*\|.*\|\s*$", following, re.MULTILINE)) - 1)
        if rows < 4:  # its head and three settings
            yield f"cell {at}: no static table of three settings with the control"


def ends_as_lessons_end(page: Page) -> Breaches:
    """An exit question, key points and, in a core lesson, *In your project*."""
    found = " ".join(text.lower() for _, _, text in _headings(page))
    for closing in CLOSING if page.lesson.core else CLOSING[:2]:
        if closing not in found:
            yield f"no heading says {closing!r}"


CONTRACT = (
    begins_with_its_header,
    has_one_title,
    heads_in_order,
    numbers_its_sections,
    keeps_its_size,
    shows_what_is_declared,
    says_what_is_declared,
    asks_and_checks,
    stands_without_the_exercises,
    gives_each_name_once,
    hides_the_answers_from_learners,
    writes_short_code,
    follows_controls_with_a_table,
    ends_as_lessons_end,
)


def _headings(page: Page) -> Iterator[tuple[int, int, str]]:
    for at, cell in markdown_cells(page.notebook):
        yield from ((at, level, text) for level, text in headings(cell.source))


def _given(cell: SymbolTable) -> Iterator[str]:
    """What a cell defines. To import the same name twice does no harm."""
    yield from (symbol.get_name() for symbol in cell.get_symbols() if symbol.is_assigned())


def _read(table: SymbolTable) -> Iterator[str]:
    """What a cell reads of the notebook's names, in its functions too."""
    top = table.get_type() == "module"
    yield from (s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global()))
    for inner in table.get_children():
        yield from _read(inner)


def _said(code: str, opening: str, number: str) -> bool:
    return bool(re.search(rf"""{opening}["']{re.escape(number)}["']""", code))
