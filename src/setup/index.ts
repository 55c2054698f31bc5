/** `tsdl setup`: installs what is missing, step by step, and nothing else. */
import { Fault, report } from '../../bin/bootstrap/fault';
import { say } from '../../bin/bootstrap/language';
import { checkBinding, checkLibrary } from '../engine/backend/installed';
import { packed } from '../engine/backend/paths';
import { libraryFor, platformKey, type Variant } from '../engine/backend/wheels';
import { bindingStep } from './binding';
import { conditionOf, runStep, type Step } from './frame';
import { pythonOf } from './interpreter';
import { ensureKernelspec } from './kernelspec';
import { libraryStep } from './library';
import { queryNvidia } from './nvidia';
import { weightsStep } from './packagedweights';
import { PARTS, partStep } from './part';
import { pipOf, pipStep, pythonStep } from './python';

const PART_NAMES = [...Object.keys(PARTS), 'weights'];

const HELP = {
  zh: `tsdl setup：安装缺少的部分（已装好的不会重做）
  --gpu      安装 GPU 版 TensorFlow（NVIDIA，下载约 3.4 GB）
  --cpu      安装 CPU 版，即使有 NVIDIA 显卡
  --verify   逐字节重新检查已装好的文件，损坏的重装
  --part 名  只装一个部分（装成 npm 包时）：${PART_NAMES.join('、')}
  TSDL_PYTHON=<解释器路径> tsdl setup：换一个 Python 建环境，以后不用再写`,
  en: `tsdl setup: installs what is missing (what is there already is not done again)
  --gpu      TensorFlow for GPUs (NVIDIA, about 3.4 GB to download)
  --cpu      TensorFlow for the CPU, even where there is an NVIDIA card
  --verify   reads every installed file again and replaces what is damaged
  --part NAME  one part alone (where tsdl is an npm package): ${PART_NAMES.join(', ')}
  TSDL_PYTHON=<path> tsdl setup: makes the environment with another Python, and remembers it`,
};

/** What a command may need: JupyterLab's Python, or a part (see bin/bootstrap/parts.js; `native`: with its library). */
export type Need = 'python' | 'native' | 'weights' | 'fonts' | 'kernel' | 'handout';

/** A checkout has everything; the package fetches what is asked for. */
const CHECKOUT: readonly Need[] = ['python', 'native', 'weights'];
const needed = (needs: readonly Need[]): readonly Need[] => (packed ? needs : CHECKOUT);

function nativeSteps(variant: Variant): Step[] {
  const library = libraryStep(variant, packed ? pipOf : pythonOf);
  const pip = packed && conditionOf(library).state !== 'ok' ? [pipStep()] : [];
  return [...pip, library, bindingStep(variant)];
}

const weightsSteps = (): Step[] =>
  packed ? [pipStep(), weightsStep(pipOf)] : [pythonStep(), weightsStep(pythonOf)];

function steps(needs: readonly Need[], variant: Variant): Step[] {
  const parts = needs.filter((need) => need in PARTS).flatMap((need) => partStep(need) ?? []);
  return [
    ...(needs.includes('python') ? [pythonStep()] : []),
    ...parts,
    ...(needs.includes('native') ? nativeSteps(variant) : []),
    ...(needs.includes('weights') ? [weightsStep(pythonOf)] : []), // of a checkout
  ];
}

const installed = (variant: Variant): boolean =>
  checkLibrary(variant).state === 'ok' && checkBinding(variant).state === 'ok';

/**
 * Which TensorFlow to install: as told, as installed already, or by what the NVIDIA driver answers.
 * @throws Fault if the GPU is asked for and cannot be used
 */
