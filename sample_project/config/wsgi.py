"""The application for a WSGI server: `gunicorn config.wsgi:application`."""

import os
from wsgiref.types import WSGIApplication

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.prefix import StaticFilesBelow, without_prefix

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

prefix = settings.FORCE_SCRIPT_NAME or ""
application: WSGIApplication = get_wsgi_application()
if not settings.PRODUCTION:
    application = StaticFilesBelow(application, prefix)  # see asgi.py
if prefix:
    application = without_prefix(application, prefix)
