#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "hosts/app/asker.h"
#include "hosts/terminal/terminal.h"
#include "runtime/loop/task_group.h"
#include "trials/case.h"

namespace yoke {

inline constexpr const char* kShadowAgent = "shadow";  // what shadows are listed under

// Asks the rivals that a route of strategy `shadow` names: each gets the request that was answered,
// in a run of its own with its own reservation under the same budgets. No answer waits for one.
//
// Ownership: borrows the app; listens to its engine for as long as it lives. finish() has returned
//            before it goes.
// Threads:   loop thread only.
class Shadows final : public Listener {
 public:
  explicit Shadows(App& app);
  ~Shadows() override;
  Shadows(const Shadows&) = delete;
  Shadows& operator=(const Shadows&) = delete;

  // Waits that long for those under way, or until SIGINT or SIGTERM, then stops them: their runs
  // can be resumed. Says on the terminal which, and which could not be asked at all.
  awaitable<void> finish(std::chrono::seconds patience, Terminal& terminal);

  void on_event(const Event& event) override;
  void on_delta(std::string_view, std::string_view, const Delta&) override {}
  void on_progress(std::string_view, std::string_view, double, double, std::string_view) override {}
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

 private:
  struct Chosen {
    std::string run_id;
    std::string call_id;
    std::string tenant = {};  // whose run it is, and so its shadows
    std::string route;
    std::vector<std::string> targets;
  };
  awaitable<void> follow(Chosen chosen);
  awaitable<void> stop_on_signal();
  void tell(Terminal& terminal);
  awaitable<void> ask(Chosen chosen, std::string target, TrialCase one);

  App& app_;
  Asker asker_;
  std::vector<std::string> problems_;
  std::multiset<std::string> awaited_;  // targets under way
  bool stopped_ = false;                // by a signal
  TaskGroup tasks_;
};

// The start's note that makes a run the shadow of another's call.
struct ShadowOf {
  std::string run;
  std::string call;
  std::string route;
  std::string target;
};
Json to_json(const ShadowOf& shadow);
ShadowOf shadow_of(const Json& input);  // `run` is empty where it is none

}  // namespace yoke
