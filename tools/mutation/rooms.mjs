/**
 * What is mutated (globs as Stryker takes them), and by which test files: one entry a room; change them here alone.
 * A room is tested by its own tests, so that they hold without those of the rooms above.
 */
const train = 'src/helpers/train';
const data = 'src/helpers/data';

const OPTIM = [`${train}/{optimizers,schedulers}{,/*}.ts`, `${train}/{clip,scaler}.ts`];

export const ROOMS = {
  optim: { mutate: OPTIM, tests: /^test\/helpers\/train\/(clip|optimizers|scaler|schedulers)/ },
  data: {
    mutate: [`${data}/{dataset,loader,split,text,resident}.ts`, `${data}/transforms{,/*}.ts`],
    tests: /^test\/helpers\/(data\/(dataset|loader|resident|split|text|transforms)|train\/feed)/,
  },
  train: {
    mutate: [`${train}/**/*.ts`, ...OPTIM.map((glob) => `!${glob}`)],
    tests: /^test\/helpers\/train\//,
  },
  nn: { mutate: ['src/models/layers/*.ts'], tests: /^test\/models\/layers\// },
};
