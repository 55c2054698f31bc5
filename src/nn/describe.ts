/** PyTorch's way of writing a layer's settings: `in_features=2, eps=1e-05, bias=True`. */
import { snakeCase } from './state';

/** A value among a layer's settings, as `String(layer)` shows them. */
export type Setting = boolean | string | number | readonly number[] | PythonFloat | null | undefined;

/** A number that Python holds as float, so that 0 is written `0.0`. */
class PythonFloat {
  constructor(readonly value: number) {}
}

/** Marks a number as Python's float, so that 0 is written `0.0`. */
export function float(value: number): PythonFloat {
  return new PythonFloat(value);
}

/** `name=value, …` in the given order, names in PyTorch's spelling; undefined settings are left out. */
export function describe(settings: Readonly<Record<string, Setting>>): string {
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${snakeCase(name)}=${python(value)}`)
    .join(', ');
}

/** One value as Python's `repr` writes it. */
export function python(value: Setting): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return value;
  if (value instanceof PythonFloat) return pythonFloat(value.value);
  if (Array.isArray(value)) return `(${value.join(', ')}${value.length === 1 ? ',' : ''})`;
  return String(value);
}

function pythonFloat(value: number): string {
  if (value === 0) return '0.0';
  const magnitude = Math.abs(value);
  if (magnitude < 1e-4 || magnitude >= 1e16) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}
