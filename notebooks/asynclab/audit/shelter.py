"""In the child: the project's code writes into a folder of ours, and reaches no network and no command.

Two nets. `overlay` lets a project that keeps a log or a key work: what it writes goes to a temporary
folder, and is found there when it is read again. `refuse` is the guarantee: an audit hook, which nobody can
take out again, says no to whatever comes by another way. Neither sees a C library that opens files or
sockets by itself.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import re
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {  # audit events that change a path: how many of their arguments are paths, where a dir_fd stands
    "os.mkdir": ((0, 2),), "os.remove": ((0, 1),), "os.rmdir": ((0, 1),), "os.truncate": ((0, None),),
    "os.chmod": ((0, 2),), "os.chown": ((0, 3),), "os.utime": ((0, 3),), "os.symlink": ((1, 2),),
    "os.rename": ((0, 2), (1, 3)), "os.link": ((1, 3),), "os.setxattr": ((0, None),),
}  # fmt: skip
NETWORK = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
           "socket.gethostbyaddr", "socket.bind"}  # fmt: skip
COMMANDS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn"}
FORKS = {"os.fork", "os.forkpty"}
HARMLESS = {"ldconfig", "ld", "gcc", "cc", "objdump", "uname"}  # how ctypes and platform look for a library
SIMPLE = re.compile(r"[\w./=@:+ -]+")  # nothing in it that a shell understands
GIT = {"rev-parse", "describe", "log", "rev-list", "show"}  # how settings find out their version


class Shelter:
    """`wanted` gathers, in sentences, what was asked for and not given."""

    def __init__(self, folder: Path) -> None:
        self.folder = os.path.realpath(folder)
        self.wanted: list[str] = []

    def close_doors(self) -> None:
        self._overlay()
        _resolve_this_machine()
        sys.addaudithook(self._refuse)

    def _inside(self, path: str) -> bool:
        return path == self.folder or path.startswith((self.folder + os.sep, "/dev/"))

    def _shadow(self, path: Any) -> str:
        """Where a path is written to instead."""
        full = os.path.abspath(os.fsdecode(path))
        if self._inside(full):
            return full
        return os.path.join(self.folder, "written", os.path.splitdrive(full)[1].lstrip("/\\"))

    def _overlay(self) -> None:
        first_open, first_os_open, stat, lstat = io.open, os.open, os.stat, os.lstat
        mkdir, rename, remove = os.mkdir, os.rename, os.remove

        def there(path: str) -> bool:
            try:
                lstat(path)
            except (OSError, ValueError):
                return False
            return True

        def folder_of(path: str) -> None:
            if not there(os.path.dirname(path)):
                build(os.path.dirname(path))

        def build(path: str) -> None:
            if not there(path):
                build(os.path.dirname(path))
                mkdir(path)

        def place(path: Any, writes: bool, keeps: bool) -> Any:
            if isinstance(path, int):
                return path
            shadow = self._shadow(path)
            if writes and not there(shadow):
                folder_of(shadow)
                if keeps and there(os.fspath(path)):
                    shutil.copyfile(path, shadow)
            return shadow if writes or there(shadow) else path

        def open_(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
            if "x" in mode and not isinstance(file, int) and there(os.fspath(file)):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), file)
            writes = any(letter in mode for letter in "wax+")
            return first_open(place(file, writes, "w" not in mode), mode, *rest, **named)

        def os_open(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            if dir_fd is None:
                path = place(path, bool(flags & WRITING), not flags & os.O_TRUNC)
            return first_os_open(path, flags, mode, dir_fd=dir_fd)

        def os_mkdir(path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
            if there(os.fspath(path)) or there(self._shadow(path)):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
            build(self._shadow(path))

        def os_rename(src: Any, dst: Any, **named: Any) -> None:
            source, target = self._shadow(src), self._shadow(dst)
            folder_of(target)
            if there(source):
                rename(source, target)
            else:
                shutil.copyfile(src, target)

        def os_link(src: Any, dst: Any, **named: Any) -> None:
            source, target = self._shadow(src), self._shadow(dst)
            folder_of(target)
            shutil.copyfile(source if there(source) else src, target)

        def os_remove(path: Any, *, dir_fd: int | None = None) -> None:
            if dir_fd is not None or there(self._shadow(path)):
                remove(path if dir_fd is not None else self._shadow(path), dir_fd=dir_fd)

        def looked(first: Callable[..., Any]) -> Callable[..., Any]:
            def look(path: Any, **named: Any) -> Any:
                if not isinstance(path, int) and named.get("dir_fd") is None:
                    shadow = self._shadow(path)
                    path = shadow if there(shadow) else path
                return first(path, **named)

            return look

        def quietly(path: Any, *rest: Any, **named: Any) -> None:
            """A changed mode, owner or time: of a file that the audit may not touch, or of one that nobody
            will see.
            """

        builtins.open = io.open = open_
        os.open, os.mkdir, os.rename, os.replace, os.link = os_open, os_mkdir, os_rename, os_rename, os_link
        os.remove = os.unlink = os_remove
        os.stat, os.lstat = looked(stat), looked(lstat)
        os.chmod = os.utime = quietly
        if hasattr(os, "chown"):
            os.chown = os.lchown = quietly

    def _refuse(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, str | bytes | os.PathLike) and isinstance(flags, int) and flags & WRITING:
                self._stay_inside(path, "write")
        elif event in CHANGES:
            for place, fd in CHANGES[event]:
                if isinstance(arguments[place], str | bytes | os.PathLike):
                    self._stay_inside(_full(arguments[place], arguments[fd] if fd else -1), "change")
        elif event == "sqlite3.connect":
            name = os.fsdecode(arguments[0])
            if name not in ("", ":memory:") and ":memory:" not in name and "mode=memory" not in name:
                self._stay_inside(name.removeprefix("file:").partition("?")[0], "open the database")
        elif event in NETWORK and not _local(event, arguments):
            self._no(f"reach the network ({event.removeprefix('socket.')} {_target(arguments)})")
            raise ConnectionRefusedError(errno.ECONNREFUSED, "the audit allows no network")
        elif event in FORKS:  # it could leave the group of processes that the parent ends
            self._no(f"start a process ({event})")
            raise PermissionError(errno.EPERM, "the audit starts no processes")
        elif event in COMMANDS and not _harmless(arguments):
            self._no(f"run a command ({' '.join(_words(arguments))[:80]})")
            raise FileNotFoundError(errno.ENOENT, "the audit runs no commands", str(arguments[0]))

    def _stay_inside(self, path: Any, verb: str) -> None:
        full = os.path.abspath(os.fsdecode(path))
        if not self._inside(full) and not self._inside(os.path.realpath(full)):
            self._no(f"{verb} {full}")
            raise PermissionError(errno.EACCES, "the audit changes nothing", full)

    def _no(self, sentence: str) -> None:
        if sentence not in self.wanted:
            self.wanted.append(sentence)


def _full(path: Any, fd: Any) -> Any:
    """A path that is relative to an open folder, in full where the system says which folder it is."""
    if isinstance(fd, int) and fd >= 0 and not os.path.isabs(path):
        try:
            return os.path.join(os.readlink(f"/proc/self/fd/{fd}"), os.fsdecode(path))
        except OSError:
            return os.path.join(os.sep, os.fsdecode(path))
    return path


def _local(event: str, arguments: tuple[Any, ...]) -> bool:
    """Names that need no network; on Windows, the pair of sockets that every event loop begins with."""
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        return arguments[0] in (None, "", b"", "localhost", "127.0.0.1", "::1", "0.0.0.0")
    if event == "socket.bind":  # libraries try so whether there is IPv6
        return isinstance(arguments[1], tuple) and arguments[1][:2] in (("::1", 0), ("127.0.0.1", 0))
    if sys.platform == "win32":
        frame = sys._getframe(2)
        return "socketpair" in frame.f_code.co_name
    return False


def _harmless(arguments: tuple[Any, ...]) -> bool:
    words = _words(arguments)
    name = os.path.basename(words[0]) if words else ""
    if words[1:] in (["--version"], ["-V"], ["version"]):
        return True
    if name == "git":
        plain = [word for word in words[1:] if not word.startswith("-")]
        return bool(plain) and plain[0] in GIT and not any(word.startswith("--output") for word in words)
    return name in HARMLESS


def _words(arguments: tuple[Any, ...]) -> list[str]:
    """The command and its arguments; not its environment, which may hold secrets."""
    words = arguments[1] if len(arguments) > 1 and isinstance(arguments[1], list | tuple) else arguments[:1]
    found = [os.fsdecode(word) for word in words if isinstance(word, str | bytes | os.PathLike)]
    if found[:2] == ["/bin/sh", "-c"] and len(found) == 3 and SIMPLE.fullmatch(found[2]):
        return found[2].split()  # shell=True with one plain command
    return found


def _target(arguments: tuple[Any, ...]) -> str:
    shown = [str(each) for each in arguments if not isinstance(each, socket.socket) and each is not None]
    return " ".join(shown)[:80]


def _resolve_this_machine() -> None:
    """Settings for containers ask for this machine's own address. It needs no network to be told."""
    name = socket.gethostname()
    by_name, by_name_ex = socket.gethostbyname, socket.gethostbyname_ex
    socket.gethostbyname = lambda host: "127.0.0.1" if host == name else by_name(host)
    socket.gethostbyname_ex = lambda host: (name, [], ["127.0.0.1"]) if host == name else by_name_ex(host)
