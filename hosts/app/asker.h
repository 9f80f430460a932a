#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "agents/one_call.h"
#include "hosts/app/app.h"
#include "runtime/loop/clock.h"

namespace yoke {

// Whether a run that failed with this reason was kept from asking by a limit or a budget.
bool is_money_limit(std::string_view reason);

// Asks models on behalf of a trial. Each asking is a run of its own, found again by its key: asked
// once, however often the trial is begun; save where a limit of money kept it from being asked: it
// is then asked again. Keeps what they cost together within a limit.
//
// Ownership: borrows the app; listens to its engine for as long as it lives.
// Threads:   loop thread only.
class Asker final : public Listener {
 public:
  struct Options {
    NanoUsd limit = 0;  // of all askings together; 0: none
    std::string by;
    bool listens = true;  // else nobody does, and models are asked for whole answers, not streams
  };
  struct Asking {
    OneCall call;
    std::string key;   // unique in the store
    std::string task;  // what lists of runs show
    std::string parent_run = {};
    std::string parent_call = {};
    Json input = Json::object();  // a note in the run's start
    std::string tenant = "local";
  };

  Asker(App& app, Options options);
  ~Asker() override;
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;

  // What asking sets aside: the most it may come to, second requests and repairs too. Errors:
  // not_found (no such route), invalid (its price is not known and there is a limit).
  Result<NanoUsd> price(const ModelRequest& request) const;
  bool fits(NanoUsd price) const;
  NanoUsd spent() const { return spent_; }

  // Cancels the runs that are asked in, for the record by options.by, and asks nothing from now on.
  // Who waits for one of them gets its journal once it has ended.
  awaitable<void> stop();

  // The journal of the run, which has ended. What the model did, failing included, is in it.
  // Errors: those of price(), exhausted (over the limit), conflict (another process drives it),
  // cancelled (stop() came first; or this process is leaving: the run goes on when it is asked for
  // again).
  awaitable<Result<std::vector<Event>>> ask(Asking asking);

  // From the call to the first piece of its answer, where it streamed here.
  std::optional<std::chrono::microseconds> first_piece(const std::string& run_id) const;

  void on_event(const Event& event) override;
  void on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) override;
  void on_progress(std::string_view, std::string_view, double, double, std::string_view) override {}
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

 private:
  class Reservation;
  class Driving;
  struct Watched {
    Deadline called;
    std::optional<Deadline> first;
  };
  awaitable<Result<std::string>> run_of(Asking asking);
  awaitable<Result<RunRow>> created_for(const Asking& asking, const Program& program,
                                        std::string key);
  awaitable<void> cancel(std::string run_id);

  App& app_;
  Options options_;
  NanoUsd spent_ = 0;
  NanoUsd reserved_ = 0;
  bool stopped_ = false;
  std::set<std::string> driven_;                         // runs that are asked in now
  std::set<std::string> counted_;                        // runs that are in spent_
  std::map<std::string, Watched, std::less<>> watched_;  // by run
};

}  // namespace yoke
