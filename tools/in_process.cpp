#include "tools/in_process.h"

#include <utility>

#include "tools/script_outcome.h"

namespace yoke {
namespace {

// One state and what it says while it runs. Used by one thread at a time: the pool's during a step,
// the loop's between two. Owners: the session, and a job that outlives it.
class State {
 public:
  State(std::shared_ptr<const sandbox::Program> program, SessionOrder order)
      : order_(std::move(order)), vm_(std::move(program), order_.quota, inputs()) {}

  sandbox::Step advance(const sandbox::HostReply& reply) {
    const bool first = !std::exchange(started_, true);
    return first ? vm_.start(order_.definition, order_.function, order_.args) : vm_.resume(reply);
  }

  void tell_lines() {
    for (const ScriptLine& line : std::exchange(lines_, {})) order_.on_line(line);
  }
  Json meter() const { return to_json(vm_.meter()); }

 private:
  sandbox::Inputs inputs() {
    sandbox::Inputs inputs;
    inputs.random_seed = order_.seed;
    inputs.wall_us = order_.wall_us;
    inputs.modules = order_.modules;
    inputs.log = [this](std::string_view level, std::string_view text) {
      lines_.push_back(ScriptLine{false, 0, 0, std::string(level), std::string(text)});
    };
    inputs.progress = [this](double done, double total, std::string_view text) {
      lines_.push_back(ScriptLine{true, done, total, {}, std::string(text)});
    };
    return inputs;
  }

  const SessionOrder order_;
  bool started_ = false;
  std::vector<ScriptLine> lines_;
  sandbox::Vm vm_;
};

class Session final : public ScriptSession {
 public:
  Session(std::shared_ptr<State> state, Pool* threads)
      : state_(std::move(state)), threads_(threads) {}

  awaitable<sandbox::Step> advance(sandbox::HostReply reply) override {
    sandbox::Step next;
    if (threads_ == nullptr) {
      next = state_->advance(reply);
    } else {
      auto job = [state = state_, reply = std::move(reply)] { return state->advance(reply); };
      lent_ = true;  // from before the job is posted until its step is back
      next = co_await offload(*threads_, std::move(job));
      lent_ = false;
    }
    state_->tell_lines();
    co_return next;
  }

  Json meter() const override { return lent_ ? Json(nullptr) : state_->meter(); }

 private:
  const std::shared_ptr<State> state_;
  Pool* const threads_;
  bool lent_ = false;
};

}  // namespace

Result<InProcess::Program> InProcess::program_of(const ScriptSource& source) {
  const std::string key = hash_of(source) + " " + source.name;
  if (const auto found = programs_.find(key); found != programs_.end()) return found->second;
  const sandbox::Source text{source.name, source.text, source.libs};
  Result<Program> program = sandbox::compile(text, sandbox::Quota{});
  if (!program) return program;
  if (programs_.size() >= kProgramsMax) {
    programs_.erase(oldest_programs_.front());
    oldest_programs_.pop_front();
  }
  programs_.emplace(key, *program);
  oldest_programs_.push_back(key);
  return program;
}

Result<std::vector<sandbox::Definition>> InProcess::define(const ScriptSource& source,
                                                           const sandbox::Quota& quota) {
  const Result<Program> program = program_of(source);
  if (!program) return program.error();
  sandbox::Vm vm(*program, quota, sandbox::Inputs{});
  return vm.define();
}

awaitable<Result<std::unique_ptr<ScriptSession>>> InProcess::open(SessionOrder order) {
  const Result<Program> program = program_of(*order.source);
  if (!program) co_return program.error();
  auto state = std::make_shared<State>(*program, std::move(order));
  std::unique_ptr<ScriptSession> session = std::make_unique<Session>(std::move(state), threads_);
  co_return session;
}

}  // namespace yoke
