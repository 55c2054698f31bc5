// A small N-API addon of ours, compiled beside the TensorFlow binding: which JavaScript objects are out of reach.
//
// watch(object) holds an object weakly and gives a number for it; collected() gives the numbers of those that a garbage
// collection has taken since, minor ones included. JavaScript's own WeakRef and FinalizationRegistry do not do: they
// keep their objects until the event loop turns, and a loop that trains never lets it turn. Node-API's finalizers wait
// for it too; a weak reference is empty as soon as the collection is over.
#include <node_api.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace {

/** Of one environment: a worker thread has its own. */
struct Watched {
  std::vector<napi_ref> references;
  std::vector<int32_t> free;
};

napi_value Fail(napi_env env, const char* message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

Watched* Instance(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<Watched*>(data);
}

bool Argument(napi_env env, napi_callback_info info, napi_value* argument) {
  size_t argc = 1;
  return napi_get_cb_info(env, info, &argc, argument, nullptr, nullptr) == napi_ok && argc == 1;
}

void Drop(napi_env env, Watched* watched, int32_t slot) {
  napi_delete_reference(env, watched->references[slot]);
  watched->references[slot] = nullptr;
  watched->free.push_back(slot);
}

napi_value Watch(napi_env env, napi_callback_info info) {
  napi_value object, result;
  napi_ref reference;
  if (!Argument(env, info, &object) || napi_create_reference(env, object, 0, &reference) != napi_ok) {
    return Fail(env, "Cannot watch: expected an object");
  }
  Watched* watched = Instance(env);
  int32_t slot = static_cast<int32_t>(watched->references.size());
  if (watched->free.empty()) {
    watched->references.push_back(reference);
  } else {
    slot = watched->free.back();
    watched->free.pop_back();
    watched->references[slot] = reference;
  }
  napi_create_int32(env, slot, &result);
  return result;
}

napi_value Forget(napi_env env, napi_callback_info info) {
  napi_value argument;
  int32_t slot = -1;
  if (!Argument(env, info, &argument) || napi_get_value_int32(env, argument, &slot) != napi_ok) {
    return Fail(env, "Cannot forget: expected a number that watch() gave");
  }
  Watched* watched = Instance(env);
  const bool known = slot >= 0 && static_cast<size_t>(slot) < watched->references.size();
  if (known && watched->references[slot] != nullptr) Drop(env, watched, slot);
  return nullptr;
}

/** The object behind a number; undefined once it was collected. */
napi_value Object(napi_env env, napi_callback_info info) {
  napi_value argument, object = nullptr;
  int32_t slot = -1;
  if (!Argument(env, info, &argument) || napi_get_value_int32(env, argument, &slot) != napi_ok) {
    return Fail(env, "Cannot find an object: expected a number that watch() gave");
  }
  Watched* watched = Instance(env);
  const bool known = slot >= 0 && static_cast<size_t>(slot) < watched->references.size();
  if (known && watched->references[slot] != nullptr) {
    napi_get_reference_value(env, watched->references[slot], &object);
  }
  return object;
}

napi_value Collected(napi_env env, napi_callback_info) {
  Watched* watched = Instance(env);
  std::vector<int32_t> gone;
  for (size_t slot = 0; slot < watched->references.size(); slot++) {
    if (watched->references[slot] == nullptr) continue;
    napi_handle_scope scope;
    napi_value object = nullptr;
    napi_open_handle_scope(env, &scope);
    napi_get_reference_value(env, watched->references[slot], &object);
    napi_close_handle_scope(env, scope);
    if (object != nullptr) continue;
    gone.push_back(static_cast<int32_t>(slot));
    Drop(env, watched, static_cast<int32_t>(slot));
  }
  napi_value buffer, result;
  void* data = nullptr;
  napi_create_arraybuffer(env, gone.size() * sizeof(int32_t), &data, &buffer);
  if (!gone.empty()) memcpy(data, gone.data(), gone.size() * sizeof(int32_t));
  napi_create_typedarray(env, napi_int32_array, gone.size(), buffer, 0, &result);
  return result;
}

/** Tells V8 of memory that its objects hold outside of its heap. */
napi_value Tell(napi_env env, napi_callback_info info) {
  napi_value argument;
  int64_t change = 0, total = 0;
  if (!Argument(env, info, &argument) || napi_get_value_int64(env, argument, &change) != napi_ok) {
    return Fail(env, "Cannot tell: expected a number of bytes");
  }
  napi_adjust_external_memory(env, change, &total);
  return nullptr;
}

}  // namespace

extern "C" NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      {"watch", nullptr, Watch, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"forget", nullptr, Forget, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"object", nullptr, Object, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"collected", nullptr, Collected, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"tell", nullptr, Tell, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_set_instance_data(
      env, new Watched, [](napi_env, void* data, void*) { delete static_cast<Watched*>(data); }, nullptr);
  napi_define_properties(env, exports, sizeof methods / sizeof *methods, methods);
  return exports;
}
