"""What an SVG may hold so that GitHub, JupyterLab and a phone all show it."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

WIDTH = "480"
SMALLEST_TEXT = 14


def problems(svg: str) -> Iterator[str]:
    """What is wrong with one picture."""
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        yield f"is no XML: {error}"
        return
    if root.get("width") != WIDTH:
        yield f"is {root.get('width')} wide, not {WIDTH}"
    box = (root.get("viewBox") or f"0 0 {WIDTH} 0").split()
    if box[2] != WIDTH:
        yield f"is scaled: viewBox {root.get('viewBox')}"
    elements = [(element, _tag(element)) for element in root.iter()]
    drawn = [(element, tag) for element, tag in elements[1:] if tag not in {"title", "desc", "defs", "g"}]
    if not drawn or not _is_background(*drawn[0]):
        yield "does not begin with an opaque background"
    for element, tag in elements:
        if tag in {"script", "style", "foreignObject", "image", "use", "a"}:
            yield f"holds <{tag}>"
        for name in element.attrib:
            if name in {"style", "class", "id"} or name.startswith("on"):
                yield f"holds the attribute {name}"
    yield from _small_text(root, "0")


def _is_background(element: ElementTree.Element, tag: str) -> bool:
    width = element.get("width", "0")
    broad = width == "100%" or float(width) >= 0.99 * float(WIDTH)  # its border may need half a pixel
    return tag == "rect" and broad and element.get("fill", "none").startswith("#")


def _small_text(element: ElementTree.Element, inherited: str) -> Iterator[str]:
    size = element.get("font-size", inherited)
    is_text = _tag(element) in {"text", "tspan"}
    if is_text and float(size.removesuffix("px")) < SMALLEST_TEXT:
        yield f"has text of size {size}, at least {SMALLEST_TEXT}: {element.text!r}"
    for child in element:
        yield from _small_text(child, size)


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
