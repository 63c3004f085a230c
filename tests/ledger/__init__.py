"""The ledger: what is claimed about async Django, tried on every series. `python -m tests.ledger` runs it."""
