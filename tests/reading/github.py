"""What GitHub's rendering, a phone and an inbox allow a notebook to hold."""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag
from nbconvert import HTMLExporter
from nbformat import NotebookNode

from .cells import code_cells, markdown_cells, tagged, without_code
from .normalise import tidy
from .page import Breaches, Page
from .picture import problems

MOST_BYTES = 500_000
COLUMNS = 60  # of text that a phone shows without scrolling

# None of these works both on GitHub and in JupyterLab.
FORBIDDEN_MARKDOWN = (
    ("Mermaid", r"^ {0,3}(```|~~~)\s*mermaid"),
    ("a MyST directive", r"^ {0,3}(:::|```\{|~~~\{)"),
    ("a MyST role", r"\{[a-z:]+\}`"),
    ("a GitHub alert", r"^ {0,3}> \[!"),
    ("an attachment", r"\(attachment:"),
    ("an anchor in this notebook", r"\]\(#|<[^>]+\b(?:id|name)="),
    ("a style or a script", r"<(?:style|script)\b|<[^>]+\bstyle="),
)
_LINK = re.compile(r"""(?:\]\(\s*<?|\b(?:src|href)=["'])([^)\s>"'#?]+)""")


def writes_markdown_that_both_render(page: Page) -> Breaches:
    """Only Markdown that GitHub and JupyterLab agree on."""
    for at, cell in markdown_cells(page.notebook):
        if cell.get("attachments"):
            yield f"cell {at}: an attachment"
        fences = "\n".join(re.findall(r"^ {0,3}(?:```|~~~).*$", cell.source, re.MULTILINE))
        text = f"{fences}\n{without_code(cell.source)}"
        yield from (
            f"cell {at}: {name}"
            for name, pattern in FORBIDDEN_MARKDOWN
            if re.search(pattern, text, re.MULTILINE)
        )


def links_to_what_exists(page: Page) -> Breaches:
    """Each relative link leads to a file in this repository."""
    for at, cell in markdown_cells(page.notebook):
        for link in _LINK.findall(without_code(cell.source)):
            if not re.match(r"[a-z]+:", link) and not (page.folder / link).exists():
                yield f"cell {at}: {link} does not exist"


def is_small_enough(page: Page) -> Breaches:
    """GitHub gives up on large notebooks, and so does a slow connection."""
    if (size := len(page.text.encode())) > MOST_BYTES:
        yield f"{size:,} bytes, at most {MOST_BYTES:,}"


def is_normalised(page: Page) -> Breaches:
    """No widget state, no address, no temporary path, no time of execution."""
    tidied = copy.deepcopy(page.notebook)
    tidy(tidied)
    if tidied.metadata != page.notebook.metadata:
        yield "the notebook's metadata is not normalised"
    for at, (cell, clean) in enumerate(zip(page.notebook.cells, tidied.cells, strict=True), 1):
        if cell != clean:
            yield f"cell {at}: its outputs or metadata are not normalised"


def shows_its_outputs(page: Page) -> Breaches:
    """A code cell that has something to show was run (tag `quiet` where its value is None)."""
    for at, cell in code_cells(page.notebook):
        if not cell.outputs and not tagged(cell, "quiet") and _speaks(cell.source):
            yield f"cell {at}: has no output"


def raises_only_where_meant(page: Page) -> Breaches:
    """An error stands only in a cell tagged `raises-exception`, and there it stands."""
    for at, cell in code_cells(page.notebook):
        raised = any(output.output_type == "error" for output in cell.outputs)
        if raised and not tagged(cell, "raises-exception"):
            yield f"cell {at}: raises, and carries no tag raises-exception"
        if not raised and tagged(cell, "raises-exception"):
            yield f"cell {at}: is tagged raises-exception, and raises nothing"


def fits_a_phone(page: Page) -> Breaches:
    """Printed text has at most 60 columns (tag `wide` where it cannot)."""
    for at, cell in code_cells(page.notebook):
        widest = max((len(line) for text in _texts(cell) for line in text.splitlines()), default=0)
        if widest > COLUMNS and not tagged(cell, "wide"):
            yield f"cell {at}: its text is {widest} columns wide, at most {COLUMNS}"


