#pragma once

#include <map>
#include <string>

#include "models/local/local_servers.h"

namespace yoke {

class Terminal;

// Says on standard error how far the loading of a local server has come: a line that renews itself
// on a terminal, else one at the beginning, one now and then, and one at the end.
//
// Ownership: borrows `terminal`, which must outlive it.
class LoadLines {
 public:
  explicit LoadLines(Terminal& terminal) : terminal_(terminal) {}

  void show(const LoadNote& note);

 private:
  struct Shown {
    bool begun = false;
    std::chrono::milliseconds last{0};
  };

  Terminal& terminal_;
  std::map<std::string, Shown> shown_;  // by backend
};

// "local: loading qwen3-4b … 40 %, 12 s"
std::string text_of(const LoadNote& note);

}  // namespace yoke
