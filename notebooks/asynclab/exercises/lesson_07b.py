"""Lesson 07b: who else buffers, what a server tells an application, and why a task is no queue."""

from __future__ import annotations

from ..run import Run
from .declare import Lesson, Prediction


def what_became_of_the_task(run: Run) -> str:
    """What the task beside the request had noted when the request was over."""
    log = run.opening["log"]
    if run.response.status != 200 or len(log) > 1:
        raise ValueError("this run has no such task")
    return {"": "a", "cancelled": "b", "sent": "c"}["".join(log)]


LESSON = Lesson(
    number="07b",
    slug="07b_what_buffers",
    title="What buffers, and what outlives an answer",
    objectives=(
        "find out who holds a stream back",
        "say when a clean-up comes late, and what comes at once",
        "choose between a task and a queue",
    ),
    know_first="lesson 07",
    docs=(
        ("FileResponse", "ref/request-response/#fileresponse-objects"),
        ("GZipMiddleware", "ref/middleware/#module-django.middleware.gzip"),
        ("How to use Django with Uvicorn", "howto/deployment/asgi/uvicorn/"),
        ("Asynchronous support", "topics/async/"),
    ),
    errors={
        "Django can only handle ASGI/HTTP connections, not lifespan": "7b.7",
        "Task exception was never retrieved": "7b.9",
        "Exception in 'lifespan' protocol": "7b.7",
        "Application startup failed. Exiting": "7b.7",
    },
    predictions=(
        Prediction(
            number="7b.8",
            question=(
                "An async view calls `asyncio.create_task(send_receipt(log))`, keeps a reference, and "
                "answers at once. The receipt takes 0.1 s. The site runs under WSGI. What becomes of it?"
            ),
            options={
                "a": "it is sent 0.1 s after the answer",
                "b": "it is cancelled when the view has answered",
                "c": "the answer waits until it is sent",
            },
            settle=what_became_of_the_task,
            replies={
                "a": "On which loop? The one that `async_to_sync` started for this view has ended with it.",
                "c": "A view does not wait for what it does not await.",
                "b": "Here it was not. Did you change the cell?",
            },
        ),
    ),
    previous="07_streaming",
    next="08_testing",
)
