// The host's side of one run: make the pipes, fork, watch, end, collect.
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "jail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

static const char *const STAGES[STAGE_COUNT] = {
    [STAGE_DESCRIPTORS] = "placing its descriptors",
    [STAGE_USERS] = "mapping its user",
    [STAGE_MOUNTS] = "covering folders",
    [STAGE_PRIVILEGES] = "dropping privileges",
    [STAGE_LANDLOCK] = "entering Landlock",
    [STAGE_LIMITS] = "setting limits",
    [STAGE_SECCOMP] = "installing the seccomp filter",
    [STAGE_EXECUTE] = "starting the program",
};

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

// Keeps up to the stream's limit and counts the rest. False once the stream has ended.
static bool take(struct stream *stream, int descriptor) {
  uint8_t buffer[16384];
  ssize_t count = read(descriptor, buffer, sizeof buffer);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  if (count == 0) return false;
  stream->written += (uint64_t)count;
  size_t room = stream->limit - stream->kept;
  size_t kept = (size_t)count < room ? (size_t)count : room;
  if (kept == 0) return true;
  uint8_t *bytes = realloc(stream->bytes, stream->kept + kept);
  if (!bytes) return true;
  memcpy(bytes + stream->kept, buffer, kept);
  stream->bytes = bytes;
  stream->kept += kept;
  return true;
}

static void drop(int *descriptor) {
  if (*descriptor >= 0) close(*descriptor);
  *descriptor = -1;
}

static void take_message(cjail *jail, struct watch *watch) {
  struct message message;
  struct iovec part = {.iov_base = &message, .iov_len = sizeof message};
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  struct msghdr envelope = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control};
  ssize_t count = recvmsg(watch->control, &envelope, 0);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (count != (ssize_t)sizeof message) {
    drop(&watch->control);
    return;
  }
  if (message.kind == MESSAGE_LISTENER) {
    struct cmsghdr *header = CMSG_FIRSTHDR(&envelope);
    if (header && header->cmsg_type == SCM_RIGHTS) {
      memcpy(&watch->listener, CMSG_DATA(header), sizeof watch->listener);
      fcntl(watch->listener, F_SETFD, FD_CLOEXEC);
      jail->layers |= CJAIL_WITNESS;
    }
  } else if (message.stage >= 0 && message.stage < STAGE_COUNT) {
    watch->failed = true;
    jail->code = message.error;
    jail->stage = STAGES[message.stage];
  }
}

