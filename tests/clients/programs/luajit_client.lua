-- libcurl's easy interface through LuaJIT's FFI.
local ffi = require("ffi")

ffi.cdef [[
typedef struct curl_slist curl_slist;
void *curl_easy_init(void);
int curl_easy_setopt(void *handle, int option, ...);
int curl_easy_getinfo(void *handle, int info, ...);
int curl_easy_perform(void *handle);
void curl_easy_cleanup(void *handle);
curl_slist *curl_slist_append(curl_slist *list, const char *text);
void curl_slist_free_all(curl_slist *list);
typedef size_t (*write_function)(const char *data, size_t size, size_t count, void *context);
]]
local URL, USERAGENT, WRITEFUNCTION, COPYPOSTFIELDS, HTTPHEADER = 10002, 10018, 20011, 10165, 10023
local RESPONSE_CODE, CONTENT_TYPE = 0x200002, 0x100012
local curl = ffi.load("libcurl.so.4")

local received, stream
local function take(data, size, count)
    local piece = ffi.string(data, size * count)
    received[#received + 1] = piece
    if stream then
        io.write(piece)
        io.flush()
    end
    return size * count
end
-- A callback from within a call of compiled code is not allowed.
jit.off()
local write = ffi.cast("write_function", take)

local function send(number, url, body)
    received, stream = {}, url:find("/stream/", 1, true) ~= nil
    local handle = curl.curl_easy_init()
    local headers = curl.curl_slist_append(nil, "Content-Type: application/json")
    curl.curl_easy_setopt(handle, URL, url)
    curl.curl_easy_setopt(handle, USERAGENT, "client/1")
    curl.curl_easy_setopt(handle, WRITEFUNCTION, write)
    if body ~= "" then
        curl.curl_easy_setopt(handle, COPYPOSTFIELDS, body)
        curl.curl_easy_setopt(handle, HTTPHEADER, headers)
    end
    local code = curl.curl_easy_perform(handle)
    local status, kind = ffi.new("long[1]"), ffi.new("const char *[1]")
    curl.curl_easy_getinfo(handle, RESPONSE_CODE, status)
    curl.curl_easy_getinfo(handle, CONTENT_TYPE, kind)
    local answer = table.concat(received)
    io.write(stream and "" or answer, string.format("\n%d %d %s %d %d\n", number,
        tonumber(status[0]), kind[0] == nil and "-" or ffi.string(kind[0]), #answer, code))
    curl.curl_easy_cleanup(handle)
    curl.curl_slist_free_all(headers)
end

for place = 1, #arg, 2 do
    send((place - 1) / 2, arg[place], arg[place + 1])
end
