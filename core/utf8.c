/* UTF-8: the Unicode Standard, table 3-7. */
#include "core/utf8.h"

const struct vespa_utf8_lead vespa_utf8_leads[256] = {
    [0xC2 ... 0xDF] = {1, 0x80, 0xBF},                           /* C0 and C1 would be overlong */
    [0xE0] = {2, 0xA0, 0xBF},                                    /* below: overlong */
    [0xE1 ... 0xEC] = {2, 0x80, 0xBF}, [0xED] = {2, 0x80, 0x9F}, /* above: surrogates */
    [0xEE ... 0xEF] = {2, 0x80, 0xBF}, [0xF0] = {3, 0x90, 0xBF}, /* below: overlong */
    [0xF1 ... 0xF3] = {3, 0x80, 0xBF}, [0xF4] = {3, 0x80, 0x8F}, /* above: beyond U+10FFFF */
};
