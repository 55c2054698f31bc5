"""A kernel's life: starts of every kind, shutdown, crashes, wrong messages."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import unittest

import psutil
import zmq

from harness import ARGV, STOCK, WORK, Kernel, of_cell, shared, write


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def connection(**changes):
    names = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"]
    return {"transport": "tcp", "ip": "127.0.0.1", "key": "secret", "signature_scheme": "hmac-sha256",
            **dict(zip(names, free_ports(5))), **changes}


def start(file, **options):
    argv = [part.replace("{connection_file}", str(file)) for part in ARGV]
    return subprocess.Popen(argv, cwd=WORK, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def alive(pid):
    try:
        return "Z" not in pathlib.Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]
    except OSError:
        return False


def children(pid):
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.NoSuchProcess:
        return []


def ended(process, seconds):
    """Its exit code; a process whose first thread is gone may have others left, and no code yet."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def gone(pids, seconds=6):
    end = time.monotonic() + seconds
    while time.monotonic() < end and any(alive(pid) for pid in pids):
        time.sleep(0.05)
    return not any(alive(pid) for pid in pids)


class Life(unittest.TestCase):
    def test_shutdown_with_live_timers(self):
        """shuts down with timers running, and leaves no process behind"""
        kernel = Kernel()
        kernel.run("setInterval(() => {}, 10); 1")
        pid = kernel.km.provisioner.process.pid
        family = [pid, *children(pid)]
        reply = kernel.reply(kernel.ask("shutdown_request", {"restart": False}, "control"), channel="control")
        self.assertEqual(reply["content"]["restart"], False)
        self.assertTrue(gone(family))
        kernel.stop()

    def test_restart(self):
        """restarts with a clean state"""
        kernel = Kernel()
        try:
            kernel.run("const before = 1")
            kernel.km.restart_kernel(now=False)
            kernel.kc.wait_for_ready(timeout=60)
            self.assertIn("TS2304", kernel.run("before").error)
            self.assertEqual(kernel.run("1").content["execution_count"], 2)
        finally:
            kernel.stop()

    def test_memory_pools(self):
        """keeps the server's setting for memory from the cells"""
        self.assertEqual(shared().run("'MALLOC_ARENA_MAX' in process.env").result, "false")

    def test_crash_is_told(self):
        """tells the cell that its process ended, and why, and goes on with a new one that knows no names"""
        kernel = Kernel()
        try:
            for code, why in [("process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {})", "SIGSEGV"),
                              ("process.exit(3)", "exit code 3")]:
                kernel.run("const gone = 1")
                result = kernel.run(code)
                self.assertIn(why, result.error)
                self.assertTrue(kernel.ok())
                self.assertIn("TS2304", kernel.run("gone").error)
            idle = kernel.run("setTimeout(() => process.abort(), 50); 1").messages[0]["parent_header"]["msg_id"]
            self.assertTrue(kernel.until(lambda m: of_cell(m, idle) and "SIGABRT" in m["content"].get("text", "")))
            self.assertTrue(kernel.ok())
        finally:
            kernel.stop()

    def test_kill_leaves_nothing(self):
        """takes its runtime with it when it is killed, busy or not"""
        kernel = Kernel()
        kernel.run("1")
        pid = kernel.km.provisioner.process.pid
        family = [pid, *children(pid)]
        kernel.until_printed(kernel.kc.execute("console.log('busy'); for (;;) {}"), "busy")
        os.kill(pid, signal.SIGKILL)
        self.assertTrue(gone(family))
        kernel.stop()

    def test_wrong_signature(self):
        """drops a message with a wrong signature"""
        kernel = shared()
        good = kernel.kc.session.key
        kernel.kc.session.key = b"wrong"
        try:
            kernel.ask("execute_request", {"code": "globalThis.forged = 1", "silent": False})
        finally:
            kernel.kc.session.key = good
        self.assertEqual(kernel.run("typeof (globalThis as any).forged").result, "'undefined'")

    def test_late_connection_file(self):
        """waits for a connection file that comes late"""
        file = WORK / "late.json"
        process = start(file)
        time.sleep(1)
        content = connection()
        write("late.json", json.dumps(content))
        try:
            context = zmq.Context.instance()
            beat = context.socket(zmq.REQ)
            beat.setsockopt(zmq.LINGER, 0)
            beat.connect(f"tcp://127.0.0.1:{content['hb_port']}")
            beat.send(b"ping")
            self.assertTrue(beat.poll(20_000))
            self.assertEqual(beat.recv(), b"ping")
            beat.close()
        finally:
            process.kill()
            process.communicate()

    def test_bind_error(self):
        """fails loudly when a port is taken"""
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            file = write("taken.json", json.dumps(connection(shell_port=taken.getsockname()[1])))
            process = start(file)
            code = ended(process, 10)
            process.kill()
            _, stderr = process.communicate()
        self.assertIsNotNone(code, "the kernel runs on without its socket")
        self.assertNotEqual(code, 0)
        self.assertIn("Cannot bind the shell socket", stderr)

    def test_bad_connection_file(self):
        """says what is wrong with a connection file"""
        process = start(write("bad.json", json.dumps(connection(hb_port="x"))))
        _, stderr = process.communicate(timeout=30)
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("hb_port must be an integer", stderr)

    def test_ipc(self):
        """serves over ipc"""
        kernel = Kernel(transport="ipc", connection_file=str(WORK / "ipc.json"))
        try:
            self.assertEqual(kernel.run("40 + 2").result, "42")
        finally:
            kernel.stop()

    @unittest.skipIf(STOCK, "about our own parts")
    def test_memory_of_many_cells(self):
        """numbers of open files and handles stay level over many cells"""
        kernel = shared()
        code = "(await import('node:fs')).readdirSync('/proc/self/fd').length"
        before = int(kernel.run(code).result)
        for i in range(40):
            kernel.run(f"const round{i} = {i}")
        self.assertLessEqual(int(kernel.run(code).result), before + 2)


