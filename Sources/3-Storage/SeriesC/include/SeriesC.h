#include <stddef.h>
#include <stdint.h>

// CRC-32C (Castagnoli) by the processor's own instruction, continued from `crc`. Zero when it has none: see series_has_crc32c.
uint32_t series_crc32c(uint32_t crc, const void *bytes, size_t count);
int series_has_crc32c(void);

// Where the part is in the bytes, or NULL.
const void *series_find(const void *bytes, size_t count, const void *part, size_t part_count);
