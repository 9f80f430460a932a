#include <set>

#include "runtime/engine/driver_context.h"
#include "runtime/engine/part_events.h"
#include "runtime/engine/script_wants.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"

// Durable scripts: each runs in a task, is given what the journal has for it, one answer a step,
// and hands in what it wants.
namespace yoke {
namespace {

// The script is not the one that the journal is of.
class ScriptDiffers : public Fault {
 public:
  using Fault::Fault;
};

}  // namespace

// The engine's side of one script that runs; lives in its task.
class Driver::Steps final : public ScriptSteps {
 public:
  Steps(Driver& driver, std::string call_id)
      : driver_(driver), all_(driver.steps_), call_id_(std::move(call_id)) {
    all_->insert_or_assign(call_id_, this);
  }
  ~Steps() override { all_->erase(call_id_); }
  Steps(const Steps&) = delete;
  Steps& operator=(const Steps&) = delete;

  awaitable<ScriptAnswer> step(std::vector<ScriptWant> wants) override {
    take(std::move(wants));
    while (true) {
      std::optional<ScriptAnswer> answer = next_answer();
      if (answer) co_return std::move(*answer);
      waits_ = true;
      driver_.mailbox_.push(Settled{});  // the run may have nothing left to do here
      co_await news_.wait();
      waits_ = false;
    }
  }

  bool is_idle() const { return waits_ && next_ == script().completions.size(); }
  void look() {
    if (waits_ && next_ < script().completions.size()) news_.notify();
  }

  // What the journal has of this script that this run of it did not want; empty: nothing.
  std::string missing() const {
    for (const std::string& at : script().order) {
      if (wanted_.contains(at) || is_of_done_step(at)) continue;
      return "at " + at + " the journal has " + script().wants.at(at).kind +
             ", the script now ends without it: it has changed, or does not depend on its input "
             "and its answers alone";
    }
    return {};
  }

 private:
  const ScriptState& script() const { return driver_.state_.scripts.at(call_id_); }

  void take(std::vector<ScriptWant> wants) {
    ScriptAsked asked;
    asked.call_id = call_id_;
    for (ScriptWant& want : wants) {
      const Result<void> sound = check_want(want);
      if (!sound) throw Fault(sound.error().detail);
      if (!wanted_.insert(want.at).second) {
        throw Fault("the script wants something at " + want.at + " twice");
      }
      if (drops_record(want)) continue;
      const auto recorded = script().wants.find(want.at);
      if (recorded == script().wants.end()) {
        asked.wants.push_back(std::move(want));
        continue;
      }
      // What a step came to when nobody wanted it any more was not kept: it is done again.
      const bool given_up = recorded->second.dropped && recorded->second.kind == "record";
      if (given_up && want.kind == "record") continue;
      const std::string difference = difference_of(recorded->second, want);
      if (!difference.empty()) throw ScriptDiffers(difference);
    }
    if (!asked.wants.empty()) driver_.mailbox_.push(std::move(asked));
  }

  // A step that an earlier run of the script did: its record is in the journal, and its answer
  // takes the record's place in the order.
  bool was_done(const WantState& step) const {
    const auto record = script().wants.find(step.at + "r");
    return step.kind == "step" && record != script().wants.end() && !record->second.dropped &&
           !wanted_.contains(record->first);
  }
  // The loser of a race gave up its step's record as that was kept. The record answers the step
  // now, so it is the step that is given up, and the journal's drop of the record says the same.
  bool drops_record(const ScriptWant& want) {
    if (want.kind != "drop") return false;
    const auto step = script().wants.find(string_at(want.args, "of"));
    if (step == script().wants.end() || !was_done(step->second)) return false;
    const std::string recorded = step->first + "rx";
    return script().wants.contains(recorded) && wanted_.insert(recorded).second;
  }
  bool is_of_done_step(const std::string& at) const {
    if (at.empty() || at.back() != 'r') return false;
    const auto step = script().wants.find(at.substr(0, at.size() - 1));
    return step != script().wants.end() && was_done(step->second);
  }

