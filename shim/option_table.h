/*
 * The table of shim/option.h: one row for each option that libcurl has had since 7.74. Options that
 * are newer than the headers at hand are here by their number; an alias has its modern name's row.
 *
 *     OPTION(name, number, type, class, legs, during, initial)
 *
 * To use it, define OPTION and include this file. `legs` is a word for which the includer has a
 * meaning: NONE, WORKER, CANNED, WORKER_CANNED, AUTOSCALER, CANNED_AUTOSCALER or SPECIAL.
 *
 * Three things decide about a row. On the leg to a worker the peer is a stranger's machine, and
 * URL, method, headers and body are ours. On a canned leg no byte leaves the process: the peer is a
 * datagram socket that holds the answer already, so whatever adds bytes before the answer, waits
 * for others, or wants the socket to be TCP has to go. On the leg to the autoscaler a fresh handle
 * of our own carries the key, and takes over only what says how this machine reaches the network.
 *
 * `initial` is what setopt must be given to have libcurl's own value back. docs/options.md says
 * which options share one place inside libcurl, and what follows for the order of putting them
 * back.
 */

/* clang-format off */

/* ---- method, URL and body: BODY ------------------------------------------------------------- */

/* The code that takes the application's request apart needs their values, and sets its own.
 * Nearly all of them also set the method inside libcurl; docs/options.md, "Method", has the
 * rules. */
OPTION(URL,                        2, STRING,   BODY,       SPECIAL,           0,  0)
OPTION(CURLU,                    282, OBJECT,   BODY,       SPECIAL,           0,  0)
OPTION(DEFAULT_PROTOCOL,         238, STRING,   BODY,       SPECIAL,           0,  0)
OPTION(CUSTOMREQUEST,             36, STRING,   BODY,       SPECIAL,           0,  0)
OPTION(HTTPGET,                   80, LONG,     BODY,       SPECIAL,           0,  0)
OPTION(NOBODY,                    44, LONG,     BODY,       SPECIAL,           0,  0)
OPTION(POST,                      47, LONG,     BODY,       SPECIAL,           0,  0)
OPTION(PUT,                       54, LONG,     BODY,       SPECIAL,           0,  0)
OPTION(UPLOAD,                    46, LONG,     BODY,       SPECIAL,           0,  0)
OPTION(POSTFIELDS,                15, OBJECT,   BODY,       SPECIAL,           0,  0)
OPTION(COPYPOSTFIELDS,           165, OBJECT,   BODY,       SPECIAL,           0,  0)
OPTION(POSTFIELDSIZE,             60, LONG,     BODY,       SPECIAL,          -1, -1)
OPTION(POSTFIELDSIZE_LARGE,      120, OFF_T,    BODY,       SPECIAL,          -1, -1)
OPTION(INFILESIZE,                14, LONG,     BODY,       SPECIAL,          -1, -1)
OPTION(INFILESIZE_LARGE,         115, OFF_T,    BODY,       SPECIAL,          -1, -1)
OPTION(HTTPPOST,                  24, OBJECT,   BODY,       SPECIAL,           0,  0)
OPTION(MIMEPOST,                 269, OBJECT,   BODY,       SPECIAL,           0,  0)
/* What of it may go to a worker is decided by an allow-list, header by header. */
OPTION(HTTPHEADER,                23, OBJECT,   BODY,       SPECIAL,           0,  0)

/* ---- callbacks that the shim stands in front of: WRAPPED ------------------------------------ */

/* Not NULL at first are WRITEDATA (stdout) and READDATA (stdin): NULL would be given to fwrite
 * and fread. The functions' NULL is libcurl's default. */
