import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

import { Wire } from '../../../src/kernel/jupyter/wire';

const kernel = (): Wire => new Wire('key');
const buffers = (frames: readonly (Uint8Array | string)[]): Buffer[] =>
  frames.map((each) => Buffer.from(each));

/** A message that is signed rightly, whatever it says. */
function signed(header: unknown, identities = 0, key = 'key'): Buffer[] {
  const parts = [typeof header === 'string' ? header : JSON.stringify(header), '{}', '{}', '{}'];
  const signature = createHmac('sha256', key).update(parts.join('')).digest('hex');
  return buffers([...Array<string>(identities).fill('id'), '<IDS|MSG>', signature, ...parts]);
}

describe('Wire', () => {
  const header = { msg_id: '1', msg_type: 'execute_request', session: 'front', username: 'reader' };

  it('reads what is signed with its key, once', () => {
    const wire = kernel();
    assert.equal(wire.read(signed(header, 2))?.identities.length, 2);
    assert.equal(wire.read(signed(header)), undefined, 'sent again');
    assert.equal(wire.read(signed({ ...header, msg_id: '2' }, 0, 'other')), undefined);
    assert.equal(wire.read(signed({ ...header, msg_id: '2' }))?.header.msg_id, '2');
  });

  it('reads the same again where there is no key', () => {
    const wire = new Wire('');
    const frames = buffers(['<IDS|MSG>', '', JSON.stringify(header), '{}', '{}', '{}']);
    assert.ok(wire.read(frames) && wire.read(frames));
  });

  it('remembers as many messages as ipykernel, and no more', () => {
    const wire = kernel();
    const send = (id: number): unknown => wire.read(signed({ ...header, msg_id: String(id) }));
    for (let id = 0; id < 65_536; id++) send(id);
    assert.equal(send(0), undefined);
    const { seen } = wire as unknown as { seen: Set<string> };
    send(65_536);
    assert.equal(seen.size, 65_536);
  }).timeout(20_000);

  it('takes nothing that a kernel of this key sent, before a restart too, for a request', () => {
    const sent = kernel().write({ type: 'comm_msg', content: { data: 1 }, parent: undefined }, []);
    assert.equal(kernel().read(buffers(sent)), undefined);
    const front = new Wire('key', 'front').write({ type: 'comm_msg', content: {}, parent: undefined }, []);
    assert.ok(kernel().read(buffers(front)));
  });

  it('takes no header that cannot be repeated in each answer', () => {
    const deep = `{"msg_id":"1","msg_type":"x","deep":${'['.repeat(9000)}${']'.repeat(9000)}}`;
    assert.equal(kernel().read(signed(deep)), undefined);
    for (const odd of [{ x: [] }, { x: 'x'.repeat(70_000) }, { msg_id: 1 }, { msg_type: null }])
      assert.equal(kernel().read(signed({ ...header, ...odd })), undefined);
    assert.ok(kernel().read(signed({ ...header, subshell_id: null, date: '2026' })));
    assert.equal(kernel().read(signed(header, 17)), undefined);
  });
});
