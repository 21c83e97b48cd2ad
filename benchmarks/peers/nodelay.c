/* Sets TCP_NODELAY on each connection that a server accepts, for servers that have no setting for it (ld.so(8), LD_PRELOAD).
 *
 * Without that option the kernel keeps a small segment back until the one before it is acknowledged, and then sends it in the
 * time of whoever acknowledges. That is here the load, whose time nobody counts.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static int prompt(int fd) {
    int on = 1;
    if (fd >= 0) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

int accept(int fd, struct sockaddr *restrict peer, socklen_t *restrict size) {
    return prompt(((int (*)(int, struct sockaddr *, socklen_t *))dlsym(RTLD_NEXT, "accept"))(fd, peer, size));
}

int accept4(int fd, struct sockaddr *restrict peer, socklen_t *restrict size, int flags) {
    return prompt(((int (*)(int, struct sockaddr *, socklen_t *, int))dlsym(RTLD_NEXT, "accept4"))(fd, peer, size, flags));
}
