// A small N-API addon of ours, compiled beside the TensorFlow binding and loaded in the workers of a cluster alone:
// TensorFlow's own distributed runtime.
//
// Loaded before the binding and globally (RTLD_GLOBAL), it stands in front of the functions with which the binding
// opens, runs and deletes sessions, so that a session opens at this worker's server and is closed when another worker
// is lost; TensorFlow by itself would wait for it for ever. The rest is TensorFlow's C API.
#include <dlfcn.h>
#include <net/if.h>
#include <netinet/in.h>
#include <node_api.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/c_api_experimental.h"
#include "tensorflow/c/eager/c_api.h"
#include "tensorflow/c/eager/c_api_experimental.h"

#include "jsvalues.h"

namespace {

/** How a step ends that even a closed session does not end: by the process. */
constexpr int kLost = 70;
constexpr auto kPatience = std::chrono::seconds(1);

std::string target, config;      // of sessions opened from now on; empty: TensorFlow's own choice
TFE_Context* context = nullptr;  // brings the server; lives as long as the process: it has no clean shutdown
std::mutex closing;              // sessions are not deleted while they are closed
std::mutex mutex;                // of what follows
std::set<TF_Session*> sessions;  // those at the target
std::string lost;                // the workers that do not answer, separated by commas
std::atomic<int> running{0};     // steps under way in them
std::atomic<bool> incomplete{false};

template <typename F>
F Real(const char* name) {
  static void* library = dlopen("libtensorflow_cc.so.2", RTLD_LAZY | RTLD_NOLOAD);
  return reinterpret_cast<F>(dlsym(library, name));
}

struct Status {
  TF_Status* of = TF_NewStatus();
  ~Status() { TF_DeleteStatus(of); }
  bool Ok() const { return TF_GetCode(of) == TF_OK; }
  bool Throws(napi_env env) const {
    if (!Ok()) napi_throw_error(env, nullptr, TF_Message(of));
    return !Ok();
  }
};

struct Arguments {
  napi_env env;
  napi_value values[4];
  Arguments(napi_env env, napi_callback_info info) : env(env) {
    size_t count = 4;
    napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  }
  std::string Text(int i) const { return TextOf(env, values[i]); }
  std::string Bytes(int i) const {
    void* data = nullptr;
    size_t length = 0;
    napi_get_typedarray_info(env, values[i], nullptr, &length, &data, nullptr, nullptr);
    return std::string(static_cast<char*>(data), length);
  }
  int64_t Number(int i) const { return IntegerOf(env, values[i]); }
  std::vector<int> Numbers(int i) const {
    std::vector<int> numbers;
    EachOf(env, values[i], [&](napi_value one) { numbers.push_back(static_cast<int>(IntegerOf(env, one))); });
    return numbers;
  }
};

bool Answers(int task, int64_t ms) {
  const std::string name = "/job:worker/replica:0/task:" + std::to_string(task);
  Status status;
  TFE_CollectiveOpsCheckPeerHealth(context, name.c_str(), ms, status.of);
  return status.Ok();
}

void CloseSessions() {
  std::lock_guard<std::mutex> undeleted(closing);
  std::vector<TF_Session*> open;
  {
    std::lock_guard<std::mutex> lock(mutex);
    open.assign(sessions.begin(), sessions.end());
  }
  Status status;
  for (TF_Session* session : open) TF_CloseSession(session, status.of);
}

// A step that still waits for its number (the first one, when worker 0 is lost) asks for ever, and JavaScript with it.
void LeaveUnlessEnding() {
  std::thread([] {
    std::this_thread::sleep_for(kPatience);
    if (running == 0) return;
    fprintf(stderr, "Cannot go on: worker %s does not answer, and the step under way does not end\n", lost.c_str());
    _exit(kLost);
  }).detach();
}

void Lose(const std::string& who) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    lost = who;
  }
  incomplete = true;
  if (running > 0) LeaveUnlessEnding();
  CloseSessions();
}

// join(serverDef: Uint8Array): void — starts this worker's server; the worker ends with the launcher
napi_value Join(napi_env env, napi_callback_info info) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::string definition = Arguments(env, info).Bytes(0);
  Status status;
  TFE_ContextOptions* options = TFE_NewContextOptions();
  context = TFE_NewContext(options, status.of);
  TFE_DeleteContextOptions(options);
  if (status.Throws(env)) return nullptr;
  TFE_EnableCollectiveOps(context, definition.data(), definition.size(), status.of);
  status.Throws(env);
  return nullptr;
}

// openAt(target: string, config: Uint8Array): void — where the binding opens its next sessions
napi_value OpenAt(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  target = arguments.Text(0);
  config = arguments.Bytes(1);
  return nullptr;
}

// answers(task: number, ms: number): boolean
napi_value AnswersInTime(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  napi_value result;
  napi_get_boolean(env, Answers(arguments.Number(0), arguments.Number(1)), &result);
  return result;
}

