#pragma once

#include <string>

#include "tests/support/temp_project.h"

namespace yoke::testing {

// A small project whose scripted model does what the task's first word says:
//   say X      answers X                    first   answers what was first said in the conversation
//   count X    calls words.count            open    calls door.open, which is approved each time
//   again      the same call for ever       grow    another call for ever
//   wait       calls peer.wait              fail    raises an error
//   huge       answers with 198 KB
// Its agent is "helper"; another, "lonely", has no tools.
class Sample : public TempProject {
 public:
  Sample();

  // Runs the helper and returns the run's id; the run must end with `status`.
  std::string run(const std::string& task, int status = 0) const;
  // Does to the store's file what no yoke would; how many rows that changed.
  int meddle(const std::string& sql) const;
  // peer.wait then asks 127.0.0.1 at this port, granted.
  void grant_peer(int port) const;
};

// True when the text holds the part; says what it was when it does not.
bool holds(const std::string& text, const std::string& part);

}  // namespace yoke::testing
