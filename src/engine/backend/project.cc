// A small N-API addon of ours, compiled beside the TensorFlow binding: images `[b, h, w, c]` turned, moved and put into
// perspective for TensorFlow, through its C API. CPUs only.
//
// TsdlProject gives what ImageProjectiveTransformV3 does, to the bit where pixels are taken as they are. Places of a row are
// worked out together, so that the compiler makes vectors of it; TensorFlow calls a function for each pixel and channel.
#pragma GCC optimize("O3", "fp-contract=off")  // which pixel is the nearest may hang on the last bit
#include <node_api.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "crew.h"
#include "kernelcall.h"
#include "registration.h"
#include "shaping.h"

namespace {

using tsdl::Call;
using tsdl::Crew;
using tsdl::Shaping;

/** Whether pixels are means of four, and whether what lies outside is the nearest pixel. */
struct Sampling {
  unsigned char bilinear = 0, clamped = 0;
};

struct Images {
  int64_t b, h, w, c, height, width;  // height and width of the results
  const float *x, *transforms;
  float* out;
  bool one;  // a transform for all images
  float fill;
};

/** Where the pixels of a row of the result come from. */
struct Row {
  std::vector<float> down, right;
  explicit Row(int64_t width) : down(width), right(width) {}
};

void FindRow(const Images& p, const float* t, int64_t y, bool clamped, Row& row) {
  const float a = t[1] * y, b = t[4] * y, c = t[7] * y;
  float *right = row.right.data(), *down = row.down.data();
  const int n = static_cast<int>(p.width);
  for (int x = 0; x < n; x++) {
    right[x] = (t[0] * x + a) + t[2];
    down[x] = (t[3] * x + b) + t[5];
  }
  if (t[6] != 0 || t[7] != 0) {
    for (int x = 0; x < n; x++) {
      const float k = (t[6] * x + c) + 1.f;  // 0 where it is infinitely far away
      right[x] = k == 0 ? NAN : right[x] / k;
      down[x] = k == 0 ? NAN : down[x] / k;
    }
  }
  if (!clamped) return;
  for (int x = 0; x < n; x++) {
    right[x] = std::min(std::max(right[x], 0.f), p.w - 1.f);
    down[x] = std::min(std::max(down[x], 0.f), p.h - 1.f);
  }
}

/** The whole number nearest to one above −0.5, halves away from 0. */
inline int Rounded(float at) {
  const int whole = static_cast<int>(at);
  return whole + (at - whole >= 0.5f);
}

template <int kChannels>
void Nearest(const Images& p, const float* image, const Row& row, float* out) {
  const int64_t c = kChannels > 0 ? kChannels : p.c;
  const float bottom = p.h - 0.5f, end = p.w - 0.5f;
  for (int64_t x = 0; x < p.width; x++, out += c) {
    const float down = row.down[x], right = row.right[x];
    if (down > -0.5f && down < bottom && right > -0.5f && right < end) {
      const float* from = image + (Rounded(down) * p.w + Rounded(right)) * c;
      for (int64_t k = 0; k < c; k++) out[k] = from[k];
    } else {
      for (int64_t k = 0; k < c; k++) out[k] = p.fill;
    }
  }
}

void Bilinear(const Images& p, const float* image, const Row& row, float* out) {
  const auto read = [&](int64_t i, int64_t j, int64_t k) {
    return i >= 0 && i < p.h && j >= 0 && j < p.w ? image[(i * p.w + j) * p.c + k] : p.fill;
  };
  for (int64_t x = 0; x < p.width; x++, out += p.c) {
    const float down = row.down[x], right = row.right[x];
    if (!(down > -1 && down < p.h && right > -1 && right < p.w)) {
      std::fill_n(out, p.c, p.fill);
      continue;
    }
    const float top = std::floor(down), left = std::floor(right);
    const float below = down - top, above = top + 1 - down, after = right - left, before = left + 1 - right;
    const int64_t i = static_cast<int64_t>(top), j = static_cast<int64_t>(left);
    for (int64_t k = 0; k < p.c; k++) {
      const float upper = before * read(i, j, k) + after * read(i, j + 1, k);
      const float lower = before * read(i + 1, j, k) + after * read(i + 1, j + 1, k);
      out[k] = above * upper + below * lower;
    }
  }
}

/** Some rows of the results, counted over all images. */
void Rows(const Images& p, const Sampling& sampling, int64_t from, int64_t to) {
  Row row(p.width);
  for (int64_t at = from; at < to; at++) {
    const int64_t b = at / p.height;
    const float* image = p.x + b * p.h * p.w * p.c;
    float* out = p.out + at * p.width * p.c;
    FindRow(p, p.transforms + (p.one ? 0 : 8 * b), at % p.height, sampling.clamped, row);
    if (sampling.bilinear) Bilinear(p, image, row, out);
    else if (p.c == 3) Nearest<3>(p, image, row, out);
    else if (p.c == 1) Nearest<1>(p, image, row, out);
    else Nearest<0>(p, image, row, out);
  }
}

void Compute(void* kernel, TF_OpKernelContext* context) {
  constexpr int64_t kWorth = 1 << 14, kEach = 4;  // pixels of a part, and parts of a thread
  Call call(context);
  TF_Tensor *x = call.Input(0), *transforms = call.Input(1), *sizes = call.Input(2), *fill = call.Input(3);
  if (!call.Ok()) return;
  call.Expect(TF_NumDims(x) == 4 && TF_NumDims(sizes) == 3, "expected images [b, h, w, c] and sizes");
  call.Expect(TF_NumDims(transforms) == 2 && TF_Dim(transforms, 1) == 8, "expected transforms [b, 8]");
  call.Expect(TF_TensorElementCount(fill) == 1, "expected one number to fill with");
  if (!call.Ok()) return;
  Images p{};
  p.b = TF_Dim(x, 0), p.h = TF_Dim(x, 1), p.w = TF_Dim(x, 2), p.c = TF_Dim(x, 3);
  p.height = TF_Dim(sizes, 0), p.width = TF_Dim(sizes, 1);
  p.one = TF_Dim(transforms, 0) == 1;
  call.Expect(p.one || TF_Dim(transforms, 0) == p.b, "expected a transform for each image");
  call.Expect(std::max({p.h, p.w, p.width}) < (1 << 24), "expected images of fewer pixels");
  p.x = call.Data(0), p.transforms = call.Data(1);
  p.out = call.Output(0, {p.b, p.height, p.width, p.c});
  if (!call.Ok() || !p.out) return;
  p.fill = *call.Data(3);
  const int64_t rows = p.b * p.height;
  const int64_t parts = std::max<int64_t>(1, std::min({kEach * Crew::Of().Size(), rows, rows * p.width / kWorth}));
  const Sampling& sampling = *static_cast<Sampling*>(kernel);
  Crew::Of().Share(parts, [&](int64_t part) {
    Rows(p, sampling, rows * part / parts, rows * (part + 1) / parts);
  });
}

void Read(TF_OpKernelConstruction* construction, Sampling& sampling, TF_Status* status) {
  TF_OpKernelConstruction_GetAttrBool(construction, "bilinear", &sampling.bilinear, status);
  TF_OpKernelConstruction_GetAttrBool(construction, "clamped", &sampling.clamped, status);
}

/** `[b, height, width, c]` of images and an empty tensor `[height, width, 0]`. */
void Shape(TF_ShapeInferenceContext* context, TF_Status* status) {
  Shaping shaping(context, status);
  TF_ShapeHandle *x = shaping.Input(0), *sizes = shaping.Input(2);
  TF_ShapeHandle* front = shaping.Together(shaping.Part(x, 0, 1), shaping.Part(sizes, 0, 2));
  shaping.Set(0, shaping.Together(front, shaping.Part(x, 3, 4)));
}

std::vector<tsdl::Definition> Operations() {
  return {{"TsdlProject",
           {"x: float", "transforms: float", "sizes: float", "fill: float"},
           {"y: float"},
           {"bilinear: bool", "clamped: bool"},
           Compute,
           Shape,
           tsdl::Create<Sampling, Read>,
           tsdl::Delete<Sampling>}};
}

}  // namespace

ADDON_OF(Operations)
