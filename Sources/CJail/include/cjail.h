// One process in a jail: the border that Swift sees.
//
// Swift cannot fork: between fork and execve only async-signal-safe calls are allowed, and the
// Swift runtime is free to allocate or lock at any point. So that stretch is C, and so is the loop
// that watches the child, because it answers the kernel's questions about forbidden calls.
#pragma once

#include <stddef.h>
#include <stdint.h>

// What holds the child. The bits are stable: they appear in results.
enum {
  CJAIL_LANDLOCK = 1,      // Linux: files outside the allow-list cannot be opened.
  CJAIL_SECCOMP = 2,       // Linux: calls outside the allow-list do not exist.
  CJAIL_NAMESPACES = 4,    // Linux: own users, network, processes, mounts and IPC.
  CJAIL_WITNESS = 8,       // Linux: forbidden calls are reported to the host by the kernel.
  CJAIL_SANDBOX_EXEC = 16  // macOS: sandbox-exec with a profile that denies by default.
};

// Limits that a jail enforces; set each with cjail_limit.
enum {
  CJAIL_CPU_SECONDS,
  CJAIL_WALL_MILLISECONDS,
  CJAIL_MEMORY_BYTES,
  CJAIL_FILE_BYTES,
  CJAIL_OPEN_FILES,
  CJAIL_PROCESSES,
  CJAIL_OUTPUT_BYTES,  // Kept of standard output, and of standard error; the rest is counted.
  CJAIL_RESULT_BYTES,  // Accepted on descriptor 3; one byte more ends the child.
  CJAIL_LIMIT_COUNT
};

// How a run ended.
enum {
  CJAIL_EXITED,       // code: the exit status
  CJAIL_SIGNALED,     // code: the signal
  CJAIL_TIMED_OUT,    // killed by the host at the wall-clock limit
  CJAIL_OVERFLOWED,   // killed by the host: too many bytes on the result descriptor
  CJAIL_NO_LAYER,     // refused: nothing here can hold the child
  CJAIL_SETUP_FAILED  // code: errno; cjail_stage says at which step
};

// The child's streams that are kept.
enum { CJAIL_OUTPUT, CJAIL_ERRORS, CJAIL_RESULT, CJAIL_STREAM_COUNT };

// A request and, once run, its outcome. One owner, used by one thread at a time.
typedef struct cjail cjail;

// The layers that work on this machine, found by trying each in a child; asked once per process.
uint32_t cjail_available_layers(void);

// NULL when memory is short. Text is copied.
cjail *cjail_create(const char *program);
void cjail_free(cjail *jail);
void cjail_add_argument(cjail *jail, const char *text);
void cjail_add_environment(cjail *jail, const char *text);
void cjail_add_readable(cjail *jail, const char *path);
void cjail_add_executable(cjail *jail, const char *path);
void cjail_limit(cjail *jail, int which, uint64_t value);
// Leaves layers out, as on a machine that lacks them.
void cjail_exclude_layers(cjail *jail, uint32_t layers);

// Runs the program once with `input` on standard input and returns how it ended. Blocks; when it
// returns the child is gone.
int cjail_run(cjail *jail, const uint8_t *input, size_t count);

int cjail_code(const cjail *jail);
const char *cjail_stage(const cjail *jail);
uint32_t cjail_layers(const cjail *jail);
double cjail_wall_seconds(const cjail *jail);
double cjail_cpu_seconds(const cjail *jail);
// Bytes kept of a stream, bytes the child wrote to it, and a copy of at most `count` kept bytes.
size_t cjail_kept(const cjail *jail, int stream);
uint64_t cjail_written(const cjail *jail, int stream);
void cjail_copy(const cjail *jail, int stream, uint8_t *bytes, size_t count);
// Forbidden calls that the child tried: how many different ones, and each one's name and count.
size_t cjail_attempts(const cjail *jail);
const char *cjail_attempt_name(const cjail *jail, size_t index);
uint64_t cjail_attempt_count(const cjail *jail, size_t index);
