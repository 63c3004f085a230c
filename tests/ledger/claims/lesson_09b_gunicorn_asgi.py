CLAIM = "Gunicorn has an ASGI worker, too, since not long ago."
SAID = {"lesson 09b": "(Gunicorn has an ASGI worker, too, since not long ago, `-k asgi`."}
NOT_RUN = (
    "It is about Gunicorn, not Django. 24.0, of January 2026, brought it as a beta: "
    "pypi.org/project/gunicorn/24.0.0/. The Gunicorn of the course, 27.0, has it: gunicorn/workers/gasgi.py."
)
VERDICT = "True since Gunicorn 24. Before, it served ASGI by Uvicorn's worker class only."
