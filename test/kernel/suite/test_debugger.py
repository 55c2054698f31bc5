"""The debugger: breakpoints in cells and modules, steps, variables, exceptions, and what an interrupt does to a stop."""

import time
import unittest

from dap import Debug
from harness import Kernel, write

LOOP = """let total = 0;
function add(x: number): number {
  const y = x + 1;
  return y;
}
for (let i = 0; i < 3; i++) {
  total += add(i);
}
total"""


class Debugging(unittest.TestCase):
    kernel = None

    @classmethod
    def tearDownClass(cls):
        if cls.kernel:
            cls.kernel.stop()

    def setUp(self):
        if not Debugging.kernel:
            Debugging.kernel = Kernel()
        self.debug = Debug(self.kernel)
        self.addCleanup(self.debug.end)

    def finish(self, msg_id):
        """Goes on to the cell's end; gives its status."""
        self.debug.ask("continue")
        return self.debug.result(msg_id)[0]["status"]

    def test_is_announced(self):
        """is announced, with the hash that front-ends name cells by"""
        info = self.kernel.reply(self.kernel.ask("kernel_info_request", {}))["content"]
        self.assertTrue(info["debugger"])
        self.assertIn("debugger", info["supported_features"])
        body = self.debug.ask("debugInfo")
        self.assertEqual((body["isStarted"], body["hashMethod"], body["stoppedThreads"]), (True, "Murmur2", []))
        self.assertTrue(self.debug.path("a").startswith(body["tmpFilePrefix"]))
        self.assertEqual(self.debug.ask("source", source={"path": self.debug.path("1 + 1")})["content"], "1 + 1")

    def test_breakpoint_before_the_cell_ran(self):
        """stops in a cell at a breakpoint that was set before it ran, with the reader's lines and names"""
        self.assertEqual(self.debug.breakpoints(LOOP, 4), [4])
        cell = self.debug.execute(LOOP)
        names = [(name, line) for name, _, line in self.debug.stopped()]
        self.assertEqual([line for _, line in names], [4, 7])
        self.assertEqual(names[0][0], "add")
        self.assertEqual(self.debug.reason, "breakpoint")
        self.assertEqual(self.debug.stack[0]["source"]["path"], self.debug.path(LOOP))
        self.assertEqual(self.debug.scopes(0)["Locals"], {"x": "0", "y": "1"})
        self.assertEqual(self.debug.scopes(1)["Locals"], {"add": "function add(x) {", "i": "0", "total": "0"})
        self.assertEqual(self.debug.ask("debugInfo")["stoppedThreads"], [1])
        self.debug.breakpoints(LOOP)
        self.assertEqual(self.finish(cell), "ok")
        self.assertEqual(self.debug.ask("debugInfo")["stoppedThreads"], [])

    def test_breakpoint_after_the_cell_ran(self):
        """stops in a function of a cell that ran before the debugger came, called by another cell"""
        self.debug.end()
        code = "const later = (x: number) => {\n  const doubled = 2 * x;\n  return doubled;\n};"
        self.kernel.run(code)
        self.debug = Debug(self.kernel)
        self.debug.breakpoints(code, 2)
        cell = self.debug.execute("[1, 2].map(later)")
        self.assertEqual(self.debug.at(), 2)
        self.debug.breakpoints(code)
        self.assertEqual(self.finish(cell), "ok")

    def test_steps(self):
        """steps by the reader's lines: over, into, out, across an await"""
        code = (
            "const pause = () => new Promise((r) => setTimeout(r, 5));\nasync function slow(n: number) {\n  await pause();\n"
            "  return n + 1;\n}\nconst one = await slow(1);\nlet two = await slow(one);\ntwo += 1;\ntwo"
        )
        self.debug.breakpoints(code, 6)
        cell = self.debug.execute(code)
        lines = [self.debug.at()]
        for step in ("stepIn", "next", "next", "next", "next"):
            self.debug.ask(step)
            lines.append(self.debug.at())
        self.assertEqual(lines, [6, 3, 4, 7, 8, 9])
        self.debug.ask("next")
        self.assertEqual(self.debug.result(cell)[0]["status"], "ok")

    def test_steps_pass_over_what_is_not_the_readers(self):
        """steps into no package, no part of Node and nothing that the compiler added"""
        code = "import { inspect } from 'node:util';\nlet text = '';\nfor (const each of [1, 2]) {\n  text += inspect(each);\n}\ntext"
        self.debug.breakpoints(code, 2)
        cell = self.debug.execute(code)
        lines = [self.debug.at()]
        while lines[-1] != 6 and len(lines) < 20:
            self.debug.ask("stepIn")
            frames = self.debug.stopped()
            self.assertEqual(len(frames), 1, frames)
            lines.append(frames[0][2])
        self.assertEqual([each for at, each in enumerate(lines) if each != lines[at - 1]], [2, 3, 4, 3, 4, 3, 6])
        self.assertEqual(self.finish(cell), "ok")

    def test_variables(self):
        """shows variables of all cells, what is in values, and tensors with their shape"""
        self.kernel.run("const shaped = { shape: [2, 3], dtype: 'float32', data: new Float32Array(1_000_000) };")
        code = "const deep = { list: [1, { a: 'x' }], map: new Map([['k', 1n]]), get bad(): number { throw new Error('asked'); } };\nconst end = 1;"
        self.debug.breakpoints(code, 2)
        cell = self.debug.execute(code)
        self.debug.stopped()
        notebook = self.debug.scopes()["Notebook"]
        self.assertEqual(notebook["shaped"], "Object [2, 3] float32")
        variables = {each["name"]: each for each in self.debug.ask("inspectVariables")["variables"]}
        inside = self.debug.values(variables["deep"]["variablesReference"])
        self.assertEqual(inside, {"list": "Array(2) [1, Object]", "map": "Map(1) {'k' => 1n}", "bad": "(getter)"})
        data = self.debug.ask("variables", variablesReference=variables["shaped"]["variablesReference"])["variables"][2]
        self.assertEqual(len(self.debug.ask("variables", variablesReference=data["variablesReference"])["variables"]), 301)
        rich = self.debug.ask("richInspectVariables", variableName="deep", frameId=self.debug.stack[0]["id"])
        self.assertIn("'k' => 1n", rich["data"]["text/plain"])
        self.assertEqual(self.finish(cell), "ok")

    def test_expressions(self):
        """evaluates expressions with the names of all cells, and assigns to them"""
        self.kernel.run("let other = 5;")
        code = "function inner(x: number) {\n  return x * 2;\n}\nlet mine = 1;\ninner(4) + mine"
        self.debug.breakpoints(code, 2)
        cell = self.debug.execute(code)
        self.debug.stopped()
        self.assertEqual(self.debug.evaluate("x + other"), "9")
        self.assertEqual(self.debug.evaluate("mine + other", frame=1), "6")
        self.assertEqual(self.debug.evaluate("{ x, other }"), "{x: 4, other: 5}")
        self.assertEqual(self.debug.evaluate("other = 7; x = 10"), "10")
        failed = self.debug.request("evaluate", expression="nowhere.at", frameId=self.debug.stack[0]["id"])
        self.assertEqual((failed["success"], failed["message"]), (False, "ReferenceError: nowhere is not defined"))
        reference = self.debug.ask("scopes", frameId=self.debug.stack[1]["id"])["scopes"][0]["variablesReference"]
        self.debug.ask("setVariable", variablesReference=reference, name="mine", value="100")
        self.debug.breakpoints(code)
        self.debug.ask("continue")
        self.assertEqual(self.debug.result(cell)[0]["status"], "ok")
        self.assertEqual(self.kernel.run("[other, mine]").result, "[ 7, 100 ]")

    def test_rules_of_breakpoints(self):
        """stops where a condition holds, at a count of passes, or tells and does not stop"""
        self.kernel.run("const limit = 7;")
        code = "let sum = 0;\nfor (let i = 0; i < 10; i++) {\n  sum += i;\n}\nsum"
        self.debug.breakpoints(code, 3, condition="i === limit")
        cell = self.debug.execute(code)
        self.debug.stopped()
        self.assertEqual(self.debug.evaluate("i"), "7")
        self.debug.breakpoints(code, 3, hitCondition="2")
        self.debug.ask("continue")
        self.debug.stopped()
        self.assertEqual(self.debug.evaluate("i"), "9")
        self.assertEqual(self.finish(cell), "ok")
        self.debug.breakpoints(code, 3, logMessage="{i} of {limit}: {sum}")
        self.assertEqual(self.debug.result(self.debug.execute(code))[0]["status"], "ok")
        self.assertEqual([self.debug.event("output")["output"] for _ in range(3)], ["0 of 7: 0\n", "1 of 7: 0\n", "2 of 7: 1\n"])

    def test_modules(self):
        """stops in a local module before and after it was loaded, and lists it"""
        path = str(write("project/src/stepped.ts", "interface Q {\n  a: number;\n}\nexport function twice(q: Q): number {\n  return q.a * 2;\n}\n"))
        self.assertEqual(self.debug.breakpoints(None, 5, path=path), [5])
        cell = self.debug.execute("import { twice } from '../src/stepped';\ntwice({ a: 4 })")
        self.assertEqual(self.debug.stopped()[0], ("twice", "stepped.ts", 5))
        self.assertEqual(self.debug.evaluate("q.a"), "4")
        self.assertEqual(self.finish(cell), "ok")
        self.assertIn(path, [each["path"] for each in self.debug.ask("modules")["modules"]])
        self.assertEqual(self.debug.breakpoints(None, 5, path=path), [5])
        cell = self.debug.execute("twice({ a: 5 })")
        self.assertEqual(self.debug.at(), 5)
        self.assertEqual(self.finish(cell), "ok")

    def test_exceptions(self):
        """stops at exceptions: all, or those that the reader's code does not catch"""
        self.debug.ask("setExceptionBreakpoints", filters=["uncaught"])
        code = (
            "import { readFileSync } from 'node:fs';\nfunction fail(): never {\n  throw new RangeError('boom');\n}\nasync function late() {\n"
            "  await null;\n  fail();\n}\ntry { fail(); } catch {}\ntry { readFileSync('/no'); } catch {}\n"
        )
        self.assertEqual(self.debug.result(self.debug.execute(code))[0]["status"], "ok")
        self.assertEqual(self.debug.result(self.debug.execute("try { await late(); } catch {}"))[0]["status"], "ok")
        for last, lines in (("fail()", [3, 1]), ("await late()", [3, 7, 1]), ("readFileSync('/no')", [1])):
            cell = self.debug.execute(last)
            self.assertEqual([line for _, _, line in self.debug.stopped()], lines)
            self.assertEqual(self.debug.reason, "exception")
            self.assertEqual(self.finish(cell), "error")
        self.debug.ask("setExceptionBreakpoints", filters=["all"])
        cell = self.debug.execute("try { fail(); } catch {}")
        self.assertEqual(self.debug.at(), 3)
        self.assertEqual(self.debug.ask("exceptionInfo")["exceptionId"], "RangeError")
        self.assertEqual(self.finish(cell), "ok")

    def test_pause_and_debugger_statement(self):
        """stops a loop that runs, at once, and stops at `debugger`"""
        cell = self.debug.execute("console.log('runs');\nconst until = { at: Date.now() + 60_000 };\nwhile (Date.now() < until.at) {\n  await null;\n}")
        self.kernel.until_printed(cell, "runs")
        self.debug.ask("pause")
        self.assertIn(self.debug.at(), (3, 4))
        self.assertEqual(self.debug.reason, "pause")
        self.debug.evaluate("until.at = 0")
        self.assertEqual(self.finish(cell), "ok")
        cell = self.debug.execute("let here = 1;\ndebugger;\nhere")
        self.assertEqual(self.debug.at(), 2)
        self.assertEqual(self.finish(cell), "ok")

    def test_interrupt_at_a_stop(self):
        """ends a stopped cell at an interrupt, and stops in the next one again"""
        code = "let turns = 0;\ntry {\n  while (true) {\n    turns++;\n  }\n} finally {\n  console.log('tidied');\n}"
        for _ in range(2):
            self.debug.breakpoints(code, 4, 7)
            cell = self.debug.execute(code)
            self.assertEqual(self.debug.at(), 4)
            started = time.monotonic()
            self.kernel.km.interrupt_kernel()
            reply, text = self.debug.result(cell)
            self.assertLess(time.monotonic() - started, 3)
            self.assertEqual((reply["status"], reply["ename"], text), ("error", "KernelInterrupt", "tidied\n"))
            self.assertIsNotNone(self.debug.event("continued"))
        cell = self.debug.execute("let before = 1;\nlet at = 5;\ndebugger;\nbefore = 2;\nconsole.log('went on');")
        self.debug.stopped()
        self.kernel.km.interrupt_kernel()
        reply, text = self.debug.result(cell)
        self.assertEqual((reply["ename"], text), ("KernelInterrupt", ""))
        self.assertEqual(self.kernel.run("[before, at]").result, "[ 1, 5 ]")

    def test_interrupt_of_an_expression(self):
        """ends an expression that does not end"""
        cell = self.debug.execute("debugger;")
        self.debug.stopped()
        endless = self.debug.send("evaluate", expression="while (true);", frameId=1)
        time.sleep(0.3)
        self.kernel.km.interrupt_kernel()
        self.assertFalse(self.debug.reply(endless)["success"])
        self.debug.result(cell)
        self.assertEqual(self.kernel.run("40 + 2").result, "42")

    def test_disconnect(self):
        """goes on when the debugger leaves, and stops no more"""
        code = "for (let i = 0; i < 3; i++) {\n  console.log(i);\n}"
        self.debug.breakpoints(code, 2)
        cell = self.debug.execute(code)
        self.debug.stopped()
        self.debug.ask("disconnect")
        reply, text = self.debug.result(cell)
        self.assertEqual((reply["status"], text), ("ok", "0\n1\n2\n"))
        self.assertFalse(self.debug.ask("debugInfo")["isStarted"])

    def test_end_of_the_process(self):
        """stops in the process that follows one that a cell ended, which waits for no debugger"""
        code = "function kept() {\n  return 1;\n}\nkept();"
        self.debug.breakpoints(code, 2)
        started = time.monotonic()
        _, text = self.debug.result(self.debug.execute("process.exit(3)"))
        self.assertNotIn("debugger", text)
        self.assertLess(time.monotonic() - started, 5)
        cell = self.debug.execute(code)
        self.assertEqual(self.debug.at(), 2)
        self.assertEqual(self.finish(cell), "ok")

    def test_requests_at_a_stop(self):
        """answers what else comes while a cell stands still: completions, answers that no one asked for, floods"""
        cell = self.debug.execute("const stands = 1;\ndebugger;\nstands")
        self.debug.stopped()
        completed = self.kernel.ask("complete_request", {"code": "Math.", "cursor_pos": 5})
        self.assertIn("PI", self.kernel.reply(completed)["content"]["matches"])
        self.kernel.kc.input("unasked")
        self.kernel.ask("comm_open", {"comm_id": "c", "target_name": "nowhere", "data": {}})
        many = [self.debug.send("inspectVariables") for _ in range(50)]
        self.assertTrue(all(each["success"] for each in self.debug.replies(many)))
        many = [self.debug.send("continue") for _ in range(5)]
        self.assertEqual([each["success"] for each in self.debug.replies(many)].count(True), 1)
        self.assertEqual(self.debug.result(cell)[0]["status"], "ok")

    def test_odd_values(self):
        """looks at values without running what they bring"""
        self.kernel.run(
            "const bomb = { get x(): number { process.exit(9); return 1; }, toString(): string { process.exit(9); return ''; } };\n"
            "const revoked = Proxy.revocable({}, {});\nrevoked.revoke();\nconst circle: any = {};\ncircle.me = circle;\n"
            "const traps = new Proxy({}, { ownKeys() { process.exit(9); return []; }, get() { process.exit(9); return 1; } });\n"
            "class Sly extends Map<string, number> { override [Symbol.iterator](): never { process.exit(9); } }\nconst sly = new Sly([['k', 1]]);"
        )
        found = {each["name"]: each["variablesReference"] for each in self.debug.ask("inspectVariables")["variables"]}
        for name in ("bomb", "revoked", "circle", "traps", "sly"):
            if found[name]:
                self.debug.values(found[name])
        self.assertEqual(self.debug.values(found["sly"]), {"k": "1"})
        self.assertEqual(self.kernel.run("circle.me === circle").result, "true")

    def test_odd_requests(self):
        """refuses what makes no sense and goes on"""
        for command, given in (
            ("nothing", {}),
            ("setBreakpoints", {}),
            ("setBreakpoints", {"source": {"path": 5}}),
            ("setBreakpoints", {"source": {"path": "/a"}, "breakpoints": [{"line": "x"}, None]}),
            ("variables", {"variablesReference": 12345}),
            ("source", {"source": {"path": "/nowhere/at/all"}}),
            ("next", {"threadId": 1}),
            ("evaluate", {"expression": "syntax ("}),
        ):
            self.assertFalse(self.debug.request(command, **given)["success"], command)
        for content in ({}, {"command": None, "arguments": 5}, {"command": "toString"}, {"command": ["x"], "arguments": [1]}):
            reply = self.kernel.reply(self.kernel.ask("debug_request", content, channel="control"), channel="control")
            self.assertFalse(reply["content"]["success"])
        self.assertEqual(self.debug.ask("stackTrace", threadId=1)["stackFrames"], [])
        self.assertEqual(self.debug.ask("evaluate", expression="1 + 1")["result"], "2")


class DebuggedEnds(unittest.TestCase):
    def test_shutdown_at_a_stop(self):
        """ends at once when it is shut down at a stop, and the cell does not go on"""
        kernel = Kernel()
        debug = Debug(kernel)
        mark = write("project/mark.txt", "")
        debug.execute(f"import {{ writeFileSync }} from 'node:fs';\ndebugger;\nwriteFileSync({str(mark)!r}, 'went on');")
        debug.stopped()
        started = time.monotonic()
        kernel.kc.stop_channels()
        kernel.km.shutdown_kernel()
        self.assertLess(time.monotonic() - started, 4)
        self.assertEqual(mark.read_text(), "")
