#include "lanes.h"
#include "support.h"

// A measure of the memory's speed: nothing but loads, in long runs, on all threads.

typedef uint32_t ck_words __attribute__((vector_size(64)));

/// Bytes that a thread takes at a time.
#define BLOCK (1 << 18)

typedef struct reading_context {
  const char *memory;
  int64_t bytes;
  int64_t next;
  uint32_t sum;
} reading_context;

static CK_HOT uint32_t read_run(const char *from, int64_t bytes) {
  ck_words sum[4] = {{0}}, v;
  int64_t i = 0;
  for (; i + 256 <= bytes; i += 256) {
    for (int64_t b = 0; b < 4; b++) {
      memcpy(&v, from + i + b * 64, sizeof v);
      sum[b] += v;
    }
  }
  uint32_t words[16], total = 0;
  sum[0] += sum[1] + sum[2] + sum[3];
  memcpy(words, &sum[0], sizeof words);
  for (int j = 0; j < 16; j++) total += words[j];
  for (; i + 4 <= bytes; i += 4) {
    uint32_t word;
    memcpy(&word, from + i, sizeof word);
    total += word;
  }
  return total;
}

static void reading_share(void *raw, int thread, int threads) {
  reading_context *c = raw;
  (void)thread;
  (void)threads;
  uint32_t sum = 0;
  while (true) {
    const int64_t begin = __atomic_fetch_add(&c->next, BLOCK, __ATOMIC_RELAXED);
    if (begin >= c->bytes) break;
    sum += read_run(c->memory + begin, ck_min(BLOCK, c->bytes - begin));
  }
  __atomic_fetch_add(&c->sum, sum, __ATOMIC_RELAXED);
}

uint32_t ck_read_memory(const void *memory, int64_t bytes) {
  reading_context context = {memory, bytes, 0, 0};
  ck_run(reading_share, &context, bytes / 4);
  return context.sum;
}