// Waits until something happens and deals with it. True while the child may still be running.
static bool step(cjail *jail, struct watch *watch, double deadline) {
  enum { CONTROL = CJAIL_STREAM_COUNT, LISTENER, DEATH, COUNT };
  struct pollfd polled[COUNT];
  for (int stream = 0; stream < CJAIL_STREAM_COUNT; stream++) {
    polled[stream] = (struct pollfd){.fd = watch->streams[stream], .events = POLLIN};
  }
  polled[CONTROL] = (struct pollfd){.fd = watch->control, .events = POLLIN};
  polled[LISTENER] = (struct pollfd){.fd = watch->listener, .events = POLLIN};
  polled[DEATH] = (struct pollfd){.fd = watch->death, .events = POLLIN};

  double left = deadline - now();
  if (left <= 0) {
    watch->ending = CJAIL_TIMED_OUT;
    return false;
  }
  // Without a descriptor for the child's death, look for it every few milliseconds.
  int milliseconds = watch->death >= 0 ? (int)(left * 1000) + 1 : 5;
  if (poll(polled, COUNT, milliseconds) < 0 && errno != EINTR) return false;

  for (int stream = 0; stream < CJAIL_STREAM_COUNT; stream++) {
    if (polled[stream].revents && !take(&jail->streams[stream], watch->streams[stream])) {
      drop(&watch->streams[stream]);
    }
  }
  struct stream *result = &jail->streams[CJAIL_RESULT];
  if (result->written > result->limit) {
    watch->ending = CJAIL_OVERFLOWED;
    return false;
  }
  if (polled[CONTROL].revents) take_message(jail, watch);
#ifdef __linux__
  if (polled[LISTENER].revents) {
    bool asked = polled[LISTENER].revents & POLLIN;
    if (!asked || !witness_answer(jail, watch->listener)) drop(&watch->listener);
  }
#endif
  if (watch->death >= 0) return !polled[DEATH].revents;
  siginfo_t dead = {0};
  return waitid(P_PID, (id_t)watch->child, &dead, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         dead.si_pid == 0;
}

// What is still in the pipes of a child that is gone.
static void drain(cjail *jail, struct watch *watch) {
  for (int stream = 0; stream < CJAIL_STREAM_COUNT; stream++) {
    int descriptor = watch->streams[stream];
    if (descriptor < 0) continue;
    uint64_t before;
    do before = jail->streams[stream].written;
    while (take(&jail->streams[stream], descriptor) && jail->streams[stream].written > before);
  }
  if (watch->control >= 0) take_message(jail, watch);
}

static void collect(cjail *jail, struct watch *watch) {
  int status = 0;
  struct rusage usage;
  memset(&usage, 0, sizeof usage);
  while (wait4(watch->child, &status, 0, &usage) < 0 && errno == EINTR) continue;
  jail->cpu_seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                      (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
  drain(jail, watch);
  if (watch->failed) {
    watch->ending = CJAIL_SETUP_FAILED;
  } else if (watch->ending == CJAIL_EXITED) {
    watch->ending = WIFSIGNALED(status) ? CJAIL_SIGNALED : CJAIL_EXITED;
    jail->code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  }
}

static int set_up_failed(cjail *jail, const char *stage) {
  jail->code = errno;
  jail->stage = stage;
  return CJAIL_SETUP_FAILED;
}

int cjail_run(cjail *jail, const uint8_t *input, size_t count) {
  uint32_t layers = cjail_available_layers() & ~jail->excluded;
  // Something must keep files from being written and processes from surviving. Landlock alone does
  // the first only; with a namespace of processes, which the kernel empties, it does both.
  bool held = (layers & (CJAIL_SECCOMP | CJAIL_SANDBOX_EXEC)) ||
              ((layers & CJAIL_LANDLOCK) && (layers & CJAIL_NAMESPACES));
  if (!held) return CJAIL_NO_LAYER;
  jail->layers = layers & ~(uint32_t)CJAIL_WITNESS;
#ifdef __linux__
  if ((layers & CJAIL_NAMESPACES) && !namespaces_list_hidden(jail)) {
    return set_up_failed(jail, "listing the folders to cover");
  }
#endif

  struct plan plan = {.jail = jail, .layers = layers, .user = getuid(), .group = getgid(),
                      .host = getpid()};
  struct watch watch;
  if (!watch_open(&watch, &plan, input, count)) {
    return set_up_failed(jail, "making its pipes");
  }
  jail->streams[CJAIL_OUTPUT].limit = jail->limits[CJAIL_OUTPUT_BYTES];
  jail->streams[CJAIL_ERRORS].limit = jail->limits[CJAIL_OUTPUT_BYTES];
  jail->streams[CJAIL_RESULT].limit = jail->limits[CJAIL_RESULT_BYTES];

  double start = now();
  // No handler of the host may run in the child, so signals wait until it has reset them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
#ifdef __linux__
  watch.child = namespaces_fork(layers & CJAIL_NAMESPACES);
#else
  watch.child = fork();
#endif
  if (watch.child == 0) child_become(&plan);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  watch_close_far_ends(&plan);
  if (watch.child < 0) {
    errno = error;
    watch_close(&watch);
    return set_up_failed(jail, "forking");
  }
  watch_death(&watch);

  double deadline = start + (double)jail->limits[CJAIL_WALL_MILLISECONDS] / 1000;
  while (step(jail, &watch, deadline)) continue;
  // The child leads its own session and cannot leave it; it is not yet reaped, so its number is
  // still its own.
  kill(-watch.child, SIGKILL);
  kill(watch.child, SIGKILL);
  collect(jail, &watch);
  watch_close(&watch);
  jail->wall_seconds = now() - start;
  return watch.ending;
}
