from __future__ import annotations

from django.core.management import CommandError, call_command
from django.core.signals import got_request_exception
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import TestCase

from cafe.upkeep import behind

SENTENCE = "The database lacks 1 migration: run `python manage.py migrate`."


def forget_a_migration() -> None:
    MigrationRecorder(connection).record_unapplied("cafe", "0001_initial")


def fail(error: Exception) -> None:
    """What Django does when a view raises this."""
    try:
        raise error
    except type(error):
        got_request_exception.send(sender=None)


class BehindTest(TestCase):
    def test_a_database_with_every_migration_is_not_behind(self) -> None:
        self.assertEqual(behind(), "")

    def test_one_without_a_migration_says_so_in_one_sentence(self) -> None:
        forget_a_migration()
        self.assertEqual(behind(), SENTENCE)

    def test_nothing_is_seeded_into_it(self) -> None:
        forget_a_migration()
        with self.assertRaisesMessage(CommandError, SENTENCE):
            call_command("seed")

    def test_a_request_that_fails_for_it_logs_the_sentence(self) -> None:
        forget_a_migration()
        with self.assertLogs("cafe") as logs:
            fail(OperationalError("no such table: cafe_drink"))
        self.assertEqual([record.getMessage() for record in logs.records], [SENTENCE])

    def test_any_other_failure_is_not_blamed_on_it(self) -> None:
        with self.assertNoLogs("cafe"):
            fail(OperationalError("disk I/O error"))  # nothing is missing
        forget_a_migration()
        with self.assertNoLogs("cafe"), self.assertNumQueries(0):
            fail(ValueError("no such table"))
