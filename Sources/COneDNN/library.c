#define _GNU_SOURCE
#include "library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "threads.h"

odnn_functions dnnl;
dnnl_engine_t odnn_engine;

static bool is_open;
static char version_text[32];
static char path_text[1024];
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)
#define MAJOR NUMBER(DNNL_VERSION_MAJOR)
#define MINOR NUMBER(DNNL_VERSION_MINOR)

#if defined(__APPLE__)
#define INSTALL "Install it (Homebrew: 'brew install onednn')"
static const char *const usual_names[] = {
    "libdnnl." MAJOR ".dylib", "/opt/homebrew/lib/libdnnl." MAJOR ".dylib",
    "/usr/local/lib/libdnnl." MAJOR ".dylib", NULL};
#else
#define INSTALL "Install it (Debian and Ubuntu: 'apt install libdnnl-dev')"
// Some systems name the library by its minor version too, as Debian 13 does.
static const char *const usual_names[] = {
    "libdnnl.so." MAJOR, "libdnnl.so." MAJOR "." MINOR, "libdnnl.so", NULL};
#endif

/// OpenMP reads these when it is loaded. Threads that spin for ever starve whatever else runs, and
/// threads that sleep at once cost a wake-up per primitive; so they spin for a while. What the user
/// has set stays. The places of threads are never set: that would pin the main thread, and with it
/// every thread that Swift starts later.
static void set_waiting_policy(int64_t spin_count) {
  char text[32];
  if (getenv("OMP_WAIT_POLICY") == NULL) {
    snprintf(text, sizeof text, "%lld", (long long)(spin_count > 0 ? spin_count : 0));
    setenv("GOMP_SPINCOUNT", text, 0);
    // LLVM's runtime counts milliseconds.
    setenv("KMP_BLOCKTIME", spin_count > 0 ? "1" : "0", 0);
  }
}

/// Fills the table; on failure names the function that is missing.
static const char *resolve(void *library) {
#define ODNN_RESOLVE(name)                                             \
  dnnl.name = (__typeof__(dnnl.name))dlsym(library, "dnnl_" #name);     \
  if (dnnl.name == NULL) return "dnnl_" #name;
  ODNN_FUNCTIONS(ODNN_RESOLVE)
#undef ODNN_RESOLVE
  return NULL;
}

/// Opens one candidate; on failure appends what went wrong to `tried`.
static void *try_library(const char *name, char *tried, size_t capacity) {
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *reason = dlerror();
    const size_t used = strlen(tried);
    snprintf(
        tried + used, capacity - used, "%s%s", used > 0 ? "; " : "",
        reason != NULL ? reason : name);
  }
  return library;
}

static odnn_status open_locked(
    const char *library, int64_t spin_count, char *message, size_t capacity) {
  set_waiting_policy(spin_count);
  if (library == NULL || library[0] == '\0') library = getenv("PLUMB_ONEDNN_LIBRARY");

  char tried[1024] = "";
  void *handle = NULL;
  if (library != NULL && library[0] != '\0') {
    handle = try_library(library, tried, sizeof tried);
  } else {
    for (const char *const *name = usual_names; *name != NULL && handle == NULL; name++) {
      handle = try_library(*name, tried, sizeof tried);
    }
  }
  if (handle == NULL) {
    snprintf(
        message, capacity, "oneDNN could not be opened (%s). " INSTALL
        ", or set PLUMB_ONEDNN_LIBRARY to the library's path.", tried);
    return ODNN_LIBRARY_MISSING;
  }

  const char *missing = resolve(handle);
  // Versions first: another version lacks functions, and that is the better thing to say.
  if (dnnl.version != NULL) {
    const dnnl_version_t *version = dnnl.version();
    snprintf(
        version_text, sizeof version_text, "%d.%d.%d", version->major, version->minor,
        version->patch);
    if (version->major != DNNL_VERSION_MAJOR) {
      snprintf(
          message, capacity, "The oneDNN library is version %s, but Plumbline was built against"
          " the headers of version %d. Set PLUMB_ONEDNN_LIBRARY to a matching library, or rebuild.",
          version_text, DNNL_VERSION_MAJOR);
      version_text[0] = '\0';
      return ODNN_WRONG_VERSION;
    }
  }
  if (missing != NULL) {
    snprintf(
        message, capacity, "'%s' is not oneDNN %d, for it has no function %s. " INSTALL
        ", or set PLUMB_ONEDNN_LIBRARY to the library's path.",
        library != NULL ? library : usual_names[0], DNNL_VERSION_MAJOR, missing);
    return ODNN_LIBRARY_MISSING;
  }

  Dl_info info;
  if (dladdr((void *)dnnl.version, &info) != 0 && info.dli_fname != NULL) {
    snprintf(path_text, sizeof path_text, "%s", info.dli_fname);
  }
  const dnnl_status_t status = dnnl.engine_create(&odnn_engine, dnnl_cpu, 0);
  if (status != dnnl_success) {
    snprintf(
        message, capacity, "oneDNN %s made no engine for this processor: %s.", version_text,
        odnn_status_name((odnn_status)status));
    return (odnn_status)status;
  }
  odnn_find_thread_pool(handle);
  return ODNN_SUCCESS;
}

