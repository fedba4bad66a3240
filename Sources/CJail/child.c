// The child, from the fork to the program: every step here is async-signal-safe.
//
// The order matters. Mounts need the new namespaces' privileges, so they come before these are
// dropped; Landlock and seccomp need no_new_privs; the filter comes last because it forbids most of
// what is done before it.
#ifdef __linux__
#define _GNU_SOURCE
#endif
#include "jail.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

static _Noreturn void fail_through(int control, enum stage stage) {
  struct message message = {.kind = MESSAGE_FAILED, .stage = stage, .error = errno};
  ssize_t sent = write(control, &message, sizeof message);
  (void)sent;
  _exit(127);
}

static _Noreturn void fail(enum stage stage) { fail_through(CONTROL_DESCRIPTOR, stage); }

// The host's handlers must not run here, and what it ignores must not stay ignored.
static void reset_signals(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; number++) sigaction(number, &action, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_from(unsigned first) {
#ifdef __linux__
  if (syscall(436 /* close_range */, first, ~0u, 0) == 0) return;
#endif
  struct rlimit open_files;
  if (getrlimit(RLIMIT_NOFILE, &open_files) != 0 || open_files.rlim_cur > 1u << 20) {
    open_files.rlim_cur = 1u << 20;
  }
  for (unsigned number = first; number < open_files.rlim_cur; number++) close((int)number);
}

// Puts the five descriptors at 0 to 4 and closes all others.
static bool place_descriptors(const struct plan *plan) {
  int given[] = {plan->input, plan->output, plan->errors, plan->result, plan->control};
  enum { count = sizeof given / sizeof *given };
  // First out of the way: a host with standard streams closed may hold any of them at 0 to 4.
  for (int index = 0; index < count; index++) {
    given[index] = fcntl(given[index], F_DUPFD_CLOEXEC, 16);
    if (given[index] < 0) return false;
  }
  for (int index = 0; index < count; index++) {
    if (dup2(given[index], index) < 0) return false;
  }
  if (fcntl(CONTROL_DESCRIPTOR, F_SETFD, FD_CLOEXEC) < 0) return false;
  close_from(count);
  return true;
}

static bool set_limit(int resource, uint64_t value) {
  struct rlimit limit = {.rlim_cur = (rlim_t)value, .rlim_max = (rlim_t)value};
  if (setrlimit(resource, &limit) == 0) return true;
  // A host that is itself limited more strictly: its limits hold here as well.
  return errno == EPERM && getrlimit(resource, &limit) == 0 && limit.rlim_max <= value;
}

static bool set_limits(const cjail *jail) {
  bool good = set_limit(RLIMIT_CPU, jail->limits[CJAIL_CPU_SECONDS]) &&
              set_limit(RLIMIT_FSIZE, jail->limits[CJAIL_FILE_BYTES]) &&
              set_limit(RLIMIT_NOFILE, jail->limits[CJAIL_OPEN_FILES]) &&
              set_limit(RLIMIT_NPROC, jail->limits[CJAIL_PROCESSES]) && set_limit(RLIMIT_CORE, 0);
  bool memory = set_limit(RLIMIT_AS, jail->limits[CJAIL_MEMORY_BYTES]);
#ifdef __APPLE__
  // macOS refuses an address-space limit below what the shared cache maps already.
  memory = true;
#endif
  return good && memory;
}

#ifdef __linux__
static bool drop_privileges(pid_t host, bool separate) {
  // The child dies with the host; if the host died before this line, it dies here.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return false;
  if (!separate && getppid() != host) _exit(127);
  for (int capability = 0; capability <= 63; capability++) {
    // EINVAL past the last one; EPERM for a user who has none to drop.
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED, 0, 0, 0);
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
  memset(none, 0, sizeof none);
  if (syscall(SYS_capset, &header, none) != 0) return false;
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

static bool send_listener(int listener) {
  struct message message = {.kind = MESSAGE_LISTENER};
  struct iovec part = {.iov_base = &message, .iov_len = sizeof message};
  union {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
  } control;
  memset(&control, 0, sizeof control);
  struct msghdr envelope = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR(&envelope);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(header), &listener, sizeof listener);
  if (sendmsg(CONTROL_DESCRIPTOR, &envelope, MSG_NOSIGNAL) < 0) return false;
  close(listener);
  return true;
}

static void enter_layers(const struct plan *plan) {
  const cjail *jail = plan->jail;
  bool separate = plan->layers & CJAIL_NAMESPACES;
  if (separate) {
    if (!namespaces_map_users(plan->user, plan->group)) fail(STAGE_USERS);
    if (!namespaces_hide(&jail->hidden)) fail(STAGE_MOUNTS);
  }
  if (!drop_privileges(plan->host, separate)) fail(STAGE_PRIVILEGES);
  if ((plan->layers & CJAIL_LANDLOCK) && !landlock_restrict(jail)) fail(STAGE_LANDLOCK);
  if (!set_limits(jail)) fail(STAGE_LIMITS);
  if (plan->layers & CJAIL_SECCOMP) {
    int listener = filter_install(jail->program, plan->layers & CJAIL_WITNESS);
    if (listener == -1) fail(STAGE_SECCOMP);
    if (listener >= 0 && !send_listener(listener)) fail(STAGE_SECCOMP);
  }
}
#else
static void enter_layers(const struct plan *plan) {
  // The profile is applied by sandbox-exec, which is the program here.
  if (!set_limits(plan->jail)) fail(STAGE_LIMITS);
}
#endif

void child_become(const struct plan *plan) {
  reset_signals();
  setsid();
  if (!place_descriptors(plan)) fail_through(plan->control, STAGE_DESCRIPTORS);
  if (chdir("/") != 0) fail(STAGE_DESCRIPTORS);
  enter_layers(plan);
  execve(plan->jail->program, plan->jail->arguments.items, plan->jail->environment.items);
  fail(STAGE_EXECUTE);
}
