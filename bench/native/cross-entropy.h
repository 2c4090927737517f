/*
 * The same algorithm as the WebAssembly kernel, in C with GNU vectors: what this machine gives to a native program.
 * With -DWIDTH=16 vectors have the 128 bits of WebAssembly; without, they are the widest of the machine.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>

#ifndef WIDTH
#if defined __AVX512F__
#define WIDTH 64
#elif defined __AVX__
#define WIDTH 32
#else
#define WIDTH 16
#endif
#endif
#define LANES (WIDTH / 4)
#define BLOCK 256
#define SHORT 64

typedef float vf __attribute__((vector_size(WIDTH), aligned(4)));
typedef int32_t vi __attribute__((vector_size(WIDTH), aligned(4)));

static const float smoothing = 0.1f;

static inline vf splat(float x) { return x - (vf){0}; }
static inline vf at(const float *x) { return *(const vf *)x; }
static inline vf choose(vi mask, vf yes, vf no) { return (vf)((mask & (vi)yes) | (~mask & (vi)no)); }
static float total(vf v) {
  float sum = 0;
  for (int i = 0; i < LANES; i++) sum += v[i];
  return sum;
}

/* e^r of |r| <= ln(2)/2, times `scale`: the polynomial of the WebAssembly kernel. */
static inline vf polynomial(vf r, float scale) {
  vf p = r * (0.001382137299515307f * scale) + 0.008368675597012043f * scale;
  p = p * r + 0.04166825860738754f * scale;
  p = p * r + 0.1666652113199234f * scale;
  p = p * r + 0.4999999403953552f * scale;
  p = p * r + scale;
  return p * r + scale;
}

#define LOG2E 0x1.715476p+0f
#define LN2 0x1.62e430p-1f
/* Adding this leaves n + 64 in the low bits; the polynomial's 2^-64 takes the 64 away again. */
#define MAGIC (0x1.8p23f + 64)

/* e^x, right where |x| < 44; every t has then the same high bits, and `seen` tells. */
static inline vf power(vf x, vi *seen) {
  vf t = x * LOG2E + MAGIC;
  *seen |= (vi)t;
  vf r = x - (t - MAGIC) * LN2;
  return (vf)((vi)polynomial(r, 0x1p-64f) + ((vi)t << 23));
}

static int inRange(vi seen) {
  int all = 0;
  for (int i = 0; i < LANES; i++) all |= seen[i];
  return (all & ~127) == 0x4b400000;
}

/*
 * Sum of e^x and of x over a row; stores e^x where `out`. 0 where a logit is outside the fast range: then `out` must not
 * have been the row itself.
 */
static inline int fastRow(const float *x, int n, float *out, double *sum, double *dot) {
  *sum = *dot = 0;
  for (int done = 0; done < n;) {
    int end = done + BLOCK < n ? done + BLOCK : n, i = done;
    vf s0 = {0}, s1 = {0}, d = {0};
    vi seen = (vi)splat(0x1.8p23f);
    for (; i + 4 * LANES <= end; i += 4 * LANES) {
      vf x0 = at(x + i), x1 = at(x + i + LANES), x2 = at(x + i + 2 * LANES), x3 = at(x + i + 3 * LANES);
      vf e0 = power(x0, &seen), e1 = power(x1, &seen), e2 = power(x2, &seen), e3 = power(x3, &seen);
      if (out) {
        *(vf *)(out + i) = e0, *(vf *)(out + i + LANES) = e1;
        *(vf *)(out + i + 2 * LANES) = e2, *(vf *)(out + i + 3 * LANES) = e3;
      }
      s0 += e0 + e1, s1 += e2 + e3;
      d += (x0 + x1) + (x2 + x3);
    }
    if (!inRange(seen)) return 0;
    *sum += (double)total(s0 + s1), *dot += (double)total(d);
    for (; i < end; i++) {
      if (fabsf(x[i]) >= 44) return 0;
      float e = expf(x[i]);
      *sum += e, *dot += x[i];
      if (out) out[i] = e;
    }
    done = end;
  }
  return 1;
}

