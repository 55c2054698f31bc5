'use strict';
const { inspect } = require('node:util');

const { say } = require('./language');
const { told } = require('./place');
const { visible } = require('./visible');

const said = (words) => (typeof words === 'string' ? told(words) : say(words));

/**
 * A fault the user can mend: one sentence and the command that mends it. The CLI prints it without a stack and
 * ends with exit code 1.
 */
class Fault extends Error {
  constructor(message, mend, details = '') {
    super(said(message));
    this.name = 'Fault';
    this.mend = said(mend);
    this.details = details;
  }
}

const NETWORK =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|NewConnectionError|NameResolutionError|ConnectTimeoutError|Temporary failure in name resolution|Read timed out|Max retries exceeded/;

/** What the output of a failed npm, pip or compiler says about the cause: 'network', 'disk' or 'other'. */
function causeOf(output) {
  if (/ENOSPC|No space left on device|Errno 28|EDQUOT|Disk quota exceeded/i.test(output)) return 'disk';
  return NETWORK.test(output) ? 'network' : 'other';
}

/** The last lines of a program's output, indented, for the end of an error message. */
function tail(output, lines = 12) {
  return output
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => `    ${line}`)
    .join('\n');
}

/** Whether an error says that this user may not change a file: it is another's, or on a read-only disk. */
const isForbidden = (error) => ['EACCES', 'EPERM', 'EROFS'].includes(error && error.code);

/** Prints a fault, or the whole of an unexpected error, and gives the exit code. */
function report(error) {
  if (error instanceof Fault) {
    console.error(`\n✗ ${visible(error.message)}`);
    if (error.mend) console.error(`  → ${visible(error.mend)}`);
    if (error.details) console.error(visible(error.details));
  } else if (error && error.code === 'ENOSPC') {
    console.error(
      say({
        zh: '\n✗ 磁盘已满，写入失败。\n  → 腾出空间后再运行同一条命令，会从断点继续',
        en: '\n✗ The disk is full.\n  → free some space and run the same command again; it goes on where it stopped',
      }),
    );
  } else if (isForbidden(error) && /^spawn/.test(error.syscall)) {
    console.error(
      say({
        zh: `\n✗ 不能启动 ${error.path}：没有执行的权限。\n  → 让这个账号能执行它：检查文件和各层文件夹的权限，或磁盘是否以 noexec 挂载`,
        en: `\n✗ ${error.path} cannot be started: it may not be executed.\n  → let this account execute it: look at the permissions of the file and of the folders above it, or whether its disk is mounted noexec`,
      }),
    );
  } else if (isForbidden(error) && error.path) {
    console.error(
      say({
        zh: `\n✗ 不能写入 ${error.path}：它属于别的用户，或在只读的磁盘上。`,
        en: `\n✗ ${error.path} cannot be written: it belongs to another user, or its disk is read-only.`,
      }),
    );
    console.error(
      say({
        zh: '  → 由安装它的用户运行，或把整个项目复制到自己的文件夹；只有输出写不了时加 --out <文件夹>',
        en: '  → run it as the user who installed it, or copy the whole project to a folder of your own; where only the outputs cannot be written add --out <folder>',
      }),
    );
  } else {
    console.error(visible(inspect(error)));
  }
  return 1;
}

module.exports = { Fault, causeOf, tail, isForbidden, report };
