// Vectors of LANES floats, for arithmetic that is compiled once for each set of instructions: included inside a namespace
// and a region of that target, so that there is no include guard, and nothing of the standard library in here: what is
// compiled for one processor must not be shared with another.

using Vec = float __attribute__((vector_size(LANES * 4)));
using Bits = int32_t __attribute__((vector_size(LANES * 4)));

#define INLINE static inline __attribute__((always_inline))

INLINE Vec Load(const float* from) {
  Vec v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}
INLINE void Store(float* to, Vec v) { __builtin_memcpy(to, &v, sizeof v); }
INLINE Vec LoadSome(const float* from, int64_t n) {
  if (n >= LANES) return Load(from);
  Vec v{};
  __builtin_memcpy(&v, from, (n & (LANES - 1)) * sizeof(float));
  return v;
}
INLINE void StoreSome(float* to, Vec v, int64_t n) {
  if (n >= LANES) return Store(to, v);
  __builtin_memcpy(to, &v, (n & (LANES - 1)) * sizeof(float));
}
#if defined(__clang__)
INLINE Vec Choose(Bits mask, Vec a, Vec b) { return (Vec)(((Bits)a & mask) | ((Bits)b & ~mask)); }
#else
INLINE Vec Choose(Bits mask, Vec a, Vec b) { return mask ? a : b; }  // GCC makes one instruction of this alone
#endif
