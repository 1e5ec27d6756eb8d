/*
 * A cJSON that ends the program when it is used: for a program that exports one of its own, which
 * nobody but it may call.
 */
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))

#define FORBIDDEN(name)     \
    EXPORT void name(void); \
    void name(void)         \
    {                       \
        abort();            \
    }

FORBIDDEN(cJSON_AddItemToObject)
FORBIDDEN(cJSON_AddStringToObject)
FORBIDDEN(cJSON_CreateObject)
FORBIDDEN(cJSON_CreateString)
FORBIDDEN(cJSON_Delete)
FORBIDDEN(cJSON_GetObjectItem)
FORBIDDEN(cJSON_GetObjectItemCaseSensitive)
FORBIDDEN(cJSON_InitHooks)
FORBIDDEN(cJSON_IsNumber)
FORBIDDEN(cJSON_IsString)
FORBIDDEN(cJSON_Parse)
FORBIDDEN(cJSON_ParseWithLength)
FORBIDDEN(cJSON_Print)
FORBIDDEN(cJSON_PrintUnformatted)
FORBIDDEN(cJSON_free)
FORBIDDEN(cJSON_malloc)
