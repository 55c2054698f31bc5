// The arithmetic of recurrence.cc, compiled by instructions.h.

#include "lanes.h"

#include "exponentials.h"

constexpr int64_t kWide = 2 * LANES;  // columns of a tile
constexpr int kTall = LANES == 16 ? 12 : 6;  // and its rows, as many as registers hold

/** M rows and up to kWide columns of add + a·b; b lies as Pack lays it. */
template <int M>
static void Tile(int64_t inner, int64_t columns, const float* a, int64_t aRow, const float* b, const float* add,
                 int64_t addRow, float* c, int64_t cRow) {
  Vec left[M], right[M];
  const int64_t more = columns - LANES;
#pragma GCC unroll 16
  for (int m = 0; m < M; m++) {
    left[m] = LoadSome(add + m * addRow, columns);
    right[m] = more > 0 ? LoadSome(add + m * addRow + LANES, more) : Vec{};
  }
  for (int64_t k = 0; k < inner; k++, b += kWide) {
    const Vec b0 = Load(b), b1 = Load(b + LANES);
#pragma GCC unroll 16
    for (int m = 0; m < M; m++) {
      const float factor = a[m * aRow + k];
      left[m] += b0 * factor;
      right[m] += b1 * factor;
    }
  }
#pragma GCC unroll 16
  for (int m = 0; m < M; m++) {
    StoreSome(c + m * cRow, left[m], columns);
    if (more > 0) StoreSome(c + m * cRow + LANES, right[m], more);
  }
}

template <int M, typename... Arguments>
static void TileOf(int64_t rows, Arguments... arguments) {
  if (rows == M) {
    Tile<M>(arguments...);
  } else if constexpr (M > 1) {
    TileOf<M - 1>(rows, arguments...);
  }
}

/** c = add + a·b for some rows. A row of numbers `add` may serve all (addRow 0), and `add` may be c. */
static void Product(int64_t rows, int64_t inner, int64_t columns, const float* a, int64_t aRow, const float* packed,
                    const float* add, int64_t addRow, float* c, int64_t cRow) {
  const int64_t tiles = (rows + kTall - 1) / kTall, height = (rows + tiles - 1) / tiles;
  for (int64_t j = 0; j < columns; j += kWide, packed += inner * kWide) {
    const int64_t width = columns - j < kWide ? columns - j : kWide;
    for (int64_t i = 0; i < rows; i += height) {
      const int64_t high = rows - i < height ? rows - i : height;
      TileOf<kTall>(high, inner, width, a + i * aRow, aRow, packed, add + i * addRow + j, addRow, c + i * cRow + j,
                   cRow);
    }
  }
}

/** The transpose of a matrix in panels of kWide columns, each row after row, the last one filled up with zeros. */
static void PackRows(const float* matrix, int64_t rows, int64_t inner, float* packed) {
  for (int64_t j = 0; j < rows; j += kWide, packed += inner * kWide) {
    for (int64_t n = 0; n < kWide; n++) {
      const float* row = matrix + (j + n) * inner;
      for (int64_t k = 0; k < inner; k++) packed[k * kWide + n] = j + n < rows ? row[k] : 0.f;
    }
  }
}

/** The same of a matrix as it is. */
static void PackColumns(const float* matrix, int64_t inner, int64_t columns, float* packed) {
  for (int64_t j = 0; j < columns; j += kWide) {
    for (int64_t k = 0; k < inner; k++, packed += kWide) {
      for (int64_t n = 0; n < kWide; n++) packed[n] = j + n < columns ? matrix[k * columns + j + n] : 0.f;
    }
  }
}

/** One row of one step: gates become activations, and the state the next one. */
INLINE void StepRow(const Sweep& s, float* gates, const float* x, float* hidden, float* cell) {
  const int64_t h = s.h;
  for (int64_t j = 0; j < h; j += LANES) {
    const int64_t n = h - j;
    const auto get = [&](const float* row, int64_t part) INSIDE { return LoadSome(row + part * h + j, n); };
    const auto put = [&](float* row, int64_t part, Vec v) INSIDE { StoreSome(row + part * h + j, v, n); };
    if (s.kind == kLstm) {
      const Vec i = Sigmoid(get(gates, 0)), f = Sigmoid(get(gates, 1)), g = Tanh(get(gates, 2));
      const Vec o = Sigmoid(get(gates, 3)), c = f * get(cell, 0) + i * g;
      put(gates, 0, i), put(gates, 1, f), put(gates, 2, g), put(gates, 3, o), put(gates, 4, c);
      put(cell, 0, c), put(hidden, 0, o * Tanh(c));
    } else if (s.kind == kGru) {
      const Vec r = Sigmoid(get(x, 0) + get(gates, 0)), z = Sigmoid(get(x, 1) + get(gates, 1));
      const Vec share = get(gates, 2), fresh = Tanh(get(x, 2) + r * share);
      put(gates, 0, r), put(gates, 1, z), put(gates, 3, fresh);
      put(hidden, 0, fresh + z * (get(hidden, 0) - fresh));
    } else {
      const Vec sum = get(gates, 0), y = s.kind == kTanh ? Tanh(sum) : Choose(sum < Vec{}, Vec{}, sum);
      put(gates, 0, y), put(hidden, 0, y);
    }
  }
}

