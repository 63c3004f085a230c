"""`make lab` and Binder let each kernel run this first (PYTHONSTARTUP).

So a cell that is run too early says which one comes before it, even if that is the one with
`boot()`. IPython runs this file among the names of the notebook: it leaves none behind.
"""


def _explain() -> None:
    import os
    import sys
    from pathlib import Path

    notebooks = str(Path(os.environ["PYTHONSTARTUP"]).parents[1])
    sys.path.insert(0, notebooks)
    try:
        from asynclab.names import explain_missing_names
    finally:
        sys.path.remove(notebooks)
    explain_missing_names()


_explain()
del _explain
