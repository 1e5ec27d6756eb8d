/* All tests of the JSON scanner once more, without vector instructions. The scanner compiled into
 * this program takes the place of the library's. */
#define VESPA_PORTABLE

#include "core/json.c"

#include "tests/unit/test_json.c"