/** The input's share of the gates in `count` steps from `at` on, `[count, to − from, gates · h]`. */
static void Project(const Sweep& s, int64_t at, int64_t count, int64_t from, int64_t to, float* shares) {
  const int64_t wide = s.gates * s.h, rows = to - from, step = s.b * s.input;
  const float* x = s.x + at * step + from * s.input;
  const bool whole = rows == s.b;  // the rows of one step lie behind those of the step before
  const int64_t products = whole ? 1 : count, each = whole ? rows * count : rows;
  for (int64_t n = 0; n < products; n++) {
    Product(each, s.input, wide, x + n * step, s.input, s.packedInput, s.inputBias, 0, shares + n * rows * wide, wide);
  }
}

/** Rows `from` to `to` of all steps. */
static void Forward(const Sweep& s, int64_t from, int64_t to, float* scratch) {
  const int64_t rows = to - from, h = s.h, wide = s.gates * h, kept = s.kept * h, block = s.Block(rows);
  float* shares = scratch + (s.saved ? 0 : rows * kept);
  for (int64_t n = 0; n < s.t; n++) {
    const int64_t at = s.At(n), first = at * s.b + from;
    float* gates = s.saved ? s.saved + first * kept : scratch;
    const float* x = s.projected + first * wide;
    if (s.x) {
      const int64_t steps = n / block * block, count = s.t - steps < block ? s.t - steps : block;
      const int64_t low = s.reverse ? s.At(steps + count - 1) : steps;
      if (n == steps) Project(s, low, count, from, to, shares);
      x = shares + (at - low) * rows * wide;
    }
    const bool apart = s.kind == kGru;  // the hidden state's share is multiplied by a gate
    Product(rows, h, wide, s.hidden + from * h, h, s.packed, apart ? s.bias : x, apart ? 0 : wide, gates, kept);
    for (int64_t i = 0; i < rows; i++) {
      float* state = s.hidden + (from + i) * h;
      float* out = s.output + (first + i) * h;
      if (s.Runs(at, from + i)) {
        StepRow(s, gates + i * kept, x + i * wide, state, s.cell + (from + i) * h);
        __builtin_memcpy(out, state, h * sizeof(float));
      } else {
        __builtin_memset(out, 0, h * sizeof(float));
      }
    }
  }
}

/** One row of one step backwards: the slopes of the gates, and of the state before as far as it went past them. */
INLINE void SlopeRow(const Sweep& s, const float* gates, const float* dy, const float* hidden, const float* cell,
                     float* slope, float* share, float* dHidden, float* dCell) {
  const int64_t h = s.h;
  for (int64_t j = 0; j < h; j += LANES) {
    const int64_t n = h - j;
    const auto get = [&](const float* row, int64_t part) INSIDE { return LoadSome(row + part * h + j, n); };
    const auto put = [&](float* row, int64_t part, Vec v) INSIDE { StoreSome(row + part * h + j, v, n); };
    const Vec dh = get(dHidden, 0) + get(dy, 0);
    if (s.kind == kLstm) {
      const Vec i = get(gates, 0), f = get(gates, 1), g = get(gates, 2), o = get(gates, 3), y = Tanh(get(gates, 4));
      const Vec dc = get(dCell, 0) + dh * o * (1.f - y * y);
      put(slope, 0, dc * g * i * (1.f - i)), put(slope, 1, dc * get(cell, 0) * f * (1.f - f));
      put(slope, 2, dc * i * (1.f - g * g)), put(slope, 3, dh * y * o * (1.f - o));
      put(dCell, 0, dc * f), put(dHidden, 0, Vec{});
    } else if (s.kind == kGru) {
      const Vec r = get(gates, 0), z = get(gates, 1), own = get(gates, 2), fresh = get(gates, 3);
      const Vec dFresh = dh * (1.f - z) * (1.f - fresh * fresh), dReset = dFresh * own * r * (1.f - r);
      const Vec dUpdate = dh * (get(hidden, 0) - fresh) * z * (1.f - z);
      put(slope, 0, dReset), put(slope, 1, dUpdate), put(slope, 2, dFresh);
      put(share, 0, dReset), put(share, 1, dUpdate), put(share, 2, dFresh * r);
      put(dHidden, 0, dh * z);
    } else {
      const Vec y = get(gates, 0);
      put(slope, 0, s.kind == kTanh ? dh * (1.f - y * y) : Choose(y > Vec{}, dh, Vec{}));
      put(dHidden, 0, Vec{});
    }
  }
}

static void Backward(const Sweep& s, int64_t from, int64_t to, float*) {
  const int64_t rows = to - from, h = s.h, wide = s.gates * h, kept = s.kept * h;
  const int64_t size = h * sizeof(float);
  for (int64_t n = s.t - 1; n >= 0; n--) {
    const int64_t at = s.At(n), before = s.At(n - 1), first = at * s.b + from;
    float* shares = (s.kind == kGru ? s.shareSlope : s.slope) + first * wide;
    for (int64_t i = 0; i < rows; i++) {
      const int64_t row = from + i, here = first + i, last = before * s.b + row;
      float* hidden = s.before + here * h;
      if (!s.Runs(at, row)) {
        __builtin_memset(s.slope + here * wide, 0, s.gates * size);
        __builtin_memset(shares + i * wide, 0, s.gates * size);
        __builtin_memset(hidden, 0, size);
        continue;
      }
      const bool starts = s.Starts(at, row);
      __builtin_memcpy(hidden, starts ? s.first + row * h : s.output + last * h, size);
      const float* cell = starts ? s.firstCell + row * h : s.saved + last * kept + 4 * h;
      SlopeRow(s, s.saved + here * kept, s.dy + here * h, hidden, cell, s.slope + here * wide, shares + i * wide,
               s.hidden + row * h, s.cell + row * h);
    }
    float* dHidden = s.hidden + from * h;
    Product(rows, wide, h, shares, wide, s.packed, dHidden, h, dHidden, h);
  }
}

#undef INLINE