OPTION(WRITEFUNCTION,             11, FUNCTION, WRAPPED,    SPECIAL,           0,  0)
OPTION(WRITEDATA,                  1, OBJECT,   WRAPPED,    SPECIAL,           0,  0)
OPTION(HEADERFUNCTION,            79, FUNCTION, WRAPPED,    SPECIAL,           0,  0)
OPTION(HEADERDATA,                29, OBJECT,   WRAPPED,    SPECIAL,           0,  0)
OPTION(READFUNCTION,              12, FUNCTION, WRAPPED,    SPECIAL,           0,  0)
OPTION(READDATA,                   9, OBJECT,   WRAPPED,    SPECIAL,           0,  0)
OPTION(SEEKFUNCTION,             167, FUNCTION, WRAPPED,    SPECIAL,           0,  0)
OPTION(SEEKDATA,                 168, OBJECT,   WRAPPED,    SPECIAL,           0,  0)
OPTION(IOCTLFUNCTION,            130, FUNCTION, WRAPPED,    SPECIAL,           0,  0)
OPTION(IOCTLDATA,                131, OBJECT,   WRAPPED,    SPECIAL,           0,  0)
/* Called while a worker is asked for and waited for, too. */
OPTION(NOPROGRESS,                43, LONG,     WRAPPED,    SPECIAL,           0,  1)
OPTION(PROGRESSFUNCTION,          56, FUNCTION, WRAPPED,    SPECIAL,           0,  0)
OPTION(XFERINFOFUNCTION,         219, FUNCTION, WRAPPED,    SPECIAL,           0,  0)
OPTION(XFERINFODATA,              57, OBJECT,   WRAPPED,    SPECIAL,           0,  0)
/* Ours on the canned leg (design.md §2.6), and in front of the application's own on the leg to a
 * worker. */
OPTION(OPENSOCKETFUNCTION,       163, FUNCTION, WRAPPED,    SPECIAL,           0,  0)
OPTION(OPENSOCKETDATA,           164, OBJECT,   WRAPPED,    SPECIAL,           0,  0)
OPTION(PREREQFUNCTION,           312, FUNCTION, WRAPPED,    SPECIAL,           0,  0)
OPTION(PREREQDATA,               313, OBJECT,   WRAPPED,    SPECIAL,           0,  0)

/* ---- what authenticates the application elsewhere: CREDENTIAL ------------------------------- */

