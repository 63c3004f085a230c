import importlib.util

from ..declare import no, yes
from ..stage import project

CLAIM = "Django has `django.tasks`; the back end that it brings runs a task before `enqueue` comes back."
SAID = {
    "lesson 07b": "Django 6.0 brought `django.tasks`: one way to hand work to a queue, whichever it is. "
    "Django 5.2 has none. … Django 5.2 has no tasks."
}
VERDICT = "Since 6.0; a queue with a worker is a package."

EXPECTED = {
    "3.0 to 5.2": no("no django.tasks"),
    "from 6.0": yes({"enqueue": ["SUCCESSFUL", "tea"], "aenqueue": ["SUCCESSFUL", "tea"]}),
}


def brew():
    return "tea"


def observe():
    project()
    if not importlib.util.find_spec("django.tasks"):
        return "no django.tasks"
    import asyncio

    from django.tasks import task

    brewing = task(brew)
    results = {"enqueue": brewing.enqueue(), "aenqueue": asyncio.run(brewing.aenqueue())}
    return {name: [result.status.name, result.return_value] for name, result in results.items()}
