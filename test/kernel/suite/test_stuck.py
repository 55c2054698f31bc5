"""Ways to get stuck, and the interrupt that ends each: soon, or with a word and the end of the runtime process."""

import os
import re
import time
import unittest

from harness import ROOT, STOCK, Kernel, is_idle, of_cell, write

EVERY = os.environ.get("TSDL_STUCK") == "all"
LIMIT = 1 if EVERY else 5
"""Seconds from the last interrupt to the cell's end; other tests may keep the machine busy."""

SYNC = {
    "for": "for (;;) {}",
    "while": "let n = 0; while (true) n++",
    "do": "do {} while (true)",
    "labelled": "outer: for (;;) { for (;;) continue outer }",
    "for of": "for (const x of (function* () { for (;;) yield 1 })()) void x",
    "in a function": "const spin = (): never => { for (;;) {} }; spin()",
    "in a method": "class Spinner { go() { for (;;) {} } } new Spinner().go()",
    "in a getter": "({ get x(): number { for (;;) {} } }).x",
    "in a constructor": "class Spins { constructor() { for (;;) {} } } new Spins()",
    "in a callback": "[1].map(() => { for (;;) {} })",
    "in a sort": "const numbers = Array.from({ length: 100 }, Math.random); for (;;) numbers.sort((a, b) => a - b)",
    "in toString": "`${{ toString() { for (;;) {} } }}`",
    "recursion that is caught": "const again = (): void => { try { again() } catch { again() } }; for (;;) again()",
    "try and catch": "for (;;) { try { throw 1 } catch {} }",
    "catch around the loop": "try { for (;;) {} } catch { for (;;) {} }",
    "in a package": "pack.loop()",
    "Function": "new Function('for (;;) {}')()",
    "vm": "require('vm').runInNewContext('for (;;) {}')",
    "a regular expression": "/^(a+)+$/.test('a'.repeat(60) + 'b')",
    "a large sort": "for (;;) pack.sort()",
    "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    "execSync": "require('child_process').execSync('sleep 60')",
    "spawnSync that ignores errors": "for (;;) require('child_process').spawnSync('sleep', ['60'])",
    "a loop in JSON": "JSON.stringify({ toJSON() { for (;;) {} } })",
    "a proxy": "(new Proxy({}, { get() { for (;;) {} } }) as any).x",
    "a getter that is shown": "({ [Symbol.for('nodejs.util.inspect.custom')]() { for (;;) {} } })",
    "a display": "({ [Symbol.for('Jupyter.display')]() { for (;;) {} } })",
}
ASYNC = {
    "a promise": "await new Promise(() => {})",
    "a value": "while (true) await null",
    "a promise of a package": "await pack.never()",
    "a loop of a package": "await pack.turns()",
    "a retry": "for (;;) { try { await new Promise((r) => setTimeout(r, 20)) } catch {} }",
    "a retry by then": "const retry = (): Promise<void> => new Promise<void>((r) => setTimeout(r, 20)).catch(() => {}).then(retry); await retry()",
    "allSettled": "for (;;) await Promise.allSettled([new Promise((r) => setTimeout(r, 20)), Promise.reject(1)])",
    "microtasks": "const micro = () => queueMicrotask(micro); micro(); await new Promise(() => {})",
    "ticks": "const tick = () => process.nextTick(tick); tick(); await new Promise(() => {})",
    "then": "const chain = (): Promise<void> => Promise.resolve().then(chain); await chain()",
    "an async generator": "async function* endless() { for (;;) yield 1 } for await (const x of endless()) void x",
    "an async iterator that waits": "for await (const x of { [Symbol.asyncIterator]: () => ({ next: () => new Promise<any>(() => {}) }) }) void x",
    "yield* of one": "async function* through(): any { yield* { [Symbol.asyncIterator]: () => ({ next: () => new Promise<any>(() => {}) }) } } for await (const x of through()) void x",
    "after an await": "await null; for (;;) {}",
    "an async function": "const busy = async () => { await null; for (;;) {} }; await busy()",
    "a timer": "setTimeout(() => { for (;;) {} }, 1); await new Promise(() => {})",
    "an event": "const { EventEmitter } = require('events'); const e = new EventEmitter(); e.on('x', () => { for (;;) {} }); await null; e.emit('x')",
    "a lock": "await new Promise<void>((r) => { const again = () => { setImmediate(again) }; again() })",
    "finally that waits": "try { await new Promise(() => {}) } finally { await new Promise((r) => setTimeout(r, 100)) }",
    "a package's ticks": "pack.ticks(); await new Promise(() => {})",
    "using": "await using late = { async [Symbol.asyncDispose]() { await null } }; void late; await new Promise(() => {})",
}
TWICE = {
    "finally that loops": "try { for (;;) {} } finally { for (;;) {} }",
    "finally that waits for ever": "try { await new Promise(() => {}) } finally { await new Promise(() => {}) }",
    "a package that catches": "pack.stubborn(() => { for (let i = 0; i < 10; i++) {} })",
    "a child that ignores SIGINT": "require('child_process').execSync('trap \"\" INT; sleep 60; sleep 60')",
}
ENDS = {
    "a child that ignores every signal": "require('child_process').execSync('trap \"\" INT TERM; while true; do sleep 1; done')",
    "a signal that stops the process": "process.kill(process.pid, 'SIGSTOP'); for (;;) {}",
}
FEW = ["for", "catch around the loop", "in a package", "a regular expression", "execSync", "a retry", "a promise of a package",
       "microtasks", "yield* of one", "finally that loops", "a child that ignores every signal"]

