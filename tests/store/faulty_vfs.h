#pragma once

#include <atomic>
#include <string>

namespace yoke {

// SQLite's own file layer with a disk that fails on command. One at a time; while it lives, every
// database that is opened stands on it.
//
// Threads: the switches from any.
class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  std::atomic<bool> full = false;        // writes answer "no space left"
  std::atomic<bool> sync_fails = false;  // syncs answer "input/output error"
  std::atomic<int> syncs = 0;            // so many were asked for
};

}  // namespace yoke
