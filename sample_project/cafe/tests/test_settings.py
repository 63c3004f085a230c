"""The settings, each time in a process of their own: that is how they are read in life."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from unittest import mock

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import SimpleTestCase, TestCase

from config import environment

OURS = {
    *("CAFE_ENV", "DJANGO_DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "FORCE_SCRIPT_NAME"),
    *("DATABASE_URL", "SUPPLIERS_URL", "DJANGO_SETTINGS_MODULE", "TRUST_FORWARDED_PROTO"),
}
PRODUCTION = {"CAFE_ENV": "production", "SECRET_KEY": "abcdefghij" * 5, "ALLOWED_HOSTS": "cafe.example.org"}


def run(*command: str, **variables: str) -> tuple[int, str]:
    """Python on `command`, with these variables and none of ours from outside: the code and all it said."""
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=clean | variables,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
    )
    return done.returncode, done.stdout.strip()


def value(expression: str, **variables: str) -> str:
    """One setting, as a server that imports config.asgi would see it."""
    code = f"import config.asgi; from django.conf import settings; print(({expression}))"
    return run("-c", code, **variables)[1].splitlines()[-1]


class ProductionTest(SimpleTestCase):
    def test_the_deployment_check_has_nothing_to_say(self) -> None:
        self.assertEqual(
            run("manage.py", "check", "--deploy", "--fail-level", "INFO", **PRODUCTION),
            (0, "System check identified no issues (0 silenced)."),
        )

    def test_it_refuses_to_start_without_what_it_needs(self) -> None:
        for change, words in {
            ("SECRET_KEY", ""): "CAFE_ENV=production needs SECRET_KEY, at least 50 random characters",
            ("SECRET_KEY", "short"): "CAFE_ENV=production needs SECRET_KEY, at least 50 random characters",
            ("SECRET_KEY", "a" * 60): "CAFE_ENV=production needs SECRET_KEY, at least 50 random characters",
            ("ALLOWED_HOSTS", " , "): "CAFE_ENV=production needs ALLOWED_HOSTS",
            ("DJANGO_DEBUG", "1"): "CAFE_ENV=production refuses DJANGO_DEBUG=1",
            ("CAFE_ENV", "prod"): "CAFE_ENV must be development or production, not 'prod'.",
        }.items():
            with self.subTest(change):
                code, said = run("-c", "import config.asgi", **PRODUCTION | dict([change]))
                self.assertNotEqual(code, 0)
                self.assertIn(words, said.splitlines()[-1])

    def test_it_leaves_static_files_to_the_web_server(self) -> None:
        self.assertEqual(value("type(config.asgi.application).__name__", **PRODUCTION), "ASGIHandler")


class DevelopmentTest(SimpleTestCase):
    def test_a_server_started_with_nothing_set_shows_no_error_pages_and_answers_local_names_only(
        self,
    ) -> None:
        self.assertEqual(value("settings.DEBUG"), "False")
        self.assertEqual(value("settings.ALLOWED_HOSTS"), "['localhost', '.localhost', '127.0.0.1', '[::1]']")
        self.assertEqual(value("type(config.asgi.application).__name__"), "ASGIStaticFilesHandler")

    def test_the_command_line_turns_debug_on_unless_told_otherwise(self) -> None:
        show = (
            "manage.py",
            "shell",
            "--no-startup",
            "-c",
            "from django.conf import settings as s; print(s.DEBUG)",
        )
        self.assertEqual(run(*show)[1].splitlines()[-1], "True")
        self.assertEqual(run(*show, DJANGO_DEBUG="0")[1].splitlines()[-1], "False")
        self.assertIn("DJANGO_DEBUG must be 1 or 0, not 'yes'.", run(*show, DJANGO_DEBUG="yes")[1])

    def test_behind_a_proxy_links_and_cookies_carry_its_path(self) -> None:
        shown = value(
            "settings.FORCE_SCRIPT_NAME, settings.SESSION_COOKIE_PATH, settings.CSRF_COOKIE_PATH,"
            " settings.STATIC_URL, settings.CSRF_TRUSTED_ORIGINS",
            FORCE_SCRIPT_NAME="/user/ada/proxy/",
            CSRF_TRUSTED_ORIGINS="https://hub.example.org, https://b.example.org",
        )
        prefix = "/user/ada/proxy"
        origins = ["https://hub.example.org", "https://b.example.org"]
        self.assertEqual(shown, str((prefix, f"{prefix}/", f"{prefix}/", f"{prefix}/static/", origins)))
        self.assertEqual(value("settings.SESSION_COOKIE_PATH, settings.STATIC_URL"), "('/', '/static/')")

    def test_https_that_a_proxy_tells_of_is_believed_only_where_asked_for(self) -> None:
        header = "settings.SECURE_PROXY_SSL_HEADER"
        self.assertEqual(value(header), "None")
        self.assertEqual(value(header, TRUST_FORWARDED_PROTO="1"), "('HTTP_X_FORWARDED_PROTO', 'https')")

    def test_under_wsgi_pages_and_files_are_found_below_a_proxys_path_and_without_it(self) -> None:
        code = """
from wsgiref.util import setup_testing_defaults
from config.wsgi import application
seen = []
for path in ("/a/b/slow/", "/slow/", "/a/b/static/cafe/cup.svg", "/a/bslow/", "/nothing/"):
    environ = {"PATH_INFO": path, "QUERY_STRING": "delay=0"}
    setup_testing_defaults(environ)
    body = application(environ, lambda status, headers: seen.append(status[:3]))
    b"".join(body)
    body.close()