PACKAGE = """exports.loop = () => { for (;;); };
const numbers = Array.from({ length: 3e4 }, (_, i) => (i * 7919) % 30011);
exports.sort = () => [...numbers].sort();
exports.never = async () => { await new Promise(() => {}); };
exports.turns = async () => { for (;;) await null; };
exports.stubborn = (f) => { for (;;) { try { f(); } catch {} } };
exports.ticks = () => { const tick = () => process.nextTick(tick); tick(); };
"""


class Stuck(unittest.TestCase):
    kernel = None

    @classmethod
    def setUpClass(cls):
        write("stuck/node_modules/pack/index.js", PACKAGE)
        cls.kernel = Kernel("stuck")
        cls.kernel.run("const pack = require('pack')")

    @classmethod
    def tearDownClass(cls):
        cls.kernel.stop()

    def ends(self, code, interrupts):
        """Interrupts a cell; gives the seconds from the last interrupt to its end, and its reply."""
        kernel = self.kernel
        msg_id = kernel.kc.execute(f"console.log('go'); {code}")
        kernel.until_printed(msg_id, "go")
        time.sleep(0.1)
        for at in range(interrupts):
            if at > 0:
                self.assertIsNone(kernel.until(lambda m: of_cell(m, msg_id) and is_idle(m), 0.6), "it has ended already")
            started = time.monotonic()
            kernel.km.interrupt_kernel()
        kernel.until_idle(msg_id, started + 15)
        seconds = time.monotonic() - started
        reply = kernel.reply(msg_id)["content"]
        self.assertTrue(kernel.ok(), "the next cell does not run")
        return seconds, reply

    @unittest.skipIf(STOCK, "about our own interrupts")
    def test_every_way(self):
        """ends everything that runs, and runs the next cell"""
        for table, interrupts in ((SYNC, 1), (ASYNC, 1), (TWICE, 2), (ENDS, 3)):
            for name, code in table.items():
                if not EVERY and name not in FEW:
                    continue
                with self.subTest(name):
                    seconds, reply = self.ends(code, interrupts)
                    if EVERY:
                        print(f"{name}: {seconds:.2f} s, {reply['ename']}", flush=True)
                    self.assertEqual(reply["ename"], "RuntimeDied" if table is ENDS else "KernelInterrupt")
                    self.assertLess(seconds, LIMIT)
                    if table is ENDS:
                        self.kernel.run("const pack = require('pack')")

    def test_number_in_the_guide(self):
        """are as many as docs/kernel.md says"""
        said = re.findall(r"(\d+) 种卡住的写法", (ROOT / "docs/kernel.md").read_text())
        ways = sum(len(table) for table in (SYNC, ASYNC, TWICE, ENDS))
        self.assertEqual([int(each) for each in said], [ways] * 2)

    @unittest.skipIf(STOCK, "about our own interrupts")
    def test_told(self):
        """says so when a cell does not listen, and what the next interrupt does"""
        kernel = self.kernel
        msg_id = kernel.kc.execute("console.log('go'); try { for (;;) {} } finally { for (;;) {} }")
        kernel.until_printed(msg_id, "go")
        kernel.km.interrupt_kernel()
        told = kernel.until(lambda m: of_cell(m, msg_id) and m["content"].get("name") == "stderr", 8)
        self.assertIn("再中断一次", told["content"]["text"] if told else "")
        kernel.km.interrupt_kernel()
        kernel.until_idle(msg_id, time.monotonic() + 15)
        self.assertTrue(kernel.ok())
