"""The hub of `make class`: on this machine alone, for learners whom no system account stands for.

The spawner is JupyterHub's own for tests: all servers run as one user, so nothing keeps learners apart. A
hub for people is described in docs/deploy/.
"""

import json
import os
import sys
from pathlib import Path

told = json.loads(os.environ["ASYNCLAB_CLASS_HUB"])  # see hub.py
folder, programs = Path(told["folder"]), Path(sys.executable).parent

c = get_config()  # noqa: F821

c.JupyterHub.bind_url = f"http://127.0.0.1:{told['port']}/"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{told['hub_port']}/"
c.JupyterHub.db_url = f"sqlite:///{folder / 'hub.sqlite3'}"
c.JupyterHub.cookie_secret_file = str(folder / "cookie_secret")
c.JupyterHub.cleanup_servers = c.JupyterHub.cleanup_proxy = True
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{told['proxy_port']}"
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")
c.ConfigurableHTTPProxy.command = told["proxy"]

c.JupyterHub.authenticator_class = "null"  # nobody logs in: whoever has no token of this class stays out
c.JupyterHub.services = [{"name": "class", "api_token": told["token"]}]
c.JupyterHub.load_roles = [
    {
        "name": "class",
        "services": ["class"],
        "scopes": ["admin:users", "admin:servers", "tokens", "access:servers"],
    }
]

c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(folder / "homes" / "{username}")
c.Spawner.cmd = [str(programs / "jupyterhub-singleuser")]
# A server chooses a kernel's TCP ports a second before the kernel takes them. Where a whole class opens a
# lesson at once, two may choose the same. Sockets in a learner's own folder cannot collide.
c.Spawner.args = ["--KernelManager.transport=ipc"]
if hasattr(os, "geteuid") and os.geteuid() == 0:
    c.Spawner.args.append("--allow-root")
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = c.Spawner.http_timeout = 300  # seconds: all learners come at once
c.Spawner.environment = told["environment"] | {
    # near the root: the path of a socket holds about a hundred characters
    "JUPYTER_RUNTIME_DIR": lambda spawner: str(folder / "run" / spawner.user.name),
    "TMPDIR": lambda spawner: str(folder / "homes" / spawner.user.name / "tmp"),
    "PYTHONSTARTUP": lambda spawner: str(
        folder / "homes" / spawner.user.name / "course" / "notebooks" / "asynclab" / "startup.py"
    ),
}
