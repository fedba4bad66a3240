// The parts of the jail, for each other.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "cjail.h"

// A growing list of owned strings that ends in NULL, as execve wants it.
struct strings {
  char **items;
  size_t count;
};

struct stream {
  uint8_t *bytes;
  size_t kept;
  size_t limit;
  uint64_t written;
};

struct attempt {
  int number;
  uint64_t count;
};

enum { ATTEMPT_LIMIT = 32 };

struct cjail {
  char *program;
  struct strings arguments, environment, readable, executable;
  // Top folders that the child's mount namespace covers with an empty one.
  struct strings hidden;
  uint64_t limits[CJAIL_LIMIT_COUNT];
  uint32_t excluded;

  int code;
  const char *stage;
  uint32_t layers;
  double wall_seconds, cpu_seconds;
  struct stream streams[CJAIL_STREAM_COUNT];
  struct attempt attempts[ATTEMPT_LIMIT];
  size_t attempt_count;
};

// Where the child finds its ends of the pipes.
enum { RESULT_DESCRIPTOR = 3, CONTROL_DESCRIPTOR = 4 };

// What the child tells the host before execve: a listener (with the descriptor attached), or the
// step that failed. The channel closes by itself when execve succeeds.
enum { MESSAGE_LISTENER = 1, MESSAGE_FAILED = 2 };
struct message {
  int32_t kind;
  int32_t stage;
  int32_t error;
};

enum stage {
  STAGE_DESCRIPTORS,
  STAGE_USERS,
  STAGE_MOUNTS,
  STAGE_PRIVILEGES,
  STAGE_LANDLOCK,
  STAGE_LIMITS,
  STAGE_SECCOMP,
  STAGE_EXECUTE,
  STAGE_COUNT
};

// Everything the child needs, made before the fork: the child must not allocate.
struct plan {
  const cjail *jail;
  uint32_t layers;
  int input, output, errors, result, control;
  uid_t user;
  gid_t group;
  pid_t host;
};

bool strings_add(struct strings *list, const char *text);
void strings_free(struct strings *list);

// Never returns: becomes the program, or reports the step that failed and exits.
_Noreturn void child_become(const struct plan *plan);

#ifdef __linux__
int landlock_abi(void);
bool landlock_restrict(const cjail *jail);

bool filter_available(void);
// Installs the filter; a listener's descriptor, -2 without one, -1 and errno on failure.
int filter_install(const char *program, bool witness);
const char *call_name(int number);

pid_t namespaces_fork(bool separate);
bool namespaces_map_users(uid_t user, gid_t group);
bool namespaces_hide(const struct strings *folders);
bool namespaces_available(void);
// The folders in / that hold nothing the child may read.
bool namespaces_list_hidden(cjail *jail);

// Receives one question about a forbidden call, records it, and answers "not permitted".
bool witness_answer(cjail *jail, int listener);
bool witness_available(void);
#endif
