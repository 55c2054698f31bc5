/** The cases of record_generative.py. */
import * as tf from '../../../src/engine/tf';
import { Discriminator, Generator } from '../../../src/models/dcgan';
import { ImageDenoiser, PointDenoiser, TimedConv } from '../../../src/models/denoiser';
import { gaussianKl, VAE } from '../../../src/models/vae';
import { Case } from '../fidelity';

export const generativeCases: readonly Case[] = [
  {
    file: 'generative',
    name: 'VAE',
    build: () => new VAE({ imageSize: 6, hidden: 10, latent: 3 }),
    run: (module, { x }) => {
      const vae = module as VAE;
      const q = vae.encode(x!);
      return [q.mean, q.logVar, vae.decode(q.mean), gaussianKl(q)];
    },
  },
  {
    file: 'generative',
    name: 'Generator',
    build: () => new Generator({ latent: 5, features: 4 }),
    run: (module, { z }) => tf.div((module as Generator).forward(z!), 10),
  },
  {
    file: 'generative',
    name: 'Discriminator',
    build: () => new Discriminator({ features: 4 }),
    run: (module, { x }) => (module as Discriminator).forward(x!),
  },
  {
    file: 'generative',
    name: 'PointDenoiser',
    build: () => new PointDenoiser({ hidden: 12, timeDim: 8 }),
    run: (module, { x, t }) => (module as PointDenoiser).forward(x!, t!),
  },
  {
    file: 'generative',
    name: 'TimedConv',
    build: () => new TimedConv(2, 4, 6, { stride: 2 }),
    run: (module, { x, time }) => (module as TimedConv).forward(x!, time!),
  },
  {
    file: 'generative',
    name: 'ImageDenoiser',
    build: () => new ImageDenoiser({ imageSize: 8, features: 2, hidden: 6, classes: 3 }),
    run: (module, { x, t, label }) => (module as ImageDenoiser).forward(x!, t!, label),
  },
];
