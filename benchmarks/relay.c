/* The C reference: the same batching and packing as udpchat, and nothing else of a chat server.
 *
 * usage: relay PORT
 *
 * A client joins by its first datagram. "/help" gets an answer. Every other line is sent to everyone as "NNNNN: line". A
 * datagram holds as many whole lines as fit into 1,400 bytes. Listens on 127.0.0.1, and ends on SIGTERM.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 256
#define DATAGRAM 1400
#define MEMBERS 65536

static struct sockaddr_in names[MEMBERS];
static struct mmsghdr fan[MEMBERS];
static struct iovec packed;
static char packet[DATAGRAM];
static int member_at[65536]; /* 1 + number of the member with this port; clients on loopback differ only in their ports */
static int members, fd;

static void flush(void) {
    for (int i = 0; packed.iov_len && i < members;) {
        int n = sendmmsg(fd, fan + i, (unsigned)(members - i > 1024 ? 1024 : members - i), 0);
        i += n > 0 ? n : 1;
    }
    packed.iov_len = 0;
}

int main(int argc, char **argv) {
    static struct mmsghdr got[BATCH];
    static struct iovec vectors[BATCH];
    static struct sockaddr_in from[BATCH];
    static char buffers[BATCH][65536];
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[argc - 1]))};
    int size = 4 << 20;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (bind(fd, (struct sockaddr *)&here, sizeof here)) return perror("bind"), 1;
    packed.iov_base = packet;
    for (int i = 0; i < BATCH; i++) vectors[i] = (struct iovec){buffers[i], sizeof buffers[i]};
    for (;;) {
        for (int i = 0; i < BATCH; i++)
            got[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
        int n = recvmmsg(fd, got, BATCH, MSG_DONTWAIT, NULL);
        if (n <= 0) {
            struct pollfd wait = {fd, POLLIN, 0};
            poll(&wait, 1, -1);
            continue;
        }
        for (int i = 0; i < n; i++) {
            char *line = buffers[i];
            size_t length = got[i].msg_len;
            int *member = &member_at[ntohs(from[i].sin_port)];
            if (!*member) {
                names[members] = from[i];
                fan[members].msg_hdr = (struct msghdr){.msg_name = &names[members], .msg_namelen = sizeof names[0], .msg_iov = &packed, .msg_iovlen = 1};
                *member = ++members;
            }
            if (length && line[length - 1] == '\n') length--;
            if (length == 5 && !memcmp(line, "/help", 5)) {
                sendto(fd, "ok\n", 3, 0, (struct sockaddr *)&from[i], sizeof from[i]);
                continue;
            }
            if (length > 1300) continue;
            if (packed.iov_len + length + 8 > DATAGRAM) flush();
            char *end = packet + packed.iov_len;
            packed.iov_len += (size_t)sprintf(end, "%05d: %.*s\n", *member, (int)length, line);
        }
        flush();
    }
}