export async function chooseVariant(argv: readonly string[]): Promise<Variant> {
  if (argv.includes('--cpu')) return 'cpu';
  const forced = argv.includes('--gpu') || /^gpu/.test(process.env.TSDL_DEVICE ?? '');
  if (!forced && !libraryFor('gpu')) return 'cpu';
  const nvidia = await queryNvidia();
  if (nvidia.state === 'usable') {
    console.error(
      say({
        zh: `发现 NVIDIA 显卡：${nvidia.gpus.map((gpu) => gpu.name).join('、')}，安装 GPU 版。`,
        en: `Found ${nvidia.gpus.map((gpu) => gpu.name).join(', ')}; installing TensorFlow for GPUs.`,
      }),
    );
    return 'gpu';
  }
  if (forced && nvidia.state === 'unusable')
    throw new Fault({ zh: `${nvidia.why}。`, en: `${nvidia.why}.` }, nvidia.mend);
  if (forced)
    console.error(
      say({
        zh: '没有找到 NVIDIA 驱动；按要求仍安装 GPU 版（在没有显卡的机器上用 CPU 计算）。',
        en: 'No NVIDIA driver was found; installing TensorFlow for GPUs all the same (it uses the CPU where there is no card).',
      }),
    );
  else if (nvidia.state === 'unusable')
    console.error(
      say({
        zh: `不用显卡：${nvidia.why}。${nvidia.mend}`,
        en: `Not using the card: ${nvidia.why}. ${nvidia.mend}`,
      }),
    );
  return forced ? 'gpu' : 'cpu';
}

/** Asks, before the first long download, whether anything is in the way of a step that has to run; names all of it. */
async function precheck(steps: readonly Step[]): Promise<void> {
  const faults: Fault[] = [];
  for (const step of steps.filter((step) => conditionOf(step).state !== 'ok')) {
    try {
      await step.precheck?.();
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      faults.push(error);
    }
  }
  const last = faults.pop();
  faults.forEach(report);
  if (last) throw last;
}

async function install(needs: readonly Need[], variant: Variant, thorough: boolean): Promise<boolean> {
  let worked = false;
  await precheck(steps(needs, variant));
  for (const step of steps(needs, variant)) worked = (await attempt(step, thorough)) || worked;
  return register(needs) || worked;
}

/** Runs a step; one that tsdl can do without may fail. */
async function attempt(step: Step, thorough: boolean): Promise<boolean> {
  try {
    return await runStep(step, { thorough });
  } catch (error) {
    if (!step.optional || !(error instanceof Fault)) throw error;
    report(error);
    console.error(say({ zh: `${step.optional.zh}。`, en: `${step.optional.en}.` }));
    return false;
  }
}

const register = (needs: readonly Need[]): boolean => needs.includes('python') && ensureKernelspec();

/** What every other command asks for first. Says nothing and takes milliseconds when all is there. */
export async function ensureSetup(asked: readonly Need[]): Promise<void> {
  const jsOnly = process.env.TSDL_DEVICE === 'js';
  const needs = needed(asked).filter((need) => !(jsOnly && need === 'native'));
  const native = !needs.includes('native') || installed('cpu') || installed('gpu');
  const others = steps(
    needs.filter((need) => need !== 'native'),
    'cpu',
  );
  // what tsdl can do without is fetched with the rest, or when it is first used
  const ready = others.every((step) => step.optional || conditionOf(step).state === 'ok');
  if (ready && native) return void register(needs);
  console.error(
    say({
      zh: '首次运行或有更新：先安装缺少的部分（中断后再运行会接着装）。',
      en: 'First run, or something changed: installing what is missing (an interrupted run goes on where it was).',
    }),
  );
  const found = (['cpu', 'gpu'] as const).find(installed);
  const variant = found ?? (native ? 'cpu' : await chooseVariant([]));
  await install(needs, variant, false);
}

/**
 * `tsdl setup [--gpu | --cpu] [--verify]` or `tsdl setup --part NAME`.
 * @throws Fault for an unknown argument
 */
export async function setup(argv: string[]): Promise<number> {
  if (argv.includes('--help')) {
    console.log(say(HELP));
    return 0;
  }
  if (argv[0] === '--part') return onePart(argv[1] ?? '');
  const unknown = argv.find((flag) => !['--gpu', '--cpu', '--verify'].includes(flag));
  if (unknown)
    throw new Fault(
      { zh: `tsdl setup 不认识 ${unknown}。`, en: `tsdl setup does not know ${unknown}.` },
      'npm run setup -- --help',
    );
  const variant = await chooseVariant(argv);
  const worked = await install(needed(['native', 'fonts']), variant, argv.includes('--verify'));
  console.log(
    worked
      ? say({ zh: '安装完成。', en: 'Installed.' })
      : say({
          zh: `已经装好（${platformKey()}，${variant} 版），无需安装。`,
          en: `Everything is installed (${platformKey()}, ${variant}).`,
        }),
  );
  return 0;
}

async function onePart(name: string): Promise<number> {
  for (const step of name === 'weights' ? weightsSteps() : [partStep(name) ?? []].flat()) await runStep(step);
  return 0;
}
