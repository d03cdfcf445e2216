#pragma once
#include <stddef.h>

/// Where the part first is in the text, or null: the C library's `memmem`, which its headers hide from Swift on Linux.
const void *insights_find(const void *text, size_t count, const void *part, size_t part_count);
