/** MurmurHash2, 32 bits: how front-ends name the code of a cell (`hashMethod` of a debugInfo reply). */

const M = 0x5bd1e995;

const mixed = (k: number): number => {
  const product = Math.imul(k, M);
  return Math.imul(product ^ (product >>> 24), M);
};

/** The hash of a text's UTF-8 bytes. */
export function murmur2(text: string, seed: number): number {
  const bytes = Buffer.from(text);
  const whole = bytes.length - (bytes.length % 4);
  let hash = seed ^ bytes.length;
  for (let at = 0; at < whole; at += 4) hash = Math.imul(hash, M) ^ mixed(bytes.readInt32LE(at));
  if (whole < bytes.length) hash = Math.imul(hash ^ bytes.readUIntLE(whole, bytes.length - whole), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return (hash ^ (hash >>> 15)) >>> 0;
}
