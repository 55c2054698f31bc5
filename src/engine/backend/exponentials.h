// e^x and what is made of it, over the vectors of lanes.h, which stands before this.

/** e^x − less where |x| is at most 87; NaN stays. With x = n·ln 2 + r it is 2ⁿ·(e^r − 1) + (2ⁿ − less), |r| ≤ 0.347. */
INLINE Vec ExpBut(Vec x, float less) {
  const Vec shifted = x * 1.44269504f + 12582912.f;  // 1.5·2²³ rounds to an integer in the lowest bits
  const Vec n = shifted - 12582912.f;
  const Vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts
  Vec p = r * (1.f / 5040) + (1.f / 720);  // Taylor's series; what it leaves out is below 2e-8 of r
  p = p * r + (1.f / 120);
  p = p * r + (1.f / 24);
  p = p * r + (1.f / 6);
  p = p * r + 0.5f;
  p = p * r * r + r;
  const Vec scale = (Vec)(((Bits)shifted - 0x4B400000 + 127) << 23);  // 2ⁿ
  return scale * p + (scale - less);
}
INLINE Vec Exp(Vec x) { return ExpBut(x, 0.f); }
INLINE Vec Expm1(Vec x) { return ExpBut(x, 1.f); }
INLINE Vec Within(Vec x, float most) {
  const Vec upper = Vec{} + most, lower = Vec{} - most;
  x = Choose(x > upper, upper, x);
  return Choose(x < lower, lower, x);
}
/** Near 1 as 1 − 2/(e²ˣ + 1): slopes are 1 − tanh². */
INLINE Vec Tanh(Vec x) {
  const Bits sign = (Bits)x & INT32_MIN;
  const Vec e = Expm1(Within((Vec)(((Bits)x ^ sign)) * 2.f, 40.f)), q = 1.f / (e + 2.f);
  return (Vec)((Bits)Choose(e > Vec{} + 1.f, 1.f - 2.f * q, e * q) | sign);
}
INLINE Vec Sigmoid(Vec x) { return 1.f / (Expm1(Within(-x, 87.f)) + 2.f); }
