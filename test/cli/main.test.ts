import assert from 'node:assert/strict';

import { main } from '../../src/cli/main';
import { main as tool } from '../../tools/main';

describe('tsdl', () => {
  it('answers an argument that is not there with a sentence and where the help is', async () => {
    await assert.rejects(tool(['gpucheck', '--devic', 'cpu']), {
      name: 'Fault',
      message: /Unknown option '--devic'/,
      mend: 'node bin/tool.js gpucheck --help',
    });
  });

  it('answers a command that is not there in the same way', async () => {
    await assert.rejects(main(['tran']), { name: 'Fault', message: /tran/, mend: 'npx tsdl --help' });
  });
});
