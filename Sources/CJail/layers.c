// Which layers this machine has.
#include "jail.h"

#include <pthread.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint32_t found;

static void find(void) {
#ifdef __linux__
  if (landlock_abi() > 0) found |= CJAIL_LANDLOCK;
  if (filter_available()) found |= CJAIL_SECCOMP;
  if (filter_available() && witness_available()) found |= CJAIL_WITNESS;
  if (namespaces_available()) found |= CJAIL_NAMESPACES;
#elif defined(__APPLE__)
  if (access("/usr/bin/sandbox-exec", X_OK) == 0) found |= CJAIL_SANDBOX_EXEC;
#endif
}

uint32_t cjail_available_layers(void) {
  pthread_once(&once, find);
  return found;
}
