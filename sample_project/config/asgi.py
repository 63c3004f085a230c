"""The application for an ASGI server: `uvicorn config.asgi:application`."""

import os

from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_asgi_application()
if not settings.PRODUCTION:
    # An ASGI server knows nothing of static files. `runserver` adds them by itself; on your own machine this
    # line does the same for every other server. In production the web server in front serves STATIC_ROOT.
    application = ASGIStaticFilesHandler(application)