/* The same relative to the row's maximum; e^x below 2^-100 of it counts as that. */
static inline float wideRow(const float *x, int n, float *out, double *sum, double *dot) {
  float most = x[0];
  for (int i = 1; i < n; i++) most = x[i] > most ? x[i] : most;
  vf lowest = splat(most - 69);
  *sum = *dot = 0;
  int i = 0;
  for (; i + LANES <= n; i += LANES) {
    vf v = at(x + i), c = choose(v > lowest, v, lowest) - most;
    vf t = c * LOG2E + 0x1.8p23f, r = c - (t - 0x1.8p23f) * LN2;
    vf e = (vf)((vi)polynomial(r, 1) + ((vi)t << 23));
    if (out) *(vf *)(out + i) = e;
    *sum += (double)total(e), *dot += (double)total(v);
  }
  for (; i < n; i++) {
    float e = expf(x[i] - most);
    *sum += e, *dot += x[i];
    if (out) out[i] = e;
  }
  return most;
}

static double longRow(const float *x, int n, int label, float *out, float factor) {
  double sum, dot;
  float reference = 0, own = x[label];
  if (!fastRow(x, n, out, &sum, &dot)) reference = wideRow(x, n, out, &sum, &dot);
  if (out) {
    float share = (float)(factor / sum), push = factor * smoothing / (float)n;
    int i = 0;
    for (; i + LANES <= n; i += LANES) *(vf *)(out + i) = *(vf *)(out + i) * share - push;
    for (; i < n; i++) out[i] = out[i] * share - push;
    double p = exp((double)own - reference) / sum;
    out[label] = (float)(factor * (p - smoothing / n - (1 - smoothing)));
  }
  return log(sum) + reference - (1 - smoothing) * own - smoothing / n * dot;
}

/* log of positive normal numbers, to an ULP or two. */
static inline vf logarithm(vf x) {
  vi shifted = (vi)x - 0x3f3504f3;
  vf m = (vf)((shifted & 0x7fffff) + 0x3f3504f3), f = (m - 1) / (m + 1), s = f * f;
  vf p = ((0x1.c71c72p-4f * s + 0x1.24924ap-3f) * s + 0x1.99999ap-3f) * s + 0x1.555556p-2f;
  return __builtin_convertvector(shifted >> 23, vf) * LN2 + (p * s * f + f) * 2;
}

/* As many short rows as there are lanes, one in each: no tails, and no sums across lanes. Returns the loss, or NaN. */
static inline double shortRows(const float *x, int n, const int *labels, float *out, float factor) {
  vf column[SHORT], sum = {0}, dot = {0}, own, lse;
  vi seen = (vi)splat(0x1.8p23f);
  for (int k = 0; k < n; k++) {
    vf v;
    for (int i = 0; i < LANES; i++) v[i] = x[i * n + k];
    column[k] = power(v, &seen);
    sum += column[k], dot += v;
  }
  if (!inRange(seen)) return NAN;
  for (int i = 0; i < LANES; i++) own[i] = x[i * n + labels[i]];
  lse = logarithm(sum);
  if (out) {
    vf share = factor / sum;
    float push = factor * smoothing / (float)n, hit = factor * (1 - smoothing);
    for (int k = 0; k < n; k++) {
      vf g = column[k] * share - push;
      for (int i = 0; i < LANES; i++) out[i * n + k] = g[i];
    }
    for (int i = 0; i < LANES; i++) out[i * n + labels[i]] -= hit;
  }
  return (double)total(lse - own * (1 - smoothing) - dot * (smoothing / (float)n));
}

static double crossEntropy(const float *x, const int *labels, int rows, int n, float *out) {
  double loss = 0;
  float factor = 1 / (float)rows;
  int row = 0;
  if (n <= SHORT) {
    for (; row + LANES <= rows; row += LANES) {
      const float *from = x + (size_t)row * n;
      float *to = out ? out + (size_t)row * n : NULL;
      double part = to ? shortRows(from, n, labels + row, to, factor) : shortRows(from, n, labels + row, NULL, factor);
      for (int i = 0; isnan(part) && i < LANES; i++) {
        loss += longRow(from + i * n, n, labels[row + i], to ? to + i * n : NULL, factor);
      }
      if (!isnan(part)) loss += part;
    }
  }
  for (; row < rows; row++) {
    const float *from = x + (size_t)row * n;
    loss += out ? longRow(from, n, labels[row], out + (size_t)row * n, factor) : longRow(from, n, labels[row], NULL, 0);
  }
  return loss / rows;
}
