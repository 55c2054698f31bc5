"""jupyter_kernel_test, every group that it offers."""

import jupyter_kernel_test as jkt


class Conformance(jkt.KernelTests):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A first cell waits for the compiler; the groups' own time limits are meant for a warm kernel.
        cls.kc.execute_interactive("1", timeout=120, output_hook=lambda message: None)

    kernel_name = "tsdl-test"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('test')"
    code_page_something = "Math?"
    completion_samples = [{"text": "Math.ab", "matches": {"abs"}}]
    complete_code_samples = ["1", "const a = 1;", "function f() {\n  return 1;\n}"]
    incomplete_code_samples = ["function f() {", "const a = [1,", "`open", "if (true) {\n  1;"]
    invalid_code_samples = ["const = 1", "let 1a;"]
    code_generate_error = "throw new Error('test')"
    code_execute_result = [{"code": "6 * 7", "result": "42"}, {"code": "[1, 2]", "result": "[ 1, 2 ]"}]
    code_display_data = [{"code": "import * as tslab from 'tslab'; tslab.display.html('<b>x</b>')", "mime": "text/html"}]
    code_history_pattern = "6?*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.abs"
    code_clear_output = "(globalThis as any)[Symbol.for('tsdl.kernel')].clearOutput(false)"


class Welcome(jkt.IopubWelcomeTests):
    kernel_name = "tsdl-test"
    support_iopub_welcome = True
