"""The tests, and the commands behind `make`: `python -m tests.reading`, `tests.bench`, `tests.truth`."""
