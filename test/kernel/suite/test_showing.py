"""Values and errors as the reader sees them."""

import unittest

from harness import ROOT, Kernel, shared


class Values(unittest.TestCase):
    def test_own_bundle(self):
        """shows an object by its Jupyter.display, also one that is a promise"""
        code = "({ [Symbol.for('Jupyter.display')]: async () => ({ 'text/html': '<b>x</b>', 'text/plain': 'x' }) })"
        shown = shared().run(code).of("execute_result")[0]["data"]
        self.assertEqual(shown, {"text/html": "<b>x</b>", "text/plain": "x"})

    def test_bundle_that_cannot_be_sent(self):
        """says in the cell what a bundle holds that JSON cannot say, and leaves functions out, as JSON does"""
        show = lambda value: f"({{ [Symbol.for('Jupyter.display')]: () => ({{ 'text/plain': 'x', 'application/json': {value} }}) }})"
        host = "(globalThis as any)[Symbol.for('tsdl.kernel')]"
        comms = "(globalThis as any)[Symbol.for('tsdl.comms')].create('t', {}, "
        bundle = shared().run(show("{ f() {}, b: Buffer.from('b') }")).of("execute_result")[0]["data"]
        self.assertEqual(bundle, {"text/plain": "x", "application/json": {"b": "Yg=="}})
        for code, word in [
            (show("{ big: 1n }"), "BigInt"),
            (show("(() => { const a: any = {}; a.a = a; return a })()"), "circular"),
            (show("{ toJSON() { throw new Error('mine') } }"), "mine"),
            (f"{host}.display({{ 'text/plain': 1n }})", "BigInt"),
            (f"{host}.display({{ 'text/plain': '' }}, {{ metadata: {{ a: 1n }} }})", "BigInt"),
            (f"{comms} {{ metadata: {{ a: 1n }} }})", "BigInt"),
            (f"{comms} {{ buffers: [1n] }})", "expected bytes, got bigint"),
            (f"await {host}.input(1n)", "expected a text to show, got bigint"),
            ("throw { toJSON() {} }", "toJSON"),
        ]:
            self.assertIn(word, shared().run(code, timeout=20).error or "", code)
            self.assertTrue(shared().ok(), code)

    def test_tensor(self):
        """shows a tensor as it prints itself, alone and within other values"""
        shared().run("import { ones } from 'tsdl';")
        self.assertEqual(shared().run("ones(2, 2)").result, "tensor([[1., 1.],\n        [1., 1.]])")
        self.assertEqual(shared().run("[ones(1)]").result, "[ tensor([1.]) ]")
        self.assertIn("gradFn=<", shared().run("ones(2, { requiresGrad: true }).mul(2)").result)
        foreign = "({ dataId: {}, shape: [1], dtype: 'int32', dataSync: () => [7], toString: () => 'Tensor [7]' })"
        self.assertEqual(shared().run(foreign).result, "Tensor [7]")

    def test_model(self):
        """shows a network as its tree"""
        code = "({ namedModules: () => [], stateDict: () => new Map(), toString: () => 'Net(\\n  (fc): Linear\\n)' })"
        self.assertEqual(shared().run(code).result, "Net(\n  (fc): Linear\n)")

    def test_typed_array(self):
        """abbreviates a typed array"""
        text = shared().run("new Float32Array(1000)").result
        self.assertIn("more items", text)
        self.assertLess(len(text), 400)