  std::optional<ScriptAnswer> next_answer() {
    while (next_ < script().completions.size()) {
      const std::string& at = script().completions[next_];
      const WantState& want = script().wants.at(at);
      if (was_done(want)) {
        ++next_;
        continue;
      }
      ScriptAnswer answer = answer_to(driver_.state_, script(), want);
      if (is_of_done_step(at)) {
        answer.at.pop_back();
        answer.value = Json{{"done", true}, {"value", std::move(answer.value)}};
      }
      if (!wanted_.contains(answer.at)) {
        throw ScriptDiffers("at " + answer.at + " the journal has " + want.kind +
                            ", the script has not come there: it has changed, or does not depend "
                            "on its input and its answers alone");
      }
      ++next_;
      return answer;
    }
    return std::nullopt;
  }

  Driver& driver_;
  const std::shared_ptr<std::map<std::string, Steps*>> all_;  // shared with the driver
  const std::string call_id_;
  std::set<std::string> wanted_;  // by this run of it
  std::size_t next_ = 0;          // of the script's completions
  bool waits_ = false;
  Signal news_;
};

bool Driver::is_idle_script(const std::string& call_id) const {
  const auto steps = steps_->find(call_id);
  return steps != steps_->end() && steps->second->is_idle();
}

void Driver::tell_scripts() {
  for (const auto& [id, steps] : *steps_) steps->look();
}

awaitable<ToolOutcome> Driver::script_outcome(std::string call_id, Steps& steps,
                                              CallContext& context) {
  ToolOutcome outcome;
  if (program_.scripts == nullptr) {
    outcome.outcome = Outcome::not_started;
    outcome.message = "nothing here runs scripts";
    co_return outcome;
  }
  const ScriptState& state = state_.scripts.at(call_id);
  DurableScript script;
  script.name = state.name;
  script.source = state.source;
  script.input = state.input;
  script.run_id = claim_.run_id;
  script.call_id = std::move(call_id);
  script.tenant = state_.tenant;
  script.agent = state_.agent;
  script.session = state_.session;
  script.run_use = state_.script_use;
  const Deadline deadline = end_of_run();
  auto work = program_.scripts->run(std::move(script), steps, context);
  co_return co_await with_deadline(deadline, std::move(work));
}

awaitable<void> Driver::run_script(std::string call_id) {
  Context context(engine_, claim_.run_id, call_id);
  Steps steps(*this, call_id);
  ScriptDone done;
  done.call_id = call_id;
  std::exception_ptr thrown;
  try {
    done.outcome = co_await script_outcome(call_id, steps, context);
    if (done.outcome.outcome == Outcome::ok) done.differs = steps.missing();
  } catch (const ScriptDiffers& differs) {
    done.differs = differs.what();
  } catch (const DeadlineExceeded&) {
    done.outcome.outcome = Outcome::timeout;
    done.outcome.message = "the run's seconds were up before the script ended";
  } catch (const Fault& fault) {
    done.outcome.outcome = Outcome::error;
    done.outcome.message = fault.what();
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) {
    const auto stopping = co_await asio::this_coro::cancellation_state;
    if (stopping.cancelled() != asio::cancellation_type::none) std::rethrow_exception(thrown);
    done.outcome.outcome = Outcome::error;
    done.outcome.message = words_for(thrown);
  }
  mailbox_.push(std::move(done));
}

awaitable<void> Driver::end_changed(ScriptDone done) {
  running_.erase(done.call_id);
  if (over()) co_return;
  Ending ending{"script.changed", std::move(done.differs)};
  co_await end_run(std::move(ending));
}

bool Driver::take_script(Incoming& item) {
  std::vector<Event> events;
  if (auto* asked = std::get_if<ScriptAsked>(&item)) {
    for (ScriptWant& want : asked->wants) {
      Event& event = events.emplace_back();
      event.kind = EventKind::script_wanted;
      event.call_id = asked->call_id;
      event.label = state_.label;
      event.fields = Json{{"place", want.at}, {"want", want.kind}, {"args", std::move(want.args)}};
    }
  } else if (auto* done = std::get_if<ScriptDone>(&item)) {
    if (!done->differs.empty()) return false;  // that ends the run
    running_.erase(done->call_id);
    if (over()) return true;
    events.push_back(script_event_of(state_, done->call_id, std::move(done->outcome)));
  } else {
    return false;
  }
  if (!over()) commit_later(std::move(events));
  return true;
}

}  // namespace yoke
