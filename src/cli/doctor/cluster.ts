/** `tsdl doctor --cluster`: whether workers find each other, run the same versions, and how fast they add. */
import { extname, join } from 'node:path';

import { runCrew } from '../../helpers/launch/crew';
import { cardsFor } from '../../helpers/launch/equipment';
import { parseLaunch } from '../launch/options';
import { type Check, fault, info, ok } from './finding';

const WORKERS = { zh: '多个 worker', en: 'Workers' };
const SUM = { zh: '求和', en: 'Sum over workers' };
const SIZES = [4, 10_000_000];

/** Starts workers as `tsdl launch` with the same arguments would, with a small program. */
export async function checkCluster(argv: readonly string[]): Promise<Check[]> {
  const script = join(__dirname, `ring${extname(__filename)}`);
  const { plan, ...options } = parseLaunch([...argv, script, ...SIZES.map(String)], cardsFor(process.env));
  const words: string[] = [];
  const times: (readonly number[])[] = [];
  const start = performance.now();
  const { code, reason = '' } = await runCrew({
    ...plan,
    ...options,
    inherit: false,
    print: (line, rank) => {
      if (line.startsWith('[')) times[rank] = JSON.parse(line) as number[];
      else if (/^(Error|Cannot|RangeError)/.test(line)) words.push(line);
    },
    tell: (sentence) => words.push(sentence),
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const hosts = plan.hosts ? ` ${plan.hosts.join(', ')}` : '';
  if (code !== 0) {
    const why = words[0] ?? reason;
    return [
      fault('cluster', WORKERS, { zh: `不能一起工作：${why}`, en: `they do not work together: ${why}` }),
    ];
  }
  const [small = NaN, large = NaN] = times.find((list) => list) ?? [];
  return [
    ok('cluster', WORKERS, {
      zh: `${plan.workers} 个互相应答，版本相同，共 ${seconds} 秒${hosts}`,
      en: `${plan.workers} answer each other, same versions, ${seconds} s in all${hosts}`,
    }),
    info('cluster-sum', SUM, {
      zh: `4 字节 ${small.toFixed(1)} ms，10 MB ${large.toFixed(0)} ms`,
      en: `4 bytes ${small.toFixed(1)} ms, 10 MB ${large.toFixed(0)} ms`,
    }),
  ];
}
