"""TypeScript in cells: today's language, imports of every kind, hot reload, types across cells."""

import unittest

from harness import STOCK, WORK, Kernel, argv, hoisted, register, shared, write


class Names(unittest.TestCase):
    def test_live_let(self):
        """shares one live variable between a function and later cells"""
        shared().run("let counter = 1; const read = () => counter; const bump = () => { counter++ }")
        shared().run("counter = 10; bump()")
        self.assertEqual(shared().run("[counter, read()]").result, "[ 11, 11 ]")

    def test_shorthand(self):
        """expands a shorthand property of an earlier cell's name"""
        shared().run("const early = 3")
        self.assertEqual(shared().run("({ early })").result, "{ early: 3 }")

    def test_redeclaration(self):
        """lets a later cell declare a name anew, with another type"""
        shared().run("const again = 1")
        shared().run("const again = 'text'")
        self.assertEqual(shared().run("again.length").result, "4")

    def test_imported_name_redeclared(self):
        """lets a later cell declare an imported name anew"""
        shared().run("import { join } from 'node:path'")
        shared().run("let join = 1; join += 1")
        self.assertEqual(shared().run("join").result, "2")

    def test_failed_cell_keeps_what_it_set(self):
        """knows the names that a failing cell had set"""
        shared().run("const reached = [1]; throw new Error('x')")
        self.assertEqual(shared().run("reached.length").result, "1")


class NativePackages(unittest.TestCase):
    def test_report(self):
        """answers packages that ask Node's report for the C library while they load"""
        shared().run("const report = process.report.getReport() as { header: { nodejsVersion: string } }")
        self.assertEqual(shared().run("report.header.nodejsVersion === process.version").result, "true")