def draws_what_github_shows(page: Page) -> Breaches:
    """A picture is plain SVG: presentation attributes, 480 wide, readable text, an opaque background."""
    for at, cell in code_cells(page.notebook):
        for picture in _pictures(cell):
            yield from (f"cell {at}: its picture {problem}" for problem in problems(picture))


def reads_when_stripped(page: Page) -> Breaches:
    """As GitHub shows it, every code cell still shows its result, and each picture has its text first."""
    html, _ = HTMLExporter().from_notebook_node(page.notebook)
    full, soup = BeautifulSoup(html, "html.parser"), stripped(html)
    cells = zip(*(each.select(".jp-Notebook-cell") for each in (full, soup)), strict=True)
    for at, (cell, (whole, block)) in enumerate(zip(page.notebook.cells, cells, strict=True), 1):
        if cell.cell_type != "code" or not cell.outputs:
            continue
        yield from (f"cell {at}: GitHub takes away {text!r}" for text in _lost(whole, block))
        told = ""
        for output in block.select(".jp-OutputArea-output"):
            pictures = output.select("img, svg, canvas")
            if pictures and not told:
                yield f"cell {at}: a picture with no text before it"
            if not pictures:
                told += output.get_text().strip()
        if not told:
            yield f"cell {at}: shows nothing"


RENDERING = (
    writes_markdown_that_both_render,
    links_to_what_exists,
    is_small_enough,
    is_normalised,
    shows_its_outputs,
    raises_only_where_meant,
    fits_a_phone,
    draws_what_github_shows,
    reads_when_stripped,
)


TAKEN_AWAY = (
    "script, style, link, meta, iframe, object, embed, form, input, button, select, textarea, canvas, "
    ".jupyter-widgets, [data-mime-type*=widget-view]"
)


def stripped(html: str) -> BeautifulSoup:
    """What GitHub leaves of a page: no scripts, no styles, no widgets, nothing that could run."""
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.select(TAKEN_AWAY):
        element.decompose()
    for element in soup.find_all(True):
        for name in [name for name in element.attrs if name == "style" or name.startswith("on")]:
            del element[name]
        if str(element.get("href", "")).lower().startswith("javascript:"):
            del element["href"]
    for element in soup.select("svg [class], svg[class]"):
        del element["class"]
    return soup


def _lost(whole: Tag, kept: Tag) -> Iterator[str]:
    """The texts of a cell's outputs that a reader on GitHub does not get."""
    for element in whole.select("script, style"):  # nobody reads these
        element.decompose()
    left = Counter(
        text for output in kept.select(".jp-OutputArea-output") for text in output.stripped_strings
    )
    for output in whole.select(".jp-OutputArea-output"):
        for text in output.stripped_strings:
            left[text] -= 1
            if left[text] < 0:
                yield text


def _pictures(cell: NotebookNode) -> Iterator[str]:
    for output in cell.outputs:
        if "data" in output:
            yield from filter(None, [output.data.get("image/svg+xml")])
            yield from re.findall(r"<svg\b.*?</svg>", output.data.get("text/html", ""), re.DOTALL)


def _texts(cell: NotebookNode) -> Iterator[str]:
    for output in cell.outputs:
        if output.output_type == "stream":
            yield output.text
        elif "data" in output and set(output.data) == {"text/plain"}:
            yield output.data["text/plain"]


def _speaks(source: str) -> bool:
    """Whether the cell prints, displays or ends with an expression."""
    try:
        body = ast.parse(source).body
    except SyntaxError:  # a %magic, or an error on purpose
        return False
    calls = [statement for statement in body if isinstance(statement, ast.Expr)]
    printed = any(re.match(r"(print|display)\(", ast.unparse(call)) for call in calls)
    return printed or (bool(calls) and body[-1] is calls[-1] and not source.rstrip().endswith(";"))
