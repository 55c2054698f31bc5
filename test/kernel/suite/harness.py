"""One kernel under test and what a test asks of it. Works with our kernel and, for comparison, with stock tslab."""

import json
import os
import pathlib
import queue
import shutil
import tempfile
import threading
import time

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

ROOT = pathlib.Path(__file__).resolve().parents[3]
STOCK = os.environ.get("KERNEL") == "stock"
TIMEOUT = float(os.environ.get("TSDL_TEST_TIMEOUT", "6" if STOCK else "60"))
WORK = pathlib.Path(tempfile.mkdtemp(prefix="tsdl-kernel-test-"))

STOCK_ENTRY = ROOT / "node_modules/tslab/bin/tslab"


def argv(stock_entry=STOCK_ENTRY):
    """How the kernel under test is started."""
    if STOCK:
        return ["node", str(stock_entry), "kernel", "--config-path", "{connection_file}"]
    return ["node", str(ROOT / "bin/kernel.js"), "-f", "{connection_file}"]


ARGV = argv()


def write(path, text):
    target = WORK / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return target


def prepare():
    """A small project with a notebook folder, sources beside it and packages of several kinds."""
    register("tsdl-test", ARGV)
    os.environ["JUPYTER_PATH"] = str(WORK / "share")
    os.environ["XDG_STATE_HOME"] = str(WORK / "state")
    os.environ["TSDL_LANG"] = "zh"  # what the tests of hints expect
    write("project/package.json", '{"name": "demo", "version": "1.0.0"}')
    write("project/tsconfig.json", '{"compilerOptions": {"strict": true}}')
    write("project/src/inner.ts", "export const answer: number = 41;\n")
    write("project/src/outer.ts", "import { answer } from './inner';\nexport const next = () => answer + 1;\n")
    write("project/src/failing.ts", "export function fail(): never {\n  // line 2\n  throw new RangeError('from the helper');\n}\n")
    write("project/src/wrong.ts", "export const wrong: number = 'text';\n")
    write("project/src/data.json", '{"name": "data", "values": [1, 2]}')
    package("esm-only", {"type": "module", "exports": "./index.js"}, "await null;\nexport const kind = 'esm';\n")
    package("exports-only", {"exports": {"./deep": {"types": "./types/deep.d.ts", "default": "./code/deep.js"}}}, "")
    write("project/node_modules/exports-only/code/deep.js", "exports.deep = 7;\n")
    write("project/node_modules/exports-only/types/deep.d.ts", "export declare const deep: number;\n")
    (WORK / "project/notebooks").mkdir(parents=True, exist_ok=True)


def register(name, command):
    spec = {"argv": command, "display_name": "test", "language": "typescript", "interrupt_mode": "signal"}
    spec["env"] = {"MALLOC_ARENA_MAX": "1"}  # as in the kernelspec that is installed
    write(f"share/kernels/{name}/kernel.json", json.dumps(spec))


def hoisted():
    """Stock tslab as npm installs it alone: the types of Node beside it instead of below it. Gives its entry."""
    modules = WORK / "hoisted/node_modules"
    modules.mkdir(parents=True)
    for found in (ROOT / "node_modules").iterdir():
        if found.name != "tslab" and not found.name.startswith("."):
            (modules / found.name).symlink_to(found)
    shutil.copytree(ROOT / "node_modules/tslab", modules / "tslab", ignore=shutil.ignore_patterns("node_modules"))
    return modules / "tslab/bin/tslab"


def package(name, manifest, code):
    folder = f"project/node_modules/{name}"
    write(f"{folder}/package.json", json.dumps({"name": name, "version": "1.0.0", **manifest}))
    write(f"{folder}/index.js", code)
    write(f"{folder}/index.d.ts", "export declare const kind: string;\n")


class Result:
    """What one execute request brought."""

    def __init__(self, reply, messages):
        self.reply = reply
        self.messages = messages
        self.status = reply["content"]["status"]
        self.content = reply["content"]

    def of(self, kind):
        return [m["content"] for m in self.messages if m["msg_type"] == kind]

    def text(self, name="stdout"):
        return "".join(c["text"] for c in self.of("stream") if c["name"] == name)

    @property
    def result(self):
        """
        The result as text. Stock tslab prints it instead, and errors as well; that counts once, in the tests of the
        messages.
        """
        if STOCK:
            return plain(self.text()).strip() or head(self.error)
        found = self.of("execute_result")
        return found[0]["data"].get("text/plain") if found else None

    @property
    def error(self):
        if STOCK:
            return plain(self.text("stderr")) or None  # printed there; tests of the messages ask for the message itself
        found = self.of("error")
        return plain("\n".join(found[0]["traceback"])) if found else None


