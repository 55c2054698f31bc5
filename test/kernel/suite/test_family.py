"""Who ends with whom: the kernel with its Jupyter, what cells started with the kernel."""

import json
import os
import random
import signal
import subprocess
import sys
import time
import unittest

import psutil

from harness import ARGV, STOCK, WORK, Kernel, write
from test_life import connection, gone

LAUNCHER = """
import json, os, subprocess, sys, time
process = subprocess.Popen(json.loads(sys.argv[1]), env={**os.environ, "JPY_PARENT_PID": str(os.getpid())})
print(process.pid, flush=True)
time.sleep(1000)
"""

CHILDREN = {
    "of spawn": "spawn('sleep', [n])",
    "of exec": "exec('sleep ' + n)",
    "of spawn that is detached": "spawn('sleep', [n], { detached: true, stdio: 'ignore' }).unref()",
    "in the background of a shell": "exec('sleep ' + n + ' & sleep ' + n + ' & wait')",
    "whose parent has ended": "execSync('sleep ' + n + ' >/dev/null 2>&1 &')",
    "of a shell with job control": "execSync('set -m; sleep ' + n + ' >/dev/null 2>&1 &', { shell: '/bin/bash' })",
    "of setsid": "execSync('setsid sleep ' + n + ' >/dev/null 2>&1 &')",
    "that hears no signal": "exec('trap \"\" INT TERM HUP; sleep ' + n)",
    "of a Node process": "spawn(process.execPath, ['-e', `require('child_process').spawn('sleep', ['${n}'], { detached: true })`])",
}


def running(*words):
    """Processes with these words among their arguments."""
    found = []
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE and {*words} <= {*(process.info["cmdline"] or [])}:
            found.append(process.info["pid"])
    return found


def kernels(file):
    """Processes of the kernel that was started with this connection file."""
    pids = [pid for pid in running(str(file)) if psutil.Process(pid).name().startswith("node")]
    return pids + [child.pid for pid in pids for child in psutil.Process(pid).children(recursive=True)]


def until(condition, seconds):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


class Family(unittest.TestCase):
    def launched(self, file, wrap=lambda argv: argv):
        argv = wrap([part.replace("{connection_file}", str(file)) for part in ARGV])
        launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER, json.dumps(argv)], stdout=subprocess.PIPE, text=True)
        launcher.stdout.readline()
        launcher.stdout.close()
        return launcher

    def kill(self, launcher):
        launcher.send_signal(signal.SIGKILL)
        launcher.wait()

    @unittest.skipIf(STOCK, "about our own parts")
    def test_ends_with_jupyter(self):
        """ends when the Jupyter that started it is killed, itself or through a shell that lives on"""
        through = lambda argv: ["sh", "-c", '"$@"; sleep 30', "sh", *argv]
        for name, wrap in (("itself", lambda argv: argv), ("through a shell", through)):
            with self.subTest(name):
                file = write(f"parent-{name.replace(' ', '-')}.json", json.dumps(connection()))
                launcher = self.launched(file, wrap)
                self.assertTrue(until(lambda: len(kernels(file)) >= 2, 20))
                family = kernels(file)
                self.kill(launcher)
                self.assertTrue(gone(family))

    @unittest.skipIf(STOCK, "about our own parts")
    def test_ends_with_jupyter_that_went_first(self):
        """ends when its Jupyter was gone before the kernel was ready"""
        file = WORK / "parent-early.json"
        launcher = self.launched(file)
        self.assertTrue(until(lambda: kernels(file), 20))
        self.kill(launcher)
        time.sleep(0.5)
        write(file.name, json.dumps(connection()))
        self.assertTrue(until(lambda: not kernels(file), 20))

    @unittest.skipIf(STOCK, "about our own parts")
    def test_lives_without_jupyter(self):
        """lives on without its starter where no Jupyter is named"""
        file = write("parent-none.json", json.dumps(connection()))
        argv = [part.replace("{connection_file}", str(file)) for part in ARGV]
        env = {key: value for key, value in os.environ.items() if key != "JPY_PARENT_PID"}
        subprocess.run(["sh", "-c", '"$@" >/dev/null 2>&1 &', "sh", *argv], env=env, check=True)
        try:
            self.assertTrue(until(lambda: len(kernels(file)) >= 2, 20))
            time.sleep(2)
            self.assertTrue(kernels(file))
        finally:
            for pid in kernels(file):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    @unittest.skipIf(STOCK, "about our own parts")
    def test_children(self):
        """leaves no process of a cell behind, whoever is killed and however it was started"""
        mark = random.randrange(10**6, 10**7)
        for at, which in enumerate(["the server", "the runtime", "both", "neither"]):
            kernel = Kernel()
            kernel.run("const { spawn, exec, execSync } = require('node:child_process'); let n = ''")
            word = f"{mark}.{at}"
            result = kernel.run(f"n = '{word}'; {'; '.join(CHILDREN.values())}; undefined")
            self.assertEqual(result.status, "ok", result.error)
            self.assertTrue(until(lambda: len(running(word)) >= len(CHILDREN) + 1, 10), running(word))
            server = kernel.km.provisioner.process.pid
            runtime = int(kernel.run("process.pid").result)
            guard = ("tsdl-guard", str(runtime))
            self.assertTrue(running(*guard))
            for pid in {"the server": [server], "the runtime": [runtime], "both": [server, runtime]}.get(which, []):
                os.kill(pid, signal.SIGKILL)
            if which == "neither":
                kernel.km.shutdown_kernel()
            left = until(lambda: not running(word), 6) or running(word)
            for pid in running(word):
                os.kill(pid, signal.SIGKILL)
            with self.subTest(which):
                self.assertIs(left, True)
                if which == "the runtime":
                    self.assertTrue(kernel.ok())
                self.assertTrue(until(lambda: not running(*guard), 10), "its guard is left")
            kernel.stop()
