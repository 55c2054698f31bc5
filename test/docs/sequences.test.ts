/** After PyTorch's examples `word_language_model` and `reinforcement_learning/reinforce`, small: each statement a line. */
import assert from 'node:assert/strict';

import { F, manualSeed, nn, noGrad, optim, stack, type Tensor, tensor } from '../../src';
import { random } from '../../src/engine/random';
import { type CartPoleState, cartPoleStep } from '../../src/helpers/datasets/rl/cartpole';

type Hidden = [Tensor, Tensor];

class RNNModel extends nn.Module {
  readonly drop = new nn.Dropout(0.1);
  readonly encoder = new nn.Embedding(12, 16);
  readonly rnn = new nn.LSTM(16, 24);
  readonly decoder = new nn.Linear(24, 12);

  forward(input: Tensor, hidden?: Hidden): [Tensor, Hidden] {
    const emb = this.drop.forward(this.encoder.forward(input));
    const [output, last] = this.rnn.forward(emb, hidden);
    const decoded = this.decoder.forward(this.drop.forward(output));
    return [F.logSoftmax(decoded.view(-1, 12), 1), last];
  }
}

const repackageHidden = (hidden: Hidden): Hidden => hidden.map((h) => h.detach()) as Hidden;

describe('the word_language_model example', () => {
  it('learns a text that repeats, by truncated steps through time, gradients clipped', () => {
    manualSeed(5);
    const [bptt, batchSize] = [10, 4];
    const ids = tensor(
      Array.from({ length: 400 }, (_, i) => (i * i) % 12),
      { dtype: 'int32' },
    );
    const source = ids.view(batchSize, -1).t(); // [100, 4], time first
    const model = new RNNModel();
    const criterion = F.nllLoss;
    const optimizer = new optim.SGD(model.parameters(), { lr: 2 });
    let hidden: Hidden | undefined;
    let total = 0;
    for (let epoch = 0; epoch < 4; epoch++) {
      total = 0;
      for (let i = 0; i + bptt < 100; i += bptt) {
        const data = source.narrow(0, i, bptt);
        const targets = source.narrow(0, i + 1, bptt).reshape(-1);
        model.zeroGrad();
        if (hidden) hidden = repackageHidden(hidden);
        const [output, next]: [Tensor, Hidden] = model.forward(data, hidden);
        hidden = next;
        const loss = criterion(output, targets);
        loss.backward();
        nn.utils.clipGradNorm_(model.parameters(), 0.25);
        optimizer.step();
        total += loss.item();
      }
    }
    assert.ok(total / 9 < 1.6, `loss ${total / 9}`); // of log 12 = 2.48 at first
  });
});

class Policy extends nn.Module {
  readonly affine1 = new nn.Linear(4, 32);
  readonly affine2 = new nn.Linear(32, 2);

  forward(x: Tensor): Tensor {
    x = F.relu(this.affine1.forward(x));
    return F.softmax(this.affine2.forward(x), 1);
  }
}

/** What `torch.distributions.Categorical` is asked for. */
function categorical(probs: Tensor): { action: number; logProb: Tensor } {
  const [left = 0] = probs.tolist<number[][]>()[0] ?? [];
  const action = random() < left ? 0 : 1;
  return { action, logProb: probs.select(1, action).log() };
}

describe('the reinforce example', () => {
  it('keeps the pole up longer and longer', () => {
    manualSeed(6);
    const policy = new Policy();
    const optimizer = new optim.Adam(policy.parameters(), { lr: 2e-2 });
    const lengths: number[] = [];
    for (let episode = 0; episode < 40; episode++) {
      let state: CartPoleState = [0, 0, 0, 0].map(() => random() * 0.1 - 0.05) as never;
      const [logProbs, rewards]: [Tensor[], number[]] = [[], []];
      for (let t = 0; t < 200; t++) {
        const { action, logProb } = categorical(policy.forward(tensor([[...state]])));
        state = cartPoleStep(state, action);
        logProbs.push(logProb);
        rewards.push(1);
        if (Math.abs(state[0]) > 2.4 || Math.abs(state[2]) > 0.2095) break;
      }
      let R = 0;
      const returns: number[] = [];
      for (const r of rewards.reverse()) {
        R = r + 0.99 * R;
        returns.unshift(R);
      }
      const scaled = noGrad(() => {
        const all = tensor(returns);
        return all.sub(all.mean()).div(all.std().add(1e-6));
      });
      optimizer.zeroGrad();
      const policyLoss = stack(logProbs).view(-1).mul(scaled).neg().sum();
      policyLoss.backward();
      optimizer.step();
      lengths.push(rewards.length);
    }
    const mean = (list: number[]) => list.reduce((sum, one) => sum + one, 0) / list.length;
    assert.ok(mean(lengths.slice(-10)) > 1.5 * mean(lengths.slice(0, 10)), `${lengths.join()}`);
  });
});
