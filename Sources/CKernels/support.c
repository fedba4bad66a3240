#include "support.h"

#include <stdio.h>

// Each thread that calls kernels has a pool of its own, as each has its own team in OpenMP.
static _Thread_local ck_parallel_function pool = NULL;

/// Below this many elements a kernel is done before a second thread has started.
static const int64_t parallel_work = 16384;

void ck_configure(ck_parallel_function run) { pool = run; }

void ck_run(ck_body body, void *context, int64_t work) {
  if (pool == NULL || work < parallel_work) {
    body(context, 0, 1);
  } else {
    pool(body, context);
  }
}

typedef struct items_context {
  ck_item_body body;
  void *context;
  int64_t count;
} items_context;

static void items_share(void *raw, int thread, int threads) {
  const items_context *c = raw;
  int64_t begin, end;
  ck_share(c->count, thread, threads, &begin, &end);
  for (int64_t i = begin; i < end; i++) c->body(c->context, i);
}

void ck_for_each(ck_item_body body, void *context, int64_t count, int64_t work) {
  items_context items = {body, context, count};
  if (count < 2) {
    items_share(&items, 0, 1);
  } else {
    ck_run(items_share, &items, work);
  }
}

void *ck_scratch(int64_t bytes) {
  void *memory = NULL;
  const size_t size = bytes > 0 ? (size_t)bytes : 1;
  if (posix_memalign(&memory, 64, size) != 0) {
    fprintf(stderr, "No memory for %zu bytes of scratch space.\n", size);
    abort();
  }
  return memory;
}
