#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

#include "LogsInsightsC.h"

const void *insights_find(const void *text, size_t count, const void *part, size_t part_count) {
  return memmem(text, count, part, part_count);
}
