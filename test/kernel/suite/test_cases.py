"""Cells from public reports of notebook kernels, each in its smallest form, with what is right."""

import time
import unittest

from harness import WORK, Kernel, shared, write

FILES = {
    "a.mjs": "export const v = 1;\n",
    "b.mts": "export const m: number = 2;\n",
    "plain.js": "exports.inc = (a) => a + 1;\n",
    "node_modules/other/package.json": '{"name":"other","version":"1.0.0"}',
    "node_modules/nested/package.json": '{"name":"nested","version":"1.0.0","main":"index.js","types":"index.d.ts"}',
    "node_modules/nested/index.js": "exports.make = () => ({ z: 1 })\n",
    "node_modules/nested/index.d.ts": 'import { Deep } from "inner2"; export declare function make(): Deep;\n',
    "node_modules/nested/node_modules/inner2/package.json": '{"name":"inner2","version":"1.0.0","types":"index.d.ts"}',
    "node_modules/nested/node_modules/inner2/index.d.ts": "export interface Deep { z: number }\n",
    "node_modules/untyped/package.json": '{"name":"untyped","version":"1.0.0","main":"index.js"}',
    "node_modules/untyped/index.js": "module.exports = { hello: () => 'hi' }\n",
}
JSX = {
    "tsconfig.json": '{"compilerOptions":{"jsx":"react-jsx","jsxImportSource":"fakereact","strict":true,'
                     '"noUncheckedIndexedAccess":true,"useDefineForClassFields":false}}',
    "node_modules/fakereact/package.json": '{"name":"fakereact","version":"1.0.0"}',
    "node_modules/fakereact/jsx-runtime.js": "exports.jsx = exports.jsxs = (type, props) => ({ type, props });\n",
    "node_modules/fakereact/jsx-runtime.d.ts":
        "export function jsx(t: any, p: any, k?: any): any; export const jsxs: typeof jsx; "
        "export namespace JSX { interface IntrinsicElements { [k: string]: any } }\n",
}
GLOBAL = {
    "globpkg/package.json": '{"name":"globpkg","version":"1.0.0","main":"index.js","types":"index.d.ts"}',
    "globpkg/index.js": "exports.g = 1\n",
    "globpkg/index.d.ts": "export const g: number;\n",
}

CELL = object()
"""Stands for a cell whose outcome does not matter, as long as it ends."""


class Error:
    def __init__(self, *words):
        self.words = words


class Prints:
    def __init__(self, text):
        self.text = text


def project(name, files):
    for path, text in files.items():
        write(f"{name}/{path}", text)
    (WORK / name).mkdir(exist_ok=True)
    return name


