"""Execution: messages, counts, errors, aborts, histories, outputs."""

import time
import unittest

from harness import STOCK, Kernel, is_idle, of_cell, plain, shared


class Messages(unittest.TestCase):
    def test_input_result_and_counts(self):
        """sends execute_input and execute_result with counts that rise by one"""
        first, second = shared().run("6 * 7"), shared().run("'text'")
        kinds = [m["msg_type"] for m in first.messages]
        self.assertEqual(kinds, ["status", "execute_input", "execute_result", "status"])
        self.assertEqual([r.of("execute_result")[0]["data"]["text/plain"] for r in (first, second)], ["42", "'text'"])
        counts = [r.of("execute_input")[0]["execution_count"] for r in (first, second)]
        self.assertEqual(counts[1], counts[0] + 1)
        self.assertEqual(second.of("execute_result")[0]["execution_count"], counts[1])
        self.assertEqual(second.content["execution_count"], counts[1])

    def test_error_message(self):
        """sends an error with name, value and traceback"""
        result = shared().run("throw new RangeError('boom')")
        self.assertEqual(result.status, "error")
        self.assertIn("error", [m["msg_type"] for m in result.messages])
        error = result.of("error")[0]
        self.assertEqual((error["ename"], error["evalue"]), ("RangeError", "boom"))
        self.assertEqual(result.content["ename"], "RangeError")

    def test_cell_right_after_an_error_runs(self):
        """runs the cell that follows an error at once"""
        shared().run("throw new Error('x')")
        self.assertEqual(shared().run("1 + 1").result, "2")

    def test_stop_on_error_aborts_what_was_sent_with_it(self):
        """aborts requests that were sent together with a failing one"""
        kernel = shared()
        kernel.run("1")
        ids = [kernel.kc.execute(code) for code in ("throw new Error('x')", "1", "2")]
        states = [kernel.reply(msg_id)["content"]["status"] for msg_id in ids]
        self.assertEqual(states, ["error", "aborted", "aborted"])

    def test_stop_on_error_false_goes_on(self):
        """goes on after an error with stop_on_error false"""
        kernel = shared()
        ids = [kernel.kc.execute(code, stop_on_error=False) for code in ("throw new Error('x')", "1")]
        states = [kernel.reply(msg_id)["content"]["status"] for msg_id in ids]
        self.assertEqual(states, ["error", "ok"])

    def test_silent(self):
        """says nothing and counts nothing for a silent request"""
        kernel = shared()
        before = kernel.run("1").content["execution_count"]
        result = kernel.run("console.log('hidden'); 5", silent=True)
        self.assertEqual(result.of("stream") + result.of("execute_result") + result.of("execute_input"), [])
        self.assertEqual(kernel.run("1").content["execution_count"], before + 1)

    def test_store_history_false(self):
        """keeps the count with store_history false"""
        kernel = shared()
        before = kernel.run("1").content["execution_count"]
        self.assertEqual(kernel.run("'quiet'", store_history=False).result, "'quiet'")
        self.assertEqual(kernel.run("1").content["execution_count"], before + 1)

    def test_user_expressions(self):
        """evaluates user_expressions after the cell, errors among them"""
        result = shared().run("const ue = 20", user_expressions={"good": "ue + 1", "bad": "missingName"})
        self.assertIn("user_expressions", result.content)
        found = result.content["user_expressions"]
        self.assertEqual(found["good"]["data"]["text/plain"], "21")
        self.assertEqual(found["bad"]["status"], "error")

    def test_undefined_shows_nothing(self):
        """shows no result for undefined and for a declaration"""
        self.assertIsNone(shared().run("undefined").result)
        self.assertIsNone(shared().run("const nothing = 1").result)

    def test_empty_cell(self):
        """answers an empty cell and one of comments"""
        self.assertEqual(shared().run("").status, "ok")
        self.assertEqual(shared().run("// nothing").status, "ok")


