// seccomp: which system calls exist for the child. A BPF program, written by hand.
//
// The filter checks the architecture first, because a number means another call on another one; a
// 64-bit program can still make 32-bit calls. It looks at numbers and plain arguments only, never
// behind a pointer, so nothing can change between its look and the call.
#ifdef __linux__
#define _GNU_SOURCE
#include "calls.h"
#include "jail.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define COUNT(list) (sizeof(list) / sizeof *(list))

enum { INSTRUCTION_LIMIT = 768 };

struct filter {
  struct sock_filter code[INSTRUCTION_LIMIT];
  unsigned short count;
};

static void put(struct filter *filter, uint16_t code, uint8_t yes, uint8_t no, uint32_t value) {
  // Past the limit the count still grows, and filter_install refuses the program.
  if (filter->count < INSTRUCTION_LIMIT) {
    filter->code[filter->count] = (struct sock_filter)BPF_JUMP(code, value, yes, no);
  }
  filter->count++;
}

static void load(struct filter *filter, size_t offset) {
  put(filter, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static void load_argument(struct filter *filter, int index) {
  // Both architectures are little-endian: the low half comes first.
  load(filter, offsetof(struct seccomp_data, args) + sizeof(uint64_t) * (size_t)index);
}

static void give(struct filter *filter, uint32_t action) {
  put(filter, BPF_RET | BPF_K, 0, 0, action);
}

static void give_if_equal(struct filter *filter, uint32_t value, uint32_t action) {
  put(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value);
  give(filter, action);
}

static void give_if_any_bit(struct filter *filter, uint32_t bits, uint32_t action) {
  put(filter, BPF_JMP | BPF_JSET | BPF_K, 0, 1, bits);
  give(filter, action);
}

// Opens a block for one call; every block ends in an action, so what it loads does not matter
// to what follows it.
static unsigned short begin(struct filter *filter, int number) {
  put(filter, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, (uint32_t)number);
  return filter->count;
}

static void end(struct filter *filter, unsigned short start, uint32_t action) {
  give(filter, action);
  if (start <= INSTRUCTION_LIMIT) filter->code[start - 1].jf = (uint8_t)(filter->count - start);
}

static void decide_by_arguments(struct filter *filter, const char *program, uint32_t deny) {
  uint32_t allow = SECCOMP_RET_ALLOW;
  uint32_t own = (uint32_t)syscall(SYS_getpid);
  unsigned short start;

  // The one execve that starts the program has this path at this address; no later one does.
  start = begin(filter, __NR_execve);
  uint64_t path = (uint64_t)(uintptr_t)program;
  load_argument(filter, 0);
  put(filter, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, (uint32_t)path);
  give(filter, deny);
  load(filter, offsetof(struct seccomp_data, args) + sizeof(uint32_t));
  give_if_equal(filter, (uint32_t)(path >> 32), allow);
  end(filter, start, deny);

  // Threads only: they share the memory and die with the process.
  start = begin(filter, __NR_clone);
  load_argument(filter, 0);
  give_if_any_bit(
      filter,
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
          CLONE_NEWNET | 0x80 /* CLONE_NEWTIME */,
      deny);
  put(filter, BPF_ALU | BPF_AND | BPF_K, 0, 0, CLONE_VM | CLONE_THREAD);
  give_if_equal(filter, CLONE_VM | CLONE_THREAD, allow);
  end(filter, start, deny);

  int signals[] = {__NR_kill, __NR_tgkill};
  for (size_t index = 0; index < COUNT(signals); index++) {
    start = begin(filter, signals[index]);
    load_argument(filter, 0);
    give_if_equal(filter, own, allow);
    end(filter, start, deny);
  }

  uint32_t writing = O_ACCMODE | O_CREAT | O_TRUNC;
  start = begin(filter, __NR_openat);
  load_argument(filter, 2);
  give_if_any_bit(filter, writing, deny);
  end(filter, start, allow);
#ifdef __NR_open
  start = begin(filter, __NR_open);
  load_argument(filter, 1);
  give_if_any_bit(filter, writing, deny);
  end(filter, start, allow);
#endif

  // F_SETOWN with F_SETSIG makes the kernel send any signal to any process of the same user.
  static const uint32_t commands[] = {
      F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
      F_GETPIPE_SZ, F_GET_SEALS, F_OFD_GETLK, F_OFD_SETLK, F_OFD_SETLKW};
  start = begin(filter, __NR_fcntl);
  load_argument(filter, 1);
  for (size_t index = 0; index < COUNT(commands); index++) {
    give_if_equal(filter, commands[index], allow);
  }
  end(filter, start, deny);

  // What Python asks of its standard streams; TIOCSTI, which types into a terminal, is not here.
  static const uint32_t controls[] = {
      TCGETS, 0x802c542a /* TCGETS2 */, TIOCGWINSZ, FIOCLEX, FIONCLEX, FIONBIO, FIONREAD};
  start = begin(filter, __NR_ioctl);
  load_argument(filter, 1);
  for (size_t index = 0; index < COUNT(controls); index++) {
    give_if_equal(filter, controls[index], allow);
  }
  end(filter, start, SECCOMP_RET_ERRNO | ENOTTY);

  // Names of threads and memory; PR_SET_PDEATHSIG would let the child outlive the host.
  static const uint32_t options[] = {
      PR_SET_NAME, PR_GET_NAME, 0x53564d41 /* PR_SET_VMA */, PR_GET_DUMPABLE, PR_CAPBSET_READ,
      PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP};
  start = begin(filter, __NR_prctl);
  load_argument(filter, 0);
  for (size_t index = 0; index < COUNT(options); index++) {
    give_if_equal(filter, options[index], allow);
  }
  end(filter, start, deny);

  // Its own limits can only fall: the hard ones are set, and no capability is left to raise them.
  start = begin(filter, __NR_prlimit64);
  load_argument(filter, 0);
  give_if_equal(filter, 0, allow);
  give_if_equal(filter, own, allow);
  end(filter, start, deny);
}

#ifdef ARCHITECTURE
static void build(struct filter *filter, const char *program, uint32_t deny) {
  filter->count = 0;
  load(filter, offsetof(struct seccomp_data, arch));
  put(filter, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, ARCHITECTURE);
  give(filter, SECCOMP_RET_KILL_PROCESS);
  load(filter, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
  // The x32 range: the same calls once more, under other numbers.
  put(filter, BPF_JMP | BPF_JGE | BPF_K, 0, 1, 0x40000000);
  give(filter, SECCOMP_RET_KILL_PROCESS);
#endif
  for (size_t index = 0; index < COUNT(ALLOWED); index++) {
    give_if_equal(filter, (uint32_t)ALLOWED[index].number, SECCOMP_RET_ALLOW);
  }
  for (size_t index = 0; index < COUNT(FORBIDDEN); index++) {
    give_if_equal(filter, (uint32_t)FORBIDDEN[index].number, deny);
  }
  decide_by_arguments(filter, program, deny);
  // clone3 comes here too: its flags lie behind a pointer, and libraries fall back to clone.
  give(filter, SECCOMP_RET_ERRNO | ENOSYS);
}
#endif

bool filter_available(void) {
#ifdef ARCHITECTURE
  uint32_t action = SECCOMP_RET_KILL_PROCESS;
  return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
#else
  return false;
#endif
}

int filter_install(const char *program, bool witness) {
#ifdef ARCHITECTURE
  struct filter filter;
  uint32_t silent = SECCOMP_RET_ERRNO | EPERM;
  for (int round = witness ? 0 : 1; round < 2; round++) {
    bool ask = round == 0;
    build(&filter, program, ask ? (uint32_t)SECCOMP_RET_USER_NOTIF : silent);
    if (filter.count > INSTRUCTION_LIMIT) {
      errno = E2BIG;
      return -1;
    }
    struct sock_fprog code = {.len = filter.count, .filter = filter.code};
    unsigned long flags = ask ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
    long installed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &code);
    if (installed >= 0) return ask ? (int)installed : -2;
    // A container's own listener may leave no room for ours; the calls are then denied unseen.
  }
  return -1;
#else
  (void)program;
  (void)witness;
  errno = ENOSYS;
  return -1;
#endif
}

const char *call_name(int number) {
  for (size_t index = 0; index < COUNT(FORBIDDEN); index++) {
    if (FORBIDDEN[index].number == number) return FORBIDDEN[index].name;
  }
  for (size_t index = 0; index < COUNT(DECIDED); index++) {
    if (DECIDED[index].number == number) return DECIDED[index].name;
  }
  return "another call";
}
#endif
