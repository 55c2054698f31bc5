// The arithmetic of maxpool.cc. It is included once for each set of instructions, as lanes.h is, with LANES defined.

#include "lanes.h"

/** Runs the windows of some rows, counted over all images. */
template <Task kTask>
static void Rows(const Pool& p, int64_t from, int64_t to) {
  for (int64_t row = from; row < to; row++) {
    const int64_t image = row / p.rows, top = row % p.rows * p.stepDown - p.above;
    const float* x = p.x + image * p.h * p.w * p.c;
    const int64_t i0 = top < 0 ? 0 : top, i1 = top + p.tall > p.h ? p.h : top + p.tall;
    for (int64_t column = 0; column < p.columns; column++) {
      const int64_t left = column * p.stepRight - p.before, at = (row * p.columns + column) * p.c;
      const int64_t j0 = left < 0 ? 0 : left, j1 = left + p.wide > p.w ? p.w : left + p.wide;
      for (int64_t k = 0; k < p.c; k += LANES) {
        const int64_t n = p.c - k;
        Vec most = Vec{} - __builtin_inff();
        Bits place = Bits{} + static_cast<int32_t>(i0 * p.w + j0);
        for (int64_t i = i0; i < i1; i++) {
          for (int64_t j = j0; j < j1; j++) {
            const int32_t here = static_cast<int32_t>(i * p.w + j);
            const Vec v = LoadSome(x + here * p.c + k, n);
            const Bits taken = (v > most) | (v != v);
            most = Choose(taken, v, most);
            if (kTask != kLargest) place = (taken & (Bits{} + here)) | (~taken & place);
          }
        }
        if (kTask == kLargest) {
          StoreSome(p.out + at + k, most, n);
          continue;
        }
        const int64_t start = image * p.h * p.w * p.c + k;
        const Vec given = kTask == kSpread ? LoadSome(p.other + at + k, n) : Vec{};
        Vec found{};
        for (int64_t i = i0; i < i1; i++) {
          for (int64_t j = j0; j < j1; j++) {
            const int64_t offset = start + (i * p.w + j) * p.c;
            const Bits chosen = place == static_cast<int32_t>(i * p.w + j);
            if (kTask == kPick) {
              found = Choose(chosen, LoadSome(p.other + offset, n), found);
            } else {
              StoreSome(p.out + offset, LoadSome(p.out + offset, n) + Choose(chosen, given, Vec{}), n);
            }
          }
        }
        if (kTask == kPick) StoreSome(p.out + at + k, found, n);
      }
    }
  }
}

static void Run(Task task, const Pool& p, int64_t from, int64_t to) {
  if (task == kLargest) Rows<kLargest>(p, from, to);
  if (task == kSpread) Rows<kSpread>(p, from, to);
  if (task == kPick) Rows<kPick>(p, from, to);
}
