CLAIM = "Most applications are well served by WSGI."
SAID = {"post": "24"}
NOT_RUN = (
    "An opinion. Django's documentation weighs it: async views gain under ASGI, by long or many waits: "
    "docs.djangoproject.com/en/6.1/topics/async/"
)
VERDICT = "Still a sound one. Lessons 00, 03 and 09 say how to find out for yours."
