"""Random and mutated messages at the sockets: the kernel answers or ignores, and lives."""

import json
import os
import random
import unittest

from harness import STOCK, Kernel

COUNT = int(os.environ.get("TSDL_FUZZ", "400"))
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
