// What EventPattern needs of the processor that Swift does not offer.
#ifndef EVENT_PATTERN_C_H
#define EVENT_PATTERN_C_H

#include <stdint.h>

/// Steps over the rest of a JSON object or array whose opening bracket was read: returns the place after its closing bracket, or
/// a null pointer when the text breaks off before. Reads from `next` to before `end`, nothing else. Brackets are counted
/// without telling their kinds apart; those within strings do not count.
const uint8_t *_Nullable bracket_scan(const uint8_t *_Nonnull next, const uint8_t *_Nonnull end);

#endif
