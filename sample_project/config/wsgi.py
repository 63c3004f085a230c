"""The application for a WSGI server: `gunicorn config.wsgi:application`."""

import os
from wsgiref.types import WSGIApplication

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.wsgi import get_wsgi_application

from config.prefix import without_prefix

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application: WSGIApplication = get_wsgi_application()
if settings.FORCE_SCRIPT_NAME:
    application = without_prefix(application, settings.FORCE_SCRIPT_NAME)
if not settings.PRODUCTION:
    application = StaticFilesHandler(application)  # type: ignore[arg-type]  # see asgi.py
