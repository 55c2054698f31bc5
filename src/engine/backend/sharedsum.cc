// A small N-API addon of ours, compiled beside the TensorFlow binding and loaded in the workers of one machine alone:
// an operation TsdlSumOverWorkers that sums tensors through memory which all of them have mapped.
//
// The memory is a file without a name that every worker inherits from the launcher, so that no other process can open
// it. Block after block, each worker lays down its own numbers, adds up its part of the block over all workers, in the
// order of their ranks (which gives all of them the same bits), and takes the sums of all parts. Whoever waits looks
// after lost workers meanwhile: cluster.cc says so.
#pragma GCC optimize("O3")  // vectors for the sums; clang makes them anyway
#include <linux/futex.h>
#include <node_api.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <vector>

#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

// Of TensorFlow's C API for kernels: its header kernels.h asks for others that are not part of that API.
struct TF_KernelBuilder;
struct TF_OpKernelConstruction;
struct TF_OpKernelContext;
extern "C" {
TF_KernelBuilder* TF_NewKernelBuilder(const char* op, const char* device, void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*), void (*remove)(void*));
void TF_KernelBuilder_TypeConstraint(TF_KernelBuilder*, const char* attribute, TF_DataType, TF_Status*);
void TF_RegisterKernelBuilder(const char* name, TF_KernelBuilder*, TF_Status*);
void TF_OpKernelConstruction_GetAttrInt64(TF_OpKernelConstruction*, const char* attribute, int64_t*, TF_Status*);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction*, TF_Status*);
int TF_NumOutputs(TF_OpKernelContext*);
void TF_GetInput(TF_OpKernelContext*, int index, TF_Tensor**, TF_Status*);
TF_Tensor* TF_ForwardInputOrAllocateOutput(TF_OpKernelContext*, const int* candidates, int count, int output,
                                           const int64_t* dims, int rank, int* forwarded, TF_Status*);
void TF_OpKernelContext_Failure(TF_OpKernelContext*, TF_Status*);

/** In cluster.cc: whether a worker does not answer any more. */
bool TsdlWorkerLost();
}

