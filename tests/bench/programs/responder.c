/*
 * A responder that is not the bottleneck: nginx with fixed answers, as autoscaler and as worker. It
 * checks nothing; what is measured against it is the client.
 *
 *   responder DIRECTORY
 *
 * Writes its configuration into DIRECTORY, prints the variables to set, and becomes nginx in the
 * foreground, until SIGTERM. Ports are the kernel's: nginx is given the bound sockets by its
 * variable NGINX, as it hands them to its own successor.
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

static void write_server(FILE *file, unsigned port, const char *location, const char *answer)
{
    fprintf(file,
            "  server { listen 127.0.0.1:%u; default_type application/json;\n"
            "    location %s { return 200 '%s'; } }\n",
            port, location, answer);
}

static void write_configuration(const char *directory, const char *path, unsigned autoscaler,
                                unsigned worker)
{
    char signature[SIGNATURE_LENGTH + 1];
    char route[1024];
    FILE *file = fopen(path, "w");
    if (!file)
        fail(path);
    memset(signature, 'A', SIGNATURE_LENGTH);
    signature[SIGNATURE_LENGTH] = '\0';
    snprintf(route, sizeof route,
             "{\"endpoint\":\"my-endpoint\",\"url\":\"http://127.0.0.1:%u\",\"cost\":242.0,"
             "\"reqnum\":12345,\"request_idx\":2421,\"signature\":\"%s\",\"__request_id\":\"a\"}",
             worker, signature);
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
    write_server(file, autoscaler, "/route/", route);
    write_server(file, worker, "/", model_answer);
    fprintf(file, "}\n");
    if (fclose(file))
        fail(path);
}

int main(int count, char **arguments)
{
    char path[4096], inherited[64];
    unsigned autoscaler, worker;
    if (count != 2) {
        fprintf(stderr, "usage: responder DIRECTORY\n");
        return 2;
    }
    int first = listen_anywhere(&autoscaler);
    int second = listen_anywhere(&worker);
    snprintf(path, sizeof path, "%s/nginx.conf", arguments[1]);
    write_configuration(arguments[1], path, autoscaler, worker);
    printf("VESPA_AUTOSCALER_URL=http://127.0.0.1:%u\nVAST_ENDPOINT=my-endpoint\n"
           "VAST_API_KEY=benchmark-key\nWORKER_URL=http://127.0.0.1:%u\n",
           autoscaler, worker);
    fflush(stdout);
    snprintf(inherited, sizeof inherited, "%d;%d;", first, second);
    setenv("NGINX", inherited, 1);
    setenv("PATH", "/usr/sbin:/usr/local/sbin:/usr/bin:/bin", 1);
    execlp("nginx", "nginx", "-p", arguments[1], "-c", path, (char *)NULL);
    fail("nginx (Debian: apt-get install nginx-light)");
}
