CLAIM = "Django has spoken WSGI from its first day."
SAID = {"post": "2"}
NOT_RUN = (
    "History. The commit of 18 July 2005 that prepares for WSGI finds one handler there, and names it "
    "after mod_python: github.com/django/django/commit/4e094e26e6. It left with 1.5: "
    "docs.djangoproject.com/en/1.5/internals/deprecation/"
)
VERDICT = "False: Apache's mod_python was there before it."
