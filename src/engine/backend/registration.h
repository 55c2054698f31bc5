// How TensorFlow learns of operations that are ours.
#pragma once
#include <mutex>
#include <vector>

#include "kernelcall.h"
#include "tensorflow/c/ops.h"

namespace tsdl {

/** An operation: inputs, outputs and attributes as TensorFlow writes them, what it computes and which shapes it gives. */
struct Definition {
  const char* name;
  std::vector<const char*> inputs, outputs, attributes;
  void (*compute)(void* kernel, TF_OpKernelContext*);
  void (*shape)(TF_ShapeInferenceContext*, TF_Status*);
  /** Reads the attributes of a kernel; missing where there are none. */
  void* (*create)(TF_OpKernelConstruction*) = nullptr;
  void (*remove)(void* kernel) = nullptr;
};

/** Makes a kernel of its attributes, a T. */
template <typename T, void (*Read)(TF_OpKernelConstruction*, T&, TF_Status*)>
void* Create(TF_OpKernelConstruction* construction) {
  auto* attributes = new T;
  TF_Status* status = TF_NewStatus();
  Read(construction, *attributes, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return attributes;
}
template <typename T>
void Delete(void* attributes) {
  delete static_cast<T*>(attributes);
}

inline void Register(const Definition& definition, TF_Status* status) {
  TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder(definition.name);
  for (const char* input : definition.inputs) TF_OpDefinitionBuilderAddInput(op, input);
  for (const char* output : definition.outputs) TF_OpDefinitionBuilderAddOutput(op, output);
  for (const char* attribute : definition.attributes) TF_OpDefinitionBuilderAddAttr(op, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, definition.shape);
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) != TF_OK) return;
  auto* kernel =
      TF_NewKernelBuilder(definition.name, "CPU", definition.create, definition.compute, definition.remove);
  TF_RegisterKernelBuilder(definition.name, kernel, status);
}

/** Once for the process and source: a worker thread loads the addon again. Gives what went wrong. */
inline const char* RegisterOnce(std::once_flag& once, TF_Status*& status, const std::vector<Definition>& all) {
  std::call_once(once, [&] {
    status = TF_NewStatus();
    for (const Definition& definition : all) {
      if (TF_GetCode(status) == TF_OK) Register(definition, status);
    }
  });
  return TF_GetCode(status) == TF_OK ? nullptr : TF_Message(status);
}

}  // namespace tsdl

/** Makes an addon of a source whose function `all` gives its definitions. */
#define ADDON_OF(all)                                                                                  \
  extern "C" NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) { \
    static std::once_flag once;                                                                        \
    static TF_Status* status = nullptr;                                                                \
    const char* message = tsdl::RegisterOnce(once, status, all());                                     \
    if (message) napi_throw_error(env, nullptr, message);                                              \
    return exports;                                                                                    \
  }
