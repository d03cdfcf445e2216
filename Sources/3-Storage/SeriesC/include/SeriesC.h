#include <stddef.h>
#include <stdint.h>

// CRC-32C (Castagnoli) by the processor's own instruction, continued from `crc`. Zero when it has none: see series_has_crc32c.
uint32_t series_crc32c(uint32_t crc, const void *_Nullable bytes, size_t count);
int series_has_crc32c(void);

// Where the part is in the bytes, or NULL.
const void *_Nullable series_find(const void *_Nullable bytes, size_t count, const void *_Nullable part, size_t part_count);

// Memory that grows: what realloc answers, but never NULL. The program ends where there is none, as everywhere in Swift.
void *_Nonnull series_grow(void *_Nullable memory, size_t bytes);
