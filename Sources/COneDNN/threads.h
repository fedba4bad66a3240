#pragma once

/// Looks for the OpenMP runtime that the opened library depends on.
void odnn_find_thread_pool(void *library);