class Syntax(unittest.TestCase):
    def test_modern_syntax(self):
        """runs using, const type parameters, satisfies, private fields and ES2023 methods"""
        code = """const closed: string[] = [];
{ using resource = { name: 'r', [Symbol.dispose]() { closed.push(this.name) } }; void resource }
const tuple = <const T,>(value: T): T => value;
class Counter { #n = 1; get n() { return this.#n } }
const sizes = { a: 1 } satisfies Record<string, number>;
[closed, tuple(['x']), new Counter().n, sizes.a, [3, 1].toSorted(), [1, 2].findLast((x) => x > 0)]"""
        self.assertEqual(shared().run(code).result, "[ [ 'r' ], [ 'x' ], 1, 1, [ 1, 3 ], 2 ]")

    def test_using(self):
        """disposes of what a cell or a module uses, in reverse order, also after an error, and shows the cell's result"""
        make = "(name: string) => ({ name, [Symbol.dispose]() { console.log(name) } })"
        shared().run(f"const make = {make}")
        result = shared().run("using first = make('1'); using second = make('2'); first.name + second.name")
        self.assertEqual((result.result, result.text()), ("'12'", "2\n1\n"))
        result = shared().run("""await using late = { async [Symbol.asyncDispose]() { await null; console.log('late') } };
{ using early = make('early'); void [early, late] }
7""")
        self.assertEqual((result.result, result.text()), ("7", "early\nlate\n"))
        result = shared().run("using failing = { [Symbol.dispose]() { throw new Error('at the end') } }; throw new Error('inside')")
        self.assertIn("Caused by Error: at the end", result.error)
        self.assertIn("number without", shared().run("using n = 5 as unknown as Disposable").error)
        self.assertIsNone(shared().run("using nothing = null").error)
        write("project/src/uses.ts", f"export function uses(): number {{\n  using inner = ({make})('module');\n  return inner.name.length;\n}}\n")
        result = shared().run("import { uses } from '../src/uses'; uses()")
        self.assertEqual((result.result, result.text()), ("6", "module\n"))

    def test_decorators(self):
        """runs standard decorators"""
        code = """function twice(method: (x: number) => number, _c: ClassMethodDecoratorContext) {
  return function (this: unknown, x: number): number { return 2 * method.call(this, x) };
}
class Double { @twice run(x: number) { return x } }
new Double().run(4)"""
        self.assertEqual(shared().run(code).result, "8")

    def test_enums_and_namespaces(self):
        """shows no result for an enum, and knows it later"""
        self.assertIsNone(shared().run("enum Color { Red, Green }").result)
        self.assertEqual(shared().run("Color[Color.Green]").result, "'Green'")

    def test_namespaces_later(self):
        """knows a namespace and its types in all later cells, until one declares the name anew"""
        kernel = shared()
        kernel.run("namespace Ns { export const a = 1; export interface P { x: number } export namespace Deep { export const b = 'b' } }")
        for _ in range(2):
            self.assertEqual(kernel.run("const p: Ns.P = { x: Ns.a }; [p.x, Ns.Deep.b]").result, "[ 1, 'b' ]")
        self.assertIn("TS2322", kernel.run("const wrong: typeof Ns.a = 2").error)
        kernel.run("let Ns = 'text'")
        self.assertEqual(kernel.run("Ns.length").result, "4")

    def test_top_level_await(self):
        """awaits at the top level: await, for await, await using"""
        code = """const log: number[] = []; log.push(await Promise.resolve(1));
async function* two() { yield 2; yield 3 }
for await (const x of two()) log.push(x);
log"""
        self.assertEqual(shared().run(code).result, "[ 1, 2, 3 ]")

    def test_async_semantics(self):
        """keeps this, arguments, super, rest and errors of async functions"""
        code = """class Base { async value() { return 1 } }
class Derived extends Base {
  async value() { return (await super.value()) + 1 }
  run = async (...xs: number[]) => { const { a, ...rest } = { a: 1, b: 2 }; return [await this.value(), xs.length, a, rest] };
}
async function args() { await null; return arguments.length }
const caught = await (async () => { throw new TypeError('t') })().catch((e: Error) => e.name);
[await new Derived().run(1, 2), await (args as any)(1, 2, 3), caught]"""
        self.assertEqual(shared().run(code).result, "[ [ 2, 2, 1, { b: 2 } ], 3, 'TypeError' ]")

    def test_strict(self):
        """checks strictly"""
        self.assertIn("TS7006", shared().run("const f = (x) => x").error)
        self.assertIn("TS18048", shared().run("declare const maybe: { a: number } | undefined; maybe.a").error or "")

    def test_console_is_known(self):
        """knows console and process without any import, wherever npm put the types of Node"""
        register("tsdl-hoisted", argv(hoisted()))
        kernel = Kernel(spec="tsdl-hoisted")
        try:
            result = kernel.run("console.log(typeof process.version)")
            self.assertIsNone(result.error)
            self.assertEqual(result.text(), "string\n")
        finally:
            kernel.stop()


