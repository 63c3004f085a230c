"""On Binder and JupyterHub your browser reaches a server of the kernel's through the hub alone.

jupyter-server-proxy shows port 8000 at `<your hub's path>/proxy/absolute/8000/` and hands each path on
in full. It asks for your login first. It passes a stream on as it comes only to who accepts nothing but
`text/event-stream`, which is what a browser's EventSource asks for.
"""

from __future__ import annotations

import os


def prefix(port: int) -> str:
    """The path under which a browser finds that port; nothing where it can be asked directly."""
    base = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "")
    return f"{base.rstrip('/')}/proxy/absolute/{port}" if base else ""


def variables(path: str) -> dict[str, str]:
    """What the café must be told to be shown there: links, cookies and redirects then carry the path.

    The hub's own name and its https arrive in headers. Nobody here knows that name beforehand, so any is
    answered; and that the browser spoke https is believed, or Django would refuse each posted form as one
    from elsewhere. Both are safe because nobody gets here but through the hub, or from this machine.
    """
    if not path:
        return {}
    return {"FORCE_SCRIPT_NAME": path, "ALLOWED_HOSTS": "*", "TRUST_FORWARDED_PROTO": "1"}
