/** SavedModels of others: a graph is a program, and only those that compute are loaded. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import protobuf from 'protobufjs';

import { DType } from '../../../src/engine/backend/native';
import { Graph, outputName } from '../../../src/engine/graph/graph';
import { encodeSavedModel } from '../../../src/engine/graph/proto';
import { exportSavedModel, loadSavedModel } from '../../../src/engine/savedmodel';
import { type ModelContents, type ModelNode } from '../../../src/engine/savedmodel/metagraph';
import { vet } from '../../../src/engine/savedmodel/vetted';
import * as tf from '../../../src/engine/tf';
import * as nn from '../../../src/nn';

const text = (graph: Graph, value: string) =>
  graph.constant({ dtype: DType.string, shape: [], bytes: Buffer.from(value), strings: [value] });

describe('a SavedModel of others', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'tsdl-test-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  const path = (name: string) => join(dir, name);

  /** A model whose output is its input, and which writes a file where `wanted` says that it is asked to. */
  function writing(wanted: 'output' | 'init' | 'never'): string {
    const graph = new Graph();
    const input = graph.placeholder(1, [2], 'input');
    const file = graph.add('WriteFile', [text(graph, path('written')), text(graph, 'gotcha')], {});
    const output = graph.output('Identity', [input], {}, 1);
    if (wanted === 'output') output.node.controls.add(file);
    const init = graph.add('NoOp', [], {}, 'init');
    if (wanted === 'init') init.controls.add(file);
    const port = (name: string) => ({ name, dtype: 1, tensor_shape: { dim: [{ size: 2 }] } });
    const signatures = {
      serving_default: {
        inputs: { x: port(outputName(input)) },
        outputs: { y: port(outputName(output)) },
        method_name: 'tensorflow/serving/predict',
      },
      ...(wanted === 'init' && {
        __saved_model_init_op: {
          outputs: { __saved_model_init_op: { name: init.name, dtype: 0, tensor_shape: {} } },
        },
      }),
    };
    return folder(encodeSavedModel(graph.nodes, 'serve', '2.21.0', { signatures }));
  }

  function folder(bytes: Uint8Array): string {
    mkdirSync(path('model'));
    writeFileSync(path('model/saved_model.pb'), bytes);
    return path('model');
  }

  for (const wanted of ['output', 'init', 'never'] as const) {
    it(`that writes a file (${wanted}) is refused by the name of the operation, and nothing is written`, () => {
      const model = writing(wanted);
      assert.throws(() => loadSavedModel(model), {
        name: 'RangeError',
        message:
          /expected a graph that only computes, got node "n\d+" of the operation WriteFile \(files\); \{ trusted/,
      });
      assert.equal(existsSync(path('written')), false);
    });
  }

  it('does what its maker wants where it is trusted', () => {
    const model = loadSavedModel(writing('output'), { trusted: true });
    assert.deepEqual([...(model.forward(tf.tensor1d([1, 2])) as tf.Tensor).dataSync()], [1, 2]);
    assert.equal(readFileSync(path('written'), 'utf8'), 'gotcha');
    model.dispose();
  });

  it('of nothing but empty messages is refused before it takes memory', () => {
    const bombs = {
      graphs: Buffer.alloc(10_000_000, Buffer.from([0x12, 0])),
      nodes: wrapped([2], Buffer.alloc(4_000_000, Buffer.from([0x0a, 0]))),
      functions: wrapped([2, 2], Buffer.alloc(4_000_000, Buffer.from([0x0a, 0]))),
      objects: wrapped([7], Buffer.alloc(4_000_000, Buffer.from([0x0a, 0]))),
    };
    for (const [name, bytes] of Object.entries(bombs)) {
      const before = process.memoryUsage().rss;
      assert.throws(() => loadSavedModel(folder(bytes)), /expected at most 500000 messages, got more/, name);
      const grown = (process.memoryUsage().rss - before) / 2 ** 20;
      assert.ok(grown < 250, `${name}: ${grown.toFixed(0)} MB`);
      rmSync(path('model'), { recursive: true });
    }
  });

  /** Bytes within fields of these numbers, in a graph with the tag. */
  function wrapped(fields: readonly number[], bytes: Uint8Array): Uint8Array {
    const tags = Buffer.from([0x0a, 7, 0x22, 5, ...Buffer.from('serve')]);
    return lengthed(
      2,
      Buffer.concat([tags, fields.reduceRight((all, field) => lengthed(field, all), bytes)]),
    );
  }

  const lengthed = (field: number, bytes: Uint8Array): Uint8Array =>
    protobuf.Writer.create()
      .uint32((field << 3) | 2)
      .bytes(bytes)
      .finish();

  it('is what was looked at: other forms of a graph beside it are not read', () => {
    exportSavedModel(new nn.Linear(2, 1), path('good'), tf.zeros([1, 2]));
    writeFileSync(path('good/saved_model.cpb'), 'another graph, which TensorFlow might prefer');
    writeFileSync(path('good/saved_model.pbtxt'), 'another one');
    const model = loadSavedModel(path('good'));
    assert.equal((model.forward(tf.zeros([3, 2])) as tf.Tensor).shape[0], 3);
    model.dispose();
  });

  it('whose signature names nodes that are not there says what could not be run', () => {
    const graph = new Graph();
    const input = graph.placeholder(1, [2], 'input');
    const port = (name: string) => ({ name, dtype: 1, tensor_shape: { dim: [{ size: 2 }] } });
    for (const [x, y] of [
      ['gone:0', 'input:0'],
      ['input:0', 'gone:0'],
    ] as const) {
      const signatures = { serving_default: { inputs: { x: port(x) }, outputs: { y: port(y) } } };
      const model = loadSavedModel(folder(encodeSavedModel([input.node], 'serve', '2.21.0', { signatures })));
      assert.throws(() => model.forward(tf.tensor1d([1, 2])), {
        name: 'Error',
        message: /^Cannot run a SavedModel: expected a graph that TensorFlow runs, got ".+"$/s,
      });
      model.dispose();
      rmSync(path('model'), { recursive: true });
    }
  });

  it('is no folder of that name but a file in it: a folder called saved_model.pb is none', () => {
    mkdirSync(path('model/saved_model.pb'), { recursive: true });
    assert.throws(() => loadSavedModel(path('model')), /expected a folder with saved_model.pb/);
  });
});

