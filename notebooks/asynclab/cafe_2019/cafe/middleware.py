"""The café's own layers. Nobody thought of a loop, or somebody thought of it too early."""

import time


class Clock:
    """Says how long a page took."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        began = time.monotonic()
        response = self.get_response(request)
        response["X-Took"] = f"{time.monotonic() - began:.3f} s"
        return response


class Sign:
    """Says that we are open. Prepared, as in 2019."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["X-Cafe"] = "open"
        return response

    async def __acall__(self, request):
        response = await self.get_response(request)
        response["X-Cafe"] = "open"
        return response
