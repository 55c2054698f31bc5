/**
 * `show()`: the one door from our code to the notebook. In a terminal the same call prints text. Whoever imports it can
 * see charts, so `fit` then draws its own, live.
 */
import { kernelHost, type MimeBundle } from '../helpers/notebook/host';
import { DISPLAY, type Output } from './drawing/chart';
import { isTensor } from './drawing/values';
import { makeLiveTrainingDefault } from './training';

makeLiveTrainingDefault();

interface Displayable {
  toString(): string;
  [DISPLAY](): MimeBundle | Output | Promise<unknown>;
}

const isDisplayable = (x: unknown): x is Displayable =>
  typeof x === 'object' && x !== null && typeof (x as Partial<Displayable>)[DISPLAY] === 'function';

const plain = (bundle: MimeBundle): string => {
  const text = bundle['text/plain'];
  return typeof text === 'string' ? text : JSON.stringify(text ?? Object.keys(bundle));
};

/**
 * Shows charts, tables, and anything else in the order given.
 * @example show(lossCurve(history));
 */
export function show(...things: readonly unknown[]): void {
  for (const thing of things) {
    if (isDisplayable(thing)) showOne(thing);
    else console.log(isTensor(thing) ? String(thing) : thing);
  }
}

function showOne(thing: Displayable): void {
  const host = kernelHost();
  // Outside a kernel only the text is wanted: no picture is drawn for it.
  if (!host && hasText(thing)) {
    console.log(thing.toString());
    return;
  }
  const output = thing[DISPLAY]();
  if (output instanceof Promise) {
    throw new TypeError('Cannot show: expected a MIME bundle at once, got a promise; await it before');
  }
  const { data, metadata } = hasMetadata(output) ? output : { data: output };
  if (host) host.display(data, metadata ? { metadata } : {});
  else console.log(plain(data));
}

/** Told apart as the kernel does for a cell's last value: no MIME type is called `data`. */
const hasMetadata = (output: MimeBundle | Output): output is Output =>
  typeof output.data === 'object' && typeof output.metadata === 'object';

const hasText = (x: object): boolean => x.toString !== Object.prototype.toString;