const node = (name: string, op: string, inputs: string[] = [], calls: string[] = []): ModelNode => ({
  name,
  op,
  inputs,
  calls,
});

/** A graph with these nodes, asked for the output `y`. */
const graphOf = (
  nodes: ModelNode[],
  {
    functions = {},
    ...more
  }: Partial<Omit<ModelContents, 'functions'>> & { functions?: Record<string, ModelNode[]> } = {},
): ModelContents => ({
  bytes: new Uint8Array(),
  nodes,
  functions: new Map(Object.entries(functions)),
  signatures: new Map(),
  outputs: ['y:0'],
  inits: [],
  restore: undefined,
  file: undefined,
  ...more,
});

describe('vet()', () => {
  const REFUSED: Readonly<Record<string, readonly string[]>> = {
    'Python code': ['PyFunc', 'EagerPyFunc', 'PyFuncStateless'],
    files: [
      ...[
        'ReadFile',
        'WriteFile',
        'MatchingFiles',
        'WholeFileReaderV2',
        'TFRecordDatasetV2',
        'TextLineDataset',
      ],
      ...[
        'InitializeTableFromTextFileV2',
        'CreateSummaryFileWriter',
        'SaveDatasetV2',
        'LoadDataset',
        'SqlDataset',
      ],
      ...[
        'ImmutableConst',
        'DumpTensor',
        'GenerateVocabRemapping',
        'LoadAndRemapMatrix',
        'DecodeProtoV2',
        'Skipgram',
      ],
      ...[
        'RecordInput',
        'FixedUnigramCandidateSampler',
        'WriteGraphSummary',
        'LMDBReader',
        'CheckpointDataset',
      ],
    ],
    'the network': [
      '_Send',
      '_HostRecv',
      'CollectiveReduceV2',
      'RpcClient',
      'NcclAllReduce',
      'RemoteCall',
      'TPUExecute',
    ],
    'printing and debugging': ['Print', 'PrintV2', 'DebugIdentityV3', 'Copy'],
    'the process': ['Abort', 'XlaCustomCallV2', 'XlaCallModule', 'WorkerHeartbeat'],
    'waiting for others': [
      'QueueDequeueV2',
      'BarrierTakeMany',
      'Unstage',
      'MutexLock',
      'AccumulatorTakeGradient',
    ],
  };
  for (const [kind, ops] of Object.entries(REFUSED)) {
    it(`refuses ${kind}, in the graph, in a function, and where nobody asks for it`, () => {
      for (const op of ops) {
        const why = new RegExp(`operation ${op} \\(|unknown operation "${op}"`);
        assert.throws(() => vet(graphOf([node('y', op)])), why, op);
        assert.throws(() => vet(graphOf([node('y', 'Identity'), node('z', op)])), why, op);
        const within = { functions: { f: [node('z', op)] } };
        assert.throws(() => vet(graphOf([node('y', 'StatefulPartitionedCall', [], ['f'])], within)), why, op);
      }
    });
  }

  it('lets through what networks are made of', () => {
    const ops = [
      'Conv2D',
      'MatMul',
      'FusedBatchNormV3',
      'While',
      'TensorListReserve',
      'VarHandleOp',
      'ReadVariableOp',
    ];
    const more = [
      'Assert',
      'HashTableV2',
      'LookupTableFindV2',
      'InitializeTableV2',
      'StringSplitV2',
      'DecodeJpeg',
    ];
    vet(graphOf([...ops, ...more].map((op, i) => node(`n${i}`, op))));
  });

  it('refuses operations that TensorFlow does not define, and functions that are not there', () => {
    assert.throws(() => vet(graphOf([node('y', 'MyCustomOp')])), /unknown operation "MyCustomOp"/);
    assert.throws(
      () => vet(graphOf([node('y', 'PartitionedCall', [], ['gone'])])),
      /function that is not there/,
    );
  });

  it('lets a model save and restore itself, and nothing else', () => {
    const saver = [
      node('file', 'Placeholder'),
      node('save', 'SaveV2', ['file', 'names']),
      node('saved', 'Identity', ['file', '^save']),
      node('names', 'Const'),
      node('restore', 'RestoreV2', ['file', 'names']),
      node('set', 'AssignVariableOp', ['restore']),
      node('all', 'NoOp', ['^set']),
      node('y', 'Identity', ['names']),
    ];
    const its = { restore: 'all', file: 'file:0' };
    vet(graphOf(saver, its));
    vet(
      graphOf([node('y', 'StatefulPartitionedCall', [], ['r'])], {
        ...its,
        outputs: [],
        functions: { r: [node('x', 'RestoreV2', ['file_prefix'])] },
      }),
    );
    const with_ = (...changes: ModelNode[]) => [
      ...saver.filter(({ name }) => !changes.some((one) => one.name === name)),
      ...changes,
    ];
    const refused: [ModelNode[], RegExp][] = [
      [with_(node('y', 'Identity', ['restore'])), /operation RestoreV2 \(files\) among what is computed/],
      [with_(node('y', 'Identity', ['names', '^save'])), /operation SaveV2 \(files\) among what is computed/],
      [with_(node('all', 'NoOp', ['^set', '^save'])), /operation SaveV2 \(files\) among what is restored/],
      [with_(node('restore', 'RestoreV2', ['names', 'names'])), /reads a checkpoint of its own choice/],
      [
        with_(node('restore', 'RestoreV2', ['joined']), node('joined', 'StringJoin', ['file', 'names'])),
        /own choice/,
      ],
    ];
    for (const [nodes, why] of refused) assert.throws(() => vet(graphOf(nodes, its)), why);
  });
});
