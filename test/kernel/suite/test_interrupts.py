"""Interrupts: every kind of running code stops, `finally` runs, the next cell runs at once, names stay known."""

import time
import unittest

from harness import STOCK, is_idle, of_cell, shared

SAY_GO = "console.log('go');"
HOST = "(globalThis as any)[Symbol.for('tsdl.kernel')]"


class Interrupts(unittest.TestCase):
    def stops(self, code, within=8):
        """Interrupts a cell once it has said "go"; its first statement does unless the code says where."""
        code = code.replace("GO", SAY_GO) if "GO" in code else f"{SAY_GO} {code}"
        result = shared().run(code, interrupt_at="go", timeout=30)
        self.assertEqual(result.status, "error", result.content)
        self.assertEqual(result.content["ename"], "KernelInterrupt")
        started = time.monotonic()
        self.assertEqual(shared().run("3 * 3").result, "9")
        self.assertLess(time.monotonic() - started, within)
        return result.text().replace("go\n", "")

    def test_synchronous_loop(self):
        """stops a synchronous loop and runs its finally block"""
        text = self.stops("try { for (;;) {} } finally { console.log('tidied') }")
        self.assertEqual(text, "tidied\n")

    @unittest.skipIf(STOCK, "about our own parts")
    def test_long_compile(self):
        """stops a cell that the compiler is at for long, and knows what earlier cells declared"""
        kernel = shared()
        kernel.run("const before = 'known'")
        shapes = ", ".join(f"{{ a{i}: {{ b{i}: {i} }} }}" for i in range(20_000))
        msg_id = kernel.kc.execute(f"[{shapes}].length")
        time.sleep(0.5)
        started = time.monotonic()
        kernel.km.interrupt_kernel()
        kernel.until_idle(msg_id, started + 30)
        seconds = time.monotonic() - started
        self.assertEqual(kernel.reply(msg_id)["content"]["ename"], "KernelInterrupt")
        self.assertLess(seconds, 3)
        self.assertEqual(kernel.run("before.length").result, "5")

    def test_await_loop(self):
        """stops a loop of awaits and runs its finally block to the end, awaits included"""
        text = self.stops("""try { while (true) await null; }
finally { await new Promise((r) => setTimeout(r, 400)); console.log('tidied') }""")
        self.assertEqual(text, "tidied\n")

    def test_loop_after_await(self):
        """stops a synchronous loop after an await"""
        self.stops("await null; for (;;) {}")

    def test_function_after_await(self):
        """stops a loop in an async function of an earlier cell"""
        shared().run("async function busy() { await null; for (;;) {} }")
        self.stops("await busy()")

    def test_pending_promise(self):
        """stops waiting for a promise that never settles"""
        self.stops("await new Promise(() => {})")

    def test_timer(self):
        """stops a loop in a timer's callback"""
        self.stops("setTimeout(() => { GO for (;;) {} }, 50); await new Promise((r) => setTimeout(r, 60_000))")

    def test_pending_result(self):
        """stops waiting for a last value that never settles: a promise, a bundle to come"""
        for value in ("new Promise(() => {})", "({ [Symbol.for('Jupyter.display')]: () => new Promise(() => {}) })"):
            self.stops(value)

    def test_promise_chain(self):
        """stops a chain of promises that goes on for ever"""
        self.stops("const spin = (): Promise<void> => Promise.resolve().then(spin); await spin()")

    def test_code_without_checks(self):
        """breaks off a loop in code that the kernel did not compile"""
        self.stops("new Function('for (;;) {}')()")

    def test_for_await(self):
        """stops for await over an endless generator"""
        self.stops("async function* endless() { for (let i = 0; ; i++) yield i } for await (const i of endless()) {}")

    def test_input(self):
        """stops waiting for the reader's input"""
        kernel = shared()
        msg_id = kernel.kc.execute(f"await {HOST}.input('?')", allow_stdin=True)
        self.assertEqual(kernel.kc.get_stdin_msg(timeout=30)["content"]["prompt"], "?")
        kernel.km.interrupt_kernel()
        kernel.until_idle(msg_id, time.monotonic() + 20)
        self.assertEqual(kernel.reply(msg_id)["content"]["ename"], "KernelInterrupt")
        self.assertTrue(kernel.ok())

    def test_control_channel(self):
        """stops at an interrupt_request on the control channel too"""
        kernel = shared()
        msg_id = kernel.kc.execute(f"{SAY_GO} for (;;) {{}}")
        kernel.until_printed(msg_id, "go")
        reply = kernel.reply(kernel.ask("interrupt_request", {}, "control"), channel="control")
        self.assertEqual(reply["content"]["status"], "ok")
        kernel.until_idle(msg_id, time.monotonic() + 20)
        self.assertEqual(kernel.reply(msg_id)["content"]["status"], "error")

    def test_names_stay_known(self):
        """keeps the names that an interrupted cell had set, and their values"""
        self.stops("let kept = 5; kept += 1; GO for (;;) {} ; let neverAssigned = 1")
        self.assertEqual(shared().run("kept").result, "6")
        self.assertIn("TS2304", shared().run("neverAssigned").error)

    def test_earlier_meaning_stays(self):
        """leaves a name as it was when the interrupted cell did not reach its new declaration"""
        shared().run("const meaning: string = 'old'")
        self.stops("for (;;) {} ; const meaning: number = 1")
        self.assertEqual(shared().run("meaning.toUpperCase()").result, "'OLD'")

    def test_cooperative(self):
        """lets a cell that asked for the signal finish its step and keep its result"""
        code = f"""const signal = {HOST}.signal(); let steps = 0; {SAY_GO}
while (!signal.aborted) {{ await new Promise((r) => setTimeout(r, 20)); steps++; }}
`stopped after ${{steps > 0}}`"""
        result = shared().run(code, interrupt_at="go")
        self.assertEqual((result.status, result.result), ("ok", "'stopped after true'"))

    def test_second_interrupt(self):
        """stops a co-operative cell that does not listen at the second interrupt"""
        kernel = shared()
        msg_id = kernel.kc.execute(f"const asked = {HOST}.signal(); {SAY_GO} while (!asked.aborted) {{}}")
        kernel.until_printed(msg_id, "go")
        kernel.km.interrupt_kernel()
        self.assertIsNone(kernel.until(lambda m: of_cell(m, msg_id) and is_idle(m), 0.5))
        kernel.km.interrupt_kernel()
        kernel.until_idle(msg_id, time.monotonic() + 20)
        self.assertEqual(kernel.reply(msg_id)["content"]["ename"], "KernelInterrupt")

    def test_background(self):
        """stops what earlier cells left running when no cell runs, and leaves a cell sent right after alone"""
        kernel = shared()
        first = kernel.run("let ticks = 0; setInterval(() => { if (++ticks === 2) console.log('ticking') }, 20); 1")
        kernel.until_printed(first.messages[0]["parent_header"]["msg_id"], "ticking")
        kernel.km.interrupt_kernel()
        before = kernel.run("ticks").result
        after = kernel.run("await new Promise((r) => setTimeout(r, 300)); ticks").result
        self.assertEqual(after, before)
        self.assertGreater(int(after), 0)

    def test_late_interrupt(self):
        """leaves the next cell alone when an interrupt comes too late for the cell that it was meant for"""
        kernel = shared()
        for _ in range(20):
            ended = kernel.kc.execute("1")
            kernel.km.interrupt_kernel()
            kernel.until_idle(ended, time.monotonic() + 20)
            kernel.reply(ended)
            self.assertEqual(kernel.run("let spins = 0; while (spins < 100_000) spins += 1; spins").result, "100000")
