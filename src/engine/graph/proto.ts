/** TensorFlow's SavedModel on disk: the messages of its protocol buffers that tsdl writes, and the writing itself. */
import protobuf from 'protobufjs';

import type { GraphNode } from './graph';
import type { GraphAttribute } from './opdefs';

/** The fields used here, with the numbers of tensorflow/core/protobuf and tensorflow/core/framework. */
const schema = `
syntax = "proto3";
message Dim { int64 size = 1; }
message Shape { repeated Dim dim = 2; }
message TensorValue { int32 dtype = 1; Shape tensor_shape = 2; bytes tensor_content = 4; repeated bytes string_val = 8; }
message List {
  repeated bytes s = 2; repeated int64 i = 3; repeated float f = 4; repeated bool b = 5; repeated int32 type = 6;
}
message Attr {
  oneof value {
    List list = 1; bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6; Shape shape = 7;
    TensorValue tensor = 8;
  }
}
message Node {
  string name = 1; string op = 2; repeated string input = 3; string device = 4; map<string, Attr> attr = 5;
}
message Versions { int32 producer = 1; int32 min_consumer = 2; }
message GraphDef { repeated Node node = 1; Versions versions = 4; }
message MetaInfo { repeated string tags = 4; string tensorflow_version = 5; }
message Saver {
  string filename_tensor_name = 1; string save_tensor_name = 2; string restore_op_name = 3; int32 version = 7;
}
message TensorInfo { string name = 1; int32 dtype = 2; Shape tensor_shape = 3; }
message Signature {
  map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; string method_name = 3;
}
message VariableDef {
  string variable_name = 1; string initializer_name = 2; string snapshot_name = 3; bool is_resource = 5;
  string initial_value_name = 6; bool trainable = 7;
}
message BytesList { repeated bytes value = 1; }
message Collection { BytesList bytes_list = 2; }
message MetaGraph {
  MetaInfo meta_info_def = 1; GraphDef graph_def = 2; Saver saver_def = 3; map<string, Collection> collection_def = 4;
  map<string, Signature> signature_def = 5;
}
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraph meta_graphs = 2; }
message ConfigProto { int32 intra_op_parallelism_threads = 2; int32 inter_op_parallelism_threads = 5; }
`;

const { root } = protobuf.parse(schema, { keepCase: true });
const SavedModel = root.lookupType('SavedModel');
const VariableDef = root.lookupType('VariableDef');
const Signature = root.lookupType('Signature');
const ConfigProto = root.lookupType('ConfigProto');

/** TensorFlow 2.21 reads graphs of producers up to far beyond this number; it is that of early TensorFlow 2. */
const GRAPH_PRODUCER = 1087;

/** A shape as protobuf has it. */
export const shapeMessage = (shape: readonly number[]): object => ({ dim: shape.map((size) => ({ size })) });

function attributeMessage(attribute: GraphAttribute): object {
  const { kind, value } = attribute;
  switch (kind) {
    case 'type':
      return typeof value === 'number' ? { type: value } : { list: { type: value } };
    case 'int':
      return typeof value === 'number' ? { i: value } : { list: { i: value } };
    case 'float':
      return typeof value === 'number' ? { f: value } : { list: { f: value } };
    case 'bool':
      return typeof value === 'boolean' ? { b: value } : { list: { b: value } };
    case 'string':
      return { s: Buffer.from(value) };
    case 'strings':
      return { list: { s: value.map((one) => Buffer.from(one)) } };
    case 'shape':
      return { shape: shapeMessage(value) };
    case 'tensor':
      return { tensor: tensorMessage(value) };
  }
}

function tensorMessage(value: Extract<GraphAttribute, { kind: 'tensor' }>['value']): object {
  const head = { dtype: value.dtype, tensor_shape: shapeMessage(value.shape) };
  return value.strings
    ? { ...head, string_val: value.strings.map((text) => Buffer.from(text)) }
    : { ...head, tensor_content: value.bytes };
}

function nodeMessage(node: GraphNode): object {
  const inputs = node.inputs.map(({ node: { name }, index }) => (index === 0 ? name : `${name}:${index}`));
  const data = new Set(node.inputs.map((input) => input.node));
  const controls = [...node.controls].filter((control) => !data.has(control));
  return {
    name: node.name,
    op: node.op,
    input: [...inputs, ...controls.map(({ name }) => `^${name}`)],
    attr: Object.fromEntries(
      Object.entries(node.attributes).map(([name, attribute]) => [name, attributeMessage(attribute)]),
    ),
  };
}

/** What stands beside the graph in a SavedModel; plain message objects of the schema above. */
export interface ModelParts {
  readonly saver?: object;
  readonly signatures?: Record<string, object>;
  /** `VariableDef`s, which let TensorFlow in Python list the variables. */
  readonly variables?: readonly object[];
}

/** The bytes of `saved_model.pb`. */
export function encodeSavedModel(
  nodes: readonly GraphNode[],
  tag: string,
  version: string,
  { saver, signatures = {}, variables = [] }: ModelParts = {},
): Uint8Array {
  const graph = { node: nodes.map(nodeMessage), versions: { producer: GRAPH_PRODUCER } };
  const value = variables.map((definition) =>
    VariableDef.encode(VariableDef.fromObject(definition)).finish(),
  );
  const meta = {
    meta_info_def: { tags: [tag], tensorflow_version: version },
    graph_def: graph,
    signature_def: signatures,
    ...(saver && { saver_def: saver }),
    ...(value.length > 0 && { collection_def: { variables: { bytes_list: { value } } } }),
  };
  const message = { saved_model_schema_version: 1, meta_graphs: [meta] };
  return SavedModel.encode(SavedModel.fromObject(message)).finish();
}

/** The bytes of a session's configuration whose operations run on the caller's thread, each alone. */
export function encodeOneThread(): Uint8Array {
  return ConfigProto.encode({ intra_op_parallelism_threads: 1, inter_op_parallelism_threads: -1 }).finish();
}

/** One input or output of a signature; −1 in a shape means any size. */
export interface Port {
  readonly name: string;
  /** `node:output` in the graph. */
  readonly node: string;
  /** TensorFlow's type number. */
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** What a SavedModel takes and gives, by name. */
export interface SignatureInfo {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

interface TensorInfo {
  name: string;
  dtype: number;
  tensor_shape?: { dim?: { size: string }[] };
}

interface Decoded {
  inputs?: Record<string, TensorInfo>;
  outputs?: Record<string, TensorInfo>;
}

function ports(infos: Record<string, TensorInfo> = {}): Port[] {
  return Object.entries(infos)
    .map(([name, { name: node, dtype, tensor_shape: shape }]) => ({
      name,
      node,
      dtype,
      shape: (shape?.dim ?? []).map(({ size }) => Number(size)),
    }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** Reads a signature from the bytes of a SignatureDef. @throws an error of protobufjs for other bytes */
export function decodeSignature(bytes: Uint8Array): SignatureInfo {
  const { inputs, outputs } = Signature.toObject(Signature.decode(bytes), { longs: String }) as Decoded;
  return { inputs: ports(inputs), outputs: ports(outputs) };
}
