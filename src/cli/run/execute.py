"""Runs notebooks through nbclient for `tsdl run` and tells it what happens, one JSON object a line on stdout.

The first line of stdin is the job (see driver.ts); anything after it, its end included, means: stop now.
Works with Python 3.9 and nbclient 0.10.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import stat
import sys
import time
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

# A frame of what the kernel prints while a cell runs is sent at most this often, in seconds.
OUTPUT_INTERVAL = 0.5
# The kernel's memory is looked at this often, in seconds, and after each cell.
SAMPLE_INTERVAL = 2
# What arrives from a finished cell (timers, promises) is waited for this long at the end, in seconds.
SETTLE = 0.2
STDERR_TAG = "stderr"
# A cell with this tag may raise: JupyterLab and nbclient go on after it. The course's self-checks have it.
MAY_FAIL = "raises-exception"


class UnexpectedStderr(Exception):
    """A cell without the tag `stderr` wrote to it."""


def emit(event: str, **fields) -> None:
    # ASCII: half of a surrogate pair, which a notebook may hold, is no UTF-8
    print(json.dumps({"event": event, **fields}), flush=True)


def text_of(content) -> str:
    return content if isinstance(content, str) else "".join(content)


def process_tree(root: int) -> list[int]:
    """The process and all its descendants, on Linux."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                about = Path("/proc", entry, "stat").read_text()
            except OSError:
                continue  # it ended meanwhile
            parent = int(about[about.rindex(")") + 1 :].split()[1])
            children.setdefault(parent, []).append(int(entry))
    tree = [root]
    for pid in tree:
        tree.extend(children.get(pid, []))
    return tree


def peak_megabytes(pid: int) -> float | None:
    """The largest resident size so far of a process and its descendants; None where the system does not say."""
    if not os.path.isdir("/proc/self"):
        return None
    total = 0
    for member in process_tree(pid):
        try:
            status = Path("/proc", str(member), "status").read_text()
        except OSError:
            continue
        lines = [line.split() for line in status.splitlines() if line.startswith("VmHWM:")]
        total += sum(int(words[1]) for words in lines)
    return total / 1024


class Malformed(Exception):
    """A file that is no notebook."""


# Beyond this many bytes a notebook is a mistake, and reading it could take all the memory there is.
MOST_BYTES = 256 << 20


def read_notebook(path: str):
    """A notebook of a regular file, its parts of the types that are used here."""
    try:
        about = os.stat(path)
    except OSError as reason:
        raise Malformed(f"{type(reason).__name__}: {reason.strerror}") from reason
    if not stat.S_ISREG(about.st_mode):
        raise Malformed("expected a file, got something else")
    if about.st_size > MOST_BYTES:
        raise Malformed(f"expected at most {MOST_BYTES} bytes, got {about.st_size}")
    try:
        notebook = nbformat.read(path, as_version=4)
    except Exception as reason:
        raise Malformed(f"{type(reason).__name__}: {str(reason)[:500]}") from reason
    demand(notebook, "cells", list, "the notebook")
    demand(notebook, "metadata", dict, "the notebook")
    kernelspec = demand(notebook.metadata, "kernelspec", dict, "metadata", {})
    demand(kernelspec, "name", str, "metadata.kernelspec", "tslab")
    demand(notebook.metadata, "tsdl", dict, "metadata", {})
    for place, cell in enumerate(notebook.cells):
        check_cell(cell, f"cell {place + 1}")
    return notebook


def demand(owner, name: str, kind: type, where: str, default=None):
    """A part of a notebook, of the type that it has to have."""
    value = owner.get(name, default) if isinstance(owner, dict) else None
    if not isinstance(value, kind):
        raise Malformed(f"{where}: expected {name} to be of type {kind.__name__}, got {type(value).__name__}")
    return value


