// A small N-API addon of ours, compiled beside the TensorFlow binding: what a model does that writes one token after the
// other, as operations for TensorFlow, through its C API. Each replaces a handful of TensorFlow's, which cost more to
// start than one token costs to compute. For answers that nobody differentiates; CPUs only.
//
// TsdlFewRows multiplies a few rows with the transpose of a matrix, whose numbers it reads once: for so little work that
// is the whole cost. TsdlLayerNorm, TsdlGelu and TsdlFewQueries (attention of a few queries) go with it. Sums are made in
// the same order whatever the threads are.
#include <node_api.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
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

/** x `[rows, inner]` times weights `[columns, inner]`. */
struct Product {
  int64_t rows, inner, columns;
  const float *x, *weight, *bias;
  float* y;
};

/** Rows of `size` numbers. */
struct Norm {
  int64_t size;
  float eps;
  const float *x, *scale, *offset;
  float* y;
};

/** Queries `[…, t, size]`, keys and values `[…, s, size]`, a mask `[t, s]` that is added. */
struct Attention {
  int64_t t, s, size;
  float scale;
  const float *query, *keys, *values, *mask;
  float* y;
};

#define INSIDE __attribute__((always_inline))
#define ARITHMETIC "tokens.h"
#include "instructions.h"

/** Runs `count` units, each of so much work, in as many parts as are worth a thread; they begin at multiples of `step`. */
template <typename Body>
void RunParts(int64_t count, int64_t work, int64_t step, const Body& body) {
  constexpr int64_t kWorth = 1 << 18;  // to wake a thread takes as long as some hundred kilobytes
  const int64_t steps = (count + step - 1) / step, most = 4 * Crew::Of().Size();
  const int64_t parts = std::max<int64_t>(1, std::min({most, steps, count * work / kWorth}));
  Crew::Of().Share(parts, [&](int64_t part) {
    body(steps * part / parts * step, std::min(count, steps * (part + 1) / parts * step));
  });
}

void Multiply(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *x = call.Input(0), *weight = call.Input(1);
  if (!call.Ok()) return;
  call.Expect(TF_NumDims(x) >= 1 && TF_NumDims(weight) == 2, "expected rows and a matrix");
  if (!call.Ok()) return;
  Product p{};
  std::vector<int64_t> shape = tsdl::ShapeOf(x);
  p.inner = shape.back(), p.columns = shape.back() = TF_Dim(weight, 0), p.rows = 1;
  for (size_t i = 0; i + 1 < shape.size(); i++) p.rows *= shape[i];
  call.Expect(TF_Dim(weight, 1) == p.inner, "expected weights [out, in] for rows [..., in]");
  p.x = call.Data(0), p.weight = call.Data(1), p.bias = call.Data(2);
  call.Expect(!p.bias || HasShape(call.Input(2), {p.columns}), "expected a bias [out]");
  p.y = call.Output(0, shape);
  if (!call.Ok() || !p.y) return;
  RunParts(p.columns, p.inner, 16, [&](int64_t from, int64_t to) { FASTEST(Multiply)(p, from, to); });
}

/** The attributes of a normalisation. */
struct NormOptions {
  int32_t size = 0;
  float eps = 0;
};

void Normalize(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* x = call.Input(0);
  if (!call.Ok()) return;
  const NormOptions& options = *static_cast<NormOptions*>(kernel);
  Norm p{};
  p.size = options.size, p.eps = options.eps;
  const int64_t all = TF_TensorElementCount(x);
  call.Expect(p.size > 0 && all % p.size == 0, "expected rows of `size` numbers");
  p.x = call.Data(0), p.scale = call.Data(1), p.offset = call.Data(2);
  const auto fits = [&](const float* part, int i) { return !part || TF_TensorElementCount(call.Input(i)) == p.size; };
  call.Expect(fits(p.scale, 1) && fits(p.offset, 2), "expected a scale and an offset for each number of a row");
  p.y = call.Output(0, tsdl::ShapeOf(x));
  if (!call.Ok() || !p.y) return;
  RunParts(all / p.size, p.size, 1, [&](int64_t from, int64_t to) { FASTEST(Normalize)(p, from, to); });
}

void Gelu(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor* x = call.Input(0);
  if (!call.Ok()) return;
  const float* from = call.Data(0);
  float* y = call.Output(0, tsdl::ShapeOf(x));
  if (!call.Ok() || !y) return;
  constexpr int64_t kWork = 8;  // for one number, beside a multiplication
  RunParts(TF_TensorElementCount(x), kWork, 64,
           [&](int64_t first, int64_t last) { FASTEST(Gelu)(from, y, first, last); });
}

void Attend(void*, TF_OpKernelContext* context) {
  Call call(context);
  TF_Tensor *query = call.Input(0), *keys = call.Input(1);
  if (!call.Ok()) return;
  call.Expect(TF_NumDims(query) == 4 && TF_NumDims(keys) == 4, "expected queries and keys [b, n, t, d]");
  if (!call.Ok()) return;
  Attention p{};
  const int64_t b = TF_Dim(query, 0), n = TF_Dim(query, 1);
  p.t = TF_Dim(query, 2), p.s = TF_Dim(keys, 2), p.size = TF_Dim(query, 3);
  const std::vector<int64_t> all = {b, n, p.s, p.size}, queries = {b, n, p.t, p.size};
  call.Expect(HasShape(keys, all) && HasShape(call.Input(2), all) && HasShape(call.Input(3), {p.t, p.s}),
              "expected keys and values of one shape, and a mask [t, s]");
  p.scale = static_cast<float>(1 / std::sqrt(static_cast<double>(p.size)));
  p.query = call.Data(0), p.keys = call.Data(1), p.values = call.Data(2), p.mask = call.Data(3);
  p.y = call.Output(0, queries);
  if (!call.Ok() || !p.y) return;
  RunParts(b * n * p.t, 2 * p.s * p.size, 1, [&](int64_t from, int64_t to) {
    const std::unique_ptr<float[]> weights(new float[p.s]);
    FASTEST(Attend)(p, from, to, weights.get());
  });
}

void ReadNorm(TF_OpKernelConstruction* construction, NormOptions& options, TF_Status* status) {
  TF_OpKernelConstruction_GetAttrInt32(construction, "size", &options.size, status);
  TF_OpKernelConstruction_GetAttrFloat(construction, "eps", &options.eps, status);
}

void ShapeOfProduct(TF_ShapeInferenceContext* context, TF_Status* status) {
  Shaping shaping(context, status);
  shaping.Set(0, shaping.Joined(shaping.Input(0), shaping.Input(1), 0));
}
void ShapeOfInput(TF_ShapeInferenceContext* context, TF_Status* status) {
  Shaping shaping(context, status);
  shaping.Set(0, shaping.Input(0));
}

std::vector<tsdl::Definition> All() {
  return {
      {"TsdlFewRows", {"x: float", "weight: float", "bias: float"}, {"y: float"}, {}, Multiply, ShapeOfProduct},
      {"TsdlLayerNorm",
       {"x: float", "scale: float", "offset: float"},
       {"y: float"},
       {"size: int", "eps: float"},
       Normalize,
       ShapeOfInput,
       tsdl::Create<NormOptions, ReadNorm>,
       tsdl::Delete<NormOptions>},
      {"TsdlGelu", {"x: float"}, {"y: float"}, {}, Gelu, ShapeOfInput},
      {"TsdlFewQueries",
       {"query: float", "keys: float", "values: float", "mask: float"},
       {"y: float"},
       {},
       Attend,
       ShapeOfInput},
  };
}

}  // namespace

ADDON_OF(All)
