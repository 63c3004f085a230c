"""A plain sync layer under ASGI: is it called, and where does it run?"""

import threading

from django.http import HttpResponse

from ..declare import yes
from ..stage import asgi, project

CLAIM = "Sync middleware goes on working under ASGI: Django wraps it."
SAID = {"post": "13"}
VERDICT = "True: it runs, and in a thread beside the loop."

EXPECTED = {"from 3.0": yes({"status": 200, "on the loop's thread": False})}


def observe():
    project()
    threads = []

    class Layer:
        def __init__(self, get_response):
            self.get_response = get_response

        def __call__(self, request):
            threads.append(threading.current_thread())
            return self.get_response(request)

    status = asgi(lambda request: HttpResponse("page"), [Layer])
    return {"status": status, "on the loop's thread": threads == [threading.main_thread()]}
