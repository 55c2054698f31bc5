// The arithmetic of maxpool.cc, compiled by instructions.h.

#include "lanes.h"

/** A loop of two turns, where that many are known: constants alone do not unroll it. */
#define UNROLLED _Pragma("GCC unroll 2")

/** Where a window lies in its image, what it begins at, and how many channels are left. */
struct Place {
  int64_t i0, i1, j0, j1;  // rows and columns
  int64_t image, window, left;
};

template <bool kFull>
INLINE Vec Get(const float* from, int64_t n) {
  return kFull ? Load(from) : LoadSome(from, n);
}
template <bool kFull>
INLINE void Put(float* to, Vec v, int64_t n) {
  kFull ? Store(to, v) : StoreSome(to, v, n);
}

/** Up to LANES channels of one window, whose loops are unrolled where it is kSize wide and tall. */
template <Task kTask, bool kApart, bool kFull, int kSize>
INLINE void One(const Pool& p, const Place& given) {
  Place at = given;
  if (kSize > 0) at.i1 = at.i0 + kSize, at.j1 = at.j0 + kSize;
  const int64_t n = at.left;
  const float* x = p.x + at.image;
  Vec most = Vec{} - __builtin_inff();
  Bits place = Bits{} + static_cast<int32_t>(at.i0 * p.w + at.j0);
  UNROLLED for (int64_t i = at.i0; i < at.i1; i++) {
    UNROLLED for (int64_t j = at.j0; j < at.j1; j++) {
      const int64_t here = i * p.w + j;
      const Vec v = Get<kFull>(x + here * p.c, n);
      const Bits taken = (v > most) | (v != v);
      most = Choose(taken, v, most);
      if (kTask != kLargest) place = (taken & (Bits{} + static_cast<int32_t>(here))) | (~taken & place);
    }
  }
  if (kTask == kLargest) return Put<kFull>(p.out + at.window, most, n);
  const Vec sent = kTask == kSpread ? Get<kFull>(p.other + at.window, n) : Vec{};
  Vec found{};
  UNROLLED for (int64_t i = at.i0; i < at.i1; i++) {
    UNROLLED for (int64_t j = at.j0; j < at.j1; j++) {
      const int64_t here = i * p.w + j, offset = at.image + here * p.c;
      const Bits chosen = place == static_cast<int32_t>(here);
      if (kTask == kPick) {
        found = Choose(chosen, Get<kFull>(p.other + offset, n), found);
      } else {
        const Vec share = Choose(chosen, sent, Vec{});
        Put<kFull>(p.out + offset, kApart ? share : Get<kFull>(p.out + offset, n) + share, n);
      }
    }
  }
  if (kTask == kPick) Put<kFull>(p.out + at.window, found, n);
}

/** All channels of one window. */
template <Task kTask, bool kApart, int kSize>
INLINE void Window(const Pool& p, Place at) {
  const int64_t image = at.image, window = at.window;
  int64_t k = 0;
  for (; k + LANES <= p.c; k += LANES) {
    One<kTask, kApart, true, kSize>(p, {at.i0, at.i1, at.j0, at.j1, image + k, window + k, LANES});
  }
  if (k < p.c) One<kTask, kApart, false, kSize>(p, {at.i0, at.i1, at.j0, at.j1, image + k, window + k, p.c - k});
}

/** Runs the windows of some rows, counted over all images. */
template <Task kTask, bool kApart>
static void Rows(const Pool& p, int64_t from, int64_t to) {
  for (int64_t row = from; row < to; row++) {
    const int64_t image = row / p.rows * p.h * p.w * p.c, top = row % p.rows * p.stepDown - p.above;
    const int64_t i0 = top < 0 ? 0 : top, i1 = top + p.tall > p.h ? p.h : top + p.tall;
    for (int64_t column = 0; column < p.columns; column++) {
      const int64_t side = column * p.stepRight - p.before, window = (row * p.columns + column) * p.c;
      const int64_t j0 = side < 0 ? 0 : side, j1 = side + p.wide > p.w ? p.w : side + p.wide;
      const Place at = {i0, i1, j0, j1, image, window, p.c};
      i1 - i0 == 2 && j1 - j0 == 2 ? Window<kTask, kApart, 2>(p, at) : Window<kTask, kApart, 0>(p, at);
    }
  }
}

static void Run(Task task, const Pool& p, int64_t from, int64_t to) {
  if (task == kLargest) Rows<kLargest, true>(p, from, to);
  if (task == kPick) Rows<kPick, true>(p, from, to);
  if (task == kSpread) p.tiled ? Rows<kSpread, true>(p, from, to) : Rows<kSpread, false>(p, from, to);
}
