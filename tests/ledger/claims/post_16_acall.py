"""A plain class with both `__call__` and `__acall__`: which one does Django call?"""

from django.http import HttpResponse

from ..declare import no
from ..stage import asgi, project

CLAIM = "Give middleware an `__acall__` beside its `__call__`, and Django takes it under ASGI."
SAID = {"post": "16"}
VERDICT = "It never runs. Python knows no such method; only Django's `MiddlewareMixin` calls its own."

EXPECTED = {"from 3.0": no({"without flags": ["__call__"], "with flags": ["__call__"]})}


def observe():
    project()
    calls = []

    class Layer:
        def __init__(self, get_response):
            self.get_response = get_response

        async def __acall__(self, request):
            calls.append("__acall__")
            return await self.get_response(request)

        def __call__(self, request):
            calls.append("__call__")
            return self.get_response(request)

    class Flagged(Layer):
        sync_capable = async_capable = True

    def called(layer):
        calls.clear()
        asgi(lambda request: HttpResponse("page"), [layer])
        return list(calls)

    return {"without flags": called(Layer), "with flags": called(Flagged)}