// watch(tasks: number[], pauseMs: number, answerMs: number, misses: number): void — asks after each of them, for good
napi_value Watch(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const std::vector<int> tasks = arguments.Numbers(0);
  const int64_t pause = arguments.Number(1), answer = arguments.Number(2), misses = arguments.Number(3);
  std::thread([=] {
    std::vector<int64_t> missed(tasks.size(), 0);
    for (;;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(pause));
      std::string who;
      for (size_t i = 0; i < tasks.size(); i++) {
        missed[i] = Answers(tasks[i], answer) ? 0 : missed[i] + 1;
        if (missed[i] >= misses) who += (who.empty() ? "" : ",") + std::to_string(tasks[i]);
      }
      if (!who.empty()) return Lose(who);
    }
  }).detach();
  return nullptr;
}

// lost(): string — the numbers of the workers that the watch has given up, separated by commas
napi_value Lost(napi_env env, napi_callback_info) {
  std::lock_guard<std::mutex> lock(mutex);
  napi_value result;
  napi_create_string_utf8(env, lost.data(), lost.size(), &result);
  return result;
}

// The listening socket of a port. TensorFlow binds it to all addresses and offers no choice.
int Listener(int port) {
  const long most = sysconf(_SC_OPEN_MAX);
  for (int fd = 3; fd < (most > 0 && most < 65536 ? most : 65536); fd++) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    int listens = 0;
    socklen_t length = sizeof listens;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) != 0 || !listens) continue;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) continue;
    const int bound = address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                                    : reinterpret_cast<sockaddr_in&>(address).sin_port;
    if (ntohs(bound) == port) return fd;
  }
  return -1;
}

// limitTo(port: number, device: string): void — the server answers on this network device only
napi_value LimitTo(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const std::string device = arguments.Text(1);
  const int fd = Listener(arguments.Number(0));
  if (fd < 0) {
    napi_throw_error(env, nullptr, "the server's socket is not found");
  } else if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device.data(), device.size()) != 0) {
    napi_throw_error(env, nullptr, strerror(errno));
  }
  return nullptr;
}

// bringUp(device: string): void — as `ip link set DEVICE up`, in a network of this user's own
napi_value BringUp(napi_env env, napi_callback_info info) {
  ifreq request{};
  strncpy(request.ifr_name, Arguments(env, info).Text(0).c_str(), IFNAMSIZ - 1);
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  bool up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags |= IFF_UP;
  up = up && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
  if (!up) napi_throw_error(env, nullptr, strerror(errno));
  if (fd >= 0) close(fd);
  return nullptr;
}

bool AtTarget(TF_Session* session) {
  std::lock_guard<std::mutex> lock(mutex);
  return sessions.count(session) > 0;
}

}  // namespace

extern "C" {

/** For sharedsum.cc, whose steps run in sessions of their own. */
NAPI_MODULE_EXPORT bool TsdlWorkerLost() { return incomplete; }

NAPI_MODULE_EXPORT TF_SessionOptions* TF_NewSessionOptions() {
  TF_SessionOptions* options = Real<decltype(&TF_NewSessionOptions)>("TF_NewSessionOptions")();
  Status status;
  if (!target.empty()) TF_SetTarget(options, target.c_str());
  if (!config.empty()) TF_SetConfig(options, config.data(), config.size(), status.of);
  return options;
}

NAPI_MODULE_EXPORT TF_Session* TF_LoadSessionFromSavedModel(const TF_SessionOptions* options, const TF_Buffer* run,
                                                            const char* dir, const char* const* tags, int count,
                                                            TF_Graph* graph, TF_Buffer* meta, TF_Status* status) {
  TF_Session* session = Real<decltype(&TF_LoadSessionFromSavedModel)>("TF_LoadSessionFromSavedModel")(
      options, run, dir, tags, count, graph, meta, status);
  std::lock_guard<std::mutex> lock(mutex);
  if (session && !target.empty()) sessions.insert(session);
  return session;
}

NAPI_MODULE_EXPORT void TF_SessionRun(TF_Session* session, const TF_Buffer* options, const TF_Output* inputs,
                                      TF_Tensor* const* fed, int fedCount, const TF_Output* outputs,
                                      TF_Tensor** fetched, int fetchedCount, const TF_Operation* const* targets,
                                      int targetCount, TF_Buffer* meta, TF_Status* status) {
  const bool counts = AtTarget(session);
  if (counts) running++;
  Real<decltype(&TF_SessionRun)>("TF_SessionRun")(session, options, inputs, fed, fedCount, outputs, fetched,
                                                 fetchedCount, targets, targetCount, meta, status);
  if (counts) running--;
}

NAPI_MODULE_EXPORT void TF_DeleteSession(TF_Session* session, TF_Status* status) {
  std::lock_guard<std::mutex> open(closing);
  {
    std::lock_guard<std::mutex> lock(mutex);
    sessions.erase(session);
  }
  Real<decltype(&TF_DeleteSession)>("TF_DeleteSession")(session, status);
}

NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  const napi_property_descriptor methods[] = {
      {"join", nullptr, Join, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"openAt", nullptr, OpenAt, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"answers", nullptr, AnswersInTime, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"watch", nullptr, Watch, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"lost", nullptr, Lost, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"limitTo", nullptr, LimitTo, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"bringUp", nullptr, BringUp, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, sizeof methods / sizeof *methods, methods);
  return exports;
}
}
