#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hosts/hook/triggers.h"
#include "tests/hook/hook_world.h"

namespace yoke::testing {

// What the world is made before, and is freed after.
struct TriggersPlace {
  std::unique_ptr<Triggers> triggers;
  std::vector<std::pair<std::string, Json>> logged;
};

// The native API and all that starts runs by itself or tells of them, served. Secrets of its
// sections are to be named "file:NAME", the files being among `files`.
class TriggersWorld : private TriggersPlace, public HookWorld {
 public:
  // `now`: by the wall clock, as "2026-11-21T12:10:00Z"; empty: the real time.
  explicit TriggersWorld(const std::string& config, const Files& files = {},
                         const std::string& now = {});
  ~TriggersWorld();

  using TriggersPlace::logged;  // events and their fields
  int told(const std::string& event) const;
  void until_told(const std::string& event, int times = 1);

  void pass(std::chrono::seconds time);  // by all clocks but the engine's
  void ask_as(const std::string& tenant) { gate.who.tenant = tenant; }

 private:
  std::unique_ptr<TaskGroup> group_;
};

}  // namespace yoke::testing
