#define _GNU_SOURCE
#include "threads.h"

#include <dlfcn.h>
#include <pthread.h>
#if defined(__linux__)
#include <sched.h>
#endif
#include <stddef.h>
#include <stdint.h>

#include "onednn.h"

#if defined(__APPLE__)
#include <dispatch/dispatch.h>
#endif

typedef void (*pool_body)(void *context, int thread, int threads);

// GCC's runtime, whose entry LLVM's has too.
static void (*gomp_parallel)(void (*)(void *), void *, unsigned, unsigned);
static int (*thread_number)(void);
static int (*team_size)(void);
static void (*set_team_size)(int);

/// Threads of the calling thread's teams; every host thread has a pool of its own.
static _Thread_local int threads_here = 1;

void odnn_find_thread_pool(void *library) {
  gomp_parallel = (__typeof__(gomp_parallel))dlsym(library, "GOMP_parallel");
  thread_number = (__typeof__(thread_number))dlsym(library, "omp_get_thread_num");
  team_size = (__typeof__(team_size))dlsym(library, "omp_get_num_threads");
  set_team_size = (__typeof__(set_team_size))dlsym(library, "omp_set_num_threads");
}

static bool has_openmp(void) {
  return gomp_parallel != NULL && thread_number != NULL && team_size != NULL;
}

const char *odnn_parallel_runtime(void) {
  if (has_openmp()) return "OpenMP";
#if defined(__APPLE__)
  return "Dispatch";
#else
  return "none";
#endif
}

void odnn_set_threads(int threads) {
  threads_here = threads > 1 ? threads : 1;
  if (set_team_size != NULL) set_team_size(threads_here);
}

int odnn_threads(void) { return threads_here; }

void odnn_name_thread(const char *name) {
#if defined(__APPLE__)
  pthread_setname_np(name);
#else
  pthread_setname_np(pthread_self(), name);
#endif
}

bool odnn_may_use_processor(int processor) {
#if defined(__linux__)
  cpu_set_t set;
  if (processor < 0 || processor >= CPU_SETSIZE) return false;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_ISSET(processor, &set);
#endif
  return processor >= 0;
}

typedef struct {
  pool_body body;
  void *context;
  int threads;
} pool_work;

static void work_in_team(void *argument) {
  const pool_work *work = argument;
  work->body(work->context, thread_number(), team_size());
}

#if defined(__APPLE__)
static void work_in_queue(void *argument, size_t index) {
  const pool_work *work = argument;
  work->body(work->context, (int)index, work->threads);
}
#endif

void odnn_parallel(pool_body body, void *context) {
  pool_work work = {body, context, threads_here};
  if (threads_here == 1) {
    body(context, 0, 1);
  } else if (has_openmp()) {
    gomp_parallel(work_in_team, &work, (unsigned)threads_here, 0);
  } else {
#if defined(__APPLE__)
    dispatch_apply_f(
        (size_t)threads_here, dispatch_get_global_queue(QOS_CLASS_USER_INITIATED, 0), &work,
        work_in_queue);
#else
    body(context, 0, 1);
#endif
  }
}
