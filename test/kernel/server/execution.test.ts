import assert from 'node:assert/strict';

import type { Json, Message, Outgoing } from '../../../src/kernel/jupyter/wire';
import type { CompileResult, ToRuntime } from '../../../src/kernel/link/messages';
import { Execution } from '../../../src/kernel/server/execution';

const CELL = {
  code: '',
  maps: [],
  names: [],
  imports: [],
  isAsync: false,
  hasResult: false,
  additions: [],
  boxes: [],
};

/** Execution between parts that only note what it tells them; each cell's result is `data`. */
class Scene {
  readonly replies: Outgoing[] = [];
  readonly published: (readonly [type: string, content: Json])[] = [];
  readonly execution: Execution;
  private waiting: (() => void) | undefined;

  constructor(data: Json) {
    const note = (type: string, content: Json): void => {
      JSON.stringify(content); // as the wire does
      this.published.push([type, content]);
    };
    const parts = {
      sockets: {
        reply: (_channel: string, _identities: unknown, message: Outgoing): void => {
          JSON.stringify(message.content);
          this.replies.push(message);
          this.waiting?.();
        },
      },
      publisher: {
        status: (parent: Json, state: string) => note('status', { state, of: parent.tells }),
        publish: (parent: Json, type: string, content: Json) => note(type, { ...content, of: parent.tells }),
        flush: () => undefined,
      },
      language: {
        call: (): Promise<CompileResult> => Promise.resolve({ cell: CELL }),
        commit: () => Promise.resolve(),
      },
      runtime: () => ({
        send: (message: ToRuntime & { type: 'execute' }) =>
          setImmediate(() =>
            this.execution.handle({
              type: 'done',
              seq: 1,
              id: message.id,
              outcome: { status: 'ok', result: { data, metadata: {} } },
            }),
          ),
      }),
      history: { add: () => undefined },
      prepared: (code: string) => Promise.resolve(code),
    };
    this.execution = new Execution(parts as unknown as ConstructorParameters<typeof Execution>[0]);
  }

  async reply(content: Json): Promise<Json> {
    const answered = new Promise<void>((resolve) => (this.waiting = resolve));
    this.execution.push({ content, header: { msg_id: 'm' }, identities: [] } as unknown as Message);
    await answered;
    return this.replies.at(-1)?.content ?? {};
  }
}

describe('Execution', () => {
  it('answers with the result and becomes idle', async () => {
    const scene = new Scene({ 'text/plain': '1' });
    assert.equal((await scene.reply({ code: '1' })).status, 'ok');
    assert.deepEqual(
      scene.published.map(([type, { state }]) => state ?? type),
      ['busy', 'execute_input', 'execute_result', 'idle'],
    );
  });

  it('answers with an error what the wire cannot carry, becomes idle and goes on', async () => {
    const scene = new Scene({ 'text/plain': 1n });
    const { status, evalue } = await scene.reply({ code: '1' });
    assert.equal(status, 'error');
    assert.match(String(evalue), /BigInt/);
    assert.deepEqual(scene.published.at(-1)?.[1].state, 'idle');
    assert.equal((await scene.reply({ code: '' })).status, 'ok');
  });

  it('goes on after a request of which nothing can be told', async () => {
    const scene = new Scene({ 'text/plain': '1' });
    scene.execution.push({
      content: { code: '1' },
      header: { msg_id: 'odd', tells: 1n },
      identities: [],
    } as unknown as Message);
    assert.equal((await scene.reply({ code: '1' })).status, 'ok');
  });

  it('takes user_expressions only from an object', async () => {
    for (const user_expressions of [null, 'abc', 5, ['1']]) {
      const scene = new Scene({ 'text/plain': '1' });
      assert.deepEqual((await scene.reply({ code: '1', user_expressions })).user_expressions, {});
    }
    const scene = new Scene({ 'text/plain': '1' });
    const { user_expressions } = await scene.reply({ code: '1', user_expressions: { one: '1' } });
    assert.deepEqual(user_expressions, { one: { status: 'ok', data: { 'text/plain': '1' }, metadata: {} } });
  });
});
