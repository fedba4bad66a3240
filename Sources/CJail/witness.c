// The witness: the kernel asks the host about every forbidden call, so that a run can say what was
// tried. The answer is always "not permitted".
#ifdef __linux__
#define _GNU_SOURCE
#include "jail.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Both records, with room for what later kernels append.
union question {
  struct seccomp_notif known;
  uint8_t room[512];
};
union answer {
  struct seccomp_notif_resp known;
  uint8_t room[512];
};

bool witness_available(void) {
  struct seccomp_notif_sizes sizes;
  if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) return false;
  return sizes.seccomp_notif <= sizeof(union question) &&
         sizes.seccomp_notif_resp <= sizeof(union answer);
}

static void record(cjail *jail, int number) {
  for (size_t index = 0; index < jail->attempt_count; index++) {
    if (jail->attempts[index].number == number) {
      jail->attempts[index].count++;
      return;
    }
  }
  if (jail->attempt_count == ATTEMPT_LIMIT) return;
  jail->attempts[jail->attempt_count++] = (struct attempt){.number = number, .count = 1};
}

bool witness_answer(cjail *jail, int listener) {
  union question question;
  memset(&question, 0, sizeof question);
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &question) != 0) {
    // ENOENT: the child died while it was asking.
    return errno == ENOENT || errno == EINTR;
  }
  record(jail, question.known.data.nr);
  union answer answer;
  memset(&answer, 0, sizeof answer);
  answer.known.id = question.known.id;
  answer.known.error = -EPERM;
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0 || errno == ENOENT;
}
#endif
