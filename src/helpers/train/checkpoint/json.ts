/** JSON that also holds NaN and the infinities, which plain JSON turns into null. */
import { isRecord } from '../../io/claims';

const KEY = '$number';

/** @param replace what stands in place of a value, asked before what is in it */
export function toJson(value: unknown, replace = (item: unknown) => item): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    return typeof item === 'number' && !Number.isFinite(item) ? { [KEY]: String(item) } : replace(item);
  });
}

/** @param revive what is made of an object, asked after what is in it */
export function fromJson(text: string, revive = (item: Record<string, unknown>): unknown => item): unknown {
  return JSON.parse(text, (_key, item: unknown) => {
    if (!isRecord(item)) return item;
    return typeof item[KEY] === 'string' ? Number(item[KEY]) : revive(item);
  });
}
