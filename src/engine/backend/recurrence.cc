// A small N-API addon of ours, compiled beside the TensorFlow binding: three operations for TensorFlow, through its C API.
//
// TsdlRecurrence runs one layer of an LSTM, a GRU or a plain recurrent network in one direction over a whole sequence,
// TsdlRecurrenceSlope runs it backwards. TsdlRecurrentLayer is for answers that nobody differentiates: it makes the
// product of the weights and the input itself, step by step, so that it stays in the cache. TensorFlow's own operations are one step each and cost more to start than to
// compute; BlockLSTMV2, its whole sequence, is slower than PyTorch's layer. The sequences of a batch do not depend on
// each other, so each thread runs some of them through all steps and nobody waits in between. Sums are made in the
// same order whatever the threads are. CPUs only.
#include <node_api.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "crew.h"
#include "kernelcall.h"
#include "registration.h"
#include "shaping.h"

namespace {

using tsdl::Call;
using tsdl::Crew;
using tsdl::HasShape;
using tsdl::Shaping;

enum Kind { kLstm, kGru, kTanh, kRelu };

/** One run over a sequence, forwards or backwards. */
struct Sweep {
  Kind kind;
  bool reverse;
  int64_t t, b, h;
  int64_t gates, kept;     // blocks of h numbers: of the weights, and kept of each step for the way back
  const int32_t* lengths;  // none: all sequences run to the end
  const float* packed;     // the weights
  const float *projected, *bias;
  const float *x, *packedInput, *inputBias;  // in place of `projected`
  int64_t input;                             // features of x
  float *hidden, *cell;  // the running state, and backwards its slope
  float *output, *saved;
  const float *dy, *first, *firstCell;
  float *slope, *shareSlope, *before;