namespace {

constexpr char kOp[] = "TsdlSumOverWorkers";
/** Numbers of a block; all are of four bytes. */
constexpr int64_t kBlock = 1 << 18;
constexpr int kMostWorkers = 255;
/** Turns of a loop before the kernel is asked to wake this worker: some microseconds. */
constexpr int kSpins = 2000;

/** The beginning of the memory; then come a block of each worker and one of sums. */
struct Head {
  alignas(64) std::atomic<uint32_t> arrived;
  alignas(64) std::atomic<uint32_t> turn;
  /** What each worker sums: workers that sum different things are told so. */
  alignas(64) std::atomic<uint64_t> asked[kMostWorkers];
};

Head* head = nullptr;
char* blocks = nullptr;
int rank = 0, size = 1;
/** Not to be mended: the workers stand at different places. */
bool broken = false;

constexpr size_t BytesFor(int workers) { return sizeof(Head) + (workers + 1) * kBlock * 4; }

template <typename T>
T* Block(int worker) {
  return reinterpret_cast<T*>(blocks) + worker * kBlock;
}

void Sleep(uint32_t turn) {
  const timespec most{0, 50'000'000};
  syscall(SYS_futex, &head->turn, FUTEX_WAIT, turn, &most, nullptr, 0);
}

/** Waits for all workers; false where one is lost. */
bool Meet() {
  const uint32_t turn = head->turn.load(std::memory_order_acquire);
  if (head->arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == static_cast<uint32_t>(size)) {
    head->arrived.store(0, std::memory_order_relaxed);
    head->turn.store(turn + 1, std::memory_order_release);
    syscall(SYS_futex, &head->turn, FUTEX_WAKE, size, nullptr, nullptr, 0);
    return true;
  }
  for (int spin = 0; head->turn.load(std::memory_order_acquire) == turn; spin++) {
    if (spin < kSpins) continue;
    if (TsdlWorkerLost()) return false;
    Sleep(turn);
  }
  return true;
}

/** A tensor's numbers before and after. */
template <typename T>
struct Span {
  const T* from;
  T* to;
  int64_t length;
};

/** Calls `body(span, offset in it, offset in the block, length)` for the spans' pieces within a block. */
template <typename T, typename F>
void Pieces(const std::vector<Span<T>>& spans, int64_t start, int64_t length, F body) {
  int64_t at = 0;
  for (const Span<T>& span : spans) {
    const int64_t from = std::max(start, at), to = std::min(start + length, at + span.length);
    if (from < to) body(span, from - at, from - start, to - from);
    at += span.length;
  }
}

template <typename T>
bool SumBlock(const std::vector<Span<T>>& spans, int64_t start, int64_t length, T weight) {
  T* own = Block<T>(rank);
  Pieces(spans, start, length, [&](const Span<T>& span, int64_t at, int64_t in, int64_t count) {
    for (int64_t i = 0; i < count; i++) own[in + i] = span.from[at + i] * weight;
  });
  if (!Meet()) return false;
  T* sums = Block<T>(size);
  const int64_t first = length * rank / size, last = length * (rank + 1) / size;
  const T *a = Block<T>(0), *b = Block<T>(1);
  for (int64_t i = first; i < last; i++) sums[i] = a[i] + b[i];
  for (int worker = 2; worker < size; worker++) {
    const T* other = Block<T>(worker);
    for (int64_t i = first; i < last; i++) sums[i] += other[i];
  }
  if (!Meet()) return false;
  Pieces(spans, start, length, [&](const Span<T>& span, int64_t at, int64_t in, int64_t count) {
    memcpy(span.to + at, sums + in, count * sizeof(T));
  });
  return true;
}

/** Null if all is well. */
template <typename T>
const char* Sum(const std::vector<Span<T>>& spans, T weight, uint64_t key) {
  int64_t total = 0;
  for (const Span<T>& span : spans) total += span.length;
  const uint64_t own = key ^ static_cast<uint64_t>(total) << 32;
  head->asked[rank].store(own, std::memory_order_relaxed);
  if (!Meet()) return "a worker does not answer";
  for (int worker = 0; worker < size; worker++) {
    const uint64_t other = head->asked[worker].load(std::memory_order_relaxed);
    if (other != own) return "workers have come to different sums";
  }
  int64_t start = 0;
  do {
    if (!SumBlock(spans, start, std::min(kBlock, total - start), weight)) return "a worker does not answer";
  } while ((start += kBlock) < total);
  return nullptr;
}

struct Status {
  TF_Status* of = TF_NewStatus();
  ~Status() { TF_DeleteStatus(of); }
  bool Ok() const { return TF_GetCode(of) == TF_OK; }
};

/** The inputs and, in their place where nobody else needs them, the outputs of one run. */
struct Run {
  TF_OpKernelContext* context;
  Status status;
  std::vector<TF_Tensor*> tensors;

  explicit Run(TF_OpKernelContext* context) : context(context) {}
  ~Run() {
    for (TF_Tensor* tensor : tensors) TF_DeleteTensor(tensor);
  }
  TF_Tensor* Input(int i) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context, i, &tensor, status.of);
    if (tensor) tensors.push_back(tensor);
    return tensor;
  }
  TF_Tensor* Output(int i, const TF_Tensor* like) {
    std::vector<int64_t> dims(TF_NumDims(like));
    for (size_t d = 0; d < dims.size(); d++) dims[d] = TF_Dim(like, d);
    TF_Tensor* tensor =
        TF_ForwardInputOrAllocateOutput(context, &i, 1, i, dims.data(), dims.size(), nullptr, status.of);
    if (tensor) tensors.push_back(tensor);
    return tensor;
  }
};

template <typename T>
T* Data(const TF_Tensor* tensor) {
  return static_cast<T*>(TF_TensorData(tensor));
}

