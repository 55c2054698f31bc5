// A small N-API addon of ours, compiled beside the TensorFlow binding.
//
// While TensorFlow's libraries are loaded, their static initialisers log to file descriptor 2 before any log level
// applies (absl's "All log messages before InitializeLog…", the oneDNN notice). hold(path) sends descriptor 2 to a
// file for that moment; release() puts the old one back. JavaScript then drops the known lines and passes on the rest.
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace {

int saved = -1;

napi_value Fail(napi_env env, const char* message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

napi_value Hold(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &argc, &argument, nullptr, nullptr);
  char path[4096];
  size_t length = 0;
  if (argc != 1 || napi_get_value_string_utf8(env, argument, path, sizeof path, &length) != napi_ok) {
    return Fail(env, "Cannot hold stderr: expected the path of a file");
  }
  if (saved >= 0) return Fail(env, "Cannot hold stderr: it is already held");
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Fail(env, "Cannot hold stderr: the file cannot be written");
  fflush(stderr);
  saved = fcntl(2, F_DUPFD_CLOEXEC, 3);
  if (saved < 0 || dup2(file, 2) < 0) {
    close(file);
    return Fail(env, "Cannot hold stderr: descriptor 2 cannot be duplicated");
  }
  close(file);
  return nullptr;
}

napi_value Release(napi_env, napi_callback_info) {
  if (saved < 0) return nullptr;
  fflush(stderr);
  dup2(saved, 2);
  close(saved);
  saved = -1;
  return nullptr;
}

}  // namespace

extern "C" NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value hold, release;
  napi_create_function(env, "hold", NAPI_AUTO_LENGTH, Hold, nullptr, &hold);
  napi_create_function(env, "release", NAPI_AUTO_LENGTH, Release, nullptr, &release);
  napi_set_named_property(env, exports, "hold", hold);
  napi_set_named_property(env, exports, "release", release);
  return exports;
}
