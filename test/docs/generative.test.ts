/** After PyTorch's examples `vae` and `dcgan`, small: each statement a line. */
import assert from 'node:assert/strict';

import {
  cat,
  exp,
  F,
  manualSeed,
  nn,
  noGrad,
  ones,
  optim,
  rand,
  randn,
  randnLike,
  type Tensor,
  zeros,
} from '../../src';

class VAE extends nn.Module {
  readonly fc1 = new nn.Linear(64, 32);
  readonly fc21 = new nn.Linear(32, 4);
  readonly fc22 = new nn.Linear(32, 4);
  readonly fc3 = new nn.Linear(4, 32);
  readonly fc4 = new nn.Linear(32, 64);

  encode(x: Tensor): [Tensor, Tensor] {
    const h1 = F.relu(this.fc1.forward(x));
    return [this.fc21.forward(h1), this.fc22.forward(h1)];
  }

  reparameterize(mu: Tensor, logvar: Tensor): Tensor {
    const std = exp(logvar.mul(0.5));
    const eps = randnLike(std);
    return mu.add(eps.mul(std));
  }

  decode(z: Tensor): Tensor {
    const h3 = F.relu(this.fc3.forward(z));
    return F.sigmoid(this.fc4.forward(h3));
  }

  forward(x: Tensor): [Tensor, Tensor, Tensor] {
    const [mu, logvar] = this.encode(x.view(-1, 64));
    const z = this.reparameterize(mu, logvar);
    return [this.decode(z), mu, logvar];
  }
}

function lossFunction(reconX: Tensor, x: Tensor, mu: Tensor, logvar: Tensor): Tensor {
  const bce = F.binaryCrossEntropy(reconX, x.view(-1, 64), { reduction: 'sum' });
  const kld = logvar.add(1).sub(mu.pow(2)).sub(logvar.exp()).sum().mul(-0.5);
  return bce.add(kld);
}

describe('the vae example', () => {
  it('learns to draw bars', () => {
    manualSeed(3);
    const bars = cat(Array.from({ length: 8 }, (_, i) => zeros(1, 8, 8).index(0).add(ones(8, 8).tril(i - 4).mul(0.9)).unsqueeze(0)), 0); // prettier-ignore
    const model = new VAE();
    const optimizer = new optim.Adam(model.parameters(), { lr: 1e-2 });
    const losses: number[] = [];
    for (let epoch = 0; epoch < 150; epoch++) {
      optimizer.zeroGrad();
      const [reconBatch, mu, logvar] = model.forward(bars);
      const loss = lossFunction(reconBatch, bars, mu, logvar);
      loss.backward();
      losses.push(loss.item());
      optimizer.step();
    }
    const sample = noGrad(() => model.decode(randn(4, 4)).view(4, 8, 8));
    assert.deepEqual(sample.shape, [4, 8, 8]);
    assert.ok(losses.at(-1)! < 0.6 * losses[0]!, `${losses[0]} to ${losses.at(-1)}`);
  });
});

class Generator extends nn.Module {
  readonly main = new nn.Sequential(new nn.ConvTranspose2d(4, 8, 4), new nn.BatchNorm2d(8), new nn.ReLU(), new nn.ConvTranspose2d(8, 1, 4, { stride: 2, padding: 1 }), new nn.Tanh()); // prettier-ignore
  forward(z: Tensor): Tensor {
    return this.main.forward(z);
  }
}

class Discriminator extends nn.Module {
  readonly main = new nn.Sequential(new nn.Conv2d(1, 8, 4, { stride: 2, padding: 1 }), new nn.LeakyReLU(0.2), new nn.Conv2d(8, 1, 4)); // prettier-ignore
  forward(x: Tensor): Tensor {
    return F.sigmoid(this.main.forward(x)).view(-1);
  }
}

describe('the dcgan example', () => {
  it('moves both networks, each by its own loss', () => {
    manualSeed(4);
    const [netG, netD] = [new Generator(), new Discriminator()];
    const criterion = F.binaryCrossEntropy;
    const optimizerD = new optim.Adam(netD.parameters(), { lr: 2e-3, betas: [0.5, 0.999] });
    const optimizerG = new optim.Adam(netG.parameters(), { lr: 2e-3, betas: [0.5, 0.999] });
    const weight = netG.parameters()[0]!.detach().mul(1);
    let [errD, errG] = [0, 0];
    for (let i = 0; i < 8; i++) {
      // the discriminator: real pictures, then drawn ones
      netD.zeroGrad();
      const real = rand(6, 8, 8, 1).mul(0.2).add(0.6);
      const label = ones(6);
      const errDReal = criterion(netD.forward(real), label);
      errDReal.backward();
      const fake = netG.forward(randn(6, 1, 1, 4));
      label.fill_(0);
      const errDFake = criterion(netD.forward(fake.detach()), label);
      errDFake.backward();
      errD = errDReal.add(errDFake).item();
      optimizerD.step();
      // the generator, through the discriminator
      netG.zeroGrad();
      label.fill_(1);
      const loss = criterion(netD.forward(fake), label);
      loss.backward();
      errG = loss.item();
      optimizerG.step();
    }
    assert.ok(Number.isFinite(errD) && Number.isFinite(errG) && errD < 1.5);
    assert.ok(!netG.parameters()[0]!.allclose(weight));
  });
});
