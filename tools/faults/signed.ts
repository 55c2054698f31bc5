/** What peers send that have the key, or have seen what was sent with it. */
import { createHmac } from 'node:crypto';

import { RawPeer } from '../../test/support/rawpeer';
import { FrontEnd, placeOf, residentOf } from './frontend';
import { type Outcome, outcome } from './outcomes';

/** One subscriber's backlog, and as much again for what is on its way. */
const UNREAD_ROOM = 2 * 128 + 50;

/** 400 MB of output, and a subscriber that reads none of it. */
export async function unread(): Promise<Outcome[]> {
  const front = await FrontEnd.open();
  try {
    await front.answers();
    const before = residentOf(front.pid);
    const deaf = await RawPeer.connect(placeOf(front.connection, 'iopub'), 'SUB');
    await deaf.send(['\x01']);
    const ran = await front.run(
      "const line = 'x'.repeat(100_000); for (let i = 0; i < 4000; i++) console.log(line)",
    );
    const after = residentOf(front.pid);
    deaf.close();
    const good = ran.text.length > 400e6 && (await front.answers()) && after < before + UNREAD_ROOM;
    const result = `the front end got ${(ran.text.length / 1e6).toFixed(0)} MB; memory ${before.toFixed(0)}, then ${after.toFixed(0)} MB`;
    return [outcome('a subscriber that does not read 400 MB', result, good)];
  } finally {
    await front.close();
  }
}

/** Messages that were signed, sent again: by who recorded them, and what the kernel itself published. */
export async function replays(): Promise<Outcome[]> {
  const front = await FrontEnd.open();
  try {
    await front.run('let times = 0');
    const { frames } = await front.send('execute_request', { code: 'times += 1', silent: false });
    const thief = await RawPeer.connect(placeOf(front.connection, 'shell'));
    for (let i = 0; i < 100; i++) await thief.send(frames);
    const { result } = await front.run('times');
    thief.close();
    return [outcome('a signed message sent 100 times more', `ran ${result} time`, result === '1')];
  } finally {
    await front.close();
  }
}

const DEEP = `${'['.repeat(9000)}${']'.repeat(9000)}`;
const TYPES = [
  ...[
    'execute',
    'complete',
    'inspect',
    'is_complete',
    'history',
    'comm_info',
    'debug',
    'kernel_info',
    'connect',
    'usage',
  ].map((name) => `${name}_request`),
  ...['comm_open', 'comm_msg', 'comm_close', 'input_reply', '__proto__', 'toString', ''],
];
const CONTENTS = [
  ...[
    '{}',
    '[]',
    'null',
    '1',
    '"x"',
    DEEP,
    `{"code":${DEEP}}`,
    '{"code":{"toString":1}}',
    '{"code":"1","user_expressions":{"__proto__":"1","x":{"toString":1}}}',
  ],
  ...[
    '{"code":"1+1","cursor_pos":1e300}',
    '{"code":"1","cursor_pos":-1}',
    '{"code":"1","cursor_pos":{"valueOf":1}}',
    '{"code":"x","detail_level":"y"}',
  ],
  ...[
    '{"hist_access_type":"search","pattern":"*a*a*a*a*b","n":-1e9}',
    '{"hist_access_type":"range","session":{},"start":"x","stop":null}',
    '{"hist_access_type":"tail","n":1e300}',
  ],
  ...[
    '{"comm_id":{"toString":1},"target_name":{"toString":1}}',
    '{"comm_id":"a","target_name":"x","data":null}',
    `{"data":${DEEP}}`,
    '{"seq":{},"command":[[]],"arguments":1}',
    '{"value":{"a":1}}',
  ],
];

/** Rightly signed messages that no front end would send. */
export async function strangeMessages(): Promise<Outcome[]> {
  const front = await FrontEnd.open();
  try {
    await front.answers();
    const { key } = front.connection;
    let count = 0;
    for (const type of TYPES)
      for (const content of CONTENTS)
        for (const odd of ['', ',"deep":[[[]]]', `,"deep":${DEEP}`, ',"session":7']) {
          const header = `{"msg_id":"m${(count += 1)}","msg_type":${JSON.stringify(type)}${odd}}`;
          const parts = [header, '{}', '{}', content];
          const signature = createHmac('sha256', key).update(parts.join('')).digest('hex');
          await front.sendFrames(['<IDS|MSG>', signature, ...parts]);
        }
    await front.answers();
    const good = front.isAlive && (await front.answers());
    return [
      outcome('signed messages that are odd', `${count} sent; alive ${front.isAlive}, answers ${good}`, good),
    ];
  } finally {
    await front.close();
  }
}