class Errors(unittest.TestCase):
    def test_type_error(self):
        """shows TypeScript's number, the cell's own lines with the place marked, and a hint"""
        error = shared().run("const fine = 1;\nconst wrong: number = 'text';").error
        self.assertIn("TS2322 2:7", error)
        self.assertIn("> 2 | const wrong: number = 'text';\n    |       ^^^^^", error)
        self.assertIn("提示：", error)

    def test_nested_too_deeply(self):
        """says in a sentence that a cell is nested too deeply, and runs the next one with the earlier names"""
        shared().run("const shallow = 5")
        for deep in ("[" * 4000 + "]" * 4000, "String(" * 4000 + "1" + ")" * 4000):
            error = shared().run(deep).error
            self.assertRegex(error, r"^Cannot compile the cell: .* too deeply$")
            self.assertEqual(shared().run("shallow").result, "5")
        reply = shared().reply(shared().kc.is_complete("[" * 20000 + "]" * 20000))
        self.assertIn(reply["content"]["status"], ["complete", "unknown"])

    def test_several_type_errors(self):
        """shows every error of a cell"""
        error = shared().run("unknownOne;\nunknownTwo").error
        self.assertIn("unknownOne", error)
        self.assertIn("unknownTwo", error)

    def test_stack_in_cell_lines(self):
        """gives stack lines in cell coordinates, through async functions and earlier cells"""
        first = shared().run("interface Gone { a: 1 }\nasync function thrower(x: number) {\n  await null;\n  throw new Error(`boom ${x}`);\n}")
        number = first.content["execution_count"]
        error = shared().run("\n\nawait thrower(1)").error
        self.assertIn("Error: boom 1", error)
        self.assertIn(f"thrower (Cell [{number}]:4:9)", error)
        self.assertIn(">", error)
        self.assertNotIn("node:", error)

    def test_error_in_helper(self):
        """shows a helper's file and line, and the cell's line that called it"""
        result = shared().run("import { fail } from '../src/failing';\nfail()")
        self.assertIn("src/failing.ts:3:9", result.error)
        self.assertIn("> 2 | fail()", result.error)

    def test_foreign_frames(self):
        """folds frames of packages into one line"""
        error = shared().run("import semver from 'node:assert';\nsemver.strictEqual(1, 2)").error
        self.assertNotIn("node:internal", error)
        self.assertIn("> 2 | semver.strictEqual(1, 2)", error)

    def test_stack_property(self):
        """writes error.stack in cell coordinates as well"""
        text = shared().run("try { null!.x } catch (e) { console.log((e as Error).stack) }").text()
        if "TS" in text or text == "":
            text = shared().run("try { (null as any).x } catch (e) { console.log((e as Error).stack) }").text()
        self.assertRegex(text, r"at Cell \[\d+\]:1:\d+")

    def test_cause(self):
        """shows the causes of an error"""
        error = shared().run("throw new Error('outer', { cause: new TypeError('inner') })").error
        self.assertIn("Caused by TypeError: inner", error)

    def test_thrown_values(self):
        """shows thrown values that are no errors"""
        self.assertEqual(shared().run("throw 'plain'").content["evalue"], "plain")
        self.assertIn('{ a: 1 }', shared().run("throw { a: 1 }").content["evalue"])

    def test_stubborn_errors(self):
        """shows errors whose properties throw or are no text, and all that an AggregateError stands for"""
        for code, name in [
            ("var a = new Error('x'); Object.defineProperty(a, 'message', { get() { throw a } }); throw a", "Error"),
            ("throw Object.assign(new TypeError('kept'), { name: () => 1 })", "TypeError"),
            ("throw Object.defineProperty(new Error('kept'), 'stack', { get() { throw 1 } })", "Error"),
            ("throw new Proxy({}, { get() { throw 1 } })", "Error"),
        ]:
            self.assertEqual(shared().run(code).content["ename"], name)
            self.assertTrue(shared().ok(), code)
            shared().run(f"setTimeout(() => {{ {code} }}, 0); await new Promise((r) => setTimeout(r, 50))")
            self.assertTrue(shared().ok(), code)
        error = shared().run("throw new AggregateError([new Error('one'), new TypeError('two')], 'many')").error
        self.assertIn("Caused by Error: one", error)
        self.assertIn("Caused by TypeError: two", error)

    def test_wrapper_frames(self):
        """shows no frame of the wrapper that awaits a cell"""
        kernel = shared()
        first = kernel.run("Promise.reject(new Error('left alone')); await new Promise((r) => setTimeout(r, 50))")
        own = first.messages[0]["parent_header"]["msg_id"]
        self.assertIsNotNone(kernel.until(lambda m: m["msg_type"] == "stream" and "left alone" in m["content"]["text"]))
        text = "".join(m["content"]["text"] for m in kernel.log
                       if m["msg_type"] == "stream" and m["parent_header"].get("msg_id") == own)
        self.assertNotIn("]:0:", text)

    def test_hints(self):
        """hints at the mistake: missing await, missing name, disposed tensor, wrong shape"""
        for code, word in [
            ("const n: number = Promise.resolve(1)", "await"),
            ("missingVariable", "没有定义"),
            ("throw new Error('Tensor is disposed.')", "释放"),
            ("throw new Error('Shapes [2,3] and [4,5] must match')", "形状"),
            ("const fixed = 1; fixed = 2", "let"),
            ("export = 5", "export"),
        ]:
            self.assertIn(word, shared().run(code).error)

    def test_language(self):
        """speaks the language of TSDL_LANG, of the course in its folder, else of the locale"""
        for folder, env, word in [
            ("project/notebooks", {"LC_ALL": "C.UTF-8"}, "Hint: This name is not defined"),
            ("project/notebooks", {"LC_ALL": "zh_CN.UTF-8"}, "没有定义"),
            (str(ROOT / "notebooks"), {"LC_ALL": "C.UTF-8"}, "没有定义"),
            (str(ROOT / "notebooks"), {"TSDL_LANG": "en"}, "Hint: This name is not defined"),
        ]:
            kernel = Kernel(folder, env={"TSDL_LANG": "", **env})
            self.addCleanup(kernel.stop)
            self.assertIn(word, kernel.run("missingVariable").error)
