// The arithmetic of tokens.cc, compiled by instructions.h.

#include "lanes.h"

#include "exponentials.h"

INLINE float Sum(Vec v) {
  float sum = 0;
  for (int i = 0; i < LANES; i++) sum += v[i];
  return sum;
}

/** M rows of x times N rows of the weights, plus the bias. */
template <int M, int N>
static void Dots(const Product& p, const float* x, const float* weight, const float* bias, float* y) {
  Vec sums[M][N]{};
  int64_t k = 0;
  const auto add = [&](int64_t n) INSIDE {
    Vec own[M];
#pragma GCC unroll 4
    for (int m = 0; m < M; m++) own[m] = LoadSome(x + m * p.inner + k, n);
#pragma GCC unroll 4
    for (int j = 0; j < N; j++) {
      const float* next = weight + j * p.inner + k;
      __builtin_prefetch(next + N * p.inner);  // the rows that come then: a fetch past the end is ignored
      const Vec w = LoadSome(next, n);
#pragma GCC unroll 4
      for (int m = 0; m < M; m++) sums[m][j] += own[m] * w;
    }
  };
  for (; k + LANES <= p.inner; k += LANES) add(LANES);
  if (k < p.inner) add(p.inner - k);
  for (int m = 0; m < M; m++) {
    for (int j = 0; j < N; j++) y[m * p.columns + j] = Sum(sums[m][j]) + (bias ? bias[j] : 0.f);
  }
}

template <int N>
static void DotsOf(const Product& p, int64_t column) {
  const float *weight = p.weight + column * p.inner, *bias = p.bias ? p.bias + column : nullptr;
  int64_t row = 0;
  const auto x = [&]() { return p.x + row * p.inner; };
  const auto y = [&]() { return p.y + row * p.columns + column; };
  for (; row + 4 <= p.rows; row += 4) Dots<4, N>(p, x(), weight, bias, y());
  for (; row < p.rows; row++) Dots<1, N>(p, x(), weight, bias, y());
}

/** The columns `from` to `to` of a product; each is a sum in one order whatever is computed beside it. */
static void Multiply(const Product& p, int64_t from, int64_t to) {
  for (; from + 4 <= to; from += 4) DotsOf<4>(p, from);
  for (; from < to; from++) DotsOf<1>(p, from);
}

static void Normalize(const Norm& p, int64_t from, int64_t to) {
  const int64_t size = p.size;
  for (int64_t row = from; row < to; row++) {
    const float* x = p.x + row * size;
    float* y = p.y + row * size;
    Vec sum{};
    for (int64_t k = 0; k < size; k += LANES) sum += LoadSome(x + k, size - k);
    const float mean = Sum(sum) / size;
    sum = Vec{};
    int64_t k = 0;
    for (; k + LANES <= size; k += LANES) {
      const Vec centred = Load(x + k) - mean;
      sum += centred * centred;
    }
    float squares = Sum(sum);
    for (; k < size; k++) squares += (x[k] - mean) * (x[k] - mean);
    const float inverse = 1.f / __builtin_sqrtf(squares / size + p.eps);
    for (k = 0; k < size; k += LANES) {
      Vec v = (LoadSome(x + k, size - k) - mean) * inverse;
      if (p.scale) v *= LoadSome(p.scale + k, size - k);
      if (p.offset) v += LoadSome(p.offset + k, size - k);
      StoreSome(y + k, v, size - k);
    }
  }
}

/** 1 − e^(−x·p(x)) with p fitted to −ln(1 − erf x) / x by us; what it leaves out is below 2e-7 of the result. */
INLINE Vec Erf(Vec x) {
  const Bits sign = (Bits)x & INT32_MIN;
  const Vec a = Within((Vec)((Bits)x ^ sign), 4.f);  // 1 in this precision from there on
  Vec p = a * 4.07087355e-05f - 0.00038100651f;
  p = p * a + 0.00125176308f;
  p = p * a + 0.000205693228f;
  p = p * a - 0.0193217006f;
  p = p * a + 0.102814406f;
  p = p * a + 0.636616468f;
  p = p * a + 1.12837923f;
  return (Vec)((Bits)(-Expm1(-(a * p))) ^ sign);
}

static void Gelu(const float* x, float* y, int64_t from, int64_t to) {
  for (int64_t k = from; k < to; k += LANES) {
    const Vec v = LoadSome(x + k, to - k);
    StoreSome(y + k, v * 0.5f * (Erf(v * 0.70710678f) + 1.f), to - k);
  }
}

/** Queries `from` to `to`, counted over samples and heads. What a mask hides is not looked at. */
static void Attend(const Attention& p, int64_t from, int64_t to, float* weights) {
  const int64_t d = p.size;
  for (int64_t query = from; query < to; query++) {
    const float *q = p.query + query * d, *mask = p.mask + query % p.t * p.s;
    const float *keys = p.keys + query / p.t * p.s * d, *values = p.values + query / p.t * p.s * d;
    float* y = p.y + query * d;
    float most = -__builtin_inff();
    for (int64_t i = 0; i < p.s; i++) {
      weights[i] = mask[i];
      if (mask[i] == -__builtin_inff()) continue;
      Vec sum{};
      for (int64_t k = 0; k < d; k += LANES) sum += LoadSome(q + k, d - k) * LoadSome(keys + i * d + k, d - k);
      weights[i] += Sum(sum) * p.scale;
      if (weights[i] > most) most = weights[i];
    }
    float total = 0;
    for (int64_t i = 0; i < p.s; i += LANES) {
      const Vec apart = LoadSome(weights + i, p.s - i), hidden = Vec{} - __builtin_inff();
      const Vec e = Choose(apart == hidden, Vec{}, Exp(Within(apart - most, 87.f)));
      StoreSome(weights + i, e, p.s - i);
      for (int64_t n = 0; n < LANES && i + n < p.s; n++) total += e[n];
    }
    for (int64_t k = 0; k < d; k += LANES) {
      Vec sum{};
      for (int64_t i = 0; i < p.s; i++) {
        if (weights[i] != 0) sum += LoadSome(values + i * d + k, d - k) * weights[i];
      }
      StoreSome(y + k, total == 0 ? Vec{} : sum / total, d - k);
    }
  }
}