/* One place inside libcurl: USERPWD sets USERNAME and PASSWORD. */
OPTION(USERPWD,                    5, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(USERNAME,                 173, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(PASSWORD,                 174, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(LOGIN_OPTIONS,            224, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(XOAUTH2_BEARER,           220, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
/* Basic is what libcurl begins with, and sends nothing without a name and a password. Negotiate,
 * NTLM and the two signatures do not need one of ours: they would answer a worker's 401 with the
 * user's Kerberos ticket, or fail before a byte is sent. */
OPTION(HTTPAUTH,                 107, LONG,     CREDENTIAL, WORKER_CANNED,     1,  1)
OPTION(AWS_SIGV4,                305, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(HTTPSIG_ALGORITHM,        329, LONG,     CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(HTTPSIG_KEY,              330, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(HTTPSIG_KEYID,            331, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(HTTPSIG_HEADERS,          332, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(SERVICE_NAME,             236, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
/* A missing file fails the transfer when NETRC is 2 (required). */
OPTION(NETRC,                     51, LONG,     CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(NETRC_FILE,               118, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(COOKIE,                    22, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
/* AUTOREFERER is here for what it leaves behind: up to 8.14 the address that a redirect of an
 * earlier transfer has put into Referer is sent with the next ones until REFERER is set. */
OPTION(REFERER,                   16, STRING,   CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(AUTOREFERER,               58, LONG,     CREDENTIAL, WORKER_CANNED,     0,  0)
OPTION(UNRESTRICTED_AUTH,        105, LONG,     CREDENTIAL, WORKER_CANNED,     0,  0)
/* Client certificates. Each by itself makes libcurl try to load one, the type included. */
OPTION(SSLCERT,                   25, STRING,   CREDENTIAL, WORKER,            0,  0)
OPTION(SSLCERT_BLOB,             291, BLOB,     CREDENTIAL, WORKER,            0,  0)
OPTION(SSLCERTTYPE,               86, STRING,   CREDENTIAL, WORKER,            0,  0)
OPTION(SSLKEY,                    87, STRING,   CREDENTIAL, WORKER,            0,  0)
OPTION(SSLKEY_BLOB,              292, BLOB,     CREDENTIAL, WORKER,            0,  0)
OPTION(SSLKEYTYPE,                88, STRING,   CREDENTIAL, WORKER,            0,  0)
OPTION(KEYPASSWD,                 26, STRING,   CREDENTIAL, WORKER,            0,  0)
OPTION(TLSAUTH_USERNAME,         204, STRING,   CREDENTIAL, WORKER,            0,  0)
OPTION(TLSAUTH_PASSWORD,         205, STRING,   CREDENTIAL, WORKER,            0,  0)
/* In 7.74 NULL means SRP, and only a word that is not SRP switches it off; later ones refuse "". */
OPTION(TLSAUTH_TYPE,             206, STRING,   CREDENTIAL, WORKER,        EMPTY, EMPTY)

/* ---- what would send the leg elsewhere or spoil what is sent or read: MISDIRECT ------------- */

/* The way to the peer. */
OPTION(PORT,                       3, LONG,     MISDIRECT,  WORKER_CANNED,     0,  0)
OPTION(CONNECT_TO,               243, OBJECT,   MISDIRECT,  WORKER_CANNED,     0,  0)
OPTION(UNIX_SOCKET_PATH,         231, STRING,   MISDIRECT,  WORKER_CANNED,     0,  0)
OPTION(ABSTRACT_UNIX_SOCKET,     264, STRING,   MISDIRECT,  WORKER_CANNED,     0,  0)
/* NULL is not enough: a "*" entry stays in force until another list is read (docs/options.md). */
OPTION(RESOLVE,                  203, OBJECT,   MISDIRECT,  SPECIAL,           0,  0)
/* The application forbids schemes of URLs that it does not trust; these URLs are ours. NULL is no
 * way to set the second: it is refused up to 8.5, and where CVE-2024-2004 was mended (Debian's
 * 7.88.1, 8.14) a refused value forbids everything. */
OPTION(PROTOCOLS,                181, LONG,     MISDIRECT,  WORKER_CANNED,    -1, -1)
OPTION(PROTOCOLS_STR,            318, STRING,   MISDIRECT,  WORKER_CANNED,   ALL, ALL)
/* A worker's redirect would lead the signed body to wherever the worker likes. */
OPTION(FOLLOWLOCATION,            52, LONG,     MISDIRECT,  WORKER_CANNED,     0,  0)
/* Writes a line in front of the request. */
OPTION(HAPROXYPROTOCOL,          274, LONG,     MISDIRECT,  WORKER_CANNED,     0,  0)
/* Switches HAPROXYPROTOCOL on, in 8.2 to 8.14 even with NULL: so it is never set here, and put back
 * together with it. By itself it does nothing. */
OPTION(HAPROXY_CLIENT_IP,        323, STRING,   MISDIRECT,  SPECIAL,           0,  0)
/* Such a transfer sends no request that could be routed. */
OPTION(CONNECT_ONLY,             141, LONG,     MISDIRECT,  SPECIAL,           0,  0)

/* The request. */
OPTION(REQUEST_TARGET,           266, STRING,   MISDIRECT,  WORKER_CANNED,     0,  0)
OPTION(RANGE,                      7, STRING,   MISDIRECT,  WORKER_CANNED,     0,  0)
OPTION(RESUME_FROM,               21, LONG,     MISDIRECT,  WORKER_CANNED,     0,  0)
OPTION(RESUME_FROM_LARGE,        116, OFF_T,    MISDIRECT,  WORKER_CANNED,     0,  0)
OPTION(TIMECONDITION,             33, LONG,     MISDIRECT,  WORKER_CANNED,     0,  0)
/* Sends TE and Connection headers of its own. A handle that once has goes on doing so up to 8.14,
 * whatever is set afterwards. */
OPTION(TRANSFER_ENCODING,        207, LONG,     MISDIRECT,  WORKER_CANNED,     0,  0)
/* Both rewrite line feeds of an uploaded body, over HTTP too. */
OPTION(CRLF,                      27, LONG,     MISDIRECT,  WORKER_CANNED,     0,  0)
OPTION(TRANSFERTEXT,              53, LONG,     MISDIRECT,  WORKER_CANNED,     0,  0)
OPTION(TRAILERFUNCTION,          283, FUNCTION, MISDIRECT,  WORKER_CANNED,     0,  0)
/* 2 is HTTP/1.1: framing and verdict are written for it. 0 is "as libcurl likes" in every
 * version, though the value behind it is another one up to 8.5 (2TLS) than from 8.14 on (NONE). */
OPTION(HTTP_VERSION,              84, LONG,     MISDIRECT,  WORKER_CANNED,     2,  0)
/* Ours is the list of headers; with 0 it would be shown to a proxy as well. */
OPTION(HEADEROPT,                229, LONG,     MISDIRECT,  WORKER,            1,  1)

/* The answer. */
OPTION(HTTP09_ALLOWED,           285, LONG,     MISDIRECT,  WORKER_CANNED,     0,  0)
OPTION(HTTP200ALIASES,           104, OBJECT,   MISDIRECT,  WORKER_CANNED,     0,  0)
/* The datagram socket has no end of file: without Content-Length nothing ends the canned answer. */
OPTION(IGNORE_CONTENT_LENGTH,    136, LONG,     MISDIRECT,  WORKER_CANNED,     0,  0)
/* The application's http:// URL would not have made a proxy answer CONNECT. */
OPTION(SUPPRESS_CONNECT_HEADERS, 265, LONG,     MISDIRECT,  WORKER,            1,  0)

/* Trust. A worker is verified by the workers' root or the system's, and always. What the
 * application pins, revokes or relaxes belongs to its own host. */
OPTION(SSL_VERIFYPEER,            64, LONG,     MISDIRECT,  WORKER,            1,  1)
OPTION(SSL_VERIFYHOST,            81, LONG,     MISDIRECT,  WORKER,            2,  2)
OPTION(SSL_VERIFYSTATUS,         232, LONG,     MISDIRECT,  WORKER,            0,  0)
OPTION(PINNEDPUBLICKEY,          230, STRING,   MISDIRECT,  WORKER,            0,  0)
OPTION(CRLFILE,                  169, STRING,   MISDIRECT,  WORKER,            0,  0)
OPTION(ISSUERCERT,               170, STRING,   MISDIRECT,  WORKER,            0,  0)
OPTION(ISSUERCERT_BLOB,          295, BLOB,     MISDIRECT,  WORKER,            0,  0)
OPTION(SSL_CTX_FUNCTION,         108, FUNCTION, MISDIRECT,  WORKER,            0,  0)
/* One bit adds the system's roots to ours, another sends the request as replayable early data. */
OPTION(SSL_OPTIONS,              216, LONG,     MISDIRECT,  WORKER,            0,  0)
OPTION(ECH,                      325, STRING,   MISDIRECT,  WORKER,            0,  0)
/* Replaced where the workers' root is in use. NULL does not bring back the default that is
 * compiled in: see docs/options.md. */
OPTION(CAINFO,                    65, STRING,   MISDIRECT,  SPECIAL,           0,  0)
OPTION(CAPATH,                    97, STRING,   MISDIRECT,  SPECIAL,           0,  0)
OPTION(CAINFO_BLOB,              309, BLOB,     MISDIRECT,  SPECIAL,           0,  0)

/* ---- what stays and is meant for the worker too: KEEP --------------------------------------- */

/* What the request says of the application, and how the answer is to be read. Headers are made of
 * the first two, so they are looked at. */
OPTION(USERAGENT,                 18, STRING,   KEEP,       SPECIAL,           0,  0)
OPTION(ACCEPT_ENCODING,          102, STRING,   KEEP,       SPECIAL,           0,  0)
OPTION(HTTP_CONTENT_DECODING,    158, LONG,     KEEP,       NONE,              0,  1)
OPTION(HTTP_TRANSFER_DECODING,   157, LONG,     KEEP,       NONE,              0,  1)
OPTION(MAXFILESIZE,              114, LONG,     KEEP,       NONE,              0,  0)
OPTION(MAXFILESIZE_LARGE,        117, OFF_T,    KEEP,       NONE,              0,  0)
OPTION(EXPECT_100_TIMEOUT_MS,    227, LONG,     KEEP,       NONE,              0,  1000)
/* The body of a form would be sent to a socket from which nobody reads. */
OPTION(KEEP_SENDING_ON_ERROR,    245, LONG,     KEEP,       CANNED,            0,  0)
/* The verdict has to know: heads reach the write callback, or the transfer ends with the head. */
OPTION(HEADER,                    42, LONG,     KEEP,       SPECIAL,           0,  0)
OPTION(FAILONERROR,               45, LONG,     KEEP,       SPECIAL,           0,  0)
/* How the application's URL is to be read. */
OPTION(PATH_AS_IS,               234, LONG,     KEEP,       SPECIAL,           0,  0)
OPTION(DISALLOW_USERNAME_IN_URL, 278, LONG,     KEEP,       SPECIAL,           0,  0)
/* Where the message of a failure goes that the shim has to explain. */
OPTION(ERRORBUFFER,               10, OBJECT,   KEEP,       SPECIAL,           0,  0)
/* The cookie engine stays on (switching it off throws the cookies away); what a worker has put
 * into it is taken out again. SHARE may bring a cookie engine along. */
OPTION(COOKIEFILE,                31, STRING,   KEEP,       SPECIAL,           0,  0)
OPTION(COOKIEJAR,                 82, STRING,   KEEP,       SPECIAL,           0,  0)
OPTION(COOKIELIST,               135, STRING,   KEEP,       SPECIAL,           0,  0)
OPTION(SHARE,                    100, OBJECT,   KEEP,       SPECIAL,           0,  0)

/* A worker's redirect is followed by the shim. (MAXREDIRS begins with 30 from 8.3 on.) */
OPTION(MAXREDIRS,                 68, LONG,     KEEP,       SPECIAL,           0, -1)
OPTION(POSTREDIR,                161, LONG,     KEEP,       SPECIAL,           0,  0)

/* Time. It covers routing and waiting too. */
OPTION(TIMEOUT,                   13, LONG,     KEEP,       SPECIAL,           0,  0)
OPTION(TIMEOUT_MS,               155, LONG,     KEEP,       SPECIAL,           0,  0)
OPTION(CONNECTTIMEOUT,            78, LONG,     KEEP,       SPECIAL,           0,  0)
OPTION(CONNECTTIMEOUT_MS,        156, LONG,     KEEP,       SPECIAL,           0,  0)
OPTION(LOW_SPEED_LIMIT,           19, LONG,     KEEP,       SPECIAL,           0,  0)
OPTION(LOW_SPEED_TIME,            20, LONG,     KEEP,       SPECIAL,           0,  0)
/* 8.21 reads no more than the allowance, and a datagram that is read in part is lost in part. */
OPTION(MAX_RECV_SPEED_LARGE,     146, OFF_T,    KEEP,       CANNED,            0,  0)
OPTION(MAX_SEND_SPEED_LARGE,     145, OFF_T,    KEEP,       CANNED,            0,  0)

/* Connections. The socket of a canned answer is good for that answer only. */
OPTION(FRESH_CONNECT,             74, LONG,     KEEP,       CANNED,            1,  0)
OPTION(FORBID_REUSE,              75, LONG,     KEEP,       CANNED,            1,  0)
OPTION(SOCKOPTFUNCTION,          148, FUNCTION, KEEP,       CANNED,            0,  0)
OPTION(SOCKOPTDATA,              149, OBJECT,   KEEP,       NONE,              0,  0)
OPTION(CLOSESOCKETFUNCTION,      208, FUNCTION, KEEP,       CANNED,            0,  0)
OPTION(CLOSESOCKETDATA,          209, OBJECT,   KEEP,       NONE,              0,  0)
OPTION(RESOLVER_START_FUNCTION,  272, FUNCTION, KEEP,       CANNED,            0,  0)
OPTION(RESOLVER_START_DATA,      273, OBJECT,   KEEP,       NONE,              0,  0)
OPTION(BUFFERSIZE,                98, LONG,     KEEP,       NONE,              0,  16384)
OPTION(UPLOAD_BUFFERSIZE,        280, LONG,     KEEP,       NONE,              0,  65536)
OPTION(MAXAGE_CONN,              288, LONG,     KEEP,       NONE,              0,  118)
OPTION(MAXLIFETIME_CONN,         314, LONG,     KEEP,       NONE,              0,  0)
OPTION(MAXCONNECTS,               71, LONG,     KEEP,       NONE,              0,  5)
OPTION(NOSIGNAL,                  99, LONG,     KEEP,       AUTOSCALER,        0,  0)

/* The network. */
OPTION(INTERFACE,                 62, STRING,   KEEP,       AUTOSCALER,        0,  0)
/* Not for the autoscaler: its kept connection would hold the port that the worker's needs. */
OPTION(LOCALPORT,                139, LONG,     KEEP,       NONE,              0,  0)
OPTION(LOCALPORTRANGE,           140, LONG,     KEEP,       NONE,              0,  0)
/* Told to use IPv6 only, 7.88 to 8.14 find no way to the canned leg's literal address. */
OPTION(IPRESOLVE,                113, LONG,     KEEP,       CANNED_AUTOSCALER, 0,  0)
OPTION(ADDRESS_SCOPE,            171, LONG,     KEEP,       AUTOSCALER,        0,  0)
OPTION(HAPPY_EYEBALLS_TIMEOUT_MS, 271, LONG,    KEEP,       AUTOSCALER,        0,  200)
OPTION(TCP_NODELAY,              121, LONG,     KEEP,       AUTOSCALER,        0,  1)
OPTION(TCP_KEEPALIVE,            213, LONG,     KEEP,       AUTOSCALER,        0,  0)
OPTION(TCP_KEEPIDLE,             214, LONG,     KEEP,       AUTOSCALER,        0,  60)
OPTION(TCP_KEEPINTVL,            215, LONG,     KEEP,       AUTOSCALER,        0,  60)
OPTION(TCP_KEEPCNT,              326, LONG,     KEEP,       AUTOSCALER,        0,  9)
OPTION(TCP_FASTOPEN,             244, LONG,     KEEP,       CANNED_AUTOSCALER, 0,  0)
OPTION(DNS_SERVERS,              211, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(DNS_INTERFACE,            221, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(DNS_LOCAL_IP4,            222, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(DNS_LOCAL_IP6,            223, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(DNS_CACHE_TIMEOUT,         92, LONG,     KEEP,       AUTOSCALER,        0,  60)
OPTION(DNS_SHUFFLE_ADDRESSES,    275, LONG,     KEEP,       AUTOSCALER,        0,  0)
OPTION(DOH_URL,                  279, STRING,   KEEP,       AUTOSCALER,        0,  0)
/* Relaxed verification never goes to a handle that carries the key, not even for its resolver. */
OPTION(DOH_SSL_VERIFYPEER,       306, LONG,     KEEP,       NONE,              0,  1)
OPTION(DOH_SSL_VERIFYHOST,       307, LONG,     KEEP,       NONE,              0,  2)
OPTION(DOH_SSL_VERIFYSTATUS,     308, LONG,     KEEP,       NONE,              0,  0)

/* The proxy, and what authenticates the application to it and it to the application: that is
 * between these two, and both legs are TLS tunnels through it. On the canned leg "" keeps the
 * environment's proxies out, which NULL would let in; with "", nothing else about proxies is
 * looked at but PRE_PROXY. */
OPTION(PROXY,                      4, STRING,   KEEP,       CANNED_AUTOSCALER, EMPTY, 0)
OPTION(PRE_PROXY,                262, STRING,   KEEP,       CANNED_AUTOSCALER, 0,  0)
OPTION(HTTPPROXYTUNNEL,           61, LONG,     KEEP,       CANNED_AUTOSCALER, 0,  0)
OPTION(NOPROXY,                  177, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXYPORT,                 59, LONG,     KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXYTYPE,                101, LONG,     KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXYUSERPWD,               6, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXYUSERNAME,            175, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXYPASSWORD,            176, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXYAUTH,                111, LONG,     KEEP,       AUTOSCALER,        0,  1)
OPTION(PROXYHEADER,              228, OBJECT,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_SERVICE_NAME,       235, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(SOCKS5_AUTH,              267, LONG,     KEEP,       AUTOSCALER,        0,  5)
OPTION(SOCKS5_GSSAPI_SERVICE,    179, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(SOCKS5_GSSAPI_NEC,        180, LONG,     KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_CAINFO,             246, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_CAINFO_BLOB,        310, BLOB,     KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_CAPATH,             247, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_CRLFILE,            260, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_ISSUERCERT,         296, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_ISSUERCERT_BLOB,    297, BLOB,     KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_PINNEDPUBLICKEY,    263, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_SSL_VERIFYPEER,     248, LONG,     KEEP,       AUTOSCALER,        0,  1)
OPTION(PROXY_SSL_VERIFYHOST,     249, LONG,     KEEP,       AUTOSCALER,        0,  2)
OPTION(PROXY_SSLVERSION,         250, LONG,     KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_SSL_OPTIONS,        261, LONG,     KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_SSL_CIPHER_LIST,    259, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_TLS13_CIPHERS,      277, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_SSLCERT,            254, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_SSLCERT_BLOB,       293, BLOB,     KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_SSLCERTTYPE,        255, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_SSLKEY,             256, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_SSLKEY_BLOB,        294, BLOB,     KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_SSLKEYTYPE,         257, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_KEYPASSWD,          258, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_TLSAUTH_USERNAME,   251, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_TLSAUTH_PASSWORD,   252, STRING,   KEEP,       AUTOSCALER,        0,  0)
OPTION(PROXY_TLSAUTH_TYPE,       253, STRING,   KEEP,       AUTOSCALER,        0,  0)
/* Only a proxy can still be met with Kerberos, since HTTPAUTH is taken back. */
OPTION(GSSAPI_DELEGATION,        210, LONG,     KEEP,       NONE,              0,  0)

/* TLS as such. Nothing here lets a peer go unverified; not for the autoscaler, where libcurl's
 * own choice is the strictest. */
OPTION(SSLVERSION,                32, LONG,     KEEP,       NONE,              0,  0)
OPTION(SSL_CIPHER_LIST,           83, STRING,   KEEP,       NONE,              0,  0)
OPTION(TLS13_CIPHERS,            276, STRING,   KEEP,       NONE,              0,  0)
OPTION(SSL_EC_CURVES,            298, STRING,   KEEP,       NONE,              0,  0)
OPTION(SSL_SIGNATURE_ALGORITHMS, 328, STRING,   KEEP,       NONE,              0,  0)
OPTION(SSL_ENABLE_ALPN,          226, LONG,     KEEP,       NONE,              0,  1)
OPTION(SSL_ENABLE_NPN,           225, LONG,     KEEP,       NONE,              0,  1)
OPTION(SSL_FALSESTART,           233, LONG,     KEEP,       NONE,              0,  0)
OPTION(SSL_SESSIONID_CACHE,      150, LONG,     KEEP,       NONE,              0,  1)
OPTION(CERTINFO,                 172, LONG,     KEEP,       NONE,              0,  0)

/* ---- what matters to libcurl and the application only: HARMLESS ----------------------------- */

OPTION(VERBOSE,                   41, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(DEBUGFUNCTION,             94, FUNCTION, HARMLESS,   NONE,              0,  0)
OPTION(DEBUGDATA,                 95, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(STDERR,                    37, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(PRIVATE,                  103, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(FILETIME,                  69, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(QUICK_EXIT,               322, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(UPKEEP_INTERVAL_MS,       281, LONG,     HARMLESS,   NONE,              0,  60000)
OPTION(CA_CACHE_TIMEOUT,         321, LONG,     HARMLESS,   NONE,              0,  86400)

/* libcurl itself follows no redirect on a leg. */
OPTION(REDIR_PROTOCOLS,          182, LONG,     HARMLESS,   NONE,              0, 15)
OPTION(REDIR_PROTOCOLS_STR,      319, STRING,   HARMLESS,   NONE,              0,  0)

/* The user data or the second half of something that is taken back above. */
OPTION(TRAILERDATA,              284, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(SSL_CTX_DATA,             109, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(TIMEVALUE,                 34, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(TIMEVALUE_LARGE,          270, OFF_T,    HARMLESS,   NONE,              0,  0)
OPTION(MIME_OPTIONS,             315, LONG,     HARMLESS,   NONE,              0,  0)

/* An engine holds keys, but without SSLCERT and SSLCERTTYPE none is asked for. Setting them acts
 * at once and cannot be taken back. */
OPTION(SSLENGINE,                 89, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(SSLENGINE_DEFAULT,         90, LONG,     HARMLESS,   NONE,              0,  0)

/* Switching HSTS, Alt-Svc or the list of cookie files off throws data away, so they stay as they
 * are. libcurl ignores HSTS for addresses; an Alt-Svc of a worker counts for the worker's
 * address only. */
OPTION(COOKIESESSION,             96, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(HSTS,                     300, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(HSTS_CTRL,                299, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(HSTSREADFUNCTION,         301, FUNCTION, HARMLESS,   NONE,              0,  0)
OPTION(HSTSREADDATA,             302, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(HSTSWRITEFUNCTION,        303, FUNCTION, HARMLESS,   NONE,              0,  0)
OPTION(HSTSWRITEDATA,            304, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(ALTSVC,                   287, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(ALTSVC_CTRL,              286, LONG,     HARMLESS,   NONE,              0,  0)

/* HTTP/2 only. */
OPTION(PIPEWAIT,                 237, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(STREAM_WEIGHT,            239, LONG,     HARMLESS,   NONE,              0,  16)
OPTION(STREAM_DEPENDS,           240, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(STREAM_DEPENDS_E,         241, OBJECT,   HARMLESS,   NONE,              0,  0)

/* No effect in any libcurl since 7.74 on Linux. */
OPTION(RANDOM_FILE,               76, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(EGDSOCKET,                 77, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(DNS_USE_GLOBAL_CACHE,      91, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(CONV_FROM_NETWORK_FUNCTION, 142, FUNCTION, HARMLESS, NONE,              0,  0)
OPTION(CONV_TO_NETWORK_FUNCTION, 143, FUNCTION, HARMLESS,   NONE,              0,  0)
OPTION(CONV_FROM_UTF8_FUNCTION,  144, FUNCTION, HARMLESS,   NONE,              0,  0)

/* Protocols other than HTTP, whose secrets never meet an https URL. */
OPTION(USE_SSL,                  119, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(SERVER_RESPONSE_TIMEOUT,  112, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(SERVER_RESPONSE_TIMEOUT_MS, 324, LONG,   HARMLESS,   NONE,              0,  0)
OPTION(SASL_AUTHZID,             289, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(SASL_IR,                  218, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(WS_OPTIONS,               320, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(UPLOAD_FLAGS,             327, LONG,     HARMLESS,   NONE,              0,  16)
OPTION(DIRLISTONLY,               48, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(APPEND,                    50, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(QUOTE,                     28, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(PREQUOTE,                  93, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(POSTQUOTE,                 39, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(PROXY_TRANSFER_MODE,      166, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(NEW_FILE_PERMS,           159, LONG,     HARMLESS,   NONE,              0,  0644)
OPTION(NEW_DIRECTORY_PERMS,      160, LONG,     HARMLESS,   NONE,              0,  0755)
OPTION(WILDCARDMATCH,            197, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(CHUNK_BGN_FUNCTION,       198, FUNCTION, HARMLESS,   NONE,              0,  0)
OPTION(CHUNK_END_FUNCTION,       199, FUNCTION, HARMLESS,   NONE,              0,  0)
OPTION(CHUNK_DATA,               201, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(FNMATCH_FUNCTION,         200, FUNCTION, HARMLESS,   NONE,              0,  0)
OPTION(FNMATCH_DATA,             202, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(ACCEPTTIMEOUT_MS,         212, LONG,     HARMLESS,   NONE,              0,  60000)
OPTION(FTPPORT,                   17, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(FTP_USE_EPSV,              85, LONG,     HARMLESS,   NONE,              0,  1)
OPTION(FTP_USE_EPRT,             106, LONG,     HARMLESS,   NONE,              0,  1)
OPTION(FTP_USE_PRET,             188, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(FTP_CREATE_MISSING_DIRS,  110, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(FTPSSLAUTH,               129, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(FTP_ACCOUNT,              134, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(FTP_SKIP_PASV_IP,         137, LONG,     HARMLESS,   NONE,              0,  1)
OPTION(FTP_FILEMETHOD,           138, LONG,     HARMLESS,   NONE,              0,  1)
OPTION(FTP_ALTERNATIVE_TO_USER,  147, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(FTP_SSL_CCC,              154, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(KRBLEVEL,                  63, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(TELNETOPTIONS,             70, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(TFTP_BLKSIZE,             178, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(TFTP_NO_OPTIONS,          242, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(MAIL_FROM,                186, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(MAIL_RCPT,                187, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(MAIL_AUTH,                217, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(MAIL_RCPT_ALLOWFAILS,     290, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(RTSP_REQUEST,             189, LONG,     HARMLESS,   NONE,              0,  1)
OPTION(RTSP_SESSION_ID,          190, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(RTSP_STREAM_URI,          191, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(RTSP_TRANSPORT,           192, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(RTSP_CLIENT_CSEQ,         193, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(RTSP_SERVER_CSEQ,         194, LONG,     HARMLESS,   NONE,              0,  0)
OPTION(INTERLEAVEDATA,           195, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(INTERLEAVEFUNCTION,       196, FUNCTION, HARMLESS,   NONE,              0,  0)
OPTION(SSH_AUTH_TYPES,           151, LONG,     HARMLESS,   NONE,              0, -1)
OPTION(SSH_PUBLIC_KEYFILE,       152, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(SSH_PRIVATE_KEYFILE,      153, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(SSH_HOST_PUBLIC_KEY_MD5,  162, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(SSH_HOST_PUBLIC_KEY_SHA256, 311, STRING, HARMLESS,   NONE,              0,  0)
OPTION(SSH_KNOWNHOSTS,           183, STRING,   HARMLESS,   NONE,              0,  0)
OPTION(SSH_KEYFUNCTION,          184, FUNCTION, HARMLESS,   NONE,              0,  0)
OPTION(SSH_KEYDATA,              185, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(SSH_HOSTKEYFUNCTION,      316, FUNCTION, HARMLESS,   NONE,              0,  0)
OPTION(SSH_HOSTKEYDATA,          317, OBJECT,   HARMLESS,   NONE,              0,  0)
OPTION(SSH_COMPRESSION,          268, LONG,     HARMLESS,   NONE,              0,  0)

/* clang-format on */
