// What our addons read out of values that JavaScript hands them.
#pragma once
#include <node_api.h>

#include <cstdint>
#include <string>

/** The text of a string. */
inline std::string TextOf(napi_env env, napi_value value) {
  size_t length = 0;
  napi_get_value_string_utf8(env, value, nullptr, 0, &length);
  std::string text(length + 1, 0);  // room for the zero that Node writes behind
  napi_get_value_string_utf8(env, value, &text[0], text.size(), &length);
  text.resize(length);
  return text;
}

/** A whole number; 0 for what is none. */
inline int64_t IntegerOf(napi_env env, napi_value value) {
  int64_t number = 0;
  napi_get_value_int64(env, value, &number);
  return number;
}

/** Calls `body` with each element of an array. */
template <typename F>
void EachOf(napi_env env, napi_value array, F body) {
  uint32_t length = 0;
  napi_get_array_length(env, array, &length);
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    napi_get_element(env, array, i, &element);
    body(element);
  }
}
