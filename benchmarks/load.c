/* The load: many clients in one thread, and a fixed number of lines in flight.
 *
 * usage: load PROTOCOL PORT CLIENTS IN_FLIGHT LINE_BYTES SECONDS SERVER_PID
 *
 * PROTOCOL is udp, tcp, irc, nats or ncat. All clients join one room on 127.0.0.1. One of them is the listener, the others send
 * lines in turn, so that IN_FLIGHT lines are always in flight. A line has arrived when the listener reads it. The listener is
 * the client in the middle, so the server sends to it neither first nor last. It checks that every line is whole, arrives
 * once, and arrives in the order of its sender. The other clients only count their lines.
 * If nothing arrives for 2 s, the lines in flight are lost. The first quarter of SECONDS is a warm-up. The figures of the
 * rest are printed as one line of JSON. Traffic stays on 127.0.0.1.
 *
 * Protocol "self" needs no server. A thread on the other core sends full datagrams to the clients as fast as it can, many
 * in one payload that the kernel cuts (UDP_SEGMENT). That shows how many lines a second this program can receive.
 *
 * All of it is in one file, so that one command compiles it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MARK '|'            /* ends each line and is nowhere else, so counting it counts lines */
#define MESSAGES 32         /* datagrams received by one recvmmsg */
#define DATAGRAM 9000       /* bytes; no server here sends larger ones */
#define STREAM (1 << 18)    /* bytes read from a TCP stream at once */
#define BUNDLE 16           /* datagrams in a payload that the kernel cuts, for protocol self */
#define JOINING 64          /* clients that join at once */
#define PENDING (1 << 16)   /* sent lines remembered */
#define LOST_AFTER 2.0      /* seconds without any arrival */
#define LATENCIES (1 << 22) /* latencies recorded */

enum protocol { UDP, TCP, IRC, NATS, NCAT, SELF };

struct client {
    int fd;
    int state;         /* NEW, GREETED or JOINED */
    uint64_t next;     /* number of its next line, counted from 0 */
    uint64_t received; /* number of its last line that the listener received, plus 1 */
    char *rest;        /* TCP: an unfinished line */
    size_t rest_size;
};

enum { NEW, GREETED, JOINED };

static enum protocol protocol;
static struct client *clients;
static int listener, count, in_flight_wanted, line_bytes, epoll_fd, port;
static double seconds;

static double sent_at[PENDING];
static uint64_t sent_mark[PENDING]; /* 1 + number of the line in flight in this place, or 0 */
static uint64_t sent, arrived, delivered, lost, doubled, disordered, broken;
static int in_flight;
static float *latencies;
static size_t latency_count;
static int measuring;
static double last_progress;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *what) {
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void put(struct client *c, const char *bytes, size_t size) {
    while (size) {
        ssize_t n = send(c->fd, bytes, size, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (n < 0 && protocol == UDP) return; /* the line is counted as lost when it does not arrive */
        if (n < 0) die("send");
        bytes += n;
        size -= (size_t)n;
    }
}

static void open_client(int number) {
    struct client *c = &clients[number];
    int udp = protocol == UDP || protocol == SELF, size = 4 << 20;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    if (c->fd < 0) die("socket");
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (protocol == SELF) {
        struct sockaddr_in any = {.sin_family = AF_INET};
        any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (bind(c->fd, (struct sockaddr *)&any, sizeof any)) die("bind");
    } else if (connect(c->fd, (struct sockaddr *)&to, sizeof to)) {
        die("connect");
    }
    if (!udp) {
        int on = 1;
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        c->rest = malloc(4096);
    }
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)number};
    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event)) die("epoll_ctl");
}

