#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

#include "LogsInsightsC.h"

#if defined(__x86_64__)
#include <immintrin.h>

// Looks at 32 places at once whether two bytes of the part are there (W. Muła, "SIMD-friendly algorithms for substring searching").
__attribute__((target("avx2"))) static const void *find_avx2(const unsigned char *text, size_t count, const unsigned char *part,
                                                             size_t part_count) {
  // The bytes at the very ends of parts are often quotation marks.
  const size_t one = part_count >= 4 ? 1 : 0, other = part_count >= 4 ? part_count - 2 : part_count - 1;
  const __m256i first = _mm256_set1_epi8((char)part[one]), last = _mm256_set1_epi8((char)part[other]);
  const size_t places = count - part_count + 1;
  size_t at = 0;
  for (; at + 32 <= places; at += 32) {
    const __m256i a = _mm256_loadu_si256((const __m256i *)(text + at + one));
    const __m256i b = _mm256_loadu_si256((const __m256i *)(text + at + other));
    unsigned hits = (unsigned)_mm256_movemask_epi8(_mm256_and_si256(_mm256_cmpeq_epi8(a, first), _mm256_cmpeq_epi8(b, last)));
    while (hits) {
      const size_t place = at + (size_t)__builtin_ctz(hits);
      if (memcmp(text + place, part, part_count) == 0) return text + place;
      hits &= hits - 1;
    }
  }
  for (; at < places; at++) {
    if (text[at + one] == part[one] && memcmp(text + at, part, part_count) == 0) return text + at;
  }
  return NULL;
}
#endif

const void *insights_find(const void *text, size_t count, const void *part, size_t part_count) {
  if (part_count == 0) return text;
  if (part_count > count) return NULL;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return find_avx2(text, count, part, part_count);
#endif
  return memmem(text, count, part, part_count);
}
