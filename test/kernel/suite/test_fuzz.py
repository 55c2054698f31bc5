"""Random and mutated messages at the sockets: the kernel answers or ignores, and lives."""

import json
import os
import pathlib
import random
import socket
import unittest

import zmq

from harness import STOCK, Kernel, write

COUNT = int(os.environ.get("TSDL_FUZZ", "400"))
STRANGE = int(os.environ.get("TSDL_STRANGE", "70"))
WAYS = ["last", "display", "bundle", "comm", "print", "throws", "rejects"]
KINDS = ["kernel_info_request", "complete_request", "inspect_request", "is_complete_request", "history_request",
         "comm_info_request", "comm_open", "comm_msg", "comm_close", "execute_request", "no_such_request", "input_reply",
         "__proto__", "constructor", ""]
VALUES = [None, True, -1, 1e300, "", "x" * 5000, "\u0000", "😀" * 50, [], {}, [[[]]], {"a": {"b": None}}]
KEYS = ["code", "cursor_pos", "detail_level", "hist_access_type", "session", "start", "stop", "n", "pattern", "comm_id",
        "target_name", "data", "silent", "store_history", "user_expressions", "allow_stdin", "stop_on_error", "value"]


class Fuzz(unittest.TestCase):
    def frames(self, rng, session):
        """One message, more or less broken; code that runs stays harmless."""
        content = {key: rng.choice(VALUES) for key in rng.sample(KEYS, rng.randint(0, 8))}
        if isinstance(content.get("user_expressions"), str):
            content.pop("user_expressions")
        message = session.msg(rng.choice(KINDS), content)
        parts = session.serialize(message, ident=b"fuzz")
        kind = rng.randint(0, 9)
        if kind == 0:
            parts[2] = b"0" * 64
        elif kind == 1:
            del parts[rng.randrange(len(parts))]
        elif kind == 2:
            parts[rng.randrange(len(parts))] = bytes(rng.randrange(256) for _ in range(rng.randint(0, 80)))
        elif kind == 3:
            body = [b"{" * 2000, b"[]", b"null", json.dumps(content).encode()]
            parts = parts[:2] + [session.sign(body)] + body
        elif kind == 4:
            parts.append(os.urandom(rng.choice([1, 1000, 2_000_000 if rng.random() < 0.05 else 10])))
        elif kind == 5:
            parts = [os.urandom(rng.randint(0, 300)) for _ in range(rng.randint(1, 9))]
        return parts

    @unittest.skipIf(STOCK, "stock tslab has no chance here")
    def test_random_messages(self):
        """survives random and mutated messages on every socket"""
        kernel, rng = Kernel(), random.Random(7)
        try:
            self.assertEqual(kernel.run("1").result, "1")
            channels = ["shell_channel", "control_channel", "stdin_channel"]
            for count in range(COUNT):
                socket = getattr(kernel.kc, rng.choice(channels)).socket
                socket.send_multipart(self.frames(rng, kernel.kc.session))
                if count % 100 == 99:
                    kernel.take_waiting()
            # The first may be aborted with the last failing cell, whose reply was still on its way.
            results = [kernel.run("6 * 7", timeout=300) for _ in range(2)]
            self.assertIn(results[0].status, ["ok", "aborted"])
            self.assertEqual(results[1].result, "42")
            self.assertTrue(kernel.km.is_alive())
        finally:
            kernel.stop()


def garbage(rng):
    """Messages of many shapes, none of which a front-end would send."""
    delimiter = b"<IDS|MSG>"
    yield from ([b""], [b"x"], [b"", b""], [b"", b"x"], [b"\0"], [b"\1"], [b"\2x"], [b"\1" + b"topic" * 10_000])
    yield from ([delimiter], [delimiter] * 2, [delimiter] * 7, [delimiter, b"0" * 64, b"{}", b"{}", b"{}", b"{}"])
    yield [delimiter, b"", b"[" * 100_000, b"{}", b"{}", b"{}"]
    yield from ([b""] * 500, [b"x"] * 5000, [b"x" * 8_000_000], [b"{}" * 1_000_000] * 4)
    for _ in range(200):
        yield [rng.choice([b"", b"x", delimiter, rng.randbytes(rng.randint(0, 300))]) for _ in range(rng.randint(1, 9))]


class Garbage(unittest.TestCase):
    def send_all(self, address, kind, rng):
        peer = zmq.Context.instance().socket(kind)
        peer.setsockopt(zmq.LINGER, 1000)
        peer.setsockopt(zmq.SNDTIMEO, 20)
        peer.connect(address)
        try:
            for frames in garbage(rng):
                try:
                    peer.send_multipart(frames)
                except zmq.ZMQError:
                    pass  # the kernel hung up on this one, or the kind of socket has its own order of calls
        finally:
            peer.close()

    def bytes_alone(self, info, port):
        """What speaks no ZeroMQ at all."""
        for data in (b"", b"GET / HTTP/1.0\r\n\r\n", b"\xff" + b"\0" * 8 + b"\x7f", os.urandom(100_000)):
            with socket.create_connection((info["ip"], port)) as plain:
                try:
                    plain.sendall(data)
                except OSError:
                    pass

    @unittest.skipIf(STOCK, "stock tslab has no chance here")
    def test_at_every_port(self):
        """goes on answering after garbage at each of its five ports, from peers without the key"""
        kernel, rng = Kernel(), random.Random(11)
        info = kernel.km.get_connection_info()
        try:
            for name in ("hb", "shell", "control", "stdin", "iopub"):
                port = info[f"{name}_port"]
                for kind in (zmq.DEALER, zmq.REQ, zmq.XSUB):
                    self.send_all(f"tcp://{info['ip']}:{port}", kind, rng)
                    self.bytes_alone(info, port)
                    self.assertEqual(kernel.run("6 * 7").result, "42", f"{name}, {kind}")
                    self.assertTrue(self.beats(info), f"{name}, {kind}")
            kernel.reply(kernel.ask("kernel_info_request", {}, "control"), channel="control")
        finally:
            kernel.stop()

    def beats(self, info):
        beat = zmq.Context.instance().socket(zmq.REQ)
        beat.setsockopt(zmq.LINGER, 0)
        beat.connect(f"tcp://{info['ip']}:{info['hb_port']}")
        try:
            beat.send(b"ping")
            return bool(beat.poll(20_000)) and beat.recv() == b"ping"
        finally:
            beat.close()


class StrangeValues(unittest.TestCase):
    @unittest.skipIf(STOCK, "stock tslab has no chance here")
    def test_strange_values(self):
        """shows, sends, prints and throws values of every kind: each cell ends, and the kernel lives"""
        write("strange/strange.js", (pathlib.Path(__file__).parent / "strange.js").read_text())
        kernel = Kernel("strange")
        try:
            kernel.run("import { ways } from './strange.js'; const w: any = ways", timeout=60)
            pid = kernel.run("process.pid").result
            for seed in range(STRANGE):
                way = WAYS[seed % len(WAYS)]
                result = kernel.run(f"w.{way}({seed})", timeout=20)
                self.assertIn(result.status, ["ok", "error"], (way, seed))
                self.assertNotIn("RuntimeDied", str(result.content.get("ename")), (way, seed))
                kernel.log.clear()
            self.assertEqual(kernel.run("6 * 7").result, "42")
            self.assertEqual(kernel.run("process.pid").result, pid)
        finally:
            kernel.stop()
