// What TensorFlow is told of the shapes of an operation that is ours.
#pragma once
#include <cstdint>
#include <vector>

#include "tensorflow/c/ops.h"

namespace tsdl {

/** Puts together the shapes of outputs, which are freed at the end. */
class Shaping {
 public:
  Shaping(TF_ShapeInferenceContext* context, TF_Status* status) : context_(context), status_(status) {}
  ~Shaping() {
    for (TF_ShapeHandle* handle : handles_) TF_DeleteShapeHandle(handle);
  }
  TF_ShapeHandle* Input(int i) {
    TF_ShapeHandle* handle = New();
    TF_ShapeInferenceContextGetInput(context_, i, handle, status_);
    return handle;
  }
  /** The axes from `from` to `to`, which may count from the end. */
  TF_ShapeHandle* Part(TF_ShapeHandle* shape, int64_t from, int64_t to) {
    TF_ShapeHandle* part = New();
    if (Ok()) TF_ShapeInferenceContextSubshape(context_, shape, from, to, part, status_);
    return part;
  }
  TF_ShapeHandle* Together(TF_ShapeHandle* first, TF_ShapeHandle* second) {
    TF_ShapeHandle* both = New();
    if (Ok()) TF_ShapeInferenceContextConcatenateShapes(context_, first, second, both, status_);
    return both;
  }
  /** The axes of `a` without its last, then the axis `i` of `b`. */
  TF_ShapeHandle* Joined(TF_ShapeHandle* a, TF_ShapeHandle* b, int64_t i) {
    return Together(Part(a, 0, -1), Part(b, i, i + 1));
  }
  TF_ShapeHandle* Empty() {
    handles_.push_back(TF_ShapeInferenceContextVectorFromSize(context_, 0));
    return handles_.back();
  }
  bool Ok() const { return TF_GetCode(status_) == TF_OK; }
  void Set(int i, TF_ShapeHandle* shape) {
    if (Ok()) TF_ShapeInferenceContextSetOutput(context_, i, shape, status_);
  }

 private:
  TF_ShapeHandle* New() {
    handles_.push_back(TF_NewShapeHandle());
    return handles_.back();
  }
  TF_ShapeInferenceContext* context_;
  TF_Status* status_;
  std::vector<TF_ShapeHandle*> handles_;
};

}  // namespace tsdl
