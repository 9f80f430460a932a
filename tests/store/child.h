#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace yoke {

// A running store_child: see store_child.cpp for what it can do.
class Child {
 public:
  // `crash_at`: the crash point at which it kills itself; empty for none.
  Child(const std::string& what, const std::string& path, const std::string& crash_at = "");
  ~Child();  // kills it if it still runs
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  std::string line();                // the next line it says; empty at its end
  std::vector<std::string> lines();  // all that is left
  int wait();                        // its exit status, or minus the signal that ended it
  void kill();

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  int output_ = -1;
  std::string unread_;
};

}  // namespace yoke
