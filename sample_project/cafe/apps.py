from django.apps import AppConfig
from django.core.signals import got_request_exception


class CafeConfig(AppConfig):
    name = "cafe"
    verbose_name = "Café"

    def ready(self) -> None:
        from cafe import upkeep

        got_request_exception.connect(upkeep.tell)
