/** See place.js. */
export const root: string;
export const packed: boolean;
export function userCache(): string;
export function home(): string;
export function workplace(): string;
export function told(text: string): string;
