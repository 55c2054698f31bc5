/**
 * The wheels that carry TensorFlow's C library, pinned by sha256 for each platform. The Python they were built for
 * does not matter (only the shared libraries are used), so that one wheel per platform serves every Python.
 */

export const TENSORFLOW = '2.21.0';

/** CUDA 12 runs on this driver and newer; TensorFlow's GPU code starts at compute capability 6.0. */
export const MIN_DRIVER = '525.60.13';
/** The oldest cards that the GPU wheel has kernels for: Pascal. */
export const MIN_COMPUTE_CAPABILITY = 6;

/** Which TensorFlow: without CUDA, or with it. */
export type Variant = 'cpu' | 'gpu';

/** A Python wheel, pinned. */
export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** Platform tags to ask pip for. */
  readonly tags: readonly string[];
  readonly bytes: number;
  readonly sha256: string;
}

/** TensorFlow's library and the wheels that it comes in. */
export interface Library {
  readonly wheels: readonly Wheel[];
  /** File names inside `tensorflow/`, in link order. */
  readonly files: readonly [string, string];
  /** Bytes on disk once unpacked. */
  readonly unpacked: number;
}

const LINUX = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;
const MACOS = ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'] as const;

const linuxTags = (machine: string): string[] =>
  ['manylinux_2_27', 'manylinux_2_17', 'manylinux2014', 'manylinux_2_12', 'manylinux2010'].map(
    (tag) => `${tag}_${machine}`,
  );

const nvidia = (name: string, version: string, bytes: number, sha256: string): Wheel => ({
  name: `nvidia-${name}-cu12`,
  version,
  tags: linuxTags('x86_64'),
  bytes,
  sha256,
});

/** What TensorFlow's metadata names under `and-cuda`, at the versions pip resolves it to. */
const CUDA: readonly Wheel[] = [
  nvidia(
    'cublas',
    '12.9.3.13',
    581217458,
    'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
  ),
  nvidia(
    'cuda-cupti',
    '12.8.90',
    10248621,
    'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182',
  ),
  nvidia(
    'cuda-nvcc',
    '12.9.86',
    40546229,
    '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
  ),
  nvidia(
    'cuda-nvrtc',
    '12.9.86',
    89568129,
    '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
  ),
  nvidia(
    'cuda-runtime',
    '12.9.79',
    3493179,
    '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
  ),
  nvidia('cudnn', '9.28.0.42', 716538495, '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375'),
  nvidia('cufft', '11.4.1.4', 200877592, 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28'),
  nvidia(
    'curand',
    '10.3.10.19',
    68295626,
    '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e',
  ),
  nvidia(
    'cusolver',
    '11.7.5.82',
    338117415,
    '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
  ),
  nvidia(
    'cusparse',
    '12.5.10.65',
    366465088,
    '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
  ),
  nvidia('nccl', '2.32.3', 351526311, 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c'),
  nvidia(
    'nvjitlink',
    '12.9.86',
    39748338,
    'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
  ),
];

const LIBRARIES: Readonly<Record<string, Partial<Record<Variant, Library>>>> = {
  'linux-x64': {
    cpu: {
      wheels: [
        {
          name: 'tensorflow-cpu',
          version: TENSORFLOW,
          tags: linuxTags('x86_64'),
          bytes: 273829956,
          sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
        },
      ],
      files: LINUX,
      unpacked: 0.86e9,
    },
    gpu: {
      wheels: [
        {
          name: 'tensorflow',
          version: TENSORFLOW,
          tags: linuxTags('x86_64'),
          bytes: 572440367,
          sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
        },
        ...CUDA,
      ],
      files: LINUX,
      unpacked: 5.7e9,
    },
  },
  'linux-arm64': {
    cpu: {
      wheels: [
        {
          name: 'tensorflow',
          version: TENSORFLOW,
          tags: linuxTags('aarch64'),
          bytes: 281828020,
          sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
        },
      ],
      files: LINUX,
      unpacked: 0.89e9,
    },
  },
  'darwin-arm64': {
    cpu: {
      wheels: [
        {
          name: 'tensorflow',
          version: TENSORFLOW,
          tags: ['macosx_12_0_arm64'],
          bytes: 223405849,
          sha256: '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
        },
      ],
      files: MACOS,
      unpacked: 0.75e9,
    },
  },
};

/** The key of this machine in the table, such as `linux-x64`. */
export const platformKey = (): string => `${process.platform}-${process.arch}`;

/** The same with the C library where that is not glibc (Alpine's musl), which TensorFlow's wheels need on Linux. */
export function hostPlatform(): string {
  if (process.platform !== 'linux') return platformKey();
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime ? platformKey() : `${platformKey()}-musl`;
}

/** The pinned library for a platform, or undefined where TensorFlow publishes no wheel for it. */
export function libraryFor(variant: Variant, platform = platformKey()): Library | undefined {
  return LIBRARIES[platform]?.[variant];
}

/** What a machine with CUDA of its own still needs: `libcudart.so.12`, which a newer CUDA lacks, and `ptxas`. */
const SMALL_CUDA = ['nvidia-cuda-runtime-cu12', 'nvidia-cuda-nvcc-cu12'];

/** The library without the large CUDA wheels, for machines that bring cuBLAS, cuDNN and so on themselves. */
export function withoutCuda({ wheels, files }: Library): Library {
  const kept = wheels.filter(({ name }) => !name.startsWith('nvidia-') || SMALL_CUDA.includes(name));
  return { wheels: kept, files, unpacked: 1.4e9 };
}

/** Platforms that there are wheels for, such as `linux-x64`. */
export const supportedPlatforms = (): string[] => Object.keys(LIBRARIES);

/** Which files of a wheel are unpacked: the libraries, the C headers the binding needs, and the licences. */
export function isWanted(entry: string): boolean {
  return WANTED.some((pattern) => pattern.test(entry));
}

const WANTED: readonly RegExp[] = [
  /^tensorflow\/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$/,
  /^tensorflow\/include\/(tensorflow|xla\/tsl|tsl)\/c\/.*\.h$/,
  /^tensorflow\/include\/(tensorflow\/core|tsl)\/platform\/ctstring(_internal)?\.h$/,
  /^tensorflow\/(THIRD_PARTY_NOTICES\.txt|include\/LICENSE)$/,
  /^nvidia\/.*\.so(\.[\d.]+)?$/,
  /^nvidia\/cuda_nvcc\/(bin\/ptxas|nvvm\/libdevice\/.*)$/,
  /^nvidia_.*\.dist-info\/.*(License|LICENSE).*$/,
];
