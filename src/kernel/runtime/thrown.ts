/** What the notebook is told of an error that ended a cell. */
import { inspect } from 'node:util';

import { plainMessage } from '../link/marks';
import type { Failure } from '../link/messages';
import { type CellContext, KernelInterrupt } from './context';
import { framesOf } from './stack';

/** The failure of a cell that was interrupted, at the place of `error` where that is known. */
export function interruptedAt(error: unknown): Failure {
  return {
    ename: 'KernelInterrupt',
    evalue: 'execution interrupted',
    frames: error instanceof Error ? framesOf(error) : [],
    causes: [],
    details: '',
    interrupted: true,
  };
}

/** The failure of a cell that threw `error`. */
export function toFailure(error: unknown, context: CellContext): Failure {
  if (isInstance(error, KernelInterrupt) || (context.interrupted && isAbort(error)))
    return interruptedAt(error);
  const rest = { causes: [], details: '', interrupted: false };
  if (!isInstance(error, Error))
    return { ename: 'Error', evalue: typeof error === 'string' ? error : textOf(error), frames: [], ...rest };
  const causes = causesOf(error).map((cause) => (isInstance(cause, Error) ? headOf(cause) : textOf(cause)));
  const ename = nameOf(error);
  return {
    ...rest,
    ename,
    evalue: messageOf(error),
    frames: framesOf(error),
    causes,
    details: detailsOf(error),
  };
}

/** `instanceof` asks a proxy, which may have been revoked. */
function isInstance<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

const MAX_CAUSES = 8;

/** What led to `error`: its causes in turn, and the errors that it stands for. */
function causesOf(error: Error): unknown[] {
  const errors: unknown = error instanceof AggregateError ? ask(error, 'errors') : [];
  const found: unknown[] = Array.isArray(errors) ? errors.slice(0, MAX_CAUSES) : [];
  let at: unknown = error;
  while (found.length < MAX_CAUSES && isInstance(at, Error) && ask(at, 'cause') !== undefined)
    found.push((at = ask(at, 'cause')));
  return found;
}

/** What an error carries besides what every error has. */
function detailsOf(error: Error): string {
  try {
    const known = ['name', 'message', 'stack', 'cause', 'errors'];
    const own = Object.entries(error).filter(([key]) => !known.includes(key));
    return own.length === 0 ? '' : inspect(Object.fromEntries(own), { depth: 2, breakLength: 100 });
  } catch {
    return '';
  }
}

/** A property; the user's own errors may lack it, make it anything or throw when asked. */
function ask(error: Error, key: string): unknown {
  try {
    return (error as unknown as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

const OF_THE_LANGUAGE = /^(?:Aggregate|Eval|Range|Reference|Syntax|Type|URI)?Error$/;

/** An error without a name of its own is called after its class. */
function nameOf(error: Error): string {
  const name = ask(error, 'name');
  const type = ask(error, 'constructor');
  const className = typeof type === 'function' ? type.name : '';
  const isGiven = typeof name === 'string' && !OF_THE_LANGUAGE.test(name);
  if (!isGiven && typeof className === 'string' && className !== '') return className;
  return typeof name === 'string' ? name : 'Error';
}

function messageOf(error: Error): string {
  const message = ask(error, 'message');
  return typeof message === 'string' ? plainMessage(message) : '';
}

function headOf(error: Error): string {
  const message = messageOf(error);
  const details = detailsOf(error);
  return `${nameOf(error)}${message === '' ? '' : `: ${message}`}${details === '' ? '' : ` ${details}`}`;
}

const isAbort = (error: unknown): boolean => isInstance(error, Error) && ask(error, 'name') === 'AbortError';

/** Any thrown value in a line. */
export function textOf(value: unknown): string {
  try {
    return typeof value === 'object' && value !== null
      ? inspect(value, { depth: 2, breakLength: Infinity })
      : String(value);
  } catch {
    return typeof value; // it throws when it is looked at
  }
}