static void greet(int number) {
    char hello[200];
    const char *form = protocol == IRC    ? "NICK n%d\r\nUSER n 0 * :n\r\n"
                       : protocol == NATS ? "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB room %d\r\nPING\r\n"
                       : protocol == NCAT ? ""
                                          : "/help\n";
    int size = snprintf(hello, sizeof hello, form, number + 1);
    if (protocol != SELF) put(&clients[number], hello, (size_t)size);
    clients[number].state = protocol == NCAT || protocol == SELF ? JOINED : GREETED;
}

/* Read what a client received while it joins; return whether it is in the room now. */
static int joined_by(struct client *c, const char *bytes, size_t size) {
    char text[STREAM / 8];
    size = size < sizeof text - 1 ? size : sizeof text - 1;
    memcpy(text, bytes, size);
    text[size] = 0;
    if (protocol == UDP || protocol == TCP) return 1;
    if (protocol == NATS) return strstr(text, "PONG") != NULL;
    char *ping = strstr(text, "PING ");
    if (ping) {
        char pong[200];
        put(c, pong, (size_t)snprintf(pong, sizeof pong, "PONG %.*s\r\n", (int)strcspn(ping + 5, "\r\n"), ping + 5));
    }
    if (strstr(text, " 001 ")) put(c, "JOIN #room\r\n", 12);
    return strstr(text, " 366 ") != NULL;
}

static void check_line(const char *line, size_t size) {
    /* ...#SENDER SENDER_LINE LINE xxxx| */
    const char *start = memrchr(line, '#', size);
    unsigned sender;
    unsigned long long own, number;
    if (!start || sscanf(start, "#%u %llu %llu", &sender, &own, &number) != 3 || sender >= (unsigned)count ||
        (size_t)(line + size - start) != (size_t)line_bytes) {
        broken++;
        return;
    }
    size_t place = number % PENDING;
    if (sent_mark[place] != number + 1) {
        doubled++;
        return;
    }
    sent_mark[place] = 0;
    if (own < clients[sender].received) disordered++;
    clients[sender].received = own + 1;
    in_flight--;
    arrived++;
    last_progress = now();
    if (measuring && latency_count < LATENCIES) latencies[latency_count++] = (float)(last_progress - sent_at[place]);
}

static size_t marks(const char *bytes, size_t size) {
    size_t n = 0;
    for (size_t i = 0; i < size; i++) n += bytes[i] == MARK;
    return n;
}

/* Count the lines that a client received; if it is the listener, check each of them. */
static void take(struct client *c, char *bytes, size_t size) {
    size_t lines = marks(bytes, size);
    if (measuring) delivered += lines;
    if (c != clients + listener) return;
    char *start = bytes, *end = bytes + size, *mark;
    while ((mark = memchr(start, MARK, (size_t)(end - start)))) {
        if (c->rest_size) { /* TCP: the first part of this line arrived earlier */
            char whole[8192];
            size_t n = (size_t)(mark + 1 - start);
            memcpy(whole, c->rest, c->rest_size);
            memcpy(whole + c->rest_size, start, n);
            check_line(whole, c->rest_size + n);
            c->rest_size = 0;
        } else {
            check_line(start, (size_t)(mark + 1 - start));
        }
        start = mark + 1;
    }
    if (c->rest) {
        size_t n = (size_t)(end - start);
        if (c->rest_size + n > 4096) n = 0;
        memcpy(c->rest + c->rest_size, start, n);
        c->rest_size += n;
    }
}

static struct mmsghdr messages[MESSAGES];
static struct iovec vectors[MESSAGES];
static char buffers[MESSAGES][DATAGRAM];

static int joined_count;

static void readable(int number) {
    struct client *c = &clients[number];
    if (protocol == UDP || protocol == SELF) {
        int n = recvmmsg(c->fd, messages, MESSAGES, MSG_DONTWAIT, NULL);
        for (int i = 0; i < n; i++) {
            if (c->state != JOINED && protocol == UDP) c->state = JOINED, joined_count++;
            take(c, buffers[i], messages[i].msg_len);
        }
        return;
    }
    static char stream[STREAM];
    ssize_t n = recv(c->fd, stream, sizeof stream, MSG_DONTWAIT);
    if (n == 0) errno = ECONNRESET, die("the server closed a connection");
    if (n < 0) return;
    if (c->state == GREETED && joined_by(c, stream, (size_t)n)) c->state = JOINED, joined_count++;
    take(c, stream, (size_t)n);
}

