CLAIM = "Uvicorn and Daphne serve a Django project, each by one command."
SAID = {"post": "9"}
NOT_RUN = (
    "It needs the servers. Both commands are in Django's documentation: "
    "docs.djangoproject.com/en/6.1/howto/deployment/asgi/"
)
VERDICT = "True. Bind 127.0.0.1 unless strangers may come in."
