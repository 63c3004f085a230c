import asyncio

from ..declare import no, yes
from ..stage import accounts

CLAIM = "Users and their rights can be awaited: `acreate_user`, `ahas_perm`."
SAID = {"roadmap": "5.2"}
VERDICT = "Since 5.2."

EXPECTED = {"3.0 to 5.1": no([False, False]), "from 5.2": yes({"acreate_user": "bo", "ahas_perm": False})}


def observe():
    accounts()
    from django.contrib.auth.models import User

    there = [hasattr(User.objects, "acreate_user"), hasattr(User, "ahas_perm")]
    if not all(there):
        return there

    async def each():
        user = await User.objects.acreate_user("bo")
        return {"acreate_user": user.username, "ahas_perm": await user.ahas_perm("cafe.close")}

    return asyncio.run(each())
