"""How often does one request go through `sync_to_async` or `async_to_sync`, with which list of layers?"""

from asgiref.sync import AsyncToSync, SyncToAsync
from django.http import HttpResponse

from ..declare import NOT_AWAITED, attempt, no, yes
from ..stage import asgi, plain_layer, project

CLAIM = "Below Django's seven layers, one that is sync only saves crossings."
SAID = {"lesson 05b": "Below Django's seven a sync layer saves ten crossings"}
VERDICT = "True, and the same numbers in each series since 3.1. They say nothing about time."

EXPECTED = {
    "3.0": no(NOT_AWAITED),
    "from 3.1": yes({"none": 2, "seven": 15, "and a sync one": 5}),
}
SEVEN = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def observe():
    from django.utils.module_loading import import_string

    apps = ["contenttypes", "auth", "sessions", "messages"]
    project(INSTALLED_APPS=[f"django.contrib.{name}" for name in apps])
    crossings = []
    for bridge in (SyncToAsync, AsyncToSync):

        def counting(self, *arguments, original=bridge.__call__, **named):
            crossings.append(1)
            return original(self, *arguments, **named)

        bridge.__call__ = counting

    async def page(request):
        return HttpResponse("page")

    def count(layers):
        crossings.clear()
        asgi(page, layers)
        return len(crossings)

    warm = attempt(asgi, page)  # the first request does more
    if isinstance(warm, str):
        return warm
    seven = [import_string(each) for each in SEVEN]
    return {"none": count([]), "seven": count(seven), "and a sync one": count([*seven, plain_layer])}