print(*seen)
"""
        self.assertEqual(run("-c", code, FORCE_SCRIPT_NAME="/a/b")[1].splitlines()[-1], "200 200 200 404 404")


class DatabaseUrlTest(SimpleTestCase):
    file = Path("café #1.sqlite3")

    def parse(self, url: str) -> dict[str, object]:
        with mock.patch.object(environment, "find_spec"):  # whatever drivers are installed here
            found = environment.database(url, self.file)
        return {name: entry for name, entry in found.items() if entry}

    def test_without_one_it_is_a_file_beside_the_project(self) -> None:
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20}
        engine = "django.db.backends.sqlite3"
        self.assertEqual(self.parse(""), {"ENGINE": engine, "NAME": str(self.file), "OPTIONS": options})
        self.assertEqual(
            self.parse("sqlite:////tmp/cafe.sqlite3"),
            {"ENGINE": engine, "NAME": "/tmp/cafe.sqlite3", "OPTIONS": options},
        )

    def test_it_names_each_database_the_café_runs_on(self) -> None:
        place = {"USER": "ada", "PASSWORD": "p@ss", "HOST": "db.example.org", "NAME": "cafe"}
        for scheme, engine in {
            "postgres": "postgresql",
            "postgresql": "postgresql",
            "mysql": "mysql",
        }.items():
            self.assertEqual(
                self.parse(f"{scheme}://ada:p%40ss@db.example.org:1234/cafe"),
                {"ENGINE": f"django.db.backends.{engine}", **place, "PORT": 1234},
            )

    def test_no_connection_is_kept_between_requests(self) -> None:
        with mock.patch.object(environment, "find_spec"):
            self.assertEqual(environment.database("postgres://h/cafe", self.file)["CONN_MAX_AGE"], 0)

    def test_what_cannot_be_read_is_one_sentence_that_keeps_the_password(self) -> None:
        for url, words in {
            "nonsense": "DATABASE_URL cannot be read",
            "postgres://ada:secret@host:port/cafe": "DATABASE_URL cannot be read",
            "mongodb://ada:secret@host/cafe": "DATABASE_URL cannot be read",
            "oracle://ada:secret@host/cafe": "DATABASE_URL asks for django.db.backends.oracle;",
            "postgres://ada:secret@host": "DATABASE_URL names no database",
        }.items():
            with self.subTest(url), self.assertRaises(ImproperlyConfigured) as caught:
                self.parse(url)
            self.assertTrue(str(caught.exception).startswith(words), caught.exception)
            self.assertNotIn("secret", "".join(traceback.format_exception(caught.exception)))
            self.assertNotIn("\n", str(caught.exception))

    def test_a_missing_driver_is_named_with_its_remedy(self) -> None:
        with (
            mock.patch.object(environment, "find_spec", return_value=None),
            self.assertRaisesMessage(
                ImproperlyConfigured, "whose driver is not installed: pip install mysqlclient."
            ),
        ):
            environment.database("mysql://ada@host/cafe", self.file)


class EnvironmentTest(SimpleTestCase):
    def test_a_wrong_address_or_path_is_refused_in_words(self) -> None:
        for wrong in ("127.0.0.1:8001", "http://", "ftp://host", "http://[bad"):
            with (
                self.subTest(wrong),
                self.assertRaisesMessage(ImproperlyConfigured, "SUPPLIERS_URL must look like"),
            ):
                environment.address({"SUPPLIERS_URL": wrong}, "SUPPLIERS_URL")
        with self.assertRaisesMessage(ImproperlyConfigured, "FORCE_SCRIPT_NAME must begin with a slash"):
            environment.prefix({"FORCE_SCRIPT_NAME": "user/ada"}, "FORCE_SCRIPT_NAME")

    def test_a_checkout_keeps_the_key_it_made_readable_by_its_owner_alone(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / ".secret_key"
            first = environment.key_of_this_checkout(path)
            self.assertEqual((environment.key_of_this_checkout(path), len(first)), (first, 50))
            self.assertEqual([entry.name for entry in Path(folder).iterdir()], [".secret_key"])
            if os.name == "posix":
                self.assertEqual(oct(path.stat().st_mode & 0o777), "0o600")

    def test_two_servers_that_start_at_once_share_one_key(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / ".secret_key"
            with mock.patch("pathlib.Path.exists", return_value=False):  # both look before either has written
                self.assertEqual(
                    environment.key_of_this_checkout(path), environment.key_of_this_checkout(path)
                )

    def test_where_nothing_can_be_written_each_process_has_a_key_of_its_own(self) -> None:
        nowhere = Path("no", "such", "folder", ".secret_key")
        keys = {environment.key_of_this_checkout(nowhere) for _ in range(2)}
        self.assertEqual([len(key) for key in keys], [50, 50])

    def test_a_key_that_is_given_goes_before_the_checkouts(self) -> None:
        self.assertEqual(value("settings.SECRET_KEY", SECRET_KEY="given"), "given")
        self.assertEqual(value("len(settings.SECRET_KEY)", SECRET_KEY=""), "50")


class MigrationsTest(TestCase):
    def test_the_migrations_say_what_the_models_say(self) -> None:
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
