/** The NVIDIA driver, asked through nvidia-smi: which cards there are, and whether TensorFlow can use them. */
import { runChild } from '../../bin/bootstrap/child';
import { say } from '../../bin/bootstrap/language';
import { MIN_COMPUTE_CAPABILITY, MIN_DRIVER } from '../engine/backend/wheels';

/** A card, as nvidia-smi describes it; memory in MB. */
export interface Gpu {
  readonly name: string;
  readonly driver: string;
  /** "9.0"; undefined where an old driver does not tell. */
  readonly computeCapability?: string;
  readonly totalMb: number;
  readonly freeMb: number;
}

/** What the NVIDIA driver answers. */
export type Nvidia =
  | { readonly state: 'none' }
  | { readonly state: 'unusable'; readonly gpus: readonly Gpu[]; readonly why: string; readonly mend: string }
  | { readonly state: 'usable'; readonly gpus: readonly Gpu[] };

const FIELDS = ['name', 'driver_version', 'memory.total', 'memory.free', 'compute_cap'];

/** −1, 0 or 1: dotted version numbers compared part by part. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}

/** Reads the lines of `nvidia-smi --query-gpu=… --format=csv,noheader,nounits`. */
function parseGpus(csv: string): Gpu[] {
  return csv
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .filter((fields) => fields.length >= 4 && /^\d+\.\d+/.test(fields[1] ?? ''))
    .map(([name = '', driver = '', total, free, capability]) => ({
      name,
      driver,
      totalMb: Number(total),
      freeMb: Number(free),
      computeCapability: /^\d+\.\d+$/.test(capability ?? '') ? capability : undefined,
    }));
}

/** Why these cards cannot be used, with what mends it; undefined if the first of them can. */
function objection(gpus: readonly Gpu[]): { why: string; mend: string } | undefined {
  const [first] = gpus;
  if (!first) return undefined;
  if (compareVersions(first.driver, MIN_DRIVER) < 0) {
    return {
      why: say({
        zh: `NVIDIA 驱动 ${first.driver} 太旧，CUDA 12 需要 ${MIN_DRIVER} 以上`,
        en: `the NVIDIA driver ${first.driver} is too old, CUDA 12 needs ${MIN_DRIVER} or newer`,
      }),
      mend: say({
        zh: '升级驱动（Ubuntu：sudo ubuntu-drivers install），或用 CPU 版：npm run setup -- --cpu',
        en: 'upgrade the driver (on Ubuntu: sudo ubuntu-drivers install), or use the CPU: npm run setup -- --cpu',
      }),
    };
  }
  if (gpus.every((gpu) => Number(gpu.computeCapability ?? Infinity) < MIN_COMPUTE_CAPABILITY)) {
    return {
      why: say({
        zh: `${first.name} 的计算能力是 ${first.computeCapability}，TensorFlow 需要 ${MIN_COMPUTE_CAPABILITY}.0 以上`,
        en: `${first.name} has compute capability ${first.computeCapability}, TensorFlow needs ${MIN_COMPUTE_CAPABILITY}.0 or more`,
      }),
      mend: 'npm run setup -- --cpu',
    };
  }
  return undefined;
}

/** Asks nvidia-smi for the cards of this machine. */
export async function queryNvidia(): Promise<Nvidia> {
  const ask = (fields: readonly string[]) =>
    runChild('nvidia-smi', [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits']);
  let { code, output } = await ask(FIELDS);
  if (code === 127) return { state: 'none' };
  if (code !== 0) ({ code, output } = await ask(FIELDS.slice(0, 4))); // drivers before 510 know no compute_cap
  const gpus = code === 0 ? parseGpus(output) : [];
  if (gpus.length === 0) {
    const why = output.trim().split('\n')[0] ?? say({ zh: '没有回答', en: 'no answer' });
    return {
      state: 'unusable',
      gpus,
      why: say({ zh: `nvidia-smi 不工作：${why}`, en: `nvidia-smi does not work: ${why}` }),
      mend: say({
        zh: '重装 NVIDIA 驱动后重启',
        en: 'install the NVIDIA driver again and restart the machine',
      }),
    };
  }
  const problem = objection(gpus);
  return problem ? { state: 'unusable', gpus, ...problem } : { state: 'usable', gpus };
}
