#!/usr/bin/env python3
"""Unpacks what `npm run gpu-pack` packed, and starts gpu-check there:

    python3 unpack.py [--to FOLDER] [--no-check] [gpu-check's own arguments]

Needs one of the Pythons it was packed for (3.10 to 3.13), nothing else: no network, no Node, no packages. Where Python
was built without lzma, the program xz takes its place. The pieces lie beside this file; unpacking is done once.
"""

import argparse
import errno
import glob
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
MARK = ".unpacked.json"

CHINESE = """从分卷还原并启动 gpu-check：

    python3 unpack.py [--to 文件夹] [--no-check] [gpu-check 的参数]

只需要打包时带上的 Python 之一（3.10 到 3.13），不需要网络、Node 或别的软件包。分卷放在本文件旁边；只还原一次。
"""

# What TensorFlow opens by name. Where CUDA 13 is installed a library of the same functions has another number.
CUDA = {
    "libcublas.so.12": ["libcublas.so.13"],
    "libcublasLt.so.12": ["libcublasLt.so.13"],
    "libcufft.so.11": ["libcufft.so.12"],
    "libcusolver.so.11": ["libcusolver.so.12"],
    "libcusparse.so.12": ["libcusparse.so.13"],
    "libcurand.so.10": [],
    "libcupti.so.12": ["libcupti.so.13"],
    "libnvrtc.so.12": ["libnvrtc.so.13"],
    "libnvJitLink.so.12": ["libnvJitLink.so.13"],
    "libcudnn.so.9": [],
    "libnccl.so.2": [],
}
# Parts that those open themselves, under their own names.
COMPANIONS = ["libcudnn_*.so.9", "libnvJitLink.so.1*", "libnvrtc-builtins.so.*"]


class Fault(Exception):
    """What the user can mend: the message, then what to do."""


