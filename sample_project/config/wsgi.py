"""The application for a WSGI server: `gunicorn config.wsgi:application`."""

import os

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
if not settings.PRODUCTION:
    application = StaticFilesHandler(application)  # see asgi.py
