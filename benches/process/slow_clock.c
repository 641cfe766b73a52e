// Preloaded into a program that runs under valgrind, which makes it some fifty times slower, and its start far more. The
// program's time-outs would expire: it would ping, send calls again and give some up, and be counted doing so. Therefore
// the clock of its time-outs and the longest wait of epoll are slowed down as well.
#define _GNU_SOURCE
#include <limits.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SLOWER = 1000 };

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && clock == CLOCK_MONOTONIC) {
        long long nanoseconds = (now->tv_sec * 1000000000LL + now->tv_nsec) / SLOWER;
        now->tv_sec = nanoseconds / 1000000000;
        now->tv_nsec = nanoseconds % 1000000000;
    }
    return failed;
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int milliseconds) {
    if (milliseconds > 0) milliseconds = milliseconds > INT_MAX / SLOWER ? INT_MAX : milliseconds * SLOWER;
    return syscall(SYS_epoll_wait, epoll, events, most, milliseconds);
}
