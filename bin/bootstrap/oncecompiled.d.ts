/** See oncecompiled.js. */
export function compiled(file: string, folder: string): string;
