"""All-reduce as PyTorch's DistributedDataParallel does it on CPUs (Gloo), for bench/sums.ts.

    python sums.py WORKERS ROUNDS BYTES...

One process a worker, one thread each. DistributedDataParallel sums in buckets of 25 MB at once and divides: "buckets";
"whole" is a single all_reduce of all. Worker 0 prints one line of JSON: for each number of bytes, milliseconds of each
round by either way.
"""

import json
import os
import sys
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

BUCKET = 25 * 2**20 // 4


def whole(tensor, workers):
    dist.all_reduce(tensor)
    tensor.div_(workers)


def buckets(tensor, workers):
    parts = tensor.split(BUCKET)
    for work in [dist.all_reduce(part, async_op=True) for part in parts]:
        work.wait()
    tensor.div_(workers)


def measured(way, size, workers, rounds):
    tensor = torch.ones(max(1, size // 4))
    times = []
    warm = max(3, min(100, int(3e8 / size)))
    for _ in range(rounds + warm):
        dist.barrier()
        start = time.perf_counter()
        way(tensor, workers)
        assert abs(tensor[-1].item() - 1) < 1e-6
        times.append((time.perf_counter() - start) * 1e3)
    return times[warm:]


def work(rank, workers, rounds, sizes):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=workers)
    result = [[measured(way, size, workers, rounds) for way in (whole, buckets)] for size in sizes]
    if rank == 0:
        print(json.dumps({"version": f"PyTorch {torch.__version__}", "times": result}), flush=True)
    dist.destroy_process_group()


if __name__ == "__main__":
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=os.environ.get("MASTER_PORT", "29555"), GLOO_SOCKET_IFNAME="lo")
    count, turns, *wanted = map(int, sys.argv[1:])
    mp.spawn(work, args=(count, turns, wanted), nprocs=count)