static void poll_all(int wait_ms) {
    struct epoll_event events[256];
    int n = epoll_wait(epoll_fd, events, 256, wait_ms);
    for (int i = 0; i < n; i++) readable((int)events[i].data.u32);
}

static double join_all(void) {
    double start = now(), progress = start;
    int greeted = 0, before = 0;
    while (joined_count < count) {
        while (greeted < count && greeted - joined_count < JOINING) {
            open_client(greeted);
            greet(greeted);
            if (clients[greeted].state == JOINED) joined_count++;
            greeted++;
        }
        poll_all(1);
        if (joined_count != before) before = joined_count, progress = now();
        if (now() - progress > 5) {
            if (protocol != UDP || now() - start > 60) errno = ETIMEDOUT, die("joining");
            for (int i = 0; i < greeted; i++)
                if (clients[i].state != JOINED) greet(i), lost++;
            progress = now();
        }
    }
    return now() - start;
}

static void say(void) {
    static int turn;
    do turn = (turn + 1) % count;
    while (turn == listener);
    struct client *c = &clients[turn];
    char line[4096];
    size_t place = sent % PENDING;
    const char *before = protocol == IRC ? "PRIVMSG #room :" : "", *after = protocol <= TCP || protocol == NCAT ? "\n" : "\r\n";
    int size = protocol == NATS ? sprintf(line, "PUB room %d\r\n", line_bytes) : sprintf(line, "%s", before);
    int start = size;
    size += sprintf(line + size, "#%d %llu %llu ", turn, (unsigned long long)c->next++, (unsigned long long)sent);
    while (size - start < line_bytes - 1) line[size++] = 'x';
    line[size++] = MARK;
    size += sprintf(line + size, "%s", after);
    if (sent_mark[place]) lost++;
    sent_at[place] = now();
    sent_mark[place] = ++sent;
    in_flight++;
    put(c, line, (size_t)size);
}

