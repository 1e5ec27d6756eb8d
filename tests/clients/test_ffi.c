/* Programs that fetch libcurl's functions by name: Python's ctypes, LuaJIT's FFI, Ruby's typhoeus.
 */
#include "tests/clients/client.h"

#define OPENS_LIBCURL "import ctypes; ctypes.CDLL('libcurl.so.4')"

static const struct vespa_client clients[] = {
    {"ctypes",
     {"/usr/bin/python3", "-B", PROGRAMS "ctypes_client.py"},
     {"/usr/bin/python3", "-c", OPENS_LIBCURL},
     CLIENT_STREAMS | CLIENT_BODIES},
    {"luajit",
     {"luajit", PROGRAMS "luajit_client.lua"},
     {"luajit", "-e", "require('ffi').load('libcurl.so.4')"},
     CLIENT_STREAMS | CLIENT_BODIES},
    {"typhoeus",
     {"ruby", PROGRAMS "typhoeus.rb"},
     {"ruby", "-e", "require 'typhoeus'"},
     CLIENT_ALL},
};

int main(void)
{
    return vespa_clients_run(clients, sizeof clients / sizeof *clients);
}
