"""Writes files as pieces for `tsdl gpupack`: one tar, compressed by xz, cut into pieces of equal size.

stdin is the job as JSON: {"entries": [{"from", "to"} or {"text", "to"}], "out", "work", "name", "pieceBytes",
"chunkBytes", "level", "threads", "facts"}. stdout says what happens, one JSON object a line.

The tar is the same for the same files (no dates, no owners). It is compressed chunk by chunk, and every finished chunk
is kept in "work" under the hash of what went in: an interrupted run goes on where it was, and a changed file costs only
its own chunk. xz reads chunks one after the other as one stream. Every file appears under its name only when it is
whole and on the disk.
"""

import errno
import hashlib
import io
import json
import os
import sys
import tarfile
from concurrent.futures import ThreadPoolExecutor

DATE = 1577836800  # 2020-01-01: tools that refuse 1970 are content
BUFFER = 1 << 20


def emit(**fields):
    print(json.dumps(fields), flush=True)


def write_whole(path, parts):
    """Writes a file through a temporary name, on the disk before it is seen; gives its sha256 and size."""
    draft = "%s.%d.part" % (path, os.getpid())
    digest, size = hashlib.sha256(), 0
    try:
        with open(draft, "wb") as file:
            for part in parts:
                digest.update(part)
                size += len(part)
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        if os.path.exists(draft):
            os.remove(draft)
    return digest.hexdigest(), size


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(BUFFER), b""):
            digest.update(part)
    return digest.hexdigest()


class Chunks(io.RawIOBase):
    """What the tar is written to: full chunks go to the threads, at most two for each of them at a time."""

    def __init__(self, job, total, lzma):
        self.job, self.total, self.lzma = job, total, lzma
        self.buffer, self.taken = bytearray(), 0
        self.pool = ThreadPoolExecutor(job["threads"])
        self.results = []

    def writable(self):
        return True

    def write(self, data):
        self.buffer += data
        while len(self.buffer) >= self.job["chunkBytes"]:
            self.send(self.job["chunkBytes"])
        return len(data)

    def send(self, size):
        raw = bytes(self.buffer[:size])
        del self.buffer[:size]
        self.taken += size
        waiting = [result for result in self.results if not result.done()]
        if len(waiting) >= 2 * self.job["threads"]:
            waiting[0].result()
        self.results.append(self.pool.submit(self.compress, raw))
        emit(done=self.taken, total=self.total)

    def compress(self, raw):
        level = self.job["level"]
        key = hashlib.sha256(b"%d " % level + raw).hexdigest()
        path = os.path.join(self.job["work"], key + ".xz")
        if not os.path.exists(path):
            write_whole(path, [self.lzma.compress(raw, preset=level, check=self.lzma.CHECK_SHA256)])
        return path

    def finish(self):
        if self.buffer:
            self.send(len(self.buffer))
        try:
            return [result.result() for result in self.results]
        finally:
            self.pool.shutdown()


def header(name, size, executable):
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, DATE, 0o755 if executable else 0o644
    return info


def add(tar, entry):
    if "text" in entry:
        data = entry["text"].encode("utf-8")
        tar.addfile(header(entry["to"], len(data), False), io.BytesIO(data))
        return len(data)
    with open(entry["from"], "rb") as file:
        status = os.fstat(file.fileno())
        tar.addfile(header(entry["to"], status.st_size, status.st_mode & 0o100), file)
    return status.st_size


def pieces_of(paths, limit):
    """Yields for each piece the parts of the chunks that make it up."""
    room, parts = limit, []
    for path in paths:
        with open(path, "rb") as file:
            for part in iter(lambda: file.read(min(BUFFER, room)), b""):
                parts.append(part)
                room -= len(part)
                if room == 0:
                    yield parts
                    room, parts = limit, []
    if parts:
        yield parts


def write_pieces(job, paths):
    pieces = []
    for number, parts in enumerate(pieces_of(paths, job["pieceBytes"]), 1):
        name = "%s.%03d" % (job["name"], number)
        path = os.path.join(job["out"], name)
        digest, size = hashlib.sha256(), sum(len(part) for part in parts)
        for part in parts:
            digest.update(part)
        piece = {"name": name, "bytes": size, "sha256": digest.hexdigest()}
        there = os.path.exists(path) and os.path.getsize(path) == size and sha256_of(path) == piece["sha256"]
        if not there:
            write_whole(path, parts)
        pieces.append(piece)
        emit(piece=name, bytes=size, kept=there)
    return pieces


def remove_others(folder, wanted, prefix=""):
    for name in os.listdir(folder):
        if name.startswith(prefix) and name not in wanted:
            os.remove(os.path.join(folder, name))


def sizes(entries):
    return [len(e["text"].encode("utf-8")) if "text" in e else os.path.getsize(e["from"]) for e in entries]


def main():
    try:
        import lzma
    except ImportError:
        sys.exit("no module lzma")
    job = json.load(sys.stdin)
    for folder in (job["out"], job["work"]):
        os.makedirs(folder, exist_ok=True)
    unpacked = sum(sizes(job["entries"]))
    chunks = Chunks(job, unpacked, lzma)
    with tarfile.open(fileobj=chunks, mode="w|", format=tarfile.PAX_FORMAT, bufsize=BUFFER) as tar:
        for entry in job["entries"]:
            add(tar, entry)
    paths = chunks.finish()
    pieces = write_pieces(job, paths)
    remove_others(job["out"], [piece["name"] for piece in pieces], job["name"] + ".")
    remove_others(job["work"], [os.path.basename(path) for path in paths])
    manifest = {"format": 1, **job["facts"], "unpackedBytes": unpacked, "files": len(job["entries"])}
    manifest["pieces"] = pieces
    text = json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
    unpack = os.path.join(os.path.dirname(os.path.abspath(__file__)), "unpack.py")
    with open(unpack, "rb") as file:
        write_whole(os.path.join(job["out"], "unpack.py"), [file.read()])
    write_whole(os.path.join(job["out"], "manifest.json"), [text.encode("utf-8")])
    emit(pieces=len(pieces), bytes=sum(piece["bytes"] for piece in pieces), unpacked=unpacked)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit("No space left on device" if error.errno == errno.ENOSPC else str(error))
