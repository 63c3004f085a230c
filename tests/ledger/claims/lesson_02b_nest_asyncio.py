CLAIM = "On Python 3.14, `nest_asyncio` breaks `timeout`, `TaskGroup` and `wait_for`, and so Django 6.1."
SAID = {
    "lesson 02b": "on Python 3.14 in November 2026, a patched loop also failed `timeout`, `TaskGroup` and "
    "`wait_for`, and with them Django 6.1"
}
NOT_RUN = (
    "It needs the package nest_asyncio (1.6.0, archived: github.com/erdewit/nest_asyncio). Lesson 02b's own "
    "cell tries it on the Python that runs the lesson."
)
VERDICT = "Tried elsewhere in November 2026, as the lesson says."
