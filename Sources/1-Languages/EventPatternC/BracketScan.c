// Steps over nested JSON, sixty-four bytes at a time.
#include "EventPatternC.h"

#include <stddef.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

// One bit for each of sixty-four bytes, the first byte's lowest.
typedef struct {
  uint64_t quotes, backslashes, opening, closing;
} block_masks;

#if defined(__SSE2__)

static inline uint64_t equal(const __m128i bytes[4], char wanted) {
  const __m128i pattern = _mm_set1_epi8(wanted);
  uint64_t mask = 0;
  for (int index = 0; index < 4; index++) {
    mask |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes[index], pattern)) << (16 * index);
  }
  return mask;
}

static inline block_masks masks(const uint8_t *start) {
  __m128i bytes[4], curly[4];
  for (int index = 0; index < 4; index++) {
    bytes[index] = _mm_loadu_si128((const __m128i *)(start + 16 * index));
    // Square and curly brackets differ in this bit.
    curly[index] = _mm_or_si128(bytes[index], _mm_set1_epi8(0x20));
  }
  return (block_masks){equal(bytes, '"'), equal(bytes, '\\'), equal(curly, '{'), equal(curly, '}')};
}

#elif defined(__ARM_NEON) && defined(__aarch64__)

static inline uint64_t packed(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d) {
  const uint8x16_t bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  uint8x16_t low = vpaddq_u8(vandq_u8(a, bits), vandq_u8(b, bits));
  uint8x16_t high = vpaddq_u8(vandq_u8(c, bits), vandq_u8(d, bits));
  uint8x16_t all = vpaddq_u8(low, high);
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

static inline uint64_t equal(const uint8x16_t bytes[4], uint8_t wanted) {
  const uint8x16_t pattern = vdupq_n_u8(wanted);
  return packed(vceqq_u8(bytes[0], pattern), vceqq_u8(bytes[1], pattern), vceqq_u8(bytes[2], pattern), vceqq_u8(bytes[3], pattern));
}

static inline block_masks masks(const uint8_t *start) {
  uint8x16_t bytes[4], curly[4];
  for (int index = 0; index < 4; index++) {
    bytes[index] = vld1q_u8(start + 16 * index);
    curly[index] = vorrq_u8(bytes[index], vdupq_n_u8(0x20));
  }
  return (block_masks){equal(bytes, '"'), equal(bytes, '\\'), equal(curly, '{'), equal(curly, '}')};
}

#else

static inline block_masks masks(const uint8_t *start) {
  block_masks found = {0, 0, 0, 0};
  for (int index = 0; index < 64; index++) {
    const uint64_t bit = (uint64_t)1 << index;
    const uint8_t byte = start[index];
    if (byte == '"') found.quotes |= bit;
    if (byte == '\\') found.backslashes |= bit;
    if ((byte | 0x20) == '{') found.opening |= bit;
    if ((byte | 0x20) == '}') found.closing |= bit;
  }
  return found;
}

#endif

// What is known between two bytes.
typedef struct {
  uint64_t depth;
  // All ones within a string, else zero.
  uint64_t string;
  // Whether the byte before was a backslash that is not escaped itself.
  int escaped;
} scan_state;

// Steps byte by byte. Returns the place after the closing bracket, or null when it is not before `end`.
static const uint8_t *step(const uint8_t *next, const uint8_t *end, scan_state *state) {
  for (; next < end; next++) {
    const uint8_t byte = *next;
    if (state->escaped) {
      state->escaped = 0;
    } else if (state->string) {
      if (byte == '"') state->string = 0;
      else if (byte == '\\') state->escaped = 1;
    } else if (byte == '"') {
      state->string = ~(uint64_t)0;
    } else if ((byte | 0x20) == '{') {
      state->depth++;
    } else if ((byte | 0x20) == '}') {
      if (--state->depth == 0) return next + 1;
    }
  }
  return NULL;
}

// Where each bit is set an odd number of times up to it.
static inline uint64_t parity(uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

const uint8_t *bracket_scan(const uint8_t *next, const uint8_t *end) {
  scan_state state = {1, 0, 0};
  for (; end - next >= 64; next += 64) {
    const block_masks found = masks(next);
    if (found.backslashes || state.escaped) {
      const uint8_t *after = step(next, next + 64, &state);
      if (after) return after;
      continue;
    }
    const uint64_t inside = parity(found.quotes) ^ state.string;
    uint64_t opening = found.opening & ~inside;
    uint64_t closing = found.closing & ~inside;
    state.string = (uint64_t)0 - (inside >> 63);
    const uint64_t down = (uint64_t)__builtin_popcountll(closing);
    if (down < state.depth) {
      state.depth += (uint64_t)__builtin_popcountll(opening) - down;
      continue;
    }
    for (uint64_t rest = opening | closing; rest; rest &= rest - 1) {
      if (opening & rest & (0 - rest)) {
        state.depth++;
      } else if (--state.depth == 0) {
        return next + __builtin_ctzll(rest) + 1;
      }
    }
  }
  return step(next, end, &state);
}
