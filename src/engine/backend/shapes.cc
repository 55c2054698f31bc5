// A small N-API addon of ours, compiled beside the TensorFlow binding: what an operation's outputs will look like, by
// TensorFlow's own rules, without computing them. A graph collects the operations; constants in it count, so that the
// shape given to a reshape, say, is known.
#include <node_api.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "tensorflow/c/c_api.h"

#include "jsvalues.h"

namespace {

/** Graphs that were begun and not ended. */
int64_t living = 0;

/** A graph, and the outputs in it by number. */
struct Shapes {
  TF_Graph* graph = TF_NewGraph();
  TF_Status* status = TF_NewStatus();
  std::vector<TF_Output> outputs;
  int64_t made = 0;

  Shapes() { living++; }
  ~Shapes() { End(); }
  void End() {
    if (graph == nullptr) return;
    living--;
    TF_DeleteGraph(graph);
    TF_DeleteStatus(status);
    graph = nullptr;
    std::vector<TF_Output>().swap(outputs);
  }
  bool Ok() const { return TF_GetCode(status) == TF_OK; }
  TF_OperationDescription* New(const char* op) {
    return TF_NewOperation(graph, op, ("n" + std::to_string(made++)).c_str());
  }
};

struct Arguments {
  napi_env env;
  napi_value values[6];
  Shapes* shapes = nullptr;

