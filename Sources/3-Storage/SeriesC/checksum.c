#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <string.h>

#include "SeriesC.h"

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const unsigned char *bytes, size_t count) {
  uint64_t value = crc;
  size_t at = 0;
  for (; at + 8 <= count; at += 8) {
    uint64_t word;
    memcpy(&word, bytes + at, 8);
    value = _mm_crc32_u64(value, word);
  }
  for (; at < count; at++) value = _mm_crc32_u8((uint32_t)value, bytes[at]);
  return (uint32_t)value;
}

int series_has_crc32c(void) { return __builtin_cpu_supports("sse4.2") != 0; }
uint32_t series_crc32c(uint32_t crc, const void *bytes, size_t count) { return by_instruction(crc, bytes, count); }
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

int series_has_crc32c(void) { return 1; }
uint32_t series_crc32c(uint32_t crc, const void *bytes, size_t count) {
  const unsigned char *p = bytes;
  size_t at = 0;
  for (; at + 8 <= count; at += 8) {
    uint64_t word;
    memcpy(&word, p + at, 8);
    crc = __crc32cd(crc, word);
  }
  for (; at < count; at++) crc = __crc32cb(crc, p[at]);
  return crc;
}
#else
int series_has_crc32c(void) { return 0; }
uint32_t series_crc32c(uint32_t crc, const void *bytes, size_t count) {
  (void)crc;
  (void)bytes;
  (void)count;
  return 0;
}
#endif

const void *series_find(const void *bytes, size_t count, const void *part, size_t part_count) {
  return memmem(bytes, count, part, part_count);
}

void *series_grow(void *memory, size_t bytes) {
  void *fresh = realloc(memory, bytes);
  if (fresh == NULL) abort();
  return fresh;
}
