"""The café's settings, for a server that also has the dashboard."""

from config.settings import *  # noqa: F403 - as they are, but for three
from config.settings import MIDDLEWARE, TEMPLATES

ROOT_URLCONF = "asynclab.dashboard.site"
MIDDLEWARE = ["asynclab.dashboard.site.Timing", *MIDDLEWARE]
TEMPLATES[0]["OPTIONS"]["context_processors"].append("asynclab.dashboard.site.steps")  # type: ignore[index]
