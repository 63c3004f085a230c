CLAIM = "Django 3.0 comes out in December 2019."
SAID = {"post": "1"}
NOT_RUN = "A date. Released on 2 December 2019: docs.djangoproject.com/en/3.0/releases/3.0/"
VERDICT = "True."
