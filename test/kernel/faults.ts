/** What stock tslab 1.0.22 gets wrong, with the tests that show it: all fail there and pass here. */
import type { SuiteResult } from './suite';

export interface Fault {
  readonly name: string;
  /** Ids of tests in test/kernel/suite. */
  readonly tests: readonly string[];
}

const fault = (name: string, ...tests: readonly string[]): Fault => ({ name, tests });

export const FAULTS: readonly Fault[] = [
  fault('一次输出很多行时，几百条之后的全部丢失，单元也不结束', 'Output.test_burst'),
  fault(
    '不能导入 ../src/…，也不显示其中的类型错误',
    'Imports.test_sources_beside_the_notebook',
    'Imports.test_errors_of_modules',
  ),
  fault('找不到只由 exports 给出的类型', 'Imports.test_exports_only_package'),
  fault('函数看到的 let 变量是旧值', 'Names.test_live_let'),
  fault('await 循环不能中断', 'Interrupts.test_await_loop'),
  fault('await 之后的同步循环不能中断', 'Interrupts.test_loop_after_await'),
  fault('定时器里的循环不能中断', 'Interrupts.test_timer'),
  fault('出错后 200 毫秒内的单元不运行', 'Messages.test_cell_right_after_an_error_runs'),
  fault(
    '与出错的单元一起发来的，不按 aborted 回答',
    'Messages.test_stop_on_error_aborts_what_was_sent_with_it',
  ),
  fault('没有 execute_input、execute_result，编号不对', 'Messages.test_input_result_and_counts'),
  fault('没有 error 消息', 'Messages.test_error_message'),
  fault('简写属性 ({ c }) 引用前面单元的名字时出错', 'Names.test_shorthand'),
  fault('单元计算时，control 和 heartbeat 不回答', 'Requests.test_control_and_heartbeat_while_busy'),
  fault('端口被占用时不退出，也不报错', 'Life.test_bind_error'),
  fault('后台输出落到最新的单元里', 'Output.test_background_output'),
  fault('不能向读者提问（stdin）', 'Requests.test_input'),
  fault('没有 clear_output', 'Output.test_clear_output'),
  fault('不能按 id 更新输出，没有多格式的输出和元数据', 'Output.test_display_update'),
  fault('没有 comm', 'Requests.test_comms'),
  fault('没有历史', 'Requests.test_history'),
  fault('没有 user_expressions', 'Messages.test_user_expressions'),
  fault('is_complete 不说 invalid', 'Requests.test_is_complete'),
  fault('silent 的请求照样输出', 'Messages.test_silent'),
  fault('错误的行号是编译后代码的行号', 'Errors.test_stack_in_cell_lines'),
  fault(
    '子进程和原生代码的输出到了服务器的终端',
    'Output.test_native_output',
    'Output.test_descriptor_output',
  ),
  fault('不能导入带顶层 await 的 ES 模块', 'Imports.test_esm_only_package', 'Imports.test_import_call'),
  fault('起初找不到的模块后来出现，此后每个单元都失败', 'Imports.test_module_that_appears_later'),
  fault('npm 把 @types/node 装在上层时，不认识 console', 'Syntax.test_console_is_known'),
  fault('启动了工作文件夹里的另一份 tslab', 'Imports.test_other_tslab_copy'),
  fault('改了模块，导入它的模块仍用旧的', 'Imports.test_hot_reload_through_importers'),
];

const MAX_REASON = 110;

/** Why a test failed: the line of its traceback that names the error. */
export function reasonOf({ text }: SuiteResult): string {
  const lines = text.split('\n').filter((line) => /^[\w.]*(Error|Expired|Exception)\b/.test(line));
  const reason = (lines.at(-1) ?? '')
    .replace(/^AssertionError: /, '')
    .replaceAll(/\/\S*tsdl-kernel-test-\w+\//g, '')
    .replaceAll(/[\da-f-]{20,}_\d+_/g, '') // the random part of a message's id
    .replaceAll('|', '\\|');
  return reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)}…` : reason;
}

/** The faults as a Markdown table. */
export function faultTable(
  ours: ReadonlyMap<string, SuiteResult>,
  stock: ReadonlyMap<string, SuiteResult>,
): string[] {
  const word = (result: SuiteResult | undefined): string => (result?.status === 'passed' ? '✓' : '✗');
  const rows = FAULTS.flatMap(({ name, tests }) =>
    tests.map((id) => {
      const there = stock.get(id);
      const reason = there && there.status !== 'passed' ? ` \`${reasonOf(there)}\`` : '';
      return `| ${name} | \`${id}\` | ${word(there)}${reason} | ${word(ours.get(id))} |`;
    }),
  );
  return ['| 缺陷 | 测试 | 原版 tslab | tsdl |', '| :-- | :-- | :-- | :-: |', ...rows];
}