def head(error):
    """The line of a printed error that says what it is."""
    lines = (error or "").split("\n")
    return next((line for line in lines if "Error" in line), lines[0]) or None


def plain(text):
    out, skip = [], False
    for char in text:
        if char == "\x1b":
            skip = True
        elif not skip:
            out.append(char)
        elif char == "m":
            skip = False
    return "".join(out)


def of_cell(message, msg_id):
    return message["parent_header"].get("msg_id") == msg_id


def is_idle(message):
    return message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"


class Kernel:
    def __init__(self, cwd="project/notebooks", spec="tsdl-test", env=None, **options):
        self.km = KernelManager(kernel_name=spec, kernel_spec_manager=KernelSpecManager(), **options)
        self.km.start_kernel(cwd=str(WORK / cwd), env={**os.environ, **(env or {})})
        self.kc = self.km.client()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=120)
        self.log = []

    def run(self, code, timeout=None, on_input=None, interrupt_at=None, **options):
        """Runs a cell; `interrupt_at`: a word that the cell prints when it may be interrupted."""
        end = time.monotonic() + (TIMEOUT if STOCK else timeout or TIMEOUT)
        msg_id = self.kc.execute(code, allow_stdin=on_input is not None, **options)
        timers = []
        if interrupt_at:
            self.until_printed(msg_id, interrupt_at)
            timers = [self.interrupt_later(0.2)]
        messages = self.until_idle(msg_id, end, on_input, "the interrupt did not stop the cell" if interrupt_at else None)
        reply = self.reply(msg_id, end)
        for timer in timers:
            timer.cancel()
        return Result(reply, messages)

    def interrupt_later(self, seconds):
        timer = threading.Timer(seconds, self.km.interrupt_kernel)
        timer.start()
        return timer

    def until_printed(self, msg_id, word, seconds=3 if STOCK else 30):
        """Waits for a cell's output; stock tslab shows none before a synchronous loop ends, so time has to do there."""
        self.until(lambda m: of_cell(m, msg_id) and word in m["content"].get("text", ""), seconds)

    def until(self, wanted, seconds=3 if STOCK else 30):
        """The first message that is `wanted`, among those kept already or to come; None if none comes."""
        end, at = time.monotonic() + seconds, 0
        while True:
            for message in self.log[at:]:
                if wanted(message):
                    return message
            at = len(self.log)
            if time.monotonic() > end:
                return None
            try:
                self.log.append(self.kc.get_iopub_msg(timeout=0.05))
            except queue.Empty:
                pass

    def until_idle(self, msg_id, end, on_input=None, complaint=None):
        messages = [message for message in self.log if of_cell(message, msg_id)]
        if messages and is_idle(messages[-1]):
            return messages
        while True:
            if on_input:
                try:
                    request = self.kc.get_stdin_msg(timeout=0.01)
                    self.kc.input(on_input(request["content"]))
                except queue.Empty:
                    pass
            try:
                message = self.kc.get_iopub_msg(timeout=0.05)
            except queue.Empty:
                if time.monotonic() > end:
                    raise AssertionError(complaint or "the cell did not become idle in time") from None
                continue
            self.log.append(message)
            if not of_cell(message, msg_id):
                continue
            messages.append(message)
            if is_idle(message):
                return messages

    def reply(self, msg_id, end=None, channel="shell"):
        end = end or time.monotonic() + TIMEOUT
        get = self.kc.get_shell_msg if channel == "shell" else self.kc.get_control_msg
        while True:
            try:
                message = get(timeout=max(0.05, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError("no reply in time") from None
            if message["parent_header"].get("msg_id") == msg_id:
                return message

    def take_waiting(self):
        """Keeps the socket's queue short: takes what has come."""
        while self.kc.iopub_channel.msg_ready():
            self.log.append(self.kc.get_iopub_msg(timeout=1))

    def ask(self, kind, content, channel="shell"):
        """Sends any request; gives its message id."""
        message = self.kc.session.msg(kind, content)
        getattr(self.kc, f"{channel}_channel").send(message)
        return message["header"]["msg_id"]

    def ok(self):
        try:
            return self.run("40 + 2", timeout=5).result == "42"
        except AssertionError:
            return False

    def stop(self):
        self.kc.stop_channels()
        self.km.shutdown_kernel(now=True)


_shared = None


def shared():
    """The kernel that most tests share; a new one after a test that left it unusable."""
    global _shared
    if _shared is None:
        _shared = Kernel()
    return _shared


def drop_shared():
    global _shared
    if _shared:
        _shared.stop()
    _shared = None


def cleanup():
    drop_shared()
    shutil.rmtree(WORK, ignore_errors=True)
