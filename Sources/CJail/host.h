// The host's ends of the pipes to one child.
#pragma once

#include "jail.h"

struct watch {
  pid_t child;
  int streams[CJAIL_STREAM_COUNT];
  int control;
  int listener;  // -1 until the child has sent it
  int death;     // readable once the child is dead; -1 where the system has no such thing
  int ending;
  bool failed;
};

// Opens both ends of everything; the child's ends go into the plan.
bool watch_open(struct watch *watch, struct plan *plan, const uint8_t *input, size_t count);
void watch_close_far_ends(struct plan *plan);
void watch_death(struct watch *watch);
void watch_close(struct watch *watch);
