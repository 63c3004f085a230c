"""Which Python does the installed Django ask for?"""

from importlib.metadata import metadata

from ..declare import no, yes

CLAIM = "Python 3.6 is enough for Django."
SAID = {"post": "22"}
VERDICT = "For 3.0 to 3.2. Today's Django asks for 3.12."

EXPECTED = {
    "3.0 to 3.2": yes(">=3.6"),
    "4.0 to 4.2": no(">=3.8"),
    "5.0 to 5.2": no(">=3.10"),
    "from 6.0": no(">=3.12"),
}


def observe():
    return metadata("Django")["Requires-Python"]
