#pragma once

#include <string>

#include "runtime/engine/driver.h"
#include "runtime/engine/patience.h"
#include "runtime/ports/call_wants.h"

// Private to the engine.
namespace yoke {

// What a running call may ask of the engine; lives in the call's own coroutine.
class Driver::Context : public CallContext {
 public:
  Context(Engine& engine, const std::string& run_id, const std::string& call_id)
      : engine_(engine), run_id_(run_id), call_id_(call_id) {}

  void progress(double done, double total, std::string_view message) override {
    for (Listener* listener : engine_.listeners_) {
      listener->on_progress(run_id_, call_id_, done, total, hushed_ ? "" : message);
    }
  }
  void log(std::string_view level, std::string_view message) override {
    if (hushed_) return;
    for (Listener* listener : engine_.listeners_) {
      listener->on_log(run_id_, call_id_, level, message);
    }
  }
  // What the call says of itself while it runs passes no guardrail: it is not told.
  void hush() { hushed_ = true; }
  void delta(const Delta& delta) {
    for (Listener* listener : engine_.listeners_) listener->on_delta(run_id_, call_id_, delta);
  }

 protected:
  const std::string& call_id() const { return call_id_; }

 private:
  Engine& engine_;
  std::string run_id_;
  std::string call_id_;
  bool hushed_ = false;
};

// That of a tool call, which may also want something of a person or of a model.
class Driver::ToolContext final : public Driver::Context {
 public:
  ToolContext(Driver& driver, const std::string& call_id, std::shared_ptr<Patience> patience)
      : Context(driver.engine_, driver.claim_.run_id, call_id),
        driver_(driver),
        patience_(std::move(patience)) {}

  awaitable<CallAnswer> ask(CallQuestion question) override;
  awaitable<SampleReply> sample(CallSample request) override;

 private:
  Driver& driver_;
  const std::shared_ptr<Patience> patience_;
  int asked_ = 0;  // so often already
  int sampled_ = 0;
};

// What a backend, a tool or a script threw, although its port forbids it: one call's failure,
// nobody else's.
std::string words_for(const std::exception_ptr& failure);

}  // namespace yoke