  /** Steps whose input's shares are computed together: a product of few rows is slower. */
  int64_t Block(int64_t rows) const { return x && rows < 32 ? 32 / rows : 1; }
  int64_t At(int64_t n) const { return reverse ? t - 1 - n : n; }
  bool Runs(int64_t at, int64_t row) const { return lengths == nullptr || at < lengths[row]; }
  bool Starts(int64_t at, int64_t row) const {
    if (!reverse) return at == 0;
    return at == t - 1 || (lengths != nullptr && at == lengths[row] - 1);
  }
};

#define INSIDE __attribute__((always_inline))
#define ARITHMETIC "recurrence.h"
#include "instructions.h"

/** The attributes of an operation. */
struct Options {
  Kind kind = kLstm;
  bool reverse = false, keeps = false;
};

/** Sizes by the output's share `[t, b, …]` (input 0) and the weights `[gates · h, h]`. */
Sweep Sized(Call& call, const Options& options, int weight) {
  Sweep s{};
  TF_Tensor *sequence = call.Input(0), *weights = call.Input(weight);
  s.kind = options.kind;
  s.reverse = options.reverse;
  s.gates = s.kind == kLstm ? 4 : s.kind == kGru ? 3 : 1;
  s.kept = s.kind == kLstm ? 5 : s.kind == kGru ? 4 : 1;
  if (!call.Ok()) return s;
  call.Expect(TF_NumDims(sequence) == 3 && TF_NumDims(weights) == 2, "expected a sequence [t, b, n] and weights");
  if (!call.Ok()) return s;
  s.t = TF_Dim(sequence, 0), s.b = TF_Dim(sequence, 1), s.h = TF_Dim(weights, 1);
  call.Expect(TF_Dim(weights, 0) == s.gates * s.h, "expected weights [gates * h, h]");
  return s;
}

/** Runs all rows, in as many parts as are worth a thread. */
void RunRows(const Sweep& s, void (*run)(const Sweep&, int64_t, int64_t, float*), int64_t kept) {
  constexpr int64_t kWorth = 4;
  if (s.b == 0 || s.h == 0) return;
  const int64_t parts = std::max<int64_t>(1, std::min(Crew::Of().Size(), s.b / kWorth));
  Crew::Of().Share(parts, [&](int64_t part) {
    const int64_t from = s.b * part / parts, to = s.b * (part + 1) / parts, rows = to - from;
    const int64_t scratch = rows * (kept + (s.x ? s.Block(rows) * s.gates * s.h : 0));
    std::unique_ptr<float[]> own(scratch > 0 ? new float[scratch] : nullptr);
    run(s, from, to, own.get());
  });
}

std::unique_ptr<float[]> Room(int64_t inner, int64_t columns) {
  const int64_t wide = FASTEST(kWide);
  return std::unique_ptr<float[]>(new float[(columns + wide - 1) / wide * wide * inner]);
}
/** For products with the transpose of a matrix. */
std::unique_ptr<float[]> PackedRows(const float* matrix, int64_t rows, int64_t columns) {
  auto packed = Room(columns, rows);
  FASTEST(PackRows)(matrix, rows, columns, packed.get());
  return packed;
}
/** For products with the matrix itself. */
std::unique_ptr<float[]> PackedColumns(const float* matrix, int64_t rows, int64_t columns) {
  auto packed = Room(rows, columns);
  FASTEST(PackColumns)(matrix, rows, columns, packed.get());
  return packed;
}

/** What a layer is given beside its input, and what it gives; the same with and without the input's product. */
struct Places {
  int hidden, cell, weight, bias, lengths;
};

void Run(Call& call, Sweep& s, const Places& at, bool keeps) {
  const bool lstm = s.kind == kLstm;
  call.Expect(HasShape(call.Input(at.hidden), {s.b, s.h}) && (!lstm || HasShape(call.Input(at.cell), {s.b, s.h})),
              "expected states [b, h]");
  s.lengths = call.Data<int32_t>(at.lengths);
  call.Expect(!s.lengths || HasShape(call.Input(at.lengths), {s.b}), "expected lengths [b]");
  const std::vector<float> zeros(s.gates * s.h);
  s.bias = call.Data(at.bias);
  call.Expect(!s.bias || HasShape(call.Input(at.bias), {s.gates * s.h}), "expected a bias [gates * h]");
  if (!s.bias) s.bias = zeros.data();
  s.output = call.Output(0, {s.t, s.b, s.h});
  s.hidden = call.Output(1, {s.b, s.h});
  s.cell = call.Output(2, lstm ? std::vector<int64_t>{s.b, s.h} : std::vector<int64_t>{0});
  if (keeps) s.saved = call.Output(3, {s.t, s.b, s.kept * s.h});
  if (!call.Ok()) return;
  const float *first = call.Data(at.hidden), *cell = call.Data(at.cell);
  if (first) std::copy(first, first + s.b * s.h, s.hidden);
  if (lstm && cell) std::copy(cell, cell + s.b * s.h, s.cell);
  const auto packed = PackedRows(call.Data(at.weight), s.gates * s.h, s.h);
  s.packed = packed.get();
  RunRows(s, FASTEST(Forward), s.saved ? 0 : s.kept * s.h);
}

void Compute(void* kernel, TF_OpKernelContext* context) {
  const Options& options = *static_cast<Options*>(kernel);
  Call call(context);
  Sweep s = Sized(call, options, 3);
  if (!call.Ok()) return;
  call.Expect(HasShape(call.Input(0), {s.t, s.b, s.gates * s.h}), "expected projected [t, b, gates * h]");
  s.projected = call.Data(0);
  if (!options.keeps) call.Output(3, {0, s.b, s.kept * s.h});
  Run(call, s, {1, 2, 3, 4, 5}, options.keeps);
}

void ComputeLayer(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  Sweep s = Sized(call, *static_cast<Options*>(kernel), 4);
  if (!call.Ok()) return;
  s.input = TF_Dim(call.Input(0), 2);
  const int64_t wide = s.gates * s.h;
  call.Expect(HasShape(call.Input(3), {wide, s.input}), "expected weights [gates * h, n] for inputs [t, b, n]");
  std::vector<float> level(wide);  // a GRU's hidden bias is multiplied by a gate, those of others are added at once
  for (int bias : {5, 6}) {
    const float* given = bias == 6 && s.kind == kGru ? nullptr : call.Data(bias);
    call.Expect(!given || HasShape(call.Input(bias), {wide}), "expected a bias [gates * h]");
    if (!call.Ok()) return;
    for (int64_t i = 0; given && i < wide; i++) level[i] += given[i];
  }
  s.x = call.Data(0), s.inputBias = level.data();
  const auto packed = PackedRows(call.Data(3), wide, s.input);
  s.packedInput = packed.get();
  Run(call, s, {1, 2, 4, 6, 7}, false);
}

void ComputeSlope(void* kernel, TF_OpKernelContext* context) {
  const Options& options = *static_cast<Options*>(kernel);
  Call call(context);
  Sweep s = Sized(call, options, 5);
  if (!call.Ok()) return;
  const bool lstm = s.kind == kLstm, gru = s.kind == kGru;
  const std::vector<int64_t> state = {s.b, s.h}, sequence = {s.t, s.b, s.h}, wide = {s.t, s.b, s.gates * s.h};
  call.Expect(HasShape(call.Input(0), sequence) && HasShape(call.Input(1), state) &&
                  (!lstm || HasShape(call.Input(2), state)) && HasShape(call.Input(3), state) &&
                  (!lstm || HasShape(call.Input(4), state)) && HasShape(call.Input(7), sequence) &&
                  HasShape(call.Input(8), {s.t, s.b, s.kept * s.h}),
              "expected slopes and states of one size");
  s.lengths = call.Data<int32_t>(6);
  call.Expect(!s.lengths || HasShape(call.Input(6), {s.b}), "expected lengths [b]");
  s.dy = call.Data(0), s.first = call.Data(3), s.firstCell = call.Data(4);
  s.output = call.Data(7), s.saved = call.Data(8);
  s.slope = call.Output(0, wide);
  s.hidden = call.Output(1, state);
  s.cell = call.Output(2, lstm ? state : std::vector<int64_t>{0});
  s.shareSlope = call.Output(3, gru ? wide : std::vector<int64_t>{0});
  s.before = call.Output(4, sequence);
  if (!call.Ok()) return;
  const float *dHidden = call.Data(1), *dCell = call.Data(2);
  if (dHidden) std::copy(dHidden, dHidden + s.b * s.h, s.hidden);
  if (lstm && dCell) std::copy(dCell, dCell + s.b * s.h, s.cell);
  const auto packed = PackedColumns(call.Data(5), s.gates * s.h, s.h);
  s.packed = packed.get();
  RunRows(s, FASTEST(Backward), 0);
}

void Read(TF_OpKernelConstruction* construction, Options& options, TF_Status* status) {
  int32_t kind = 0;
  unsigned char reverse = 0, keeps = 0;
  TF_OpKernelConstruction_GetAttrInt32(construction, "kind", &kind, status);
  TF_OpKernelConstruction_GetAttrBool(construction, "reverse", &reverse, status);
  TF_OpKernelConstruction_GetAttrBool(construction, "keeps", &keeps, status);
  options = {static_cast<Kind>(kind), reverse != 0, keeps != 0};
}

void Shape(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeInferenceContextSetUnknownShape(context, status);  // what is kept has one, or none, by an attribute
  Shaping shaping(context, status);
  TF_ShapeHandle* hidden = shaping.Input(1);
  shaping.Set(0, shaping.Joined(shaping.Input(0), hidden, 1));
  shaping.Set(1, hidden);
  shaping.Set(2, shaping.Input(2));
}

void ShapeLayer(TF_ShapeInferenceContext* context, TF_Status* status) {
  Shaping shaping(context, status);
  TF_ShapeHandle* hidden = shaping.Input(1);
  shaping.Set(0, shaping.Joined(shaping.Input(0), hidden, 1));
  shaping.Set(1, hidden);
  shaping.Set(2, shaping.Input(2));
}

void ShapeSlope(TF_ShapeInferenceContext* context, TF_Status* status) {
  Shaping shaping(context, status);
  TF_ShapeHandle *dy = shaping.Input(0), *weight = shaping.Input(5);
  TF_ShapeHandle* slope = shaping.Joined(dy, weight, 0);
  TF_DimensionHandle *gates = TF_NewDimensionHandle(), *size = TF_NewDimensionHandle();
  TF_ShapeInferenceContextDim(context, weight, 0, gates);
  TF_ShapeInferenceContextDim(context, weight, 1, size);
  const bool gru = TF_DimensionHandleValue(gates) == 3 * TF_DimensionHandleValue(size);
  TF_DeleteDimensionHandle(gates), TF_DeleteDimensionHandle(size);
  shaping.Set(0, slope);
  shaping.Set(1, shaping.Input(3));
  shaping.Set(2, shaping.Input(4));
  shaping.Set(3, gru ? slope : shaping.Empty());
  shaping.Set(4, dy);
}

tsdl::Definition Defined(const char* name, std::vector<const char*> inputs, std::vector<const char*> outputs,
                         void (*compute)(void*, TF_OpKernelContext*),
                         void (*shape)(TF_ShapeInferenceContext*, TF_Status*)) {
  const std::vector<const char*> attributes = {"kind: int", "reverse: bool", "keeps: bool"};
  return {name, std::move(inputs), std::move(outputs), attributes, compute, shape,
          tsdl::Create<Options, Read>, tsdl::Delete<Options>};
}
std::vector<tsdl::Definition> All() {
  return {
      Defined("TsdlRecurrence",
              {"projected: float", "hidden: float", "cell: float", "weight: float", "bias: float", "lengths: int32"},
              {"output: float", "last: float", "last_cell: float", "saved: float"}, Compute, Shape),
      Defined("TsdlRecurrentLayer",
              {"x: float", "hidden: float", "cell: float", "input_weight: float", "weight: float", "input_bias: float",
               "bias: float", "lengths: int32"},
              {"output: float", "last: float", "last_cell: float"}, ComputeLayer, ShapeLayer),
      Defined("TsdlRecurrenceSlope",
              {"dy: float", "d_last: float", "d_last_cell: float", "hidden: float", "cell: float", "weight: float",
               "lengths: int32", "output: float", "saved: float"},
              {"slope: float", "d_hidden: float", "d_cell: float", "share_slope: float", "before: float"}, ComputeSlope,
              ShapeSlope),
  };
}

}  // namespace

ADDON_OF(All)
