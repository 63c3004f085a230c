"""Django's own tests: they come with its source distribution only, of the version in use."""

from __future__ import annotations

import hashlib
import os
import ssl
import tarfile
import tomllib
import urllib.request
from pathlib import Path

import django
from platformdirs import user_cache_path

ROOT = Path(__file__).resolve().parents[2]


class Unavailable(Exception):
    """The source distribution cannot be had; the sentence says why."""


def locked() -> tuple[str, str]:
    """Where the lock says the source distribution of this Django is, and its SHA-256."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    for package in lock["package"]:
        if package["name"] == "django" and package["version"] == django.__version__:
            return package["sdist"]["url"], package["sdist"]["hash"].removeprefix("sha256:")
    raise Unavailable(f"uv.lock does not name Django {django.__version__}: run `make lock`.")


def download() -> Path:
    """The source distribution, fetched once and kept in the user's cache folder."""
    url, digest = locked()
    path = user_cache_path("asynclab", ensure_exists=True) / url.rpartition("/")[2]
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        # As pip does: a certificate of your own, if one is set. Proxies urllib finds by itself.
        trust = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)
        try:
            with urllib.request.urlopen(url, timeout=120, context=trust) as answer:
                content = answer.read()
        except OSError as error:
            raise Unavailable(f"Django's source distribution could not be fetched: {error}") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise Unavailable(f"{url} is not the file that uv.lock names: its SHA-256 differs.")
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        partial.write_bytes(content)
        partial.replace(path)
    return path


def unpack(into: Path) -> Path:
    """Unpack the tests, and nothing else. Returns the folder that holds runtests.py."""
    top = f"django-{django.__version__}"
    with tarfile.open(download()) as archive:
        members = [member for member in archive if member.name.startswith(f"{top}/tests/")]
        if hasattr(tarfile, "data_filter"):  # Python 3.11.4
            archive.extractall(into, members, filter="data")
        else:
            archive.extractall(into, members)
    return into / top / "tests"
