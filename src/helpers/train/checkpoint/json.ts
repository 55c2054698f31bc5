/** JSON that also holds NaN and the infinities, which plain JSON turns into null. */

const KEY = '$number';

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    return typeof item === 'number' && !Number.isFinite(item) ? { [KEY]: String(item) } : item;
  });
}

export function fromJson(text: string): unknown {
  return JSON.parse(text, (_key, item: unknown) => {
    return isRecord(item) && typeof item[KEY] === 'string' ? Number(item[KEY]) : item;
  });
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
