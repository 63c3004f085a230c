#!/usr/bin/env python
"""Django's command line, as you type it on your own machine."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # You are at a keyboard: show error pages with everything in them. A server started any other
    # way has to be told so, and production settings refuse it (see config/settings.py).
    if os.environ.get("CAFE_ENV") != "production":
        os.environ.setdefault("DJANGO_DEBUG", "1")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise ImportError(
            "Django is not installed in this Python. Have you activated its environment?"
        ) from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