class Output(unittest.TestCase):
    def test_burst(self):
        """prints 100,000 lines in one turn, nothing lost, in order, and becomes idle"""
        kernel = shared()
        msg_id = kernel.kc.execute("for (let i = 0; i < 100000; i++) console.log(i)")
        idle = kernel.until(lambda m: of_cell(m, msg_id) and is_idle(m), 15 if STOCK else 120)
        streams = [m["content"]["text"] for m in kernel.log if of_cell(m, msg_id) and m["msg_type"] == "stream"]
        lines = "".join(streams).split()
        self.assertEqual(len(lines), 100_000)
        self.assertEqual(lines, [str(i) for i in range(100_000)])
        self.assertIsNotNone(idle)
        self.assertLess(len(streams), 2000)
        self.assertEqual(kernel.reply(msg_id)["content"]["status"], "ok")

    def test_streams_in_order(self):
        """keeps the order of stdout, stderr, displays and the result"""
        code = """const host = (globalThis as any)[Symbol.for('tsdl.kernel')];
console.log('a'); console.error('b'); host.display({ 'text/plain': 'c' }); console.log('d'); 'e'"""
        kinds = [m["content"].get("text", m["content"].get("data")) for m in shared().run(code).messages
                 if m["msg_type"] in ("stream", "display_data", "execute_result")]
        self.assertEqual(kinds, ["a\n", "b\n", {"text/plain": "c"}, "d\n", {"text/plain": "'e'"}])

    def test_live(self):
        """shows what a synchronous loop prints while it still runs"""
        result = shared().run("console.log('first'); for (;;) {}", interrupt_at="first", timeout=30)
        self.assertEqual(result.text(), "first\n")
        self.assertEqual(result.content["ename"], "KernelInterrupt")

    def test_native_output(self):
        """captures what child processes write to the descriptors, in order"""
        code = """import { execSync } from 'node:child_process';
console.log('before'); execSync('echo child; echo failed >&2', { stdio: 'inherit' }); console.log('after')"""
        result = shared().run(code)
        self.assertEqual(result.text().split(), ["before", "child", "after"])
        self.assertEqual(result.text("stderr"), "failed\n")

    def test_descriptor_output(self):
        """captures writes to descriptor 1"""
        result = shared().run("import { writeSync } from 'node:fs'; writeSync(1, 'native\\n'); console.log('js')")
        self.assertEqual(result.text(), "native\njs\n")

    def test_ended_streams(self):
        """prints on after a cell has ended or destroyed its streams; whoever ended them is told so"""
        kernel = shared()
        pipe = "await pipeline(Readable.from(['p\\n']), process.stdout)"
        start = "import { Readable } from 'node:stream'; import { pipeline } from 'node:stream/promises';"
        self.assertEqual(kernel.run(f"{start} {pipe}; {pipe}", timeout=20).text(), "p\np\n")
        result = kernel.run("await new Promise<void>((r) => process.stderr.end('last', r)); process.stdout.destroy()")
        self.assertEqual(result.text("stderr"), "last")
        result = kernel.run("console.log('after'); console.error('too')")
        self.assertEqual((result.text(), result.text("stderr")), ("after\n", "too\n"))

    def test_closed_descriptors(self):
        """shows what cells print and show after one of them has closed the descriptors"""
        kernel = Kernel()
        try:
            kernel.run("import { closeSync } from 'node:fs'; closeSync(1); closeSync(2)", timeout=20)
            result = kernel.run("console.log('after'); console.error('too'); 7", timeout=20)
            self.assertEqual((result.text(), result.text("stderr"), result.result), ("after\n", "too\n", "7"))
        finally:
            kernel.stop()

    def test_carriage_return(self):
        """passes carriage returns on for progress lines"""
        result = shared().run("process.stdout.write('10%\\r'); process.stdout.write('20%\\r')")
        self.assertEqual(result.text(), "10%\r20%\r")

    def test_unicode_split_across_writes(self):
        """joins a character whose bytes come in two writes"""
        code = "const b = Buffer.from('字'); process.stdout.write(b.subarray(0, 1)); process.stdout.write(b.subarray(1))"
        self.assertEqual(shared().run(code).text(), "字")

    def test_background_output(self):
        """sends output of a timer to the cell that started it"""
        kernel = shared()
        first = kernel.run("setTimeout(() => console.log('late'), 400); 1")
        own = first.messages[0]["parent_header"]["msg_id"]
        second = kernel.run("await new Promise((r) => setTimeout(r, 800)); console.log('mine')")
        late = [m for m in kernel.log if m["msg_type"] == "stream" and "late" in m["content"]["text"]]
        self.assertEqual([m["parent_header"]["msg_id"] for m in late], [own])
        self.assertEqual(second.text(), "mine\n")

    def test_background_errors(self):
        """shows an unhandled rejection at the cell that it comes from"""
        kernel = shared()
        first = kernel.run("void Promise.reject(new Error('nobody waits')); 1")
        own = first.messages[0]["parent_header"]["msg_id"]
        found = kernel.until(lambda m: m["msg_type"] == "stream" and "nobody waits" in m["content"]["text"])
        self.assertEqual(found and found["parent_header"]["msg_id"], own)
        self.assertTrue(kernel.ok())

    def test_clear_output(self):
        """sends clear_output"""
        result = shared().run("(globalThis as any)[Symbol.for('tsdl.kernel')].clearOutput(true)")
        self.assertEqual(result.of("clear_output"), [{"wait": True}])

    def test_display_update(self):
        """sends bundles with metadata, and updates by id"""
        code = """const h = (globalThis as any)[Symbol.for('tsdl.kernel')];
h.display({ 'text/plain': '1', 'application/x': { a: 1 } }, { id: 'i', metadata: { m: 2 } });
h.display({ 'text/plain': '2' }, { id: 'i', update: true })"""
        result = shared().run(code)
        kinds = [m["msg_type"] for m in result.messages if m["msg_type"] not in ("status", "execute_input")]
        self.assertEqual(kinds, ["display_data", "update_display_data"])
        shown, updated = result.of("display_data")[0], result.of("update_display_data")[0]
        self.assertEqual(shown["data"], {"text/plain": "1", "application/x": {"a": 1}})
        self.assertEqual((shown["metadata"], shown["transient"]), ({"m": 2}, {"display_id": "i"}))
        self.assertEqual((updated["data"], updated["transient"]), ({"text/plain": "2"}, {"display_id": "i"}))

    def test_tslab_display(self):
        """serves tslab's own display functions"""
        code = "import * as tslab from 'tslab'; const d = tslab.newDisplay(); d.html('<i>1</i>'); d.html('<i>2</i>')"
        result = shared().run(code)
        self.assertEqual(result.of("display_data")[0]["data"], {"text/html": "<i>1</i>", "text/plain": "1"})
        self.assertEqual(result.of("update_display_data")[0]["data"], {"text/html": "<i>2</i>", "text/plain": "2"})


