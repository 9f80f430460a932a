#pragma once

#include <deque>
#include <string>

#include "models/script_wire/pieces.h"
#include "models/script_wire/script_wire.h"
#include "runtime/loop/signal.h"

namespace yoke::script_wire {

// Hands what arrives together to the script's `stream`, and its state from call to call. A reply is
// whole only when the script says `done`.
class ScriptStream final : public WireStream {
 public:
  ScriptStream(const ScriptWire& wire, const ReplyContext& context, DeltaSink sink);

  bool push(const WireEvent& event) override;
  void fail(StreamFault fault, std::string_view what) override;
  bool failed() const override { return failed_; }
  bool works_aside() const override { return true; }
  awaitable<void> work(Deadline deadline) override;
  void no_more() override;
  ModelOutcome end() override;
  ModelOutcome cut(const StreamCut& cut) override;

 private:
  Json take_batch();
  void take(const Json& returned);

  const ScriptWire& wire_;
  const ReplyContext& context_;
  Pieces pieces_;
  std::deque<Json> waiting_;
  std::size_t waiting_bytes_ = 0;
  Json state_ = Json::object();
  Signal arrived_;
  bool no_more_ = false;
  bool failed_ = false;
  bool any_event_ = false;
};

}  // namespace yoke::script_wire
