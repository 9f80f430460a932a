#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/ports/durable_script.h"
#include "tests/sim/chance.h"

namespace yoke::sim {

// A script as a tree: what it wants next follows from what it was answered so far.
class Play {
 public:
  // `may_ask_agents`: children are among what it wants.
  Play(std::uint64_t seed, bool may_ask_agents, bool has_client_tools);
  ~Play();
  Play(const Play&) = delete;
  Play& operator=(const Play&) = delete;

  std::vector<ScriptWant> begin();
  std::vector<ScriptWant> take(const ScriptAnswer& answer);  // what is wanted on it
  bool is_over() const;
  bool has_failed() const { return failed_; }
  int dropped() const { return dropped_; }
  // What came of it, the same in whatever order the answers came.
  Json value() const;

 private:
  struct Scene;

  std::unique_ptr<Scene> scene(const std::string& at, Scene* above, int depth, bool races);
  std::unique_ptr<Scene> want(const std::string& at, Scene* above, bool races);
  void start(Scene& scene);
  void end(Scene& scene);
  void end_part(Scene& above);
  void give_up(Scene& scene);
  void note(const Scene& scene, const ScriptAnswer& answer);

  Chance chance_;
  const std::uint64_t seed_;
  const bool may_ask_agents_;
  const bool has_client_tools_;
  std::unique_ptr<Scene> root_;
  std::map<std::string, Scene*> waiting_;  // by the place of what they wait for
  std::vector<ScriptWant> wanted_;
  std::map<std::string, std::string> came_to_;  // by place
  bool failed_ = false;
  int dropped_ = 0;
};

}  // namespace yoke::sim
