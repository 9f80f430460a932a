#pragma once

#include <optional>
#include <string>

#include "models/backend.h"
#include "models/health/key_ring.h"
#include "models/retry.h"
#include "models/wire/http_backend.h"
#include "models/wire/reply_context.h"

namespace yoke {

// What one call shares between its attempts. All of it outlives them.
struct CallFrame {
  const Wire& wire;
  const ReplyContext& context;  // its key is no attempt's: each has its own
  const HttpRequest& request;   // without a key
  const BackendServices& services;
  const BackendSettings& settings;
  const KeyForm& key_form;
  KeyRing& keys;
  Gate* gate;                  // null: nothing to wait for
  GateRequest wanted;          // what the gate is told
  std::optional<Price> price;  // none: not known
  Deadline queue_until = kNoDeadline;
};

// One request of a call: with the key whose turn it is, once the gate lets it through. What becomes
// of it is told to the key's breaker.
class HttpAttempt final : public Attempt {
 public:
  explicit HttpAttempt(const CallFrame& frame) : frame_(frame) {}

  awaitable<ModelOutcome> run(Deadline deadline, DeltaSink sink) override;
  std::size_t ways() const override { return frame_.keys.size(); }
  bool has_other_way(const ModelFailure& failure) const override;

 private:
  awaitable<ModelOutcome> run_admitted(Deadline deadline, DeltaSink sink);
  awaitable<ModelOutcome> send(const ReplyContext& context, HttpRequest request, Deadline deadline,
                               DeltaSink sink);
  awaitable<ModelOutcome> whole(const ReplyContext& context, const HttpResponse& response,
                                DeltaSink sink, Deadline deadline) const;
  ModelFailure kept_out(const Error& error, Deadline deadline) const;
  ModelFailure held_back(const KeyRing::NotNow& refusal) const;
  ModelOutcome refused(const ReplyContext& context, const HttpResponse& response) const;
  void settle(ModelOutcome& outcome) const;

  const CallFrame& frame_;
  KeyRing::Choice choice_;  // of the last request
  bool hung_ = false;       // not a byte came of its answer, for long
};

}  // namespace yoke
