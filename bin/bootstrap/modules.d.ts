/** See modules.js. */
export function ensureModules(root: string): Promise<void>;
export function modulesReady(root: string): boolean;