odnn_status odnn_open(const char *library, int64_t spin_count, char *message, size_t capacity) {
  pthread_mutex_lock(&opening);
  odnn_status status = ODNN_SUCCESS;
  if (capacity > 0) message[0] = '\0';
  if (!is_open) {
    status = open_locked(library, spin_count, message, capacity);
    is_open = status == ODNN_SUCCESS;
  }
  pthread_mutex_unlock(&opening);
  return status;
}

bool odnn_is_open(void) {
  pthread_mutex_lock(&opening);
  const bool result = is_open;
  pthread_mutex_unlock(&opening);
  return result;
}

const char *odnn_version(void) { return version_text; }

int odnn_header_version(void) { return DNNL_VERSION_MAJOR; }

const char *odnn_library_path(void) { return path_text; }

/// Bits of the sets that both versions number alike.
enum { AVX2 = 0x7, AVX512_CORE = 0x27, AVX512_CORE_VNNI = 0x67, AVX512_CORE_BF16 = 0xe7 };

static bool has(int set) { return ((int)dnnl.get_effective_cpu_isa() & set) == set; }

const char *odnn_isa(void) {
  if (has(dnnl_cpu_isa_avx512_core_amx)) return "avx512_core_amx";
#if ODNN_V3
  if (has(dnnl_cpu_isa_avx512_core_fp16)) return "avx512_core_fp16";
#endif
  if (has(AVX512_CORE_BF16)) return "avx512_core_bf16";
  if (has(AVX512_CORE_VNNI)) return "avx512_core_vnni";
  if (has(AVX512_CORE)) return "avx512_core";
  if (has(dnnl_cpu_isa_avx2_vnni)) return "avx2_vnni";
  if (has(AVX2)) return "avx2";
  if (has(dnnl_cpu_isa_avx)) return "avx";
  if (has(dnnl_cpu_isa_sse41)) return "sse41";
  return "default";
}

int odnn_channel_block(void) { return has(AVX512_CORE) ? 16 : 8; }

bool odnn_supports_bf16(void) { return has(AVX512_CORE_BF16); }

const char *odnn_status_name(odnn_status status) {
  switch (status) {
    case ODNN_SUCCESS: return "success";
    case ODNN_OUT_OF_MEMORY: return "out of memory";
    case ODNN_INVALID_ARGUMENTS: return "invalid arguments";
    case ODNN_UNIMPLEMENTED: return "unimplemented";
    case ODNN_LAST_IMPLEMENTATION: return "no further implementation";
    case ODNN_RUNTIME_ERROR: return "runtime error";
    case ODNN_NOT_REQUIRED: return "not required";
    case ODNN_LIBRARY_MISSING: return "library missing";
    case ODNN_WRONG_VERSION: return "wrong version";
    case ODNN_OUT_OF_RANGE: return "out of range";
  }
  return "unknown status";
}