class Cases(unittest.TestCase):
    kernel = None

    @classmethod
    def setUpClass(cls):
        cls.kernel = Kernel(project("cases", FILES))

    @classmethod
    def tearDownClass(cls):
        cls.kernel.stop()

    def cells(self, *pairs, kernel=None, interrupts=(), timeout=20, **options):
        """Runs cells and compares: a text is the result, None no result, `Prints` what stands on standard output."""
        kernel = kernel or self.kernel
        for code, expected in pairs:
            timers = [kernel.interrupt_later(at) for at in interrupts]
            result = kernel.run(code, timeout=timeout, **options)
            for timer in timers:
                timer.cancel()
            interrupts = ()
            if isinstance(expected, Error):
                for word in expected.words:
                    self.assertIn(word, result.error or f"no error: {result.result}", code)
            elif isinstance(expected, Prints):
                self.assertEqual((result.error, result.text()), (None, expected.text), code)
            elif callable(expected):
                self.assertTrue(expected(result), (code, result.result, result.error, result.text()))
            elif expected is not CELL:
                self.assertEqual((result.error, result.result), (None, expected), code)

    def test_catch_without_binding(self):
        """catches without a binding in async code"""
        self.cells(("try { await Promise.reject(1) } catch { console.log('ok') }", Prints("ok\n")),
                   ("const af = async () => { try { JSON.parse('{') } catch { return 'ok' } }; await af()", "'ok'"))

    def test_namespace(self):
        """knows a namespace in every later cell"""
        self.cells(("namespace N { export const a = 1 }", None), ("1", "1"), ("N.a", "1"),
                   ("const t: typeof N.a = 1; t", "1"))

    def test_bundles_that_cannot_be_sent(self):
        """takes what it can of a bundle that JSON cannot say, or fails, and runs the next cell"""
        bundle = "({ [Symbol.for('Jupyter.display')]: () => ({ 'text/plain': 'x', 'application/json': %s }) })"
        for value in ("{ f() {} }", "{ big: 1n }", "(() => { const o: any = {}; o.o = o; return o })()"):
            self.cells((bundle % value, lambda r: r.result == "x" or "JSON" in r.error), ("1 + 1", "2"))

    def test_pending_last_value(self):
        """stops waiting for a last value that never settles"""
        self.cells(("new Promise(() => {})", CELL), ("1 + 1", "2"), interrupts=(0.5,))

    def test_catch_swallows_interrupt(self):
        """stops a loop whose catch takes every error"""
        code = "for (;;) { try { await new Promise((r) => setTimeout(r, 100)) } catch (e) { console.log('retry', String(e)) } }"
        self.cells((code, lambda r: r.content["ename"] == "KernelInterrupt" and "retry" not in r.text()), ("1 + 1", "2"),
                   interrupts=(0.5,))

    def test_exec_sync(self):
        """interrupts a child process that the cell waits for"""
        code = "import { execSync } from 'node:child_process'; execSync('sleep 20')"
        self.cells((code, lambda r: r.content["ename"] == "KernelInterrupt"), ("1 + 1", "2"), interrupts=(0.5,), timeout=5)

    def test_microtask_loops(self):
        """stops chains of microtasks and ticks"""
        for start in ("queueMicrotask", "process.nextTick"):
            self.cells((f"const mt = () => {start}(mt); mt(); await new Promise(() => {{}})",
                        lambda r: r.content["ename"] == "KernelInterrupt"), ("1 + 1", "2"), interrupts=(0.5,), timeout=5)

    def test_function_text(self):
        """shows functions as they were written"""
        self.cells(
            ("""import { runInNewContext } from 'node:vm';
const sum = (n: number) => { let s = 0; for (let i = 0; i < n; i++) s += i; return s }; runInNewContext(`(${sum})(4)`)""", "6"),
            ("const f5 = async () => { try { await null } catch {} return 5 }; await runInNewContext(`(${f5})()`)", "5"),
            ("/tsdl|«|exports/.test(sum.toString() + f5.toString() + ((x: unknown) => [sum, { f5 }, x]))", "false"))

    def test_accessors_after_spread(self):
        """defines accessors and __proto__ after an object spread, await or not"""
        self.cells(
            ("const a = { x: 1 }; let n = 1; const o = { ...a, get b() { return n } }; n = 2; await null; o.b", "2"),
            ("const o2 = { ...{ v: 1 }, set v(x: number) {} }; await null; typeof Object.getOwnPropertyDescriptor(o2, 'v')!.set",
             "'function'"),
            ("const o3 = { ...{ a: 1 }, __proto__: { inherited: 1 } }; await null; (o3 as any).inherited", "1"))

    def test_async_kind(self):
        """leaves async functions async"""
        self.cells(("import { types } from 'node:util'; [types.isAsyncFunction(async () => 1), (async () => 1).constructor.name]",
                    "[ true, 'AsyncFunction' ]"), ("async function kind() {}; [kind]", "[ [AsyncFunction: kind] ]"))

    def test_declarations_without_text(self):
        """takes declarations that have no form in a .d.ts file"""
        self.cells(
            ("const Mixin = <T extends new (...a: any[]) => {}>(B: T) => class extends B { private hidden = 1; own = 2 }", None),
            ("class Empty {}; new (Mixin(Empty))().own", "2"),
            ("const c = (() => { class Local { private x = 1; y = 2 } return new Local() })(); c.y", "2"), ("c.y.toFixed()", "'2'"),
            ("function outer() { interface Hidden { q: number } return { q: 1 } as Hidden }\nouter().q", "1"),
            ("outer().q.toFixed(1)", "'1.0'"),
            ("import { make } from 'nested'; const d = make(); d.z", "1"), ("d.z.toFixed()", "'1'"))

    def test_declare_global(self):
        """adds to global types"""
        self.cells(("""declare global { interface Array<T> { second(): T } }
Array.prototype.second = function () { return this[1] }; [1, 2].second()""", "2"), ("[3, 4].second()", "4"))

    def test_module_extensions(self):
        """imports local .mjs and .mts modules"""
        self.cells(("import { v } from './a.mjs'; v", "1"), ("import { m } from './b.mts'; m", "2"),
                   ("(await import('./a.mjs')).v", "1"))

    def test_plain_javascript(self):
        """takes a plain JavaScript file as it is"""
        self.cells(("import { inc } from './plain.js'; inc(1)", "2"))

    def test_module_scope(self):
        """has what Node gives a module"""
        self.cells(("__dirname", repr(str(WORK / "cases"))), ("require.resolve('node:fs')", "'node:fs'"),
                   ("typeof require.cache", "'object'"), ("module.exports", "{}"))

    def test_installed_later(self):
        """finds a package that was installed after it was first asked for"""
        install = """import { mkdirSync, writeFileSync } from 'node:fs'; mkdirSync('node_modules/late/lib', { recursive: true });
writeFileSync('node_modules/late/package.json', '{"name":"late","main":"lib/i.js"}'); writeFileSync('node_modules/late/lib/i.js', 'exports.a = 1')"""
        self.cells(("try { require('late') } catch (e) { console.log((e as any).code) }", Prints("MODULE_NOT_FOUND\n")),
                   (install, None), ("require('late').a", "1"))

    def test_untyped_package(self):
        """imports a package without types, by a declaration, without a check, or by import()"""
        self.cells(("import untyped from 'untyped'; untyped.hello()", lambda r: r.result == "'hi'" or "declare module" in r.error),
                   ("declare module 'untyped';\nimport untyped2 from 'untyped'; untyped2.hello()", "'hi'"),
                   ("// @ts-nocheck\nimport untyped3 from 'untyped'; untyped3.hello()", "'hi'"),
                   ("(await import('untyped')).default.hello()", "'hi'"))

    def test_replaced_methods(self):
        """runs on where a cell replaces what the language brings, and keeps what it put there"""
        broken = "function () { throw new Error('replaced') } as any"
        with_log = "const m = Array.prototype.map; Array.prototype.map = function (this: any, ...a: any) { console.log('map'); return m.apply(this, a) } as any"
        kernel = Kernel("cases")
        self.addCleanup(kernel.stop)
        after = (("1 + 1", "2"), ("const a: number = 3; await null; ({ a })", "{ a: 3 }"), ("throw new RangeError('mine')", Error("RangeError: mine")))
        self.cells((f"{with_log}; void 0", None), *after, ("[1].map((x) => x)", lambda r: (r.result, r.text()) == ("[ 1 ]", "map\n")), kernel=kernel)
        for code in (f"Array.prototype.map = Array.prototype.push = {broken}", f"Array.prototype[Symbol.iterator] = {broken}",
                     "Promise.prototype.then = function (this: any) { return this } as any", f"String.prototype.slice = RegExp.prototype.exec = {broken}",
                     f"Map.prototype.get = Map.prototype.set = {broken}", f"Object.keys = Object.entries = Object.defineProperty = {broken}",
                     f"JSON.parse = JSON.stringify = Buffer.from = {broken}", "Error.prepareStackTrace = () => { throw new Error('stack') }",
                     "(Object.prototype as any).get = () => 1"):
            self.cells((f"{code}; void 0", None), *after, kernel=kernel)

    def test_readline(self):
        """asks the reader where a cell reads standard input"""
        code = """import * as rl from 'node:readline/promises';
await rl.createInterface({ input: process.stdin, output: process.stdout }).question('name? ')"""
        self.cells((code, "'Ada'"), on_input=lambda content: "Ada")

    def test_error_details(self):
        """shows what an error carries, its class and its cause"""
        self.cells(("throw Object.assign(new Error('with props'), { code: 'E_CODE', detail: { a: 1 } })", Error("E_CODE", "{ a: 1 }")),
                   ("throw new (class MyErr extends Error {})('custom')", Error("MyErr")),
                   ("setTimeout(() => { throw new Error('in timer', { cause: new Error('why') }) }, 10); await new Promise((r) => setTimeout(r, 100))",
                    lambda r: "in timer" in r.text("stderr") and "why" in r.text("stderr")))

    def test_printed_promise(self):
        """prints promises and timers without the kernel's own objects"""
        self.cells(("console.log([Promise.resolve(1)], [(async () => 2)()])", Prints("[ Promise { 1 } ] [ Promise { 2 } ]\n")),
                   ("console.log(setTimeout(() => {}, 1))", lambda r: "cell" not in r.text() and "Timeout" in r.text()))

    def test_types_as_at_run_time(self):
        """knows no method that this Node lacks"""
        for code in ("new Set([1]).union(new Set([2])).size", "Map.groupBy([1], (x) => x).size", "new DisposableStack().disposed"):
            self.cells((code, lambda r: r.error is None or "TS2" in r.error))

    def test_terminal_methods(self):
        """has a terminal's methods"""
        self.cells(("process.stdout.clearLine(0); process.stdout.cursorTo(0)", lambda r: r.error is None))

    def test_empty_write(self):
        """shows no output where nothing was written"""
        self.cells(("import { execSync } from 'node:child_process'; execSync('true'); 0", lambda r: r.of("stream") == []))

    def test_export(self):
        """takes export in a cell as if it were not there"""
        self.cells(("export const e = 1", None), ("export default 5", "5"), ("export interface I { a: 1 }", None),
                   ("const i: I = { a: 1 }; [i.a, e]", "[ 1, 1 ]"),
                   ("const x1 = 1; export { x1 as y1 }", None), ("x1", "1"))

    def test_var_in_block(self):
        """knows a var of a block or a loop's head"""
        self.cells(("for (var i = 0; i < 3; i++) {}", None), ("i", "3"), ("if (i) { var inIf = 'x', { a: inPattern } = { a: 1 } }", None),
                   ("[inIf, inPattern]", "[ 'x', 1 ]"), ("for (var j of [1, 2]) { var g = () => j }", None), ("j = 5; g()", "5"))

    def test_redefined(self):
        """lets functions see what a later cell makes of a name"""
        self.cells(("function fa() { return 'old' }\nfunction fb() { return fa() }", None),
                   ("function fa() { return 'new' }", None), ("fb()", "'new'"),
                   ("const rate = 1; const useRate = () => rate", None), ("const rate = 2", None), ("useRate()", "2"),
                   ("class K { static n = 1 }; const useK = () => K.n", None), ("class K { static n = 2 }", None), ("useK()", "2"))

    def test_pager_of_any_script(self):
        """explains a name in any script"""
        self.cells(("const 变量 = 1", None), ("变量?", lambda r: r.content["payload"][0]["source"] == "page"))

    def test_generic_arrow(self):
        """takes a generic arrow function for what it is where no tsconfig.json asks for JSX"""
        self.cells(("const first = <T>(xs: T[]) => xs[0]; first([7])", "7"))

    def test_object_literal(self):
        """takes an object literal that is the whole cell for what it looks like"""
        self.cells(("{ a: 1 }", "{ a: 1 }"), ("{ a: 1, b: 2 }", "{ a: 1, b: 2 }"), ("{ let z = 1; z }", None))

    def test_timer_leak(self):
        """keeps nothing of a cleared timer"""
        code = """const gc = (await import('node:v8'), (await import('node:vm'))).runInNewContext('gc') as () => void;
const used = () => (gc(), process.memoryUsage().heapUsed / 1e6);
const before = used(); for (let i = 0; i < 100000; i++) clearTimeout(setTimeout(() => {}, 1e6)); used() - before < 5"""
        self.cells(("import { setFlagsFromString } from 'node:v8'; setFlagsFromString('--expose-gc')", None), (code, "true"))

    def test_compiler_options(self):
        """follows a tsconfig.json: JSX, unchecked indexes, how fields are defined"""
        kernel = Kernel(project("jsx", JSX))
        try:
            self.cells(('const el = <b id="x">1</b>; el.type', "'b'"), ("const xs = [1]; xs[0].toFixed()", Error("TS2532")),
                       ("""class Base { set v(x: number) { console.log('setter', x) } }
class Derived extends (Base as any) { v = 5 }
new Derived(); 0""", Prints("setter 5\n")), kernel=kernel)
        finally:
            kernel.stop()

    def test_tsconfig_for_modules(self):
        """compiles local modules as the tsconfig.json and what it extends say"""
        kernel = Kernel(project("jsxmodules", {**JSX, "base.json": JSX["tsconfig.json"].replace('"strict"', '"paths":{"@/*":["./lib/*"]},"experimentalDecorators":true,"strict"'),
            "tsconfig.json": '{"extends":"./base.json","compilerOptions":{"jsx":"preserve"}} // as a bundler wants it',
            "comp.tsx": "export const Comp = ({ n }: { n: number }) => <b k={n}>x</b>;\n"
                        "function note(on: any, key: string) { on.noted = key; }\nexport class K { @note f = 1; }\n",
            "old.jsx": "export const Old = () => <i/>;\n", "lib/x.ts": "export const x = 'aliased';\n"}))
        self.addCleanup(kernel.stop)
        self.cells(("import { Comp, K } from './comp'; [Comp({ n: 1 }), (K.prototype as any).noted]",
                    "[ { type: 'b', props: { k: 1, children: 'x' } }, 'f' ]"), ("import { Old } from './old'; (Old() as any).type", "'i'"),
                   ("<p>{1}</p>", "{ type: 'p', props: { children: 1 } }"), ("import { x } from '@/x'; x", "'aliased'"), kernel=kernel)

    def test_linked_packages(self):
        """finds packages and their types where pnpm lays them, and what a workspace links"""
        store = "node_modules/.pnpm"
        project("linked", {
            f"{store}/a@1/node_modules/a/package.json": '{"name":"a","type":"module","exports":{"types":"./i.d.ts","import":"./i.js"}}',
            f"{store}/a@1/node_modules/a/i.js": "import { b } from 'b'; await null; export const make = () => ({ z: b });\n",
            f"{store}/a@1/node_modules/a/i.d.ts": "import type { Deep } from 'b'; export declare function make(): Deep;\n",
            f"{store}/b@1/node_modules/b/package.json": '{"name":"b","main":"i.js","types":"i.d.ts"}',
            f"{store}/b@1/node_modules/b/i.js": "exports.b = 5;\n",
            f"{store}/b@1/node_modules/b/i.d.ts": "export interface Deep { z: number } export declare const b: number;\n",
            "shared/package.json": '{"name":"shared","main":"i.ts","types":"i.ts"}',
            "shared/i.ts": "export const twice = (n: number): number => 2 * n;\n"})
        for link, target in ((f"{store}/a@1/node_modules/b", "../../b@1/node_modules/b"), ("node_modules/a", ".pnpm/a@1/node_modules/a"),
                             ("node_modules/shared", "../shared")):
            (WORK / "linked" / link).symlink_to(target)
        kernel = Kernel("linked")
        self.addCleanup(kernel.stop)
        self.cells(("import { make } from 'a'; const d = make(); d.z", "5"), ("const ds = [d]; ds[0]!.z.toFixed()", "'5'"),
                   ("import { twice } from 'shared'; twice(d.z)", "10"), kernel=kernel)

    def test_node_path(self):
        """imports packages on NODE_PATH"""
        kernel = Kernel(project("apart", {}), env={"NODE_PATH": str(WORK / project("global", GLOBAL))})
        try:
            self.cells(("require('globpkg').g", "1"), ("import { g } from 'globpkg'; g", "1"), kernel=kernel)
        finally:
            kernel.stop()


