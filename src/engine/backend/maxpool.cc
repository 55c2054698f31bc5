// A small N-API addon of ours, compiled beside the TensorFlow binding: max pools of images `[b, h, w, c]` for TensorFlow,
// through its C API. CPUs only.
//
// TsdlMaxPool gives the largest of each window, as PyTorch does: NaN where there is one, which TensorFlow's own leaves
// out, and −∞ where there is nothing else. TsdlMaxPoolSpread gives what stands for a window to the place of its largest,
// the first of equals and the last NaN, and TsdlMaxPoolPick takes it from there: each is the other's gradient.
#include <node_api.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "crew.h"
#include "kernelcall.h"
#include "registration.h"
#include "shaping.h"

extern "C" void TF_OpKernelConstruction_GetAttrInt32List(TF_OpKernelConstruction* construction, const char* name,
                                                         int32_t* values, int most, TF_Status* status);

namespace {

using tsdl::Call;
using tsdl::Crew;
using tsdl::HasShape;
using tsdl::Shaping;

enum Task { kLargest, kSpread, kPick };

/** Images and the windows over them. */
struct Pool {
  int64_t b, h, w, c, rows, columns;                       // of the images, and of the windows
  int64_t tall, wide, stepDown, stepRight, above, before;  // of a window; the padding in front
  const float *x, *other;
  float* out;
  bool tiled;  // each place belongs to one window
};

#define ARITHMETIC "pool.h"
#include "instructions.h"

/** All windows, in as many parts as are worth a thread; those of an image may reach into each other. */
void RunAll(Task task, const Pool& pool) {
  constexpr int64_t kWorth = 1 << 14, kEach = 4;  // parts of a thread, so that one that waits is not waited for
  const int64_t windows = pool.b * pool.rows * pool.columns * pool.c;
  if (windows == 0) return;
  const int64_t units = task == kSpread ? pool.b : pool.b * pool.rows, rows = task == kSpread ? pool.rows : 1;
  const int64_t parts = std::max<int64_t>(1, std::min({kEach * Crew::Of().Size(), units, windows / kWorth}));
  Crew::Of().Share(parts, [&](int64_t part) {
    FASTEST(Run)(task, pool, units * part / parts * rows, units * (part + 1) / parts * rows);
  });
}

/** kernel and stride, down and right, and the padding above and before. */
struct Window {
  int32_t sizes[6] = {1, 1, 1, 1, 0, 0};
};

template <Task kTask>
void Compute(void* kernel, TF_OpKernelContext* context) {
  Call call(context);
  const int32_t* s = static_cast<Window*>(kernel)->sizes;
  TF_Tensor *x = call.Input(0), *shaped = call.Input(kTask == kLargest ? 1 : kTask == kSpread ? 1 : 2);
  if (!call.Ok()) return;
  call.Expect(TF_NumDims(x) == 4 && TF_NumDims(shaped) >= 3, "expected images [b, h, w, c] and sizes");
  if (!call.Ok()) return;
  Pool p{};
  p.b = TF_Dim(x, 0), p.h = TF_Dim(x, 1), p.w = TF_Dim(x, 2), p.c = TF_Dim(x, 3);
  const int first = kTask == kSpread ? 1 : 0;
  p.rows = TF_Dim(shaped, first), p.columns = TF_Dim(shaped, first + 1);
  p.tall = s[0], p.wide = s[1], p.stepDown = s[2], p.stepRight = s[3], p.above = s[4], p.before = s[5];
  call.Expect(p.h * p.w < INT32_MAX, "expected images of fewer pixels");
  const std::vector<int64_t> images = {p.b, p.h, p.w, p.c}, windows = {p.b, p.rows, p.columns, p.c};
  if (kTask == kSpread) call.Expect(HasShape(shaped, windows), "expected a slope for each window");
  if (kTask == kPick) call.Expect(HasShape(call.Input(1), images), "expected a value for each pixel");
  p.x = call.Data(0);
  if (kTask != kLargest) p.other = call.Data(1);
  p.out = call.Output(0, kTask == kSpread ? images : windows);
  if (!call.Ok()) return;
  p.tiled = p.stepDown == p.tall && p.stepRight == p.wide && p.above == 0 && p.before == 0 &&
            p.rows * p.tall >= p.h && p.columns * p.wide >= p.w;
  if (kTask == kSpread && !p.tiled) std::fill_n(p.out, p.out ? p.b * p.h * p.w * p.c : 0, 0.f);
  RunAll(kTask, p);
}

void Read(TF_OpKernelConstruction* construction, Window& window, TF_Status* status) {
  TF_OpKernelConstruction_GetAttrInt32List(construction, "window", window.sizes, 6, status);
}

/** `[b, rows, columns, c]` of images and an empty tensor `[rows, columns, 0]`. */
template <int kSizes>
void ShapeOfWindows(TF_ShapeInferenceContext* context, TF_Status* status) {
  Shaping shaping(context, status);
  TF_ShapeHandle *x = shaping.Input(0), *sizes = shaping.Input(kSizes);
  TF_ShapeHandle* front = shaping.Together(shaping.Part(x, 0, 1), shaping.Part(sizes, 0, 2));
  shaping.Set(0, shaping.Together(front, shaping.Part(x, 3, 4)));
}

void ShapeOfImages(TF_ShapeInferenceContext* context, TF_Status* status) {
  Shaping shaping(context, status);
  shaping.Set(0, shaping.Input(0));
}

tsdl::Definition Defined(const char* name, std::vector<const char*> inputs, void (*compute)(void*, TF_OpKernelContext*),
                         void (*shape)(TF_ShapeInferenceContext*, TF_Status*)) {
  return {name, std::move(inputs), {"y: float"}, {"window: list(int)"}, compute, shape, tsdl::Create<Window, Read>, tsdl::Delete<Window>};
}
std::vector<tsdl::Definition> All() {
  return {
      Defined("TsdlMaxPool", {"x: float", "sizes: float"}, Compute<kLargest>, ShapeOfWindows<1>),
      Defined("TsdlMaxPoolSpread", {"x: float", "dy: float"}, Compute<kSpread>, ShapeOfImages),
      Defined("TsdlMaxPoolPick", {"x: float", "values: float", "sizes: float"}, Compute<kPick>, ShapeOfWindows<2>),
  };
}

}  // namespace

ADDON_OF(All)
