// Put in front of the binding's own sources when they are compiled: opensession.cc opens their sessions.
#pragma once
#include "tensorflow/c/c_api.h"

/** TF_LoadSessionFromSavedModel, by the configuration that lies in the folder, if there is one. */
extern "C" TF_Session* TsdlOpenSession(const TF_SessionOptions* options, const TF_Buffer* run, const char* dir,
                                       const char* const* tags, int count, TF_Graph* graph, TF_Buffer* meta,
                                       TF_Status* status);
#define TF_LoadSessionFromSavedModel TsdlOpenSession
