/** TensorFlow's messages about a cluster: who is in it, and how its sessions behave. */
import protobuf from 'protobufjs';

/** The fields used here, with the numbers of tensorflow/core/protobuf (cluster, config, tensorflow_server). */
const schema = `
syntax = "proto3";
message JobDef { string name = 1; map<int32, string> tasks = 2; }
message ClusterDef { repeated JobDef job = 1; }
message GPUOptions { bool allow_growth = 4; }
message Experimental { string collective_group_leader = 1; int32 recv_buf_max_chunk = 4; bool collective_nccl = 7; }
message ConfigProto {
  repeated string device_filters = 4; GPUOptions gpu_options = 6; bool allow_soft_placement = 7;
  bool isolate_session_state = 15; Experimental experimental = 16;
}
message ServerDef {
  ClusterDef cluster = 1; string job_name = 2; int32 task_index = 3; ConfigProto default_session_config = 4;
  string protocol = 5;
}
`;
const { root } = protobuf.parse(schema, { keepCase: true });

function encode(type: string, value: object): Uint8Array {
  const message = root.lookupType(type);
  return message.encode(message.fromObject(value)).finish();
}

/** Bytes of one message from worker to worker: larger ones wait for each other less, smaller ones cost more calls. */
const CHUNK = 2 ** 20;

/**
 * What `MultiWorkerMirroredStrategy` sets for its sessions, without the allocator that only the older collective has:
 * each worker places its operations on its own devices, and worker 0 counts the steps.
 */
const configOf = (rank: number): object => ({
  isolate_session_state: true,
  device_filters: [`/job:worker/task:${rank}`],
  allow_soft_placement: true,
  gpu_options: { allow_growth: true },
  experimental: {
    collective_group_leader: '/job:worker/replica:0/task:0',
    recv_buf_max_chunk: CHUNK,
    collective_nccl: true,
  },
});

/** The definition of worker `rank`'s server, and the configuration of sessions that open at it. */
export function serverMessages(
  hosts: readonly string[],
  rank: number,
): { readonly server: Uint8Array; readonly config: Uint8Array } {
  const config = configOf(rank);
  const server = {
    cluster: { job: [{ name: 'worker', tasks: Object.fromEntries(hosts.entries()) }] },
    job_name: 'worker',
    task_index: rank,
    protocol: 'grpc',
    default_session_config: config,
  };
  return { server: encode('ServerDef', server), config: encode('ConfigProto', config) };
}
