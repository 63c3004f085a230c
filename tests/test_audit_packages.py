"""The middleware of well-known packages, unchanged: what the audit says of each is what Django does with
it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from asynclab.audit import process
from tests.audited import project, state

PACKAGES = {  # each at one version, and its middleware
    "django-hosts==7.0.0": "django_hosts.middleware.HostsRequestMiddleware",  # it asks to be outermost
    "django-allauth==65.21.1": "allauth.account.middleware.AccountMiddleware",
    "django-auditlog==3.4.1": "auditlog.middleware.AuditlogMiddleware",
    "django-axes==8.3.1": "axes.middleware.AxesMiddleware",
    "django-cors-headers==4.9.0": "corsheaders.middleware.CorsMiddleware",
    "django-csp==4.0": "csp.middleware.CSPMiddleware",
    "django-debug-toolbar==8.0.0": "debug_toolbar.middleware.DebugToolbarMiddleware",
    "django-guid==3.6.1": "django_guid.middleware.guid_middleware",
    "django-htmx==1.29.0": "django_htmx.middleware.HtmxMiddleware",
    "django-maintenance-mode==0.23.0": "maintenance_mode.middleware.MaintenanceModeMiddleware",
    "django-otp==1.7.5": "django_otp.middleware.OTPMiddleware",
    "django-permissions-policy==4.34.0": "django_permissions_policy.PermissionsPolicyMiddleware",
    "django-prometheus==2.5.0": "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django-simple-history==3.13.0": "simple_history.middleware.HistoryRequestMiddleware",
    "django-structlog==11.0.0": "django_structlog.middlewares.RequestMiddleware",
    "django-waffle==5.0.0": "waffle.middleware.WaffleMiddleware",
    "whitenoise==6.12.0": "whitenoise.middleware.WhiteNoiseMiddleware",
}
SYNC_ONLY = {  # as Django's own requests show it, below
    "auditlog.middleware.AuditlogMiddleware",
    "maintenance_mode.middleware.MaintenanceModeMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
}
SETTINGS = """
ROOT_HOSTCONF = "site1.hosts"
DEFAULT_HOST = "www"
STATIC_URL = "/static/"
DJANGO_GUID = {}
INSTALLED_APPS += ["django.contrib.messages", "django.contrib.sites", "django.contrib.staticfiles",
    "allauth", "allauth.account", "auditlog", "axes", "corsheaders", "csp", "debug_toolbar", "django_guid",
    "django_hosts", "django_htmx", "maintenance_mode", "django_otp", "django_prometheus", "simple_history",
    "waffle"]
MIDDLEWARE += ["django.contrib.messages.middleware.MessageMiddleware"] + %r
"""
HOSTS = """\
from django_hosts import host, patterns

host_patterns = patterns("", host("www", "site1.urls", name="www"))
"""

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    paths = list(PACKAGES.values())
    return project(tmp_path_factory.mktemp("packages"), {"site1/hosts.py": HOSTS}, SETTINGS % paths)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own, with this Python's Django series."""
    uv = Path(sys.executable).with_name("uv")
    theirs = tmp_path_factory.mktemp("theirs") / "venv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, theirs], check=True)
    python = theirs / "bin/python"
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "django", *PACKAGES], check=True)
    return python


@pytest.fixture(scope="module")
def report(folder: Path, python: Path) -> dict[str, Any]:
    before = state(folder)
    home = Path(process.__file__).parents[2]
    run = subprocess.run(
        [python, "-m", "asynclab.audit", "--json"],
        cwd=folder,
        env=_environment(home),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert state(folder) == before
    return dict(json.loads(run.stdout))


@pytest.fixture(scope="module")
def asked(folder: Path, python: Path, root: Path) -> dict[str, dict[str, Any]]:
    """What Django does with each, by requests in which the audit has no part."""
    script = folder / "audit_packages.py"
    shutil.copy(root / "tests/audit_packages.py", script)
    environment = _environment(folder) | {"DJANGO_SETTINGS_MODULE": "site1.settings"}
    code = "import sys, audit_packages as a, django, json; django.setup(); a.settings.ALLOWED_HOSTS = ['*'];"
    code += "print(json.dumps({path: a.asked(path) for path in sys.argv[1:]}))"
    command = [python, "-c", code, *PACKAGES.values()]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return dict(json.loads(run.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def root() -> Path:
    return Path(__file__).resolve().parent.parent


def _environment(path: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    return plain | {"PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}


def test_django_serves_each_of_them_in_both_worlds(asked: dict[str, dict[str, Any]]) -> None:
    assert {path for path, seen in asked.items() if not seen["stays_async"]} == SYNC_ONLY
    assert {(seen["sync"], seen["async"]) for seen in asked.values()} == {(200, 200)}


def test_the_audit_says_of_each_what_requests_show(
    report: dict[str, Any], asked: dict[str, dict[str, Any]]
) -> None:
    rows = {row["path"]: row for row in report["middleware"]}
    said = {
        path: {
            "sync": 200 if rows[path]["sync"]["outcome"] == "sync" else None,
            "async": 200,
            "stays_async": rows[path]["async_flag"] and rows[path]["async"]["outcome"] == "async",
        }
        for path in PACKAGES.values()
    }
    assert said == asked


def test_nothing_is_wrong_with_any_and_the_sync_only_ones_are_noted(report: dict[str, Any]) -> None:
    assert [each for each in report["findings"] if each["weight"] == "wrong"] == []
    noted = [each["what"].split()[0] for each in report["findings"] if each["code"] == "sync-only"]
    assert set(noted) == SYNC_ONLY


def test_the_state_of_each_package_is_read_from_its_code(report: dict[str, Any]) -> None:
    packages = {each["app"]: each for each in report["packages"]}
    assert packages["corsheaders"]["version"] == "4.9.0"
    assert packages["corsheaders"]["asks_what_it_wraps"] is True
    assert packages["waffle"]["sync_decorators"] == ["waffle_flag", "waffle_switch"]
    assert packages["auditlog"]["async_functions"] == 0
