"""A class on one machine, as docs/class.md sets it up; ports, paths and names come from tools/class."""

import json
import os
import sys

room = json.loads(os.environ["TSDL_CLASS"])
c = get_config()  # noqa: F821

c.JupyterHub.bind_url = f"http://127.0.0.1:{room['port']}"
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.hub_port = room["hubPort"]
c.JupyterHub.db_url = f"sqlite:///{room['folder']}/hub.sqlite"
c.JupyterHub.cookie_secret_file = f"{room['folder']}/cookie_secret"
c.ConfigurableHTTPProxy.command = [room["proxy"]]
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{room['proxyPort']}"
c.ConfigurableHTTPProxy.pid_file = f"{room['folder']}/proxy.pid"

# Real accounts of the system, so that each student's server and kernels run as that student.
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allowed_users = set(room["users"])

c.Spawner.cmd = [f"{room['venv']}/bin/jupyterhub-singleuser"]
c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 180
c.Spawner.args = [
    "--KernelManager.transport=ipc",
    f"--MappingKernelManager.cull_idle_timeout={room['cullSeconds']}",
    "--MappingKernelManager.cull_interval=5",
    "--MappingKernelManager.cull_connected=True",
]
c.Spawner.environment = {
    "TF_NUM_INTRAOP_THREADS": "2",
    "TF_NUM_INTEROP_THREADS": "2",
    # The hub hears of what a server does every five minutes; here the limits are shorter than that.
    "JUPYTERHUB_ACTIVITY_INTERVAL": "5",
}
c.JupyterHub.last_activity_interval = 5
c.JupyterHub.activity_resolution = 1

# Servers that nobody uses are ended too.
culler = [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={room['leaveSeconds']}", "--cull-every=10"]
c.JupyterHub.services = [
    {"name": "lecturer", "api_token": room["token"]},
    {"name": "cull", "command": culler},
]
c.JupyterHub.load_roles = [
    {"name": "lecturer", "services": ["lecturer"], "scopes": ["admin:users", "admin:servers", "tokens"]},
    {
        "name": "cull",
        "services": ["cull"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    },
]