def words(zh, en):
    """The sentence in the language of the screen, as bin/bootstrap/language.js has it."""
    names = ("TSDL_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return zh if re.match(r"zh(?![a-z])", locale, re.IGNORECASE) else en


def say(text):
    print(text, flush=True)


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for part in iter(lambda: file.read(1 << 20), b""):
            digest.update(part)
    return digest.hexdigest()


def read_manifest(folder):
    path = os.path.join(folder, "manifest.json")
    try:
        with open(path, encoding="utf-8") as file:
            manifest = json.load(file)
    except FileNotFoundError:
        raise Fault(words("缺少 %s", "missing: %s") % path)
    except ValueError:
        raise Fault(words("已损坏：%s", "damaged: %s") % path)
    if manifest.get("format") != 1:
        raise Fault(words("不认识的格式：%s", "unknown format: %s") % path)
    return manifest


def check_pieces(folder, manifest):
    """All that is missing and all that is damaged, told at once."""
    missing, damaged = [], []
    for piece in manifest["pieces"]:
        path = os.path.join(folder, piece["name"])
        if not os.path.exists(path):
            missing.append(piece["name"])
        elif os.path.getsize(path) != piece["bytes"] or sha256_of(path) != piece["sha256"]:
            damaged.append(piece["name"])
    told = [
        (words("缺少分卷：%s", "missing pieces: %s"), missing),
        (words("分卷已损坏（sha256）：%s", "damaged pieces (sha256): %s"), damaged),
    ]
    problems = [what % " ".join(names) for what, names in told if names]
    if problems:
        raise Fault("\n  ".join(problems + [words("重新复制到 %s", "copy them again to %s") % folder]))


class Joined(io.RawIOBase):
    """The pieces as one file."""

    def __init__(self, paths):
        self.paths, self.file = list(paths), None

    def readable(self):
        return True

    def readinto(self, buffer):
        while True:
            if self.file is None:
                if not self.paths:
                    return 0
                self.file = open(self.paths.pop(0), "rb")
            count = self.file.readinto(buffer)
            if count:
                return count
            self.file.close()
            self.file = None


def decompressed(source):
    """A readable of the tar, and what ends the reading."""
    try:
        import lzma

        return lzma.open(source), lambda: None
    except ImportError:
        pass
    if shutil.which("xz") is None:
        raise Fault(
            words(
                "这个 Python 没有 lzma，也没有 xz：apt install xz-utils",
                "this Python has no lzma and there is no xz: apt install xz-utils",
            )
        )
    child = subprocess.Popen(["xz", "-dc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def feed():
        with child.stdin:
            shutil.copyfileobj(source, child.stdin, 1 << 20)

    threading.Thread(target=feed, daemon=True).start()

    def ended():
        child.stdout.read()
        if child.wait() != 0:
            raise Fault(words("xz 出错（%d）", "xz failed (%d)") % child.returncode)

    return child.stdout, ended


def extract(folder, manifest, target):
    reader, ended = decompressed(io.BufferedReader(Joined(os.path.join(folder, p["name"]) for p in manifest["pieces"])))
    done, shown = 0, 0
    with tarfile.open(fileobj=reader, mode="r|") as tar:
        for member in tar:
            path = os.path.realpath(os.path.join(target, member.name))
            if not member.isfile() or not path.startswith(os.path.realpath(target) + os.sep):
                raise Fault(words("意外的条目：%s", "unexpected entry: %s") % member.name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with tar.extractfile(member) as data, open(path, "wb") as file:
                shutil.copyfileobj(data, file, 1 << 20)
            os.chmod(path, member.mode)
            done += member.size
            if done - shown > 200e6:
                shown = done
                say("… %d / %d MB" % (done / 1e6, manifest["unpackedBytes"] / 1e6))
    ended()


def require_space(manifest, parent):
    need, free = int(manifest["unpackedBytes"] * 1.1), shutil.disk_usage(parent).free
    if free < need:
        raise Fault(
            words(
                "磁盘空间不足：%s 需要 %d MB，剩余 %d MB；--to 换个文件夹",
                "no space: %s, %d MB needed, %d MB free; --to names another folder",
            )
            % (parent, need / 1e6, free / 1e6)
        )


def require_python(versions):
    own = "%d.%d" % sys.version_info[:2]
    if versions and own not in versions:
        names = " ".join("python%s" % version for version in versions)
        told = words("打包时没有带 Python %s 的包：%s unpack.py", "packed for other Pythons than %s: %s unpack.py")
        raise Fault(told % (own, names))


def unpack(folder, target, manifest):
    identity = [piece["sha256"] for piece in manifest["pieces"]]
    mark = os.path.join(target, MARK)
    if os.path.exists(mark):
        with open(mark, encoding="utf-8") as file:
            if json.load(file) == identity:
                return
    elif os.path.isdir(target) and os.listdir(target):
        raise Fault(words("不是空文件夹：%s；--to 换一个", "not empty: %s; --to names another folder") % target)
    say(words("%d 个分卷 …", "%d pieces …") % len(identity))
    check_pieces(folder, manifest)
    draft = target.rstrip(os.sep) + ".part"
    shutil.rmtree(draft, ignore_errors=True)
    os.makedirs(draft)
    require_space(manifest, draft)
    extract(folder, manifest, draft)
    with open(os.path.join(draft, MARK), "w", encoding="utf-8") as file:
        json.dump(identity, file)
        file.flush()
        os.fsync(file.fileno())
    os.sync()
    shutil.rmtree(target, ignore_errors=True)  # an older unpacking, or an empty folder
    os.rename(draft, target)


def search_path(python):
    """The folders that another Python imports from: PyTorch brings CUDA's libraries there."""
    if python is None:
        return []
    command = [python, "-c", "import sys; print('\\n'.join(sys.path))"]
    try:
        return subprocess.run(command, stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout.split("\n")
    except (OSError, subprocess.CalledProcessError) as error:
        raise Fault(words("--peer 不能运行：%s", "--peer does not run: %s") % error)


def library_folders(peer=None):
    """Where CUDA's libraries may lie, the most particular first."""
    patterns = [os.path.join(folder, "nvidia", "*", "lib") for folder in search_path(peer) + sys.path if folder]
    patterns += os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    patterns += ["/usr/local/cuda*/lib64", "/usr/local/cuda*/targets/*/lib", "/usr/local/cuda*/extras/CUPTI/lib64"]
    patterns += [os.path.join(sys.prefix, "lib")]
    patterns += ["/usr/local/lib/python3*/*-packages/nvidia/*/lib", "/usr/lib/python3/dist-packages/nvidia/*/lib"]
    patterns += ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/local/lib"]
    found = [path for pattern in patterns if pattern for path in sorted(glob.glob(pattern))]
    return list(dict.fromkeys(path for path in found if os.path.isdir(path)))


def choose(wanted, stand_ins, folders):
    """The library of that name, else one that stands in for it; None where there is neither."""
    paths = (os.path.join(folder, name) for name in [wanted] + stand_ins for folder in folders)
    return next(filter(os.path.exists, paths), None)


def link_cuda(target, folders):
    """Makes the folder `cuda` with links of the names that TensorFlow asks for; gives what has no answer."""
    links = os.path.join(target, "cuda")
    shutil.rmtree(links, ignore_errors=True)
    os.makedirs(links)
    own = glob.glob(os.path.join(target, ".runtime", "tensorflow-*-gpu", "nvidia", "*", "lib"))
    absent = []
    for wanted, stand_ins in CUDA.items():
        path = choose(wanted, stand_ins, own + folders)
        if path is None:
            absent.append(wanted)
            continue
        # a library looks for others beside the name by which it was opened: it needs its own name there too
        for name in {wanted, os.path.basename(path)}:
            os.symlink(path, os.path.join(links, name))
    for pattern in COMPANIONS:
        for folder in own + folders:
            for path in sorted(glob.glob(os.path.join(folder, pattern))):
                link = os.path.join(links, os.path.basename(path))
                if not os.path.lexists(link):
                    os.symlink(path, link)
    return absent


def environment(target):
    """The environment of gpu-check: our Node first, the links, nothing outside the folder."""
    env = dict(os.environ)
    joined = lambda first, name: os.pathsep.join(filter(None, [first, env.get(name)]))
    env["PATH"] = joined(os.path.join(target, "node", "bin"), "PATH")
    env["LD_LIBRARY_PATH"] = joined(os.path.join(target, "cuda"), "LD_LIBRARY_PATH")
    env["JUPYTER_RUNTIME_DIR"] = os.path.join(target, ".runtime", "jupyter")
    env["TSDL_PYTHON"] = sys.executable
    env["TSDL_OFFLINE"] = "1"
    env.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    env.pop("TSDL_HOME", None)
    return env


def main(argv):
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=words(CHINESE, __doc__), formatter_class=raw, usage=argparse.SUPPRESS, allow_abbrev=False)
    parser.add_argument("--to", default="tsdl-gpu", help=words("还原到哪里", "where to unpack"))
    parser.add_argument("--no-check", action="store_true", help=words("只还原", "unpack only"))
    own, rest = parser.parse_known_args([argument for argument in argv if argument != "--"])
    target = os.path.abspath(own.to)
    manifest = read_manifest(HERE)
    require_python(manifest.get("pythons", []))
    unpack(HERE, target, manifest)
    peer = rest[rest.index("--peer") + 1] if "--peer" in rest[:-1] else None
    absent = link_cuda(target, library_folders(peer))
    if absent and "cpu" not in rest:
        say(words("这台机器上没有找到：%s", "not found here: %s") % " ".join(absent))
    env = environment(target)
    node, tool = os.path.join(target, "node", "bin", "node"), os.path.join(target, "bin", "tool.js")
    code = subprocess.call([node, tool, "gpupack", "--place"], env=env, cwd=target)
    if code != 0 or own.no_check:
        return code
    return subprocess.call([node, tool, "gpucheck"] + rest, env=env, cwd=target)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")
    try:
        sys.exit(main(sys.argv[1:]))
    except Fault as fault:
        sys.exit("✗ %s" % fault)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        told = words("✗ 磁盘已满：%s；--to 换个文件夹", "✗ no space left: %s; --to names another folder")
        sys.exit(told % (error.filename or ""))
