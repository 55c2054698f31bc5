// Compiles ARITHMETIC, a file of functions over the vectors of lanes.h, once for each set of instructions: in the
// namespaces plain, avx2 and avx512 of the source that includes this, with LANES, the floats of a vector, defined. What
// such a file defines is static, since what is compiled for one processor must not be shared with another.

namespace plain {
#define LANES 4
#include ARITHMETIC
#undef LANES
}  // namespace plain

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
namespace avx2 {
#define LANES 8
#include ARITHMETIC
#undef LANES
}  // namespace avx2
#if defined(__clang__)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,fma"))), apply_to = function)
#else
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,fma")
#endif
namespace avx512 {
#define LANES 16
#include ARITHMETIC
#undef LANES
}  // namespace avx512
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

/** The floats of a vector that this processor has instructions for. */
static int64_t Lanes() {
  static const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
  static const bool fast = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return wide ? 16 : fast ? 8 : 4;
}

/** A function of ARITHMETIC, or a number, by this processor's instructions. */
#define FASTEST(name) (Lanes() == 16 ? avx512::name : Lanes() == 8 ? avx2::name : plain::name)
#else
#define FASTEST(name) plain::name
#endif