  Arguments(napi_env env, napi_callback_info info) : env(env) {
    size_t count = 6;
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
    void* data = nullptr;
    if (napi_get_value_external(env, values[0], &data) == napi_ok) shapes = static_cast<Shapes*>(data);
  }
  std::string Text(napi_value value) const { return TextOf(env, value); }
  bool IsArray(napi_value value) const {
    bool array = false;
    napi_is_array(env, value, &array);
    return array;
  }
  template <typename F>
  void Each(napi_value array, F body) const {
    EachOf(env, array, body);
  }
  int64_t Integer(napi_value value) const { return IntegerOf(env, value); }
  float Float(napi_value value) const {
    double number = 0;
    napi_get_value_double(env, value, &number);
    return static_cast<float>(number);
  }
  bool Flag(napi_value value) const {
    bool flag = false;
    napi_get_value_bool(env, value, &flag);
    return flag;
  }
  template <typename T, typename F>
  std::vector<T> List(napi_value array, F convert) const {
    std::vector<T> list;
    Each(array, [&](napi_value element) { list.push_back(convert(element)); });
    return list;
  }
  std::vector<int64_t> Integers(napi_value array) const {
    return List<int64_t>(array, [&](napi_value value) { return Integer(value); });
  }
  napi_value Number(double number) const {
    napi_value result;
    napi_create_double(env, number, &result);
    return result;
  }
};

// begin(): graph — freed by end(), else some time after nobody holds it: Node calls finalizers when the event loop turns,
// which a loop of training steps may keep from happening for hours
napi_value Begin(napi_env env, napi_callback_info) {
  napi_value result;
  napi_create_external(
      env, new Shapes, [](napi_env, void* data, void*) { delete static_cast<Shapes*>(data); }, nullptr, &result);
  return result;
}

// end(graph) — nothing may be asked of it afterwards
napi_value End(napi_env env, napi_callback_info info) {
  Arguments(env, info).shapes->End();
  return nullptr;
}

// living(): number
napi_value Living(napi_env env, napi_callback_info info) { return Arguments(env, info).Number(living); }

napi_value Finish(const Arguments& arguments, TF_OperationDescription* description) {
  Shapes& shapes = *arguments.shapes;
  TF_Operation* operation = TF_FinishOperation(description, shapes.status);
  if (!shapes.Ok()) return arguments.Number(-1);
  shapes.outputs.push_back({operation, 0});
  return arguments.Number(shapes.outputs.size() - 1);
}

// known(graph, shape: number[], dtype: number): number — an output of which only that is known
napi_value Known(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const std::vector<int64_t> shape = arguments.Integers(arguments.values[1]);
  TF_OperationDescription* description = arguments.shapes->New("Placeholder");
  TF_SetAttrType(description, "dtype", static_cast<TF_DataType>(arguments.Integer(arguments.values[2])));
  TF_SetAttrShape(description, "shape", shape.data(), shape.size());
  return Finish(arguments, description);
}

// constant(graph, shape: number[], dtype: number, bytes: Uint8Array): number
napi_value Constant(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Shapes& shapes = *arguments.shapes;
  const std::vector<int64_t> shape = arguments.Integers(arguments.values[1]);
  const auto type = static_cast<TF_DataType>(arguments.Integer(arguments.values[2]));
  void* data = nullptr;
  size_t length = 0;
  napi_get_typedarray_info(env, arguments.values[3], nullptr, &length, &data, nullptr, nullptr);
  TF_Tensor* tensor = TF_AllocateTensor(type, shape.data(), shape.size(), length);
  if (length > 0 && TF_TensorByteSize(tensor) == length) memcpy(TF_TensorData(tensor), data, length);
  TF_OperationDescription* description = shapes.New("Const");
  TF_SetAttrType(description, "dtype", type);
  TF_SetAttrTensor(description, "value", tensor, shapes.status);
  TF_DeleteTensor(tensor);
  return Finish(arguments, description);
}

/** Sets an attribute `{ name, type, value }`, `type` one of the binding's numbers; false where it cannot. */
bool Set(const Arguments& arguments, TF_OperationDescription* description, napi_value attribute) {
  const auto field = [&](const char* name) {
    napi_value value;
    napi_get_named_property(arguments.env, attribute, name, &value);
    return value;
  };
  const std::string name = arguments.Text(field("name"));
  const napi_value value = field("value");
  const bool list = arguments.IsArray(value);
  enum { kString, kInt, kFloat, kBool, kType, kShape };
  switch (arguments.Integer(field("type"))) {
    case kString: {
      const std::string text = arguments.Text(value);
      TF_SetAttrString(description, name.c_str(), text.data(), text.size());
      return !list;
    }
    case kInt: {
      const auto numbers = list ? arguments.Integers(value) : std::vector<int64_t>{arguments.Integer(value)};
      if (list) TF_SetAttrIntList(description, name.c_str(), numbers.data(), numbers.size());
      else TF_SetAttrInt(description, name.c_str(), numbers[0]);
      return true;
    }
    case kFloat: {
      const auto get = [&](napi_value one) { return arguments.Float(one); };
      const auto numbers = list ? arguments.List<float>(value, get) : std::vector<float>{get(value)};
      if (list) TF_SetAttrFloatList(description, name.c_str(), numbers.data(), numbers.size());
      else TF_SetAttrFloat(description, name.c_str(), numbers[0]);
      return true;
    }
    case kBool:
      TF_SetAttrBool(description, name.c_str(), arguments.Flag(value));
      return !list;
    case kType:
      TF_SetAttrType(description, name.c_str(), static_cast<TF_DataType>(arguments.Integer(value)));
      return !list;
    case kShape: {
      const auto shape = arguments.Integers(value);
      TF_SetAttrShape(description, name.c_str(), shape.data(), shape.size());
      return list;
    }
    default:
      return false;
  }
}

/** `[number, dtype, …shape]` of an output; a −1 in the shape stands for what TensorFlow cannot say. */
napi_value Described(const Arguments& arguments, TF_Output output) {
  Shapes& shapes = *arguments.shapes;
  napi_value result;
  const int rank = TF_GraphGetTensorNumDims(shapes.graph, output, shapes.status);
  std::vector<int64_t> dims(rank < 0 ? 1 : rank, -1);
  if (rank >= 0) TF_GraphGetTensorShape(shapes.graph, output, dims.data(), rank, shapes.status);
  napi_create_array_with_length(arguments.env, dims.size() + 2, &result);
  shapes.outputs.push_back(output);
  napi_set_element(arguments.env, result, 0, arguments.Number(shapes.outputs.size() - 1));
  napi_set_element(arguments.env, result, 1, arguments.Number(TF_OperationOutputType(output)));
  for (size_t i = 0; i < dims.size(); i++) napi_set_element(arguments.env, result, i + 2, arguments.Number(dims[i]));
  return result;
}

// add(graph, op, attributes, inputs: (number | number[])[], count): number[][] | undefined — each as Described gives it
napi_value Add(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Shapes& shapes = *arguments.shapes;
  TF_OperationDescription* description = shapes.New(arguments.Text(arguments.values[1]).c_str());
  const auto output = [&](napi_value number) { return shapes.outputs.at(arguments.Integer(number)); };
  arguments.Each(arguments.values[3], [&](napi_value input) {
    if (!arguments.IsArray(input)) return TF_AddInput(description, output(input));
    const auto list = arguments.List<TF_Output>(input, output);
    TF_AddInputList(description, list.data(), list.size());
  });
  bool settable = true;
  arguments.Each(arguments.values[2], [&](napi_value one) { settable = Set(arguments, description, one) && settable; });
  TF_Operation* operation = TF_FinishOperation(description, shapes.status);
  if (!shapes.Ok() || !settable) return nullptr;
  const int count = arguments.Integer(arguments.values[4]);
  if (TF_OperationNumOutputs(operation) != count) return nullptr;
  napi_value result;
  napi_create_array_with_length(env, count, &result);
  for (int i = 0; i < count; i++) {
    napi_set_element(env, result, i, Described(arguments, {operation, i}));
  }
  return result;
}

}  // namespace

extern "C" NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      {"begin", nullptr, Begin, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"end", nullptr, End, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"living", nullptr, Living, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"known", nullptr, Known, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"constant", nullptr, Constant, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"add", nullptr, Add, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof methods / sizeof *methods, methods);
  return exports;
}
