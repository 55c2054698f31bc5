/** Why names of PyTorch have none of ours: what cannot apply here, and what stands under another name. */

/** A name, or all that match, with the reason; none of them counts in the shares. */
export type Reason = readonly [names: RegExp, why: string];

const BASE = 'a base class; ours are not built upon from outside';
const DEPRECATED = 'deprecated in PyTorch';
const DEVICES = 'for several devices';

export const REASONS: Readonly<Record<string, readonly Reason[]>> = {
  'torch.nn': [
    [/^Lazy/, 'a layer knows its sizes when it is built: variables, state and optimizers need them then'],
    [/^(DataParallel|SyncBatchNorm)$/, DEVICES],
    [/^(RNNBase|RNNCellBase)$/, BASE],
    [/^(Container|NLLLoss2d|UpsamplingNearest2d|UpsamplingBilinear2d)$/, DEPRECATED],
    [/^CrossMapLRN2d$/, 'an old form of LocalResponseNorm'],
  ],
  'torch.nn.functional': [
    [/^(celu|elu|hardtanh|leaky_relu|relu|rrelu|selu|threshold)_$/, 'values are not changed in place'],
    [/^(upsample|upsample_bilinear|upsample_nearest)$/, DEPRECATED],
    [
      /^(grouped_mm|scaled_mm|scaled_grouped_mm|ScalingType|SwizzleType|DType)$/,
      'for float8 on graphics cards',
    ],
    [
      /^multi_head_attention_forward$/,
      'what MultiheadAttention calls; scaledDotProductAttention stands by itself',
    ],
    [/^conv_tbc$/, 'a convolution with the batch in the middle, for one old model'],
  ],
  'torch.nn.init': [[/^sparse_$/, 'for recurrent networks of 2010']],
  'torch.nn.utils': [
    [/^clip_grad_norm$/, DEPRECATED],
    [/^(weight_norm|spectral_norm|remove_weight_norm|remove_spectral_norm)$/, DEPRECATED],
    [/^convert_conv/, 'kernels stand in one order of axes'],
    [/^fuse_/, 'for inference; a compiled function is joined by TensorFlow'],
    [/^skip_init$/, 'for weights on no device'],
  ],
  'torch.nn.utils.rnn': [
    [
      /^(PackedSequence|pack_|pad_packed|unpack|invert)/,
      'LSTM, GRU and RNN take `lengths` with padded sequences',
    ],
  ],
  'torch.optim': [[/^SparseAdam$/, 'gradients are never sparse here: that of an embedding has every row']],
  'torchvision.transforms.v2': [
    [
      /^(PILToTensor|ToPILImage|ToImage|ToPureTensor|ToDtype|ConvertImageDtype|RGB)$/,
      'pictures are tensors from the start',
    ],
    [/^(AutoAugmentPolicy|InterpolationMode)$/, 'a string here'],
    [/BoundingBox|KeyPoint|ClampingMode|IoUCrop/, 'pictures are transformed by themselves, without boxes'],
    [/^Transform$/, BASE],
    [/^UniformTemporalSubsample$/, 'for videos'],
    [/^JPEG$/, 'a form of files: what a picture loses in it hangs on the library that writes it'],
  ],
  'torch.utils.data': [
    [/DataPipe|datapipe|DataChunk|argument_validation|runtime_validation|non_deterministic/, DEPRECATED],
    [/^DistributedSampler$/, DEVICES],
    [/^Dataset$/, 'an interface here, `data.Dataset`'],
    [/^(_DatasetKind|get_worker_info|default_convert)$/, 'a part of the loader'],
  ],
};

/** Names that are written otherwise here, by PyTorch's. */
export const OTHERWISE: Readonly<Record<string, string>> = {
  logsigmoid: 'logSigmoid',
};
