/** Who trains together: hosts, which of the workers start here, and the network device they answer on. */
import { lookup } from 'node:dns/promises';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Which workers there are. */
export interface Plan {
  /** `host:port` of each worker; undefined: on this machine, at ports that are free when they start. */
  readonly hosts?: readonly string[];
  readonly workers: number;
  /** Those that start here. */
  readonly ranks: readonly number[];
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/;
const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(':'));
const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** @throws RangeError unless every address is `host:port` */
function checked(hosts: readonly string[]): readonly string[] {
  for (const host of hosts) {
    const port = Number(/^.+:(\d+)$/.exec(host)?.[1]);
    if (port > 0 && port < 65536) continue;
    throw new RangeError(`Cannot launch: expected host:port for each worker, got "${host}"`);
  }
  if (new Set(hosts).size !== hosts.length) {
    throw new RangeError(
      `Cannot launch: expected each worker at an address of its own, got ${hosts.join(',')}`,
    );
  }
  return hosts;
}

/** All workers on this machine. @throws RangeError unless the number is 1 or more */
export function localPlan(workers: number): Plan {
  if (Number.isInteger(workers) && workers >= 1) return { workers, ranks: all(workers) };
  throw new RangeError(`Cannot launch: expected a whole number of workers ≥ 1, got ${workers}`);
}

/** Workers at the given addresses, of which one starts here. @throws RangeError if an address or the rank is none */
export function hostsPlan(hosts: readonly string[], rank: number): Plan {
  checked(hosts);
  if (Number.isInteger(rank) && rank >= 0 && rank < hosts.length) {
    return { hosts, workers: hosts.length, ranks: [rank] };
  }
  throw new RangeError(`Cannot launch: expected --rank from 0 to ${hosts.length - 1}, got ${rank}`);
}

/**
 * TensorFlow's own variable TF_CONFIG, which schedulers set: a chief counts as worker 0.
 * @throws RangeError for one that is no cluster of workers
 */
export function configPlan(text: string): Plan {
  const { cluster = {}, task = {} } = JSON.parse(text) as {
    cluster?: Record<string, string[]>;
    task?: { type?: string; index?: number };
  };
  const { chief = [], worker = [], ...others } = cluster;
  const { type = 'worker', index = 0 } = task;
  if (Object.keys(others).length > 0 || !['chief', 'worker'].includes(type)) {
    throw new RangeError(
      `Cannot launch: expected a TF_CONFIG of workers and at most a chief, got ${type} among ${Object.keys(cluster).join(', ')}`,
    );
  }
  return hostsPlan([...chief, ...worker], type === 'chief' ? index : chief.length + index);
}

/** Addresses on this machine that nobody listens on now. */
export async function freeHosts(count: number): Promise<string[]> {
  const open = (): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer().once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(server));
    });
  const servers = await Promise.all(all(count).map(open));
  const hosts = servers.map((server) => `127.0.0.1:${(server.address() as { port: number }).port}`);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return hosts;
}

/**
 * The device of the network on which a worker at `address` is to answer: that of loopback where all workers are there,
 * else the one that has the address.
 * @throws RangeError if no device of this machine has it
 */
export async function networkOf(hosts: readonly string[], address: string): Promise<string> {
  if (hosts.every((host) => LOOPBACK.test(hostOf(host)))) return 'lo';
  const host = hostOf(address);
  const own = await lookup(host, { all: true }).catch(() => []);
  for (const [name, addresses = []] of Object.entries(networkInterfaces())) {
    if (addresses.some((one) => own.some((found) => found.address === one.address))) return name;
  }
  throw new RangeError(
    `Cannot launch: expected "${host}" to be an address of this machine, on whose network device the worker answers; ` +
      'name the device with --interface',
  );
}