class Requests(unittest.TestCase):
    def test_input(self):
        """asks the reader and waits for the answer; passwords too"""
        asked = []

        def answer(content):
            asked.append((content["prompt"], content["password"]))
            return "Ada"

        code = "const k = (globalThis as any)[Symbol.for('tsdl.kernel')]; [await k.input('name? '), await k.input('pw', true)]"
        result = shared().run(code, on_input=answer)
        self.assertEqual(result.result, "[ 'Ada', 'Ada' ]")
        self.assertEqual(asked, [("name? ", False), ("pw", True)])

    def test_input_helper(self):
        """asks by the helper package's own function"""
        code = "import { input } from 'tsdl/helpers/notebook/input'; await input('name? ')"
        result = shared().run(code, on_input=lambda content: content["prompt"] + "Ada")
        self.assertEqual(result.result, "'name? Ada'")

    def test_input_refused(self):
        """fails with a sentence where the front-end takes no input"""
        result = shared().run("await (globalThis as any)[Symbol.for('tsdl.kernel')].input('x')")
        self.assertIn("takes none", result.error)

    def busy(self, kernel):
        """Starts a cell that computes until it is interrupted."""
        msg_id = kernel.kc.execute("console.log('busy'); for (;;) {}")
        kernel.until_printed(msg_id, "busy")
        return msg_id

    def still_busy(self, kernel, msg_id):
        """The cell went on until now: it ends by the interrupt that comes only here."""
        self.assertFalse([m for m in kernel.log if m["parent_header"].get("msg_id") == msg_id and is_idle(m)])
        kernel.km.interrupt_kernel()
        kernel.until_idle(msg_id, time.monotonic() + 20)
        self.assertEqual(kernel.reply(msg_id)["content"]["ename"], "KernelInterrupt")

    def test_complete_and_inspect_while_busy(self):
        """completes and inspects while a cell computes"""
        kernel = shared()
        msg_id = self.busy(kernel)
        completion = kernel.reply(kernel.kc.complete("Math.flo"))
        inspection = kernel.reply(kernel.kc.inspect("Math.floor", 7))
        self.assertIn("floor", completion["content"]["matches"])
        self.assertTrue(inspection["content"]["found"])
        self.still_busy(kernel, msg_id)

    def test_control_and_heartbeat_while_busy(self):
        """answers control and heartbeat while a cell computes"""
        kernel = shared()
        msg_id = self.busy(kernel)
        kernel.reply(kernel.ask("kernel_info_request", {}, "control"), channel="control")
        self.assertTrue(kernel.kc.hb_channel.is_beating())
        self.still_busy(kernel, msg_id)

    def test_inspect_shows_documentation(self):
        """inspects with signature, documentation and Markdown"""
        kernel = shared()
        kernel.run("/** Adds one. */\nfunction plusOne(x: number): number { return x + 1; }")
        content = kernel.reply(kernel.kc.inspect("plusOne(1)", 3))["content"]
        self.assertIn("function plusOne(x: number): number", content["data"]["text/plain"])
        self.assertIn("Adds one.", content["data"]["text/plain"])
        self.assertIn("```typescript", content["data"]["text/markdown"])

    def test_complete_with_wide_characters(self):
        """counts characters, not UTF-16 units, in completions"""
        before = f"'{'😀' * 20}'; "  # more surplus units than the rest has characters
        code = f"{before}Math.flo; 'after'"
        cursor = len(before) + len("Math.flo")
        content = shared().reply(shared().kc.complete(code, cursor))["content"]
        self.assertEqual((content["cursor_start"], content["cursor_end"]), (cursor - 3, cursor))
        self.assertIn("floor", content["matches"])

    def test_inspect_with_wide_characters(self):
        """counts characters, not UTF-16 units, in inspections"""
        before = f"'{'😀' * 20}'; "
        content = shared().reply(shared().kc.inspect(f"{before}Math.floor(1); 'after'", len(before) + 7))["content"]
        self.assertIn("floor(x: number): number", content["data"].get("text/plain", ""))

    def test_is_complete(self):
        """tells complete, incomplete and invalid code apart, with the next line's indent"""
        kernel = shared()
        ask = lambda code: kernel.reply(kernel.kc.is_complete(code))["content"]
        self.assertEqual(ask("const a = 1")["status"], "complete")
        self.assertEqual(ask("let 1a;")["status"], "invalid")
        incomplete = ask("if (true) {")
        self.assertEqual((incomplete["status"], incomplete["indent"]), ("incomplete", "  "))

    def test_history(self):
        """answers history by tail, range and search, and keeps it for the next session"""
        kernel = Kernel()
        try:
            kernel.run("const marker_one = 1")
            kernel.run("const marker_two = 2")
            tail = kernel.reply(kernel.kc.history(hist_access_type="tail", n=2))["content"]["history"]
            self.assertEqual([row[2] for row in tail], ["const marker_one = 1", "const marker_two = 2"])
            found = kernel.reply(kernel.kc.history(hist_access_type="search", pattern="*marker_o*"))["content"]["history"]
            self.assertEqual(found[-1][2], "const marker_one = 1")
        finally:
            kernel.stop()
        rows = shared().reply(shared().kc.history(hist_access_type="range", session=0, start=0, stop=5))
        self.assertEqual(rows["content"]["status"], "ok")
        second = Kernel()
        try:
            found = second.reply(second.kc.history(hist_access_type="search", pattern="*marker_two*"))["content"]["history"]
            self.assertTrue(any(row[2] == "const marker_two = 2" for row in found))
        finally:
            second.stop()

    def test_comms(self):
        """opens comms both ways, passes messages and lists what is open"""
        kernel = shared()
        kernel.run("""const comms = (globalThis as any)[Symbol.for('tsdl.comms')];
comms.registerTarget('echo', (comm: any, open: any) => {
  comm.send({ opened: open.data });
  comm.onMessage = (message: any) => comm.send({ echo: message.data });
});""")
        kernel.ask("comm_open", {"comm_id": "c1", "target_name": "echo", "data": {"x": 1}})
        kernel.ask("comm_msg", {"comm_id": "c1", "data": {"y": 2}})
        kernel.ask("comm_open", {"comm_id": "c2", "target_name": "nobody", "data": {}})
        kernel.run("1")
        kernel.until(lambda m: m["msg_type"] == "comm_msg" and "echo" in m["content"]["data"])
        kernel.until(lambda m: m["msg_type"] == "comm_close")
        sent = [m["content"]["data"] for m in kernel.log if m["msg_type"] == "comm_msg"]
        self.assertEqual(sent, [{"opened": {"x": 1}}, {"echo": {"y": 2}}])
        self.assertIn("c2", [m["content"]["comm_id"] for m in kernel.log if m["msg_type"] == "comm_close"])
        info = kernel.reply(kernel.ask("comm_info_request", {"target_name": "echo"}))["content"]
        self.assertEqual(info["comms"], {"c1": {"target_name": "echo"}})

    def test_info(self):
        """says the true language version and how to highlight it"""
        content = shared().reply(shared().ask("kernel_info_request", {}))["content"]
        language = content["language_info"]
        self.assertEqual((content["status"], language["file_extension"], language["mimetype"]), ("ok", ".ts", "text/typescript"))
        self.assertEqual(shared().run("import * as tslab from 'tslab'; tslab.versions.typescript").result, repr(language["version"]))

    def test_pager(self):
        """opens the pager for a name with a question mark"""
        [page] = shared().run("Math.floor?").content["payload"]
        self.assertEqual(page["source"], "page")
        self.assertIn("floor(x: number): number", plain(page["data"]["text/plain"]))
