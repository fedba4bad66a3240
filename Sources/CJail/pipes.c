// The descriptors between host and child.
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"

#ifdef __linux__
#include <sys/mman.h>
#include <sys/syscall.h>
#endif

static bool write_all(int file, const uint8_t *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(file, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    count -= (size_t)written;
  }
  return true;
}

// The input as a file without a name, which neither side can change: no pipe to fill, so a child
// that never reads cannot stall the host.
static int open_input(const uint8_t *bytes, size_t count) {
#ifdef __linux__
  int file = memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -1;
  int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  bool good = write_all(file, bytes, count) && lseek(file, 0, SEEK_SET) == 0 &&
              fcntl(file, F_ADD_SEALS, seals) == 0;
  if (good) return file;
  close(file);
  return -1;
#else
  char path[] = P_tmpdir "/plumbline-input-XXXXXX";
  int writer = mkstemp(path);
  if (writer < 0) return -1;
  int reader = open(path, O_RDONLY | O_CLOEXEC);
  unlink(path);
  bool good = reader >= 0 && write_all(writer, bytes, count);
  close(writer);
  if (good) return reader;
  if (reader >= 0) close(reader);
  return -1;
#endif
}

static bool open_pipe(int *near, int *far) {
  int ends[2];
#ifdef __linux__
  if (pipe2(ends, O_CLOEXEC) != 0) return false;
#else
  if (pipe(ends) != 0) return false;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
#endif
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  *near = ends[0];
  *far = ends[1];
  return true;
}

static bool open_control(int *near, int *far) {
  int ends[2];
#ifdef __linux__
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
#else
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return false;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
#endif
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  *near = ends[0];
  *far = ends[1];
  return true;
}

bool watch_open(struct watch *watch, struct plan *plan, const uint8_t *input, size_t count) {
  *watch = (struct watch){.child = -1, .streams = {-1, -1, -1}, .control = -1, .listener = -1,
                          .death = -1, .ending = CJAIL_EXITED};
  plan->input = plan->output = plan->errors = plan->result = plan->control = -1;
  plan->input = open_input(input, count);
  if (plan->input >= 0 && open_pipe(&watch->streams[CJAIL_OUTPUT], &plan->output) &&
      open_pipe(&watch->streams[CJAIL_ERRORS], &plan->errors) &&
      open_pipe(&watch->streams[CJAIL_RESULT], &plan->result) &&
      open_control(&watch->control, &plan->control)) {
    return true;
  }
  int error = errno;
  watch_close_far_ends(plan);
  watch_close(watch);
  errno = error;
  return false;
}

void watch_close_far_ends(struct plan *plan) {
  int *ends[] = {&plan->input, &plan->output, &plan->errors, &plan->result, &plan->control};
  for (size_t index = 0; index < sizeof ends / sizeof *ends; index++) {
    if (*ends[index] >= 0) close(*ends[index]);
    *ends[index] = -1;
  }
}

void watch_death(struct watch *watch) {
#ifdef __linux__
  watch->death = (int)syscall(434 /* pidfd_open */, watch->child, 0);
  if (watch->death >= 0) fcntl(watch->death, F_SETFD, FD_CLOEXEC);
#else
  (void)watch;
#endif
}

void watch_close(struct watch *watch) {
  int *ends[] = {&watch->streams[0], &watch->streams[1], &watch->streams[2],
                 &watch->control, &watch->listener, &watch->death};
  for (size_t index = 0; index < sizeof ends / sizeof *ends; index++) {
    if (*ends[index] >= 0) close(*ends[index]);
    *ends[index] = -1;
  }
}
