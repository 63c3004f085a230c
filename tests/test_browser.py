"""Without a browser the tests that need one say so; they themselves are in tests/browser."""

from __future__ import annotations

import pytest

from .browser import __main__ as command

Printed = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("arguments", "variable", "code"),
    [([], "", 0), ([], "true", 1), (["--left-out"], "", 0), (["--left-out"], "true", 0)],
)
def test_without_chromium_one_line_says_what_was_left_out_and_in_ci_it_is_a_failure(
    arguments: list[str], variable: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", variable)
    assert command.main(arguments) == code
    assert capsys.readouterr().out.splitlines() == [command.LEFT_OUT]


def test_with_chromium_nothing_was_left_out(monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    monkeypatch.setattr(command, "chromium", lambda: "/usr/bin/chromium")
    assert (command.main(["--left-out"]), capsys.readouterr().out) == (0, "")


def test_packages_that_cannot_be_installed_are_a_failure_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    def failing(group: str) -> None:
        raise command.extras.NotInstalled("error: no space left")

    monkeypatch.setattr(command, "chromium", lambda: "/usr/bin/chromium")
    monkeypatch.setattr(command.extras, "install", failing)
    assert command.main([]) == 1
    assert capsys.readouterr().out == (
        "The packages of the tests in a browser could not be installed: error: no space left\n"
    )
