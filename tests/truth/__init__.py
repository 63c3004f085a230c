"""Proof that recording changes nothing, and that `wire` is as good as a server.

`python -m tests.truth` (`make truth`) runs Django's own tests with and without the recorder, then with
three recorders that are not true, and compares `wire` with a real Uvicorn.
"""
