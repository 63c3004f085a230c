"""Whose code a file holds is judged by the folder that it lies in, not by how its name begins."""

from __future__ import annotations

import asyncio
import os
import sys
import sysconfig
from types import FrameType
from typing import Any

import django
import pytest

from asynclab import words
from asynclab.places import Origin, origin, place_of

PACKAGES = sysconfig.get_path("purelib")


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        (django.__file__, "django"),
        (os.path.join(PACKAGES, "asgiref", "sync.py"), "django"),
        (os.path.join(PACKAGES, "django_htmx", "middleware.py"), "package"),
        (os.path.join(PACKAGES, "asgirefs", "sync.py"), "package"),
        (os.path.join(PACKAGES, "IPythonic", "core.py"), "package"),
        (asyncio.__file__, "python"),
        (words.__file__, "python"),
        (os.path.join(os.path.dirname(words.__file__) + "oratory", "views.py"), "yours"),
        (PACKAGES + "_of_mine/views.py", "python"),  # still inside the standard library's folder
        ("<frozen importlib._bootstrap>", "python"),
        ("/tmp/ipykernel_1/2.py", "yours"),
    ],
)
def test_the_origin_of_a_file(path: str, whose: Origin) -> None:
    assert origin(path) == whose


def test_a_line_outside_all_functions_stands_in_the_cell() -> None:
    found: dict[str, Any] = {"look": lambda: place_of(sys._getframe(1))}
    exec(compile("# a comment\nhere = look()", "(a cell)", "exec"), found)
    assert (found["here"].function, found["here"].line) == ("the cell", 2)


def test_a_frame_that_knows_no_line_stands_at_the_first_line_of_its_function() -> None:
    def bare() -> FrameType:
        return sys._getframe()

    bare.__code__ = bare.__code__.replace(co_linetable=b"")
    frame = bare()
    assert frame.f_lineno is None
    assert place_of(frame).line == bare.__code__.co_firstlineno
