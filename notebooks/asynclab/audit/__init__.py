"""How ready for ASGI is a Django project? `python -m asynclab.audit`, or `audit(...)` in a notebook.

It needs Django and asgiref, nothing else of this course: whatever it imports here is the standard library's.
The project's code runs in a process of its own, behind `shelter`; in this process it is only read.
"""

from __future__ import annotations

from .tool import audit as audit

__all__ = ["audit"]
