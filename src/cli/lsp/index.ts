/** `tsdl lsp`: the language server for notebooks; JupyterLab starts it where the extension jupyterlab-lsp is there. */
import { say } from '../../../bin/bootstrap/language';
import { serve } from '../../kernel/lsp/main';

const HELP = {
  zh: `tsdl lsp

在标准输入和输出上讲 Language Server Protocol：输入代码时的错误、悬停、补全、参数、跳转。
tsdl lab 会让 JupyterLab 启动它。`,
  en: `tsdl lsp

Speaks the Language Server Protocol on standard input and output: errors while typing, hovers, completions,
signatures, jumps. tsdl lab makes JupyterLab start it.`,
};

/** Runs until the editor ends it. */
export function lsp(argv: string[]): Promise<number> {
  if (argv.length === 0 || argv.includes('--stdio')) return serve();
  console.log(say(HELP));
  return Promise.resolve(0);
}
