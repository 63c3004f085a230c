"""What a result looks like in a notebook: its text first, then its picture."""

from __future__ import annotations


def show(text: str, svg: str, verdict: str | None = None) -> None:
    """Print the text, show the picture, and print the verdict on a prediction."""
    from IPython.display import SVG, display

    print(text)
    picture = SVG(svg)  # type: ignore[no-untyped-call]
    # JupyterLab shows an SVG as an image without a name, a part of the page with the title that it has.
    bundle = {"image/svg+xml": picture.data, "text/html": picture.data, "text/plain": repr(picture)}
    display(bundle, raw=True)  # type: ignore[no-untyped-call]
    if verdict:
        print(verdict)