template <typename T>
void Compute(void* key, TF_OpKernelContext* context) {
  Run run(context);
  const int count = TF_NumOutputs(context);
  std::vector<Span<T>> spans;
  for (int i = 0; i < count && run.status.Ok(); i++) {
    const TF_Tensor* from = run.Input(i);
    TF_Tensor* to = from ? run.Output(i, from) : nullptr;
    if (!to) break;
    spans.push_back({Data<T>(from), Data<T>(to), TF_TensorElementCount(from)});
  }
  const TF_Tensor* weight = run.status.Ok() ? run.Input(count) : nullptr;
  if (run.status.Ok() && weight) {
    const uint64_t asked = reinterpret_cast<uint64_t>(key);
    const char* why = broken ? "the workers have lost each other" : Sum(spans, *Data<T>(weight), asked);
    broken = why != nullptr;
    if (why) TF_SetStatus(run.status.of, TF_UNAVAILABLE, why);
  }
  if (!run.status.Ok()) TF_OpKernelContext_Failure(context, run.status.of);
}

/** The kernel is its key. */
void* Create(TF_OpKernelConstruction* construction) {
  Status status;
  int64_t key = 0;
  TF_OpKernelConstruction_GetAttrInt64(construction, "key", &key, status.of);
  if (!status.Ok()) TF_OpKernelConstruction_Failure(construction, status.of);
  return reinterpret_cast<void*>(key);
}

void SameShapes(TF_ShapeInferenceContext* context, TF_Status* status) {
  TF_ShapeHandle* shape = TF_NewShapeHandle();
  for (int i = 0; i + 1 < TF_ShapeInferenceContextNumInputs(context) && TF_GetCode(status) == TF_OK; i++) {
    TF_ShapeInferenceContextGetInput(context, i, shape, status);
    if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextSetOutput(context, i, shape, status);
  }
  TF_DeleteShapeHandle(shape);
}

template <typename T>
void RegisterKernel(TF_DataType type, const char* name, TF_Status* status) {
  TF_KernelBuilder* builder = TF_NewKernelBuilder(kOp, "CPU", Create, Compute<T>, [](void*) {});
  TF_KernelBuilder_TypeConstraint(builder, "T", type, status);
  TF_RegisterKernelBuilder(name, builder, status);
}

void Register(TF_Status* status) {
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(kOp);
  TF_OpDefinitionBuilderAddAttr(builder, "N: int >= 1");
  TF_OpDefinitionBuilderAddAttr(builder, "T: {float, int32}");
  TF_OpDefinitionBuilderAddAttr(builder, "key: int");
  TF_OpDefinitionBuilderAddInput(builder, "inputs: N * T");
  TF_OpDefinitionBuilderAddInput(builder, "weight: T");
  TF_OpDefinitionBuilderAddOutput(builder, "sums: N * T");
  TF_OpDefinitionBuilderSetIsStateful(builder, true);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, SameShapes);
  TF_RegisterOpDefinition(builder, status);
  if (TF_GetCode(status) == TF_OK) RegisterKernel<float>(TF_FLOAT, "TsdlSumOfFloats", status);
  if (TF_GetCode(status) == TF_OK) RegisterKernel<int32_t>(TF_INT32, "TsdlSumOfIntegers", status);
}

napi_value Fail(napi_env env, const char* message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

// share(fd, rank, size): void — maps the memory, and tells TensorFlow of the operation
napi_value Share(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value values[3];
  int32_t fd = -1;
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  napi_get_value_int32(env, values[0], &fd);
  napi_get_value_int32(env, values[1], &rank);
  napi_get_value_int32(env, values[2], &size);
  struct stat file {};
  if (fstat(fd, &file) != 0) return Fail(env, strerror(errno));
  if (static_cast<size_t>(file.st_size) < BytesFor(size)) return Fail(env, "the workers' memory is too small");
  void* memory = mmap(nullptr, BytesFor(size), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return Fail(env, strerror(errno));
  close(fd);
  head = static_cast<Head*>(memory);
  blocks = static_cast<char*>(memory) + sizeof(Head);
  Status status;
  Register(status.of);
  return status.Ok() ? nullptr : Fail(env, TF_Message(status.of));
}

}  // namespace

extern "C" NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  const napi_property_descriptor share = {
      "share", nullptr, Share, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
  napi_define_properties(env, exports, 1, &share);
  return exports;
}