/* Return the CPU seconds that all threads of a process have used (proc(5), schedstat). */
static double cpu_of(const char *pid) {
    char path[300];
    double total = 0;
    snprintf(path, sizeof path, "/proc/%s/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks) return 0;
    for (struct dirent *task; (task = readdir(tasks));) {
        unsigned long long ns = 0;
        snprintf(path, sizeof path, "/proc/%s/task/%.20s/schedstat", pid, task->d_name);
        FILE *file = task->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (!file) continue;
        if (fscanf(file, "%llu", &ns) == 1) total += (double)ns * 1e-9;
        fclose(file);
    }
    closedir(tasks);
    return total;
}

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void *pour(void *unused) {
    (void)unused;
    cpu_set_t core;
    CPU_ZERO(&core);
    CPU_SET(0, &core);
    pthread_setaffinity_np(pthread_self(), sizeof core, &core);
    int fd = socket(AF_INET, SOCK_DGRAM, 0), lines = 1400 / (line_bytes + 8), segment = lines * (line_bytes + 8);
    char payload[BUNDLE * 1400];
    memset(payload, 'x', sizeof payload);
    for (int i = 1; i <= BUNDLE * lines; i++) payload[i * (line_bytes + 8) - 1] = MARK;
    setsockopt(fd, IPPROTO_UDP, 103 /* UDP_SEGMENT */, &segment, sizeof segment);
    struct sockaddr_in *names = calloc((size_t)count, sizeof *names);
    struct mmsghdr *fan = calloc((size_t)count, sizeof *fan);
    struct iovec vector = {payload, (size_t)(BUNDLE * segment)};
    for (int i = 0; i < count; i++) {
        socklen_t size = sizeof names[i];
        getsockname(clients[i].fd, (struct sockaddr *)&names[i], &size);
        fan[i].msg_hdr = (struct msghdr){.msg_name = &names[i], .msg_namelen = size, .msg_iov = &vector, .msg_iovlen = 1};
    }
    for (double end = now() + seconds; now() < end;)
        for (int i = 0; i < count;) {
            int n = sendmmsg(fd, fan + i, (unsigned)(count - i > 1024 ? 1024 : count - i), 0);
            i += n > 0 ? n : 1;
        }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 8) return fprintf(stderr, "usage: load PROTOCOL PORT CLIENTS IN_FLIGHT LINE_BYTES SECONDS SERVER_PID\n"), 2;
    const char *names[] = {"udp", "tcp", "irc", "nats", "ncat", "self"};
    for (int i = 0; i < 6; i++)
        if (!strcmp(argv[1], names[i])) protocol = (enum protocol)i;
    port = atoi(argv[2]), count = atoi(argv[3]), in_flight_wanted = atoi(argv[4]), line_bytes = atoi(argv[5]);
    seconds = atof(argv[6]), listener = count / 2;
    struct rlimit files = {1 << 16, 1 << 16};
    setrlimit(RLIMIT_NOFILE, &files);
    clients = calloc((size_t)count, sizeof *clients);
    latencies = malloc(sizeof *latencies * LATENCIES);
    epoll_fd = epoll_create1(0);
    for (int i = 0; i < MESSAGES; i++) {
        vectors[i] = (struct iovec){buffers[i], DATAGRAM};
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
    }
    double joining = join_all();
    uint64_t lost_joining = lost;
    lost = 0;
    for (double quiet = now() + 0.2; now() < quiet;) poll_all(1); /* receive what the joins caused */
    broken = 0;                                                   /* no line was said yet, but sentences have marks too */

    pthread_t pourer;
    if (protocol == SELF && pthread_create(&pourer, NULL, pour, NULL)) die("pthread_create");
    double start = now(), from = start + seconds / 4, end = start + seconds, cpu = 0;
    last_progress = start;
    for (double t; (t = now()) < end;) {
        if (!measuring && t >= from) measuring = 1, from = t, cpu = cpu_of(argv[7]);
        while (protocol != SELF && in_flight < in_flight_wanted) say();
        poll_all(0);
        if (protocol != SELF && now() - last_progress > LOST_AFTER) {
            lost += (uint64_t)in_flight;
            in_flight = 0;
            memset(sent_mark, 0, sizeof sent_mark);
            last_progress = now();
        }
    }
    measuring = 0;
    double took = now() - from;
    cpu = cpu_of(argv[7]) - cpu;
    for (double rest = now() + LOST_AFTER; in_flight && now() < rest && protocol != SELF;) poll_all(0);
    lost += (uint64_t)(in_flight > 0 ? in_flight : 0);
    qsort(latencies, latency_count, sizeof *latencies, by_size);
    double p50 = latency_count ? (double)latencies[latency_count / 2] * 1e6 : 0;
    double p99 = latency_count ? (double)latencies[latency_count * 99 / 100] * 1e6 : 0;
    printf("{\"delivered_per_s\": %.0f, \"cpu_s\": %.3f, \"took_s\": %.3f, \"sent\": %llu, \"arrived\": %llu, \"lost\": %llu, "
           "\"doubled\": %llu, \"disordered\": %llu, \"broken\": %llu, \"p50_us\": %.1f, \"p99_us\": %.1f, \"join_s\": %.3f, "
           "\"lost_joining\": %llu}\n",
           (double)delivered / took, cpu, took, (unsigned long long)sent, (unsigned long long)arrived, (unsigned long long)lost,
           (unsigned long long)doubled, (unsigned long long)disordered, (unsigned long long)broken, p50, p99, joining,
           (unsigned long long)lost_joining);
    return 0;
}
