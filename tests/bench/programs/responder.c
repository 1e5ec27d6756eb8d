/*
 * A responder that is not the bottleneck: nginx with fixed answers, as autoscaler and as worker. It
 * checks nothing; what is measured against it is the client.
 *
 *   responder DIRECTORY
 *   responder DIRECTORY AUTOSCALER_URL WORKER_URL
 *
 * Writes its configuration into DIRECTORY, prints the variables to set, and becomes nginx in the
 * foreground, until SIGTERM. Ports are the kernel's: nginx is given the bound sockets by its
 * variable NGINX, as it hands them to its own successor.
 *
 * With two URLs it is the mark for a well-made hop: a reverse proxy that does the two exchanges of
 * a request, one with a responder's autoscaler and then one with its worker, on kept connections.
 * The first is a subrequest of auth_request. Of the answers to those nginx reads the head alone,
 * and keeps no connection on which a body follows: for it the autoscaler answers under /route-head/
 * with the same text in a header.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A signature is 344 characters of base64. */
#define SIGNATURE_LENGTH 344

static const char model_answer[] =
    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"model\":\"llama-2-7b\",\"choices\":[{"
    "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello! How can I help you "
    "today?\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":9,"
    "\"total_tokens\":18}}";

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "responder: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* A listening socket that is inherited; its port in *port. */
static int listen_anywhere(unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) ||
        listen(listener, 511) || getsockname(listener, (struct sockaddr *)&address, &length))
        fail("a listening socket");
    *port = ntohs(address.sin_port);
    return listener;
}

static FILE *open_configuration(const char *directory, const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        fail(path);
    fprintf(file,
            "daemon off; worker_processes 1; error_log %s/error.log; pid %s/pid;\n"
            "events { worker_connections 8192; }\n"
            "http {\n"
            "  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h;\n"
            "  client_max_body_size 0; client_body_buffer_size 64k;\n",
            directory, directory);
    static const char *const kinds[] = {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        fprintf(file, "  %s_temp_path %s/%s;\n", kinds[i], directory, kinds[i]);
    return file;
}

static void close_configuration(FILE *file, const char *path)
{
    fprintf(file, "}\n");
    if (fclose(file))
        fail(path);
}

static void write_responder(const char *directory, const char *path, unsigned autoscaler,
                            unsigned worker)
{
    char signature[SIGNATURE_LENGTH + 1];
    char route[1024];
    FILE *file = open_configuration(directory, path);
    memset(signature, 'A', SIGNATURE_LENGTH);
    signature[SIGNATURE_LENGTH] = '\0';
    snprintf(route, sizeof route,
             "{\"endpoint\":\"my-endpoint\",\"url\":\"http://127.0.0.1:%u\",\"cost\":242.0,"
             "\"reqnum\":12345,\"request_idx\":2421,\"signature\":\"%s\",\"__request_id\":\"a\"}",
             worker, signature);
    fprintf(file,
            "  server { listen 127.0.0.1:%u; default_type application/json;\n"
            "    location /route-head/ { add_header X-Route '%s'; return 200 ''; }\n"
            "    location /route/ { return 200 '%s'; } }\n",
            autoscaler, route, route);
    fprintf(file,
            "  server { listen 127.0.0.1:%u; default_type application/json;\n"
            "    location / { return 200 '%s'; } }\n",
            worker, model_answer);
    close_configuration(file, path);
}

/* "127.0.0.1:80" of "http://127.0.0.1:80". */
static const char *address_of(const char *url)
{
    const char *slashes = strstr(url, "//");
    return slashes ? slashes + 2 : url;
}

static void write_hop(const char *directory, const char *path, unsigned port,
                      const char *autoscaler_url, const char *worker_url)
{
    FILE *file = open_configuration(directory, path);
    fprintf(file,
            "  proxy_http_version 1.1; proxy_set_header Connection '';\n"
            "  upstream autoscaler { server %s; keepalive 256; keepalive_requests 1000000000; }\n"
            "  upstream worker { server %s; keepalive 256; keepalive_requests 1000000000; }\n",
            address_of(autoscaler_url), address_of(worker_url));
    fprintf(file,
            "  server { listen 127.0.0.1:%u;\n"
            "    location / { auth_request /.route; proxy_pass http://worker; }\n"
            "    location = /.route { internal; proxy_method POST;\n"
            "      proxy_set_header Connection '';\n"
            "      proxy_set_header Authorization 'Bearer benchmark-key';\n"
            "      proxy_set_body '{\"endpoint\":\"my-endpoint\",\"cost\":100}';\n"
            "      proxy_pass http://autoscaler/route-head/; } }\n",
            port);
    close_configuration(file, path);
}

/* inherited: descriptors of the listening sockets, each with a semicolon behind it. */
static _Noreturn void become_nginx(const char *directory, const char *path, const char *inherited)
{
    fflush(stdout);
    setenv("NGINX", inherited, 1);
    setenv("PATH", "/usr/sbin:/usr/local/sbin:/usr/bin:/bin", 1);
    execlp("nginx", "nginx", "-p", directory, "-c", path, (char *)NULL);
    fail("nginx (Debian: apt-get install nginx-light)");
}

int main(int count, char **arguments)
{
    char path[4096], inherited[64];
    unsigned first_port, worker;
    if (count != 2 && count != 4) {
        fprintf(stderr, "usage: responder DIRECTORY [AUTOSCALER_URL WORKER_URL]\n");
        return 2;
    }
    const char *directory = arguments[1];
    int first = listen_anywhere(&first_port);
    snprintf(path, sizeof path, "%s/nginx.conf", directory);
    if (count == 4) {
        write_hop(directory, path, first_port, arguments[2], arguments[3]);
        printf("HOP_URL=http://127.0.0.1:%u\n", first_port);
        snprintf(inherited, sizeof inherited, "%d;", first);
        become_nginx(directory, path, inherited);
    }
    int second = listen_anywhere(&worker);
    write_responder(directory, path, first_port, worker);
    printf("VESPA_AUTOSCALER_URL=http://127.0.0.1:%u\nVAST_ENDPOINT=my-endpoint\n"
           "VAST_API_KEY=benchmark-key\nWORKER_URL=http://127.0.0.1:%u\n",
           first_port, worker);
    snprintf(inherited, sizeof inherited, "%d;%d;", first, second);
    become_nginx(directory, path, inherited);
}
