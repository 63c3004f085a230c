"""One claim a module: Django and the standard library only, in the syntax of Python 3.8."""
