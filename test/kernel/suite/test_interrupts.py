"""Interrupts: every kind of running code stops, `finally` runs, the next cell runs at once, names stay known."""

import time
import unittest

from harness import shared

HOST = "(globalThis as any)[Symbol.for('tsdl.kernel')]"


class Interrupts(unittest.TestCase):
    def setUp(self):
        shared().run("1")  # a first cell waits for the compiler, which is not what these tests measure

    def stops(self, code, after=0.7, within=8):
        started = time.monotonic()
        result = shared().run(code, interrupt_after=after, timeout=30)
        self.assertEqual(result.status, "error", result.content)
        self.assertLess(time.monotonic() - started, after + within)
        self.assertEqual(result.content["ename"], "KernelInterrupt")
        self.assertEqual(shared().run("3 * 3").result, "9")
        return result

    def test_synchronous_loop(self):
        """stops a synchronous loop and runs its finally block"""
        result = self.stops("try { for (;;) {} } finally { console.log('tidied') }")
        self.assertEqual(result.text(), "tidied\n")

    def test_await_loop(self):
        """stops a loop of awaits and runs its finally block to the end, awaits included"""
        result = self.stops("""try { while (true) await null; }
finally { await new Promise((r) => setTimeout(r, 400)); console.log('tidied') }""")
        self.assertEqual(result.text(), "tidied\n")

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
        self.stops("setTimeout(() => { for (;;) {} }, 50); await new Promise((r) => setTimeout(r, 60_000))")

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
        result = kernel.run(f"await {HOST}.input('?')", on_input=None, interrupt_after=0.5)
        self.assertEqual(result.status, "error")
        self.assertTrue(kernel.ok())

    def test_control_channel(self):
        """stops at an interrupt_request on the control channel too"""
        kernel = shared()
        msg_id = kernel.kc.execute("for (;;) {}")
        time.sleep(0.7)
        reply = kernel.reply(kernel.ask("interrupt_request", {}, "control"), channel="control")
        self.assertEqual(reply["content"]["status"], "ok")
        kernel.until_idle(msg_id, time.monotonic() + 20)
        self.assertEqual(kernel.reply(msg_id)["content"]["status"], "error")

    def test_names_stay_known(self):
        """keeps the names that an interrupted cell had set, and their values"""
        self.stops("let kept = 5; kept += 1; for (;;) {} ; let unreached = 1")
        self.assertEqual(shared().run("kept").result, "6")
        self.assertIn("TS2304", shared().run("unreached").error)

    def test_earlier_meaning_stays(self):
        """leaves a name as it was when the interrupted cell did not reach its new declaration"""
        shared().run("const meaning: string = 'old'")
        self.stops("for (;;) {} ; const meaning: number = 1")
        self.assertEqual(shared().run("meaning.toUpperCase()").result, "'OLD'")

    def test_cooperative(self):
        """lets a cell that asked for the signal finish its step and keep its result"""
        code = f"""const signal = {HOST}.signal(); let steps = 0;
while (!signal.aborted) {{ await new Promise((r) => setTimeout(r, 20)); steps++; }}
`stopped after ${{steps > 0}}`"""
        result = shared().run(code, interrupt_after=0.8)
        self.assertEqual((result.status, result.result), ("ok", "'stopped after true'"))

    def test_second_interrupt(self):
        """stops a co-operative cell that does not listen at the second interrupt"""
        kernel = shared()
        timer = kernel.interrupt_later(1.2)
        result = kernel.run(f"{HOST}.signal(); for (;;) {{}}", interrupt_after=0.6, timeout=30)
        timer.cancel()
        self.assertEqual(result.content["ename"], "KernelInterrupt")

    def test_background(self):
        """stops what earlier cells left running when no cell runs"""
        kernel = shared()
        kernel.run("let ticks = 0; setInterval(() => { ticks++ }, 20); 1")
        time.sleep(0.2)
        kernel.km.interrupt_kernel()
        time.sleep(0.2)
        before = int(kernel.run("ticks").result)
        time.sleep(0.3)
        self.assertEqual(int(kernel.run("ticks").result), before)
        self.assertGreater(before, 0)