class Imports(unittest.TestCase):
    def test_sources_beside_the_notebook(self):
        """imports ../src with types"""
        self.assertEqual(shared().run("import { next } from '../src/outer'; next()").result, "42")
        self.assertIn("TS2339", shared().run("next().nope").error)

    def test_hot_reload_through_importers(self):
        """loads an edited helper anew, also behind one that imports it"""
        write("project/notebooks/deep.ts", "export const level = 1;\n")
        write("project/notebooks/top.ts", "import { level } from './deep';\nexport const shown = () => level;\n")
        shared().run("import { shown } from './top'")
        self.assertEqual(shared().run("shown()").result, "1")
        write("project/notebooks/deep.ts", "export const level = 22;\n")
        shared().run("import { shown } from './top'")
        self.assertEqual(shared().run("shown()").result, "22")

    def test_one_instance(self):
        """has one instance of a module, however it is imported"""
        write("project/src/state.ts", "export const state = { n: 0 };\n")
        code = """import { state as a } from '../src/state'; import { state as b } from '../src/state.js';
const c = await import('../src/state'); a.n++; [a === b, c.state.n]"""
        self.assertEqual(shared().run(code).result, "[ true, 1 ]")

    def test_module_that_appears_later(self):
        """imports a module that was missing when a cell first asked for it"""
        self.assertIn("Cannot find module", shared().run("import { late } from './late'").error)
        write("project/notebooks/late.ts", "export const late = 5;\n")
        self.assertEqual(shared().run("import { late } from './late'; late").result, "5")
        self.assertEqual(shared().run("late + 1").result, "6")

    def test_esm_only_package(self):
        """imports an ESM-only package with top-level await"""
        self.assertEqual(shared().run("import { kind } from 'esm-only'; kind.length").result, "3")

    def test_import_call(self):
        """imports an ESM-only package with import()"""
        self.assertEqual(shared().run("(await import('esm-only')).kind.length").result, "3")

    def test_exports_only_package(self):
        """finds code and types through a package's exports"""
        self.assertEqual(shared().run("import { deep } from 'exports-only/deep'; deep + 1").result, "8")

    def test_dynamic_import_of_node(self):
        """gives import() of a Node module a name that later cells know, and no warning"""
        first = Kernel()
        try:
            self.assertEqual(first.run("const os = await import('node:os')").text("stderr"), "")
        finally:
            first.stop()
        shared().run("const os = await import('node:os')")
        self.assertEqual(shared().run("typeof os.cpus").result, "'function'")

    def test_import_meta(self):
        """knows import.meta in cells, from the notebook's folder, and in modules"""
        kernel = shared()
        folder = (WORK / "project/notebooks").resolve()
        self.assertEqual(kernel.run("import.meta.dirname").result, repr(str(folder)))
        code = "import { readFileSync } from 'node:fs'; readFileSync(new URL('../src/data.json', import.meta.url), 'utf8').slice(0, 7)"
        self.assertEqual(kernel.run(code).result, repr('{"name"'))
        write("project/src/meta.ts", "export const { filename } = import.meta;\nexport const next = import.meta.resolve('./outer');\n")
        shown = kernel.run("import { filename, next } from '../src/meta'; [filename, next].join()").result
        source = folder.parent / "src"
        self.assertEqual(shown, repr(f"{source}/meta.ts,file://{source}/outer.ts"))

    def test_json(self):
        """imports JSON with types"""
        self.assertEqual(shared().run("import data from '../src/data.json'; data.values.length").result, "2")

    def test_errors_of_modules(self):
        """shows a type error of an imported file, with its place"""
        error = shared().run("import { wrong } from '../src/wrong'; wrong").error
        self.assertIn("src/wrong.ts:1:14", error)
        self.assertIn("TS2322", error)

    def test_require(self):
        """has require with the notebook's folder as its place"""
        self.assertEqual(shared().run("require('../src/data.json').name").result, "'data'")

    @unittest.skipIf(STOCK, "stock tslab knows no tsdl")
    def test_tsdl(self):
        """imports tsdl with types where no tsdl is installed, and shows a tensor as PyTorch does"""
        code = "import * as tf from 'tsdl/engine/tf'; tf.tensor2d([[1, 2], [3, 4]])"
        self.assertIn("tensor([[1., 2.],\n        [3., 4.]]", shared().run(code, timeout=120).result or "")
        self.assertIn("TS23", shared().run("tf.tensor1d([[1]])").error or "")

    def test_other_tslab_copy(self):
        """starts itself, not a tslab that lies in the notebook's folder"""
        write("other/node_modules/tslab/dist/main.js", "exports.startKernel = () => { throw new Error('the wrong one') }")
        kernel = Kernel(cwd="other")
        try:
            self.assertEqual(kernel.run("40 + 2").result, "42")
        finally:
            kernel.stop()


class Tsconfig(unittest.TestCase):
    def test_honoured(self):
        """takes strictness and paths from the project's tsconfig.json"""
        write("loose/tsconfig.json", '{"compilerOptions": {"strict": false, "paths": {"@lib/*": ["./lib/*"]}}}')
        write("loose/lib/one.ts", "export const one = 1;\n")
        kernel = Kernel(cwd="loose")
        try:
            self.assertEqual(kernel.run("const f = (x) => x; f(1)").result, "1")
            self.assertEqual(kernel.run("import { one } from '@lib/one'; one").result, "1")
        finally:
            kernel.stop()


