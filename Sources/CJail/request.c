// What is asked of a jail, and what is read from it afterwards.
#include "jail.h"

#include <stdlib.h>
#include <string.h>

bool strings_add(struct strings *list, const char *text) {
  char **items = realloc(list->items, (list->count + 2) * sizeof *items);
  if (!items) return false;
  list->items = items;
  items[list->count] = strdup(text);
  if (!items[list->count]) return false;
  items[++list->count] = NULL;
  return true;
}

void strings_free(struct strings *list) {
  for (size_t index = 0; index < list->count; index++) free(list->items[index]);
  free(list->items);
}

cjail *cjail_create(const char *program) {
  cjail *jail = calloc(1, sizeof *jail);
  if (!jail) return NULL;
  jail->program = strdup(program);
  // The limits of a short calculation; callers set what they need.
  jail->limits[CJAIL_CPU_SECONDS] = 3;
  jail->limits[CJAIL_WALL_MILLISECONDS] = 8000;
  jail->limits[CJAIL_MEMORY_BYTES] = 512u << 20;
  jail->limits[CJAIL_FILE_BYTES] = 1u << 20;
  jail->limits[CJAIL_OPEN_FILES] = 64;
  jail->limits[CJAIL_PROCESSES] = 64;
  jail->limits[CJAIL_OUTPUT_BYTES] = 64u << 10;
  jail->limits[CJAIL_RESULT_BYTES] = 16u << 20;
  if (jail->program && strings_add(&jail->arguments, program)) return jail;
  cjail_free(jail);
  return NULL;
}

void cjail_free(cjail *jail) {
  if (!jail) return;
  free(jail->program);
  strings_free(&jail->arguments);
  strings_free(&jail->environment);
  strings_free(&jail->readable);
  strings_free(&jail->executable);
  strings_free(&jail->hidden);
  for (int stream = 0; stream < CJAIL_STREAM_COUNT; stream++) free(jail->streams[stream].bytes);
  free(jail);
}

// An argument lost for lack of memory would run something else than was asked.
static void add_or_abort(struct strings *list, const char *text) {
  if (!strings_add(list, text)) abort();
}

void cjail_add_argument(cjail *jail, const char *text) { add_or_abort(&jail->arguments, text); }

void cjail_add_environment(cjail *jail, const char *text) {
  add_or_abort(&jail->environment, text);
}

void cjail_add_readable(cjail *jail, const char *path) { add_or_abort(&jail->readable, path); }

void cjail_add_executable(cjail *jail, const char *path) { add_or_abort(&jail->executable, path); }

void cjail_limit(cjail *jail, int which, uint64_t value) {
  if (which >= 0 && which < CJAIL_LIMIT_COUNT) jail->limits[which] = value;
}

void cjail_exclude_layers(cjail *jail, uint32_t layers) { jail->excluded |= layers; }

int cjail_code(const cjail *jail) { return jail->code; }

const char *cjail_stage(const cjail *jail) { return jail->stage ? jail->stage : ""; }

uint32_t cjail_layers(const cjail *jail) { return jail->layers; }

double cjail_wall_seconds(const cjail *jail) { return jail->wall_seconds; }

double cjail_cpu_seconds(const cjail *jail) { return jail->cpu_seconds; }

size_t cjail_kept(const cjail *jail, int stream) { return jail->streams[stream].kept; }

uint64_t cjail_written(const cjail *jail, int stream) { return jail->streams[stream].written; }

void cjail_copy(const cjail *jail, int stream, uint8_t *bytes, size_t count) {
  size_t kept = jail->streams[stream].kept;
  if (count > kept) count = kept;
  if (count) memcpy(bytes, jail->streams[stream].bytes, count);
}

size_t cjail_attempts(const cjail *jail) { return jail->attempt_count; }

const char *cjail_attempt_name(const cjail *jail, size_t index) {
#ifdef __linux__
  return index < jail->attempt_count ? call_name(jail->attempts[index].number) : "";
#else
  (void)jail;
  (void)index;
  return "";
#endif
}

uint64_t cjail_attempt_count(const cjail *jail, size_t index) {
  return index < jail->attempt_count ? jail->attempts[index].count : 0;
}
