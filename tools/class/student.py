"""A student at a JupyterHub: opens a notebook with its own kernel, runs all cells and says what came out.

usage: student.py URL TOKEN NOTEBOOK     (NOTEBOOK relative to the student's folder; the answer is one JSON line)
"""

from __future__ import annotations

import json
import sys
import time
import uuid

import requests
import websocket

SECONDS = 900


def message(session: str, cell: dict) -> dict:
    """JupyterLab's request for one cell: a cell that may raise does not stop the ones after it."""
    may_fail = "raises-exception" in cell["metadata"].get("tags", [])
    content = {"code": "".join(cell["source"]), "silent": False, "store_history": True, "user_expressions": {}}
    header = {"msg_id": uuid.uuid4().hex, "session": session, "username": "", "date": "", "version": "5.3"}
    return {
        "header": {**header, "msg_type": "execute_request"},
        "parent_header": {},
        "metadata": {},
        "content": {**content, "allow_stdin": False, "stop_on_error": not may_fail},
        "channel": "shell",
        "buffers": [],
    }


def run(socket, request: dict) -> dict | None:
    """Waits until the kernel has answered a cell and is idle again; gives the error, if there was one."""
    error, open_ends = None, {"execute_reply", "idle"}
    socket.send(json.dumps(request))
    while open_ends:
        answer = json.loads(socket.recv())
        if answer["parent_header"].get("msg_id") != request["header"]["msg_id"]:
            continue
        kind, content = answer["msg_type"], answer["content"]
        if kind == "error":
            error = {"name": content["ename"], "message": content["evalue"]}
        open_ends.discard(content["execution_state"] if kind == "status" else kind)
    return error


def main(url: str, token: str, path: str) -> None:
    web = requests.Session()
    web.headers["Authorization"] = f"token {token}"
    notebook = web.get(f"{url}api/contents/{path}", timeout=60).json()["content"]
    began = time.monotonic()
    asked = {"path": path, "name": path, "type": "notebook", "kernel": {"name": notebook["metadata"]["kernelspec"]["name"]}}
    session = web.post(f"{url}api/sessions", json=asked, timeout=120)
    session.raise_for_status()
    kernel = session.json()["kernel"]
    address = f"ws{url[4:]}api/kernels/{kernel['id']}/channels"
    socket = websocket.create_connection(address, header=[f"Authorization: token {token}"], timeout=SECONDS)
    errors = []
    started = None
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        error = run(socket, message(kernel["id"], cell))
        started = started or time.monotonic() - began
        if error is not None:
            errors.append({"id": cell["id"], **error})
    socket.close()
    seconds = time.monotonic() - began
    print(json.dumps({"kernel": kernel["name"], "firstCell": started, "seconds": seconds, "errors": errors}))


main(*sys.argv[1:])
