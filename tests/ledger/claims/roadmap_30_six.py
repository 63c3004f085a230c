"""What packages for Python 2 and 3 used to take from Django."""

import importlib.util

import django.utils.encoding

from ..declare import no, yes

CLAIM = "`django.utils.six` and `python_2_unicode_compatible` are gone, and old packages with them."
SAID = {"roadmap": "3.0"}
VERDICT = "Since 3.0."

EXPECTED = {
    "2.2": no({"six": True, "python_2_unicode_compatible": True}),
    "from 3.0": yes({"six": False, "python_2_unicode_compatible": False}),
}


def observe():
    decorator = "python_2_unicode_compatible"
    return {
        "six": importlib.util.find_spec("django.utils.six") is not None,
        decorator: hasattr(django.utils.encoding, decorator),
    }
