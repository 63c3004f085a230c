"""The café's own tests on every database that it may run on: `make test-databases`."""
