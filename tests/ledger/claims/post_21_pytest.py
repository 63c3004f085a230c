CLAIM = "`@pytest.mark.asyncio` runs an async test."
SAID = {"post": "21"}
NOT_RUN = "It needs pytest-asyncio: pytest-asyncio.readthedocs.io. Lesson 08b is about it."
VERDICT = "True; but what such a test writes into the database is not rolled back unless you see to it."
