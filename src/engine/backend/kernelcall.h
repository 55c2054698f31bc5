// One call of an operation that is ours, through TensorFlow's C API.
#pragma once
#include <cstdint>
#include <vector>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/ops.h"

// of tensorflow/c/kernels.h, which wants more of TensorFlow's headers than setup installs
extern "C" {
typedef struct TF_KernelBuilder TF_KernelBuilder;
typedef struct TF_OpKernelConstruction TF_OpKernelConstruction;
typedef struct TF_OpKernelContext TF_OpKernelContext;
TF_KernelBuilder* TF_NewKernelBuilder(const char* op, const char* device, void* (*create)(TF_OpKernelConstruction*),
                                      void (*compute)(void*, TF_OpKernelContext*), void (*remove)(void*));
void TF_RegisterKernelBuilder(const char* name, TF_KernelBuilder* builder, TF_Status* status);
void TF_GetInput(TF_OpKernelContext* context, int i, TF_Tensor** tensor, TF_Status* status);
TF_Tensor* TF_AllocateOutput(TF_OpKernelContext* context, int i, TF_DataType type, const int64_t* dims, int rank,
                             size_t size, TF_Status* status);
void TF_OpKernelConstruction_GetAttrInt32(TF_OpKernelConstruction* construction, const char* name, int32_t* value,
                                          TF_Status* status);
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction* construction, const char* name, float* value,
                                          TF_Status* status);
void TF_OpKernelConstruction_GetAttrBool(TF_OpKernelConstruction* construction, const char* name,
                                         unsigned char* value, TF_Status* status);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction* construction, TF_Status* status);
void TF_OpKernelContext_Failure(TF_OpKernelContext* context, TF_Status* status);
}

namespace tsdl {

/** One call of an operation: its tensors, freed at the end, and what went wrong. */
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelContext_Failure(context_, status_);
    for (TF_Tensor* tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }
  bool Ok() const { return TF_GetCode(status_) == TF_OK; }
  TF_Tensor* Input(int i) {
    TF_Tensor* tensor = nullptr;
    if (Ok()) TF_GetInput(context_, i, &tensor, status_);  // which would write over a failure
    if (tensor) tensors_.push_back(tensor);
    return tensor;
  }
  template <typename T = float>
  T* Data(int i) {
    TF_Tensor* tensor = Input(i);
    return tensor && TF_TensorElementCount(tensor) > 0 ? static_cast<T*>(TF_TensorData(tensor)) : nullptr;
  }
  float* Output(int i, std::vector<int64_t> shape) {
    if (!Ok()) return nullptr;
    size_t size = sizeof(float);
    for (int64_t length : shape) size *= length;
    TF_Tensor* tensor = TF_AllocateOutput(context_, i, TF_FLOAT, shape.data(), shape.size(), size, status_);
    if (tensor) tensors_.push_back(tensor);
    return tensor && size > 0 ? static_cast<float*>(TF_TensorData(tensor)) : nullptr;
  }
  void Expect(bool fine, const char* message) {
    if (Ok() && !fine) TF_SetStatus(status_, TF_INVALID_ARGUMENT, message);
  }

 private:
  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> tensors_;
};

inline std::vector<int64_t> ShapeOf(const TF_Tensor* tensor) {
  std::vector<int64_t> shape(TF_NumDims(tensor));
  for (size_t i = 0; i < shape.size(); i++) shape[i] = TF_Dim(tensor, i);
  return shape;
}

inline bool HasShape(const TF_Tensor* tensor, const std::vector<int64_t>& shape) {
  return tensor && ShapeOf(tensor) == shape;
}

}  // namespace tsdl
