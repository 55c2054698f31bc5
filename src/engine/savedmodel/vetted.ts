/**
 * What a SavedModel may do. A graph is a program: TensorFlow has operations that read and write files, open connections,
 * print, run Python or end the process. None of them belongs to a network that is only asked for its outputs.
 */
import definitions from '../graph/signatures.json';
import type { ModelContents, ModelNode } from './metagraph';

/** Kinds of operations that are refused, by the beginnings, ends and middles of their names. */
const REFUSED: readonly (readonly [kind: string, names: RegExp])[] = [
  ['Python code', /Py(?:thon)?Func/],
  [
    'files',
    /File|Dataset|Iterator|Reader|Summary|LMDB|Sql|Snapshot|^ImmutableConst$|^DistributedSave|^DTensorRestore|^DumpTensor$|^Experimental|Checkpoint|^StatsAggregator|^Calibration|^FixedUnigramCandidateSampler$|^LoadAndRemapMatrix$|^GenerateVocabRemapping$|^RecordInput$|^ImportEvent$|^Skipgram$|^(?:De|En)codeProto/,
  ],
  [
    'the network',
    /Send|Recv|Rpc|Collective|Nccl|^RemoteCall$|DataService|Distributed|TPU|SparseCore|SparseDenseMatmul.*(?:Csr|Static)|Minibatch|^_/,
  ],
  ['printing and debugging', /^Print|^Debug|^CheckNumericsDebug|^Copy(?:Host)?$/],
  [
    'the process',
    /^Abort$|XlaCustomCall|XlaCallModule|XlaHostCompute|^XlaLaunch|^WorkerHeartbeat$|^MlirPassthroughOp$/,
  ],
  [
    'waiting for others',
    /Queue|Barrier|^Stage|^(?:Ordered)?Map(?:Unstage|Stage|Peek)|Unstage|Mutex|Infeed|Outfeed|Accumulator/,
  ],
];

/** Waits for nobody: a barrier for the optimizer alone. */
const HARMLESS = 'XlaOptimizationBarrier';

const RESTORES = /^Restore(?:V2|Slice)?$/;
const SAVES = /^(?:Save(?:V2|Slices)?|MergeV2Checkpoints|ShardedFilename|ShardedFilespec)$/;

const known: Readonly<Record<string, string | undefined>> = definitions.ops;

const refuse = (what: string): never => {
  throw new RangeError(
    `Cannot load a SavedModel: expected a graph that only computes, got ${what}; ` +
      '{ trusted: true } loads it all the same, if you know who made it',
  );
};

function checkOp({ name, op, calls }: ModelNode, functions: ModelContents['functions']): void {
  for (const called of calls) {
    if (called !== '' && !functions.has(called))
      refuse(`node "${name}", which calls a function that is not there ("${called}")`);
  }
  if (functions.has(op) || op === HARMLESS || RESTORES.test(op) || SAVES.test(op)) return;
  const kind = REFUSED.find(([, names]) => names.test(op))?.[0];
  if (kind !== undefined) refuse(`node "${name}" of the operation ${op} (${kind})`);
  if (known[op] === undefined) refuse(`node "${name}" of the unknown operation "${op}"`);
}

const nodeName = (tensor: string): string => tensor.replace(/^\^/, '').replace(/:.*$/s, '');

/** Everything that runs where these tensors are asked for: nodes, and all of the functions that they call. */
function reached(roots: readonly string[], { nodes, functions }: ModelContents): ModelNode[] {
  const byName = new Map<string, ModelNode[]>();
  for (const node of nodes) byName.set(node.name, [...(byName.get(node.name) ?? []), node]);
  const found = new Set<ModelNode>();
  const called = new Set<string>();
  const open = roots.flatMap((tensor) => byName.get(nodeName(tensor)) ?? []);
  for (let node = open.pop(); node; node = open.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) for (const one of byName.get(nodeName(input)) ?? []) open.push(one);
    for (const name of [node.op, ...node.calls]) {
      if (called.has(name)) continue;
      called.add(name);
      for (const one of functions.get(name) ?? []) open.push(one);
    }
  }
  return [...found];
}

/** A restored checkpoint is the model's own: its path is what TensorFlow hands in, not one that the graph chooses. */
function checkRestore(node: ModelNode, owner: readonly ModelNode[], file: string | undefined): void {
  const byName = new Map(owner.map((one) => [one.name, one]));
  let path = nodeName(node.inputs[0] ?? '');
  for (let at = byName.get(path); at?.op === 'Identity'; at = byName.get(path))
    path = nodeName(at.inputs[0] ?? '');
  const handedIn = byName.has(path) ? file !== undefined && path === nodeName(file) : true; // an argument of a function
  if (!handedIn) refuse(`node "${node.name}", which reads a checkpoint of its own choice`);
}

/** @throws RangeError naming the operation that a network does not need */
export function vet(contents: ModelContents): void {
  const { nodes, functions, outputs, inits, restore, file } = contents;
  const bodies = [nodes, ...functions.values()];
  for (const body of bodies) {
    for (const node of body) {
      checkOp(node, functions);
      if (RESTORES.test(node.op)) checkRestore(node, body, file);
    }
  }
  const asked = reached([...outputs, ...inits], contents);
  const touching = asked.find(({ op }) => RESTORES.test(op) || SAVES.test(op));
  if (touching)
    refuse(`node "${touching.name}" of the operation ${touching.op} (files) among what is computed`);
  const writing = reached(restore === undefined ? [] : [restore], contents).find(({ op }) => SAVES.test(op));
  if (writing) refuse(`node "${writing.name}" of the operation ${writing.op} (files) among what is restored`);
}
