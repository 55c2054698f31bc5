// A part of the binding: opens sessions by a configuration of their own, which the binding has no means to state.
#include "opensession.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#undef TF_LoadSessionFromSavedModel

TF_Session* TsdlOpenSession(const TF_SessionOptions* options, const TF_Buffer* run, const char* dir,
                            const char* const* tags, int count, TF_Graph* graph, TF_Buffer* meta, TF_Status* status) {
  std::string config;
  if (count == 1 && strcmp(tags[0], "tsdl") == 0) {  // a recording of ours: no stranger's folder configures a session
    std::ifstream file(std::string(dir) + "/session_config.pb", std::ios::binary);
    config.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (!config.empty()) {
    TF_SetConfig(const_cast<TF_SessionOptions*>(options), config.data(), config.size(), status);  // the binding's own
    if (TF_GetCode(status) != TF_OK) return nullptr;
  }
  return TF_LoadSessionFromSavedModel(options, run, dir, tags, count, graph, meta, status);
}