class Protocol(unittest.TestCase):
    def test_comm_output(self):
        """shows what a comm's handler prints before the comm's message is done"""
        kernel = shared()
        kernel.run("(globalThis as any)[Symbol.for('tsdl.comms')].registerTarget('loud', () => { console.log('opened') })")
        msg_id = kernel.ask("comm_open", {"comm_id": "loud1", "target_name": "loud", "data": {}})
        kinds = [m["msg_type"] for m in kernel.until_idle(msg_id, time.monotonic() + 20)]
        self.assertEqual(kinds, ["status", "stream", "status"])

    def test_aborted_has_no_number(self):
        """gives no number to a cell that did not run"""
        kernel = shared()
        ids = [kernel.kc.execute(code) for code in ("throw new Error('first')", "1")]
        replies = [kernel.reply(each)["content"] for each in ids]
        self.assertEqual(replies[1], {"status": "aborted"})
        kernel.until_idle(ids[1], time.monotonic() + 20)

    def test_completes_imports(self):
        """completes the whole name of a module"""
        code = "import { join } from 'node:pat"
        content = shared().reply(shared().kc.complete(code, len(code)))["content"]
        self.assertEqual(code[content["cursor_start"]:content["cursor_end"]], "node:pat")
        self.assertIn("node:path", content["matches"])

    def test_questions_and_objects_are_complete(self):
        """runs a question and an object literal at Enter"""
        for code in ("Math.max?", "{ a: 1, b: 2 }", "await 1"):
            self.assertEqual(shared().reply(shared().kc.is_complete(code))["content"]["status"], "complete", code)

    def test_buffers_of_every_kind(self):
        """sends a comm's buffers, whatever kind of view they are"""
        kernel = shared()
        code = """const viewed = new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2);
(globalThis as any)[Symbol.for('tsdl.comms')].create('t', {}, { buffers: [viewed, viewed.buffer, new Uint16Array(1)] })"""
        result = kernel.run(code)
        [message] = [m for m in result.messages if m["msg_type"] == "comm_open"]
        self.assertEqual([bytes(b) for b in message["buffers"]], [b"\x02\x03", b"\x01\x02\x03\x04", b"\0\0"])

    def test_every_request_is_answered(self):
        """answers requests about usage, connections and debugging"""
        kernel = shared()
        ask = lambda kind, content={}: kernel.reply(kernel.ask(kind, content, "control"), channel="control")["content"]
        self.assertGreater(ask("usage_request")["kernel_memory"], 10_000_000)
        self.assertEqual(ask("connect_request")["shell_port"], kernel.km.shell_port)
        info = ask("debug_request", {"seq": 3, "type": "request", "command": "debugInfo"})
        self.assertEqual((info["success"], info["body"]["isStarted"]), (True, False))
        unknown = ask("debug_request", {"seq": 4, "type": "request", "command": "teleport"})
        self.assertEqual(unknown["success"], False)

    def test_text_for_consoles(self):
        """gives a console some text for every display"""
        host = "(globalThis as any)[Symbol.for('tsdl.kernel')]"
        result = shared().run(f"{host}.display({{ 'text/html': '<b>x</b> &lt; 1<br>y' }}); {host}.display({{ 'image/png': '' }})")
        self.assertEqual([c["data"]["text/plain"] for c in result.of("display_data")], ["x < 1\ny", "<image/png>"])

    def test_live_imports(self):
        """sees what a module makes of its exported variables"""
        write("project/notebooks/live.ts", "export let count = 0;\nexport const inc = () => { count += 1; };\n")
        shared().run("import { count, inc } from './live'; inc()")
        self.assertEqual(shared().run("inc(); const seen = () => count; [count, seen()]").result, "[ 2, 2 ]")