def check_cell(cell, where: str) -> None:
    """Refuses a cell whose parts are not what nbformat says; what it does not know may be there."""
    if demand(cell, "cell_type", str, where) not in ("code", "markdown", "raw"):
        raise Malformed(f"{where}: expected code, markdown or raw, got {cell.cell_type[:40]}")
    demand(cell, "source", str, where)
    tags = demand(demand(cell, "metadata", dict, where), "tags", list, f"{where}: metadata", [])
    if not all(isinstance(tag, str) for tag in tags):
        raise Malformed(f"{where}: expected tags to be strings")
    if cell.cell_type == "code":
        for output in demand(cell, "outputs", list, where, []):
            demand(output, "output_type", str, f"{where}: output")


def write_whole(notebook, path: str, draft: str) -> None:
    """Writes a notebook or leaves what was there: through a new file beside it."""
    try:
        with open(draft, "x", encoding="utf-8") as file:
            nbformat.write(notebook, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def tags_of(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def solved_order(cells) -> list[int]:
    """Places of the cells, each solution before the checks that it stands behind."""
    order: list[int] = []
    checks: int | None = None  # where the checks begin that the next solution belongs to
    for place, cell in enumerate(cells):
        tags = tags_of(cell)
        if cell.cell_type != "code":
            order.append(place)
        elif "solution" in tags and checks is not None:
            order.insert(checks, place)
            checks += 1
        else:
            if "check" not in tags:
                checks = None
            elif checks is None:
                checks = len(order)
            order.append(place)
    return order


@contextmanager
def solved(notebook):
    """The notebook as one runs it who knows the answers; gives the places of its cells in the file.

    A reader meets an exercise, its check, then the solution, and a check that fails lets the cells after it run.
    Here the solution runs before the check, and in a notebook with solutions the checks must pass. On leaving, order
    and tags are the file's again.
    """
    cells, order = notebook.cells, solved_order(notebook.cells)
    answered = any("solution" in tags_of(cell) for cell in cells)
    held = [(cell, tags_of(cell)) for cell in cells if answered and "check" in tags_of(cell)]
    notebook.cells = [cells[place] for place in order]
    for cell, tags in held:
        cell.metadata["tags"] = [tag for tag in tags if tag != MAY_FAIL]
    try:
        yield order
    finally:
        notebook.cells = cells
        for cell, tags in held:
            cell.metadata["tags"] = tags


class Client(NotebookClient):
    """Executes one notebook and reports each cell; stops at the first that fails."""

    def __init__(self, notebook, order, job, spec) -> None:
        self.job = job
        self.order = order  # the places of the cells in the file
        self.deadline = time.monotonic() + job["notebookSeconds"]
        self.current = -1
        self.started = 0.0
        self.cell_seconds: list[float] = []
        self.cell_of: dict[str, int] = {}  # execute requests by message id
        self.late_stderr: dict[int, str] = {}
        self.peak: float | None = None
        self.device = None
        self.watchers: list[asyncio.Task] = []
        super().__init__(
            notebook,
            kernel_name=job["kernel"] or notebook.metadata.get("kernelspec", {}).get("name", "tslab"),
            resources={"metadata": {"path": os.path.dirname(spec["path"])}},
            startup_timeout=job["startupSeconds"],
            timeout_func=self.seconds_for,
            iopub_timeout=10,
            raise_on_iopub_timeout=True,
            coalesce_streams=True,
            on_notebook_start=self.notebook_started,
            on_cell_execute=self.cell_started,
            on_cell_executed=self.cell_executed,
        )
        self.log.disabled = True  # what goes wrong is reported as an event

    def seconds_for(self, cell) -> float:
        """The cell's own limit, or what is left of the notebook's if that is less."""
        return max(0.1, min(self.job["cellSeconds"], self.deadline - time.monotonic()))

    async def notebook_started(self, notebook) -> None:
        emit("kernel", pid=self.kernel_pid())
        self.remember_requests()
        self.watchers = [asyncio.ensure_future(watch) for watch in (self.listen(), self.sample())]

    def kernel_pid(self) -> int | None:
        return getattr(getattr(self.km, "provisioner", None), "pid", None)

    def remember_requests(self) -> None:
        """Notes which cell each execute request belongs to."""
        execute = self.kc.execute

        def noting(*args, **options) -> str:
            message_id = execute(*args, **options)
            self.cell_of[message_id] = self.current
            return message_id

        self.kc.execute = noting

    async def listen(self) -> None:
        """Hears everything the kernel publishes, also what belongs to a cell that is already done."""
        client = self.km.client()
        client.start_channels(shell=False, stdin=False, hb=False, control=False)
        done: set[str] = set()
        sent = 0.0
        try:
            while True:
                message = await client.get_iopub_msg(timeout=None)
                parent, content = message["parent_header"].get("msg_id", ""), message["content"]
                if message["msg_type"] == "status" and content["execution_state"] == "idle":
                    done.add(parent)
                elif message["msg_type"] == "stream":
                    if content["name"] == "stderr" and (parent in done or parent not in self.cell_of):
                        index = self.cell_of.get(parent, self.current)
                        self.late_stderr[index] = self.late_stderr.get(index, "") + content["text"]
                    lines = content["text"].strip().splitlines()
                    if lines and time.monotonic() - sent > OUTPUT_INTERVAL:
                        sent = time.monotonic()
                        emit("output", text=lines[-1][:200])
        finally:
            client.stop_channels()

    async def sample(self) -> None:
        """Looks at the kernel's memory now and then, so that a kernel that dies has left its mark."""
        while True:
            self.measure()
            await asyncio.sleep(SAMPLE_INTERVAL)

    async def cell_started(self, cell, cell_index) -> None:
        self.current = cell_index
        self.started = time.monotonic()
        emit("cell", index=self.order[cell_index])

    async def cell_executed(self, cell, cell_index, execute_reply) -> None:
        seconds = time.monotonic() - self.started
        self.cell_seconds.append(round(seconds, 3))
        self.measure()
        emit("cell_done", index=self.order[cell_index], seconds=seconds)

    async def async_execute_cell(self, cell, cell_index, **options):
        result = await super().async_execute_cell(cell, cell_index, **options)
        if cell.cell_type == "code":
            streams = [o for o in cell.outputs if o.output_type == "stream" and o.name == "stderr"]
            self.refuse_stderr(cell_index, "".join(text_of(o.text) for o in streams))
        if cell_index == self.last_index:
            await self.finish()
        return result

    @property
    def last_index(self) -> int:
        return len(self.nb.cells) - 1

    def refuse_stderr(self, index: int, text: str) -> None:
        if text.strip() and STDERR_TAG not in tags_of(self.nb.cells[index]):
            self.current = index
            raise UnexpectedStderr(text)

    async def finish(self) -> None:
        """After the last cell: the device it ran on, and what finished cells still had to say."""
        self.current = len(self.nb.cells)
        await self.ask_device()
        await asyncio.sleep(SETTLE)
        for index, text in sorted(self.late_stderr.items()):
            if 0 <= index < len(self.nb.cells):
                self.nb.cells[index].outputs.append(nbformat.v4.new_output("stream", name="stderr", text=text))
                self.refuse_stderr(index, text)

    async def ask_device(self) -> None:
        """Lets the kernel print its device; a notebook without tsdl has none."""
        probe = self.job["deviceProbe"]
        if not probe or not any("tsdl/" in cell.source for cell in self.nb.cells if cell.cell_type == "code"):
            return
        printed: list[str] = []

        def hook(message) -> None:
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed.append(message["content"]["text"])

        await self.kc.execute_interactive(
            probe, store_history=False, output_hook=hook, timeout=self.seconds_for(None)
        )
        try:
            self.device = json.loads("".join(printed))
        except ValueError:
            self.device = None

    def measure(self) -> None:
        pid = self.kernel_pid()
        now = peak_megabytes(pid) if pid else None
        if now is not None:
            self.peak = max(self.peak or 0.0, now)

    async def _async_cleanup_kernel(self) -> None:
        for watcher in self.watchers:
            watcher.cancel()
        self.watchers = []
        await super()._async_cleanup_kernel()


def describe(error: BaseException, client: Client, stopped: bool) -> dict:
    """The error as the report holds it: what kind, in which cell, and its words."""
    index = client.current if 0 <= client.current < len(client.nb.cells) else None
    place = None if index is None else client.order[index]
    cell_id = None if index is None else client.nb.cells[index].get("id")
    where = {"cell": place, "id": cell_id if isinstance(cell_id, str) else None}
    if stopped:
        return {"kind": "interrupted", "name": "Interrupted", "message": "", **where}
    if isinstance(error, CellExecutionError):
        outputs = client.nb.cells[index].outputs if index is not None else []
        # a kernel may send what it likes
        frames = [str(line) for o in outputs if o.output_type == "error" for line in o.traceback]
        words = {"name": str(error.ename or "Error"), "message": str(error.evalue or ""), "traceback": frames}
        return {"kind": "error", **words, **where}
    kinds = {CellTimeoutError: "timeout", DeadKernelError: "dead-kernel", UnexpectedStderr: "stderr"}
    kind = next((name for cls, name in kinds.items() if isinstance(error, cls)), "start" if index is None else "run")
    return {"kind": kind, "name": type(error).__name__, "message": str(error), **where}


class Runner:
    """All notebooks of one job, one after the other."""

    def __init__(self, job) -> None:
        self.job = job
        self.stopped = False
        self.client: Client | None = None
        self.task: asyncio.Task | None = None

    def stop(self) -> None:
        self.stopped = True
        if self.client is not None:
            self.client.shutdown_kernel = "immediate"
        if self.task is not None:
            self.task.cancel()

    async def watch_stdin(self, reader) -> None:
        await reader.readline()
        self.stop()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        watcher = asyncio.ensure_future(self.watch_stdin(reader))
        for spec in self.job["notebooks"]:
            if self.stopped:
                break
            self.task = asyncio.ensure_future(self.run_one(spec))
            await asyncio.wait([self.task])
            error = None if self.task.cancelled() else self.task.exception()
            if error is not None:
                self.give_up(spec, error)
        watcher.cancel()

    def give_up(self, spec, error: BaseException) -> None:
        """Tells that a notebook could not be read, or what came of it not be written; the others go on."""
        kind = "malformed" if isinstance(error, Malformed) else "run"
        if kind == "malformed":
            Path(spec["out"]).unlink(missing_ok=True)  # of an earlier run
            emit("notebook", path=spec["path"], cells=[])
        about = {"kind": kind, "name": type(error).__name__, "message": str(error), "cell": None, "id": None}
        nothing = {"executed": 0, "cellSeconds": [], "peakMB": None, "device": None}
        emit("notebook_done", path=spec["path"], seconds=0, error=about, **nothing)

    async def run_one(self, spec) -> None:
        notebook = read_notebook(spec["path"])
        emit("notebook", path=spec["path"], cells=[cell.cell_type == "code" for cell in notebook.cells])
        started = time.monotonic()
        error = None
        log_path = Path(spec["out"]).with_suffix(".kernel.log")
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with open(log_path, "wb") as log, solved(notebook) as order:
            client = self.client = Client(notebook, order, self.job, spec)
            try:
                await client.async_execute(stdout=log, stderr=log)
            except (Exception, asyncio.CancelledError) as reason:
                error = describe(reason, client, self.stopped)
        # Read by `tsdl handout`: a cell that ran out of time, or wrote to stderr, leaves no other trace.
        outcome = "passed" if error is None else error["kind"]
        notebook.metadata["tsdl"] = {**notebook.metadata.get("tsdl", {}), "outcome": outcome}
        write_whole(notebook, spec["out"], spec["draft"])
        if log_path.stat().st_size == 0:
            log_path.unlink()
        emit(
            "notebook_done",
            path=spec["path"],
            seconds=time.monotonic() - started,
            executed=client.code_cells_executed,
            cellSeconds=client.cell_seconds,
            peakMB=None if client.peak is None else round(client.peak),
            device=client.device,
            error=error,
        )


def main() -> None:
    # Unbuffered, so that nothing behind the job's line is swallowed before asyncio watches the pipe.
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            return
        line += piece
    job = json.loads(line)
    packages = {name: version(name) for name in ("nbclient", "jupyter_client", "nbformat")}
    emit("ready", versions={"python": platform.python_version(), **packages})
    asyncio.run(Runner(job).run())


if __name__ == "__main__":
    main()
