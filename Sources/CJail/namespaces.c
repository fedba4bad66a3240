// Namespaces: the child is alone on its machine. It has no network, sees no other process, and the
// folders it must not read are covered by empty ones.
//
// An extra layer: many systems do not let ordinary users make namespaces.
#ifdef __linux__
#define _GNU_SOURCE
#include "jail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

pid_t namespaces_fork(bool separate) {
  unsigned long flags = SIGCHLD;
  if (separate) {
    flags |= CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC |
             CLONE_NEWUTS;
  }
  // The bare call: the child makes no library call that would miss fork's preparations.
  return (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
}

static bool put_file(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t count = (ssize_t)strlen(text);
  bool good = write(file, text, (size_t)count) == count;
  close(file);
  return good;
}

// Writes "ID ID 1": the same number inside as outside. snprintf is not async-signal-safe.
static void identity_line(char line[32], unsigned id) {
  char digits[11];
  int count = 0;
  do digits[count++] = (char)('0' + id % 10);
  while ((id /= 10) > 0);
  int at = 0;
  for (int copy = 0; copy < 2; copy++) {
    for (int index = count; index > 0; index--) line[at++] = digits[index - 1];
    line[at++] = ' ';
  }
  line[at++] = '1';
  line[at] = 0;
}

bool namespaces_map_users(uid_t user, gid_t group) {
  char line[32];
  if (!put_file("/proc/self/setgroups", "deny")) return false;
  identity_line(line, group);
  if (!put_file("/proc/self/gid_map", line)) return false;
  identity_line(line, user);
  return put_file("/proc/self/uid_map", line);
}

// An empty file system that nobody may enter: what was below it is "not permitted", not "not
// found".
static bool cover(const char *folder) {
  return mount("jail", folder, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
               "size=4k,mode=0") == 0;
}

bool namespaces_hide(const struct strings *folders) {
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return false;
  for (size_t index = 0; index < folders->count; index++) {
    if (!cover(folders->items[index])) return false;
  }
  return true;
}

static bool holds(const char *folder, const struct strings *paths) {
  size_t length = strlen(folder);
  for (size_t index = 0; index < paths->count; index++) {
    const char *path = paths->items[index];
    if (strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0)) {
      return true;
    }
  }
  return false;
}

bool namespaces_list_hidden(cjail *jail) {
  DIR *root = opendir("/");
  if (!root) return false;
  bool good = true;
  for (struct dirent *entry = readdir(root); good && entry; entry = readdir(root)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    char path[sizeof entry->d_name + 1];
    snprintf(path, sizeof path, "/%s", entry->d_name);
    struct stat status;
    // Links (/bin, /lib) lead to folders that are judged under their own names.
    if (lstat(path, &status) != 0 || !S_ISDIR(status.st_mode)) continue;
    if (holds(path, &jail->readable) || holds(path, &jail->executable)) continue;
    good = strings_add(&jail->hidden, path);
  }
  closedir(root);
  return good;
}

bool namespaces_available(void) {
  uid_t user = getuid();
  gid_t group = getgid();
  pid_t child = namespaces_fork(true);
  if (child < 0) return false;
  if (child == 0) {
    struct strings none = {0};
    bool good = namespaces_map_users(user, group) && namespaces_hide(&none) && cover("/tmp");
    syscall(SYS_exit_group, good ? 0 : 1);
  }
  int status = 1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
#endif
