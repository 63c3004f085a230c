"""The café's settings, in two modes.

On your own machine (nothing set)
    Only local host names are answered. The secret key is made at the first start and stays out of git.
    Error pages with source code and settings appear only where somebody sits at the keyboard: `manage.py`
    turns DEBUG on, a server started in any other way (`uvicorn config.asgi:application`) leaves it off.

In production (CAFE_ENV=production)
    SECRET_KEY and ALLOWED_HOSTS must come from the environment, or the project does not start. HTTPS is
    enforced, DEBUG is refused, and `manage.py check --deploy` has nothing to say.

So nothing that you forget to set can open the project to the world. README.md lists every variable.
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config import environment

BASE_DIR = Path(__file__).resolve().parent.parent

CAFE_ENV = os.environ.get("CAFE_ENV", "").strip() or "development"
if CAFE_ENV not in ("development", "production"):
    raise ImproperlyConfigured(f"CAFE_ENV must be development or production, not {CAFE_ENV!r}.")
PRODUCTION = CAFE_ENV == "production"

DEBUG = environment.flag(os.environ, "DJANGO_DEBUG")
ALLOWED_HOSTS = environment.words(os.environ, "ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = environment.words(os.environ, "CSRF_TRUSTED_ORIGINS")

if PRODUCTION:
    if DEBUG:
        raise ImproperlyConfigured(
            "CAFE_ENV=production refuses DJANGO_DEBUG=1: error pages would show the settings."
        )
    if not ALLOWED_HOSTS:
        raise ImproperlyConfigured(
            "CAFE_ENV=production needs ALLOWED_HOSTS, e.g. cafe.example.org,www.example.org."
        )
    SECRET_KEY = environment.required_key(os.environ, "SECRET_KEY")
    # Behind a proxy that ends TLS, the server in front of Django decides whether X-Forwarded-Proto can be
    # believed (uvicorn: --forwarded-allow-ips). Believing it here would let any client claim HTTPS.
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
else:
    SECRET_KEY = os.environ.get("SECRET_KEY") or environment.key_of_this_checkout(BASE_DIR / ".secret_key")
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", ".localhost", "127.0.0.1", "[::1]"]

# Behind a proxy that shows the project under a path, links and cookies must carry that path. And if the proxy
# ends TLS, only its header says that the browser spoke https: believe it where nobody else can send it.
FORCE_SCRIPT_NAME = environment.prefix(os.environ, "FORCE_SCRIPT_NAME")
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{FORCE_SCRIPT_NAME or ''}/"
if environment.flag(os.environ, "TRUST_FORWARDED_PROTO"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "cafe",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cafe.middleware.DualCafe",  # serves sync and async as they come: no thread is changed for it
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": environment.database(os.environ.get("DATABASE_URL", "").strip(), BASE_DIR / "db.sqlite3")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# In production `manage.py collectstatic` copies every file into STATIC_ROOT under a name that changes with
# its content, and the web server in front serves that folder, for ever cacheable. Elsewhere Django does.
# (The path in full: Django would complete "static/" once, at its first use, which may lie before the first
# request and so before it knows the proxy's path.)
STATIC_URL = f"{FORCE_SCRIPT_NAME or ''}/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage."
        + ("ManifestStaticFilesStorage" if PRODUCTION else "StaticFilesStorage")
    },
}

# Django's default shows errors on the console only while DEBUG is on. A server's log should have them always.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "cafe": {"level": "INFO"},
    },
}

# Empty: the suppliers run inside this process, and nothing needs a network. Otherwise the address of
# `uvicorn cafe.suppliers:suppliers --port 8001`.
SUPPLIERS_URL = environment.address(os.environ, "SUPPLIERS_URL")
SUPPLIERS_PATIENCE = 2.0  # seconds the stock page waits for one supplier
