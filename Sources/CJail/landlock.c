// Landlock: which files the child may open. Reading under the allow-list, running only the
// interpreter and its loader, writing nowhere.
//
// The rights are spelled out here because the system's header is often older than its kernel.
// Source: the kernel's Documentation/userspace-api/landlock.rst.
#ifdef __linux__
#define _GNU_SOURCE
#include "jail.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The numbers are the same on every architecture.
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { ASK_VERSION = 1, RULE_PATH_BENEATH = 1 };

enum { RIGHT_EXECUTE = 1 << 0, RIGHT_READ_FILE = 1 << 2, RIGHT_READ_DIRECTORY = 1 << 3 };

struct ruleset {
  uint64_t files;
  uint64_t network;
  uint64_t scopes;
};

struct __attribute__((packed)) path_rule {
  uint64_t allowed;
  int32_t folder;
};

int landlock_abi(void) {
  long abi = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
  return abi < 0 ? 0 : (int)abi;
}

static bool allow(int ruleset, const char *path, uint64_t rights) {
  int opened = open(path, O_PATH | O_CLOEXEC);
  // A folder that is not here needs no rule.
  if (opened < 0) return errno == ENOENT || errno == ENOTDIR;
  struct stat status;
  if (fstat(opened, &status) == 0 && !S_ISDIR(status.st_mode)) rights &= ~RIGHT_READ_DIRECTORY;
  struct path_rule rule = {.allowed = rights, .folder = opened};
  long failed = syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
  int error = errno;
  close(opened);
  errno = error;
  return failed == 0;
}

bool landlock_restrict(const cjail *jail) {
  int abi = landlock_abi();
  if (abi < 1) return false;
  struct ruleset rules = {0};
  size_t size = sizeof rules.files;
  // Every right this kernel knows is handled, so whatever is not allowed below is denied.
  rules.files = (1u << 13) - 1;                 // 1: execute, read, write, make, remove
  if (abi >= 2) rules.files |= 1u << 13;        // 2: move or link between folders
  if (abi >= 3) rules.files |= 1u << 14;        // 3: truncate
  if (abi >= 4) rules.network = 3;              // 4: bind and connect over TCP
  if (abi >= 5) rules.files |= 1u << 15;        // 5: ioctl on devices
  if (abi >= 6) rules.scopes = 3;               // 6: abstract Unix sockets and signals outside
  if (abi >= 4) size = sizeof rules.files + sizeof rules.network;
  if (abi >= 6) size = sizeof rules;

  int ruleset = (int)syscall(CREATE_RULESET, &rules, size, 0);
  if (ruleset < 0) return false;
  bool good = true;
  for (size_t index = 0; good && index < jail->readable.count; index++) {
    good = allow(ruleset, jail->readable.items[index], RIGHT_READ_FILE | RIGHT_READ_DIRECTORY);
  }
  for (size_t index = 0; good && index < jail->executable.count; index++) {
    good = allow(ruleset, jail->executable.items[index], RIGHT_READ_FILE | RIGHT_EXECUTE);
  }
  if (good) good = syscall(RESTRICT_SELF, ruleset, 0) == 0;
  int error = errno;
  close(ruleset);
  errno = error;
  return good;
}
#endif
