/**
 * What stands in `saved_model.pb`, as far as it says what TensorFlow would run: read field by field from the bytes, so
 * that millions of empty messages cost nothing but their bytes. Repeated fields are joined, as protocol buffers do.
 */
import protobuf from 'protobufjs';

/** A node of the graph or of a function in it. */
export interface ModelNode {
  readonly name: string;
  readonly op: string;
  /** `node`, `node:1`, `^node`, within functions also `node:output:0`. */
  readonly inputs: readonly string[];
  /** Functions that it calls. */
  readonly calls: readonly string[];
}

/** The graph that TensorFlow loads for a tag. */
export interface ModelContents {
  /** Its bytes, a MetaGraphDef. */
  readonly bytes: Uint8Array;
  readonly nodes: readonly ModelNode[];
  readonly functions: ReadonlyMap<string, readonly ModelNode[]>;
  /** Bytes of each SignatureDef, by name. */
  readonly signatures: ReadonlyMap<string, Uint8Array>;
  /** Tensors that a signature, whichever it is, gives: among them what is run when the model is loaded. */
  readonly outputs: readonly string[];
  /** Nodes that are run when the model is loaded. */
  readonly inits: readonly string[];
  readonly restore: string | undefined;
  /** The tensor that is given the path of the checkpoint. */
  readonly file: string | undefined;
}

/** Most messages of the kinds counted here: ten times those of the largest networks. */
const MOST = 500_000;

type Field = (reader: protobuf.Reader, wire: number) => void;

/** Reads a message; fields that are not named are skipped. @throws SyntaxError or an error of protobufjs */
function walk(bytes: Uint8Array, fields: Readonly<Record<number, Field>>): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const [field, wire] = [fields[tag >>> 3], tag & 7];
    // A field of another wire type than its own is unknown to TensorFlow, too.
    if (field && wire === 2) field(reader, wire);
    else reader.skipType(wire);
  }
}

const text =
  (take: (value: string) => void): Field =>
  (reader) =>
    take(reader.string());

const message =
  (take: (bytes: Uint8Array) => void): Field =>
  (reader) =>
    take(reader.bytes());

/** An entry of a map: its key and the bytes of its value. */
function entry(bytes: Uint8Array): [string, Uint8Array] {
  let key = '';
  let value: Uint8Array = new Uint8Array();
  walk(bytes, { 1: text((got) => (key = got)), 2: message((got) => (value = got)) });
  return [key, value];
}

function nodeOf(bytes: Uint8Array): ModelNode {
  let [name, op] = ['', ''];
  const inputs: string[] = [];
  const calls: string[] = [];
  const call = message((func) => walk(func, { 1: text((got) => calls.push(got)) }));
  walk(bytes, {
    1: text((got) => (name = got)),
    2: text((got) => (op = got)),
    3: text((got) => inputs.push(got)),
    5: message((attribute) => {
      walk(entry(attribute)[1], { 10: call, 1: message((list) => walk(list, { 9: call })) });
    }),
  });
  return { name, op, inputs, calls };
}

/** Counts messages, and refuses to read on where there are too many. */
class Counter {
  private count = 0;

  readonly add = (): void => {
    if (++this.count > MOST)
      throw new SyntaxError(`Cannot load a SavedModel: expected at most ${MOST} messages, got more`);
  };
}

function functionOf(bytes: Uint8Array, count: () => void): [string, ModelNode[]] {
  let name = '';
  const nodes: ModelNode[] = [];
  walk(bytes, {
    1: message((signature) => walk(signature, { 1: text((got) => (name = got)) })),
    3: message((node) => {
      count();
      nodes.push(nodeOf(node));
    }),
  });
  return [name, nodes];
}

/** Names of the tensors in a map of a signature. */
function tensorsOf(bytes: Uint8Array): string[] {
  const names: string[] = [];
  const take = text((got) => names.push(got));
  walk(bytes, {
    2: message((output) => {
      const sparse = message((coo) => walk(coo, { 1: take, 2: take, 3: take }));
      walk(entry(output)[1], {
        1: take,
        4: sparse,
        5: message((composite) => walk(composite, { 2: message((part) => walk(part, { 1: take })) })),
      });
    }),
  });
  return names;
}

/** Collections whose nodes TensorFlow runs when it loads a model. */
const INITS = new Set(['saved_model_main_op', 'legacy_init_op']);

/** A graph while it is read. */
class Reading {
  readonly nodes: ModelNode[] = [];
  readonly functions = new Map<string, ModelNode[]>();
  readonly signatures = new Map<string, Uint8Array>();
  readonly outputs: string[] = [];
  readonly inits: string[] = [];
  restore: string | undefined;
  file: string | undefined;

  constructor(
    readonly bytes: Uint8Array,
    private readonly count: () => void,
  ) {
    walk(bytes, {
      2: message((graph) => this.graph(graph)),
      3: message((saver) => {
        walk(saver, { 1: text((got) => (this.file = got)), 3: text((got) => (this.restore = got)) });
      }),
      4: message((collection) => this.collection(...entry(collection))),
      5: message((signature) => this.signature(...entry(signature))),
      6: message(count),
      7: message((objects) => walk(objects, { 1: message(count) })),
    });
  }

  private graph(bytes: Uint8Array): void {
    const addNode = message((node) => {
      this.count();
      this.nodes.push(nodeOf(node));
    });
    const addFunction = message((body) => {
      this.count();
      const [name, nodes] = functionOf(body, this.count);
      this.functions.set(name, [...(this.functions.get(name) ?? []), ...nodes]);
    });
    walk(bytes, { 1: addNode, 2: message((library) => walk(library, { 1: addFunction })) });
  }

  private collection(key: string, value: Uint8Array): void {
    this.count();
    if (!INITS.has(key)) return;
    walk(value, { 1: message((list) => walk(list, { 1: text((got) => this.inits.push(got)) })) });
  }

  private signature(name: string, value: Uint8Array): void {
    this.count();
    this.signatures.set(name, value);
    this.outputs.push(...tensorsOf(value));
  }
}

function tagsOf(bytes: Uint8Array): Set<string> {
  const tags = new Set<string>();
  walk(bytes, { 1: message((info) => walk(info, { 4: text((tag) => tags.add(tag)) })) });
  return tags;
}

/**
 * Finds the graph that TensorFlow takes for `tag`: the first that has this tag and no other.
 * @throws SyntaxError if there is none, or if the bytes are no SavedModel
 */
export function contentsOf(bytes: Uint8Array, tag: string): ModelContents {
  const { add: count } = new Counter();
  let found: Uint8Array | undefined;
  try {
    walk(bytes, {
      2: message((meta) => {
        count();
        const tags = tagsOf(meta);
        if (tags.size === 1 && tags.has(tag)) found ??= meta;
      }),
    });
    if (found) return new Reading(found, count);
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    const got = (error as Error).message;
    throw new SyntaxError(`Cannot load a SavedModel: expected protocol buffers, got ${got}`, {
      cause: error,
    });
  }
  throw new SyntaxError(`Cannot load a SavedModel: expected a graph with the tag "${tag}" alone, got none`);
}

/** `saved_model.pb` with this graph alone. */
export function alone({ bytes }: ModelContents): Uint8Array {
  return protobuf.Writer.create().uint32(8).int64(1).uint32(18).bytes(bytes).finish();
}
