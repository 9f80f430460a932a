#include "models/wire/http_attempt.h"

#include <algorithm>
#include <array>

#include "models/failure.h"
#include "models/wire/reply_builder.h"
#include "models/wire/stream_reader.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::string_view kTokenBegin = "eyJ";  // of a JWT: the base64 of '{"'
// Silent for that long until the call's own deadline, a vendor is taken to hang.
constexpr std::chrono::seconds kHangsAfter{30};
constexpr std::size_t kRefusalBytesMax = 256u << 10;  // that is looked at of a refusal's body

struct TransportRule {
  HttpFailure::Kind kind;
  FailureClass failure_class;
  bool retryable;
  StreamFault fault;
  std::string_view mend;
};
using Kind = HttpFailure::Kind;
constexpr std::array kTransportRules{
    TransportRule{Kind::bad_request, FailureClass::client, false, StreamFault::none,
                  "check its base_url and headers"},
    TransportRule{Kind::resolve, FailureClass::network, true, StreamFault::none,
                  "check its base_url"},
    TransportRule{Kind::connect, FailureClass::network, true, StreamFault::none, "is it running?"},
    TransportRule{Kind::tls, FailureClass::network, false, StreamFault::none, ""},
    TransportRule{Kind::timeout, FailureClass::network, true, StreamFault::idle, ""},
    TransportRule{Kind::cut, FailureClass::network, true, StreamFault::cut, ""},
    TransportRule{Kind::too_large, FailureClass::malformed, false, StreamFault::too_large, ""},
    TransportRule{Kind::bad_response, FailureClass::malformed, true, StreamFault::malformed,
                  "check its base_url"},
    TransportRule{Kind::denied, FailureClass::client, false, StreamFault::none, ""},
    TransportRule{Kind::stopped, FailureClass::malformed, true, StreamFault::malformed, ""},
};

const TransportRule& transport_rule(HttpFailure::Kind kind) {
  for (const TransportRule& rule : kTransportRules) {
    if (rule.kind == kind) return rule;
  }
  return kTransportRules.back();
}

ModelOutcome broken(const HttpFailure& failure, const ReplyContext& context, StreamReader& reader,
                    Deadline deadline) {
  const TransportRule& rule = transport_rule(failure.kind);
  StreamCut cut{rule.failure_class, rule.fault, {}, rule.retryable};
  cut.reason = safe_text(failure.message, context.key);
  if (!rule.mend.empty()) cut.reason.append("; ").append(rule.mend);
  if (failure.kind == Kind::timeout && LoopClock::now() >= deadline) {
    cut.failure_class = FailureClass::timed_out;
    cut.retryable = false;
    cut.reason = "no whole answer before the deadline";
  } else if (reader.started() && failure.kind == Kind::timeout) {
    cut.reason = "the stream fell silent: " + cut.reason;
  } else if (reader.started() && failure.kind == Kind::cut) {
    cut.reason = "the connection broke in the middle of the stream";
  }
  ModelOutcome outcome = reader.stream().cut(cut);
  auto* lost = std::get_if<ModelFailure>(&outcome);
  // It had the whole question and all the time to work on it: that may be on the bill.
  const bool may_cost = failure.kind == Kind::timeout && failure.sent_bytes > 0;
  if (lost != nullptr && may_cost && lost->usage.input == 0) {
    lost->usage.input = context.input_tokens;
    lost->usage.estimated = true;
  }
  return outcome;
}

ModelOutcome no_answer(const ReplyContext& context, std::string_view type) {
  ReplyBuilder builder(context, {});
  builder.fail(
      FailureClass::malformed, StreamFault::malformed,
      "the answer is " + safe_text(type, context.key) + " instead of JSON; check its base_url",
      false);
  return builder.finish();
}

// Tells the ring what became of a request: unless something was said, that nothing was learned.
class Report {
 public:
  Report(KeyRing& keys, const KeyRing::Choice& choice) : keys_(keys), choice_(choice) {}
  ~Report() {
    if (!said_) keys_.dropped(choice_);
  }
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  // `hung`: a deadline that passed was the vendor's fault.
  void say(const ModelOutcome& outcome, bool hung) {
    said_ = true;
    if (const auto* failure = std::get_if<ModelFailure>(&outcome)) {
      ModelFailure blamed;
      blamed.retry_after = failure->retry_after;
      blamed.failure_class = hung ? FailureClass::network : failure->failure_class;
      keys_.failed(choice_, blamed, LoopClock::now());
    } else {
      keys_.succeeded(choice_);
    }
  }

 private:
  KeyRing& keys_;
  const KeyRing::Choice choice_;
  bool said_ = false;
};

void set_key(HttpRequest& request, KeyForm form, const std::string& key) {
  if (key.empty()) return;
  if (form.token_as_bearer && key.starts_with(kTokenBegin)) form = KeyForm{};
  request.headers.set(std::string(form.header), std::string(form.prefix) + key);
}

std::string seconds_of(std::chrono::milliseconds left) {
  return std::to_string((left.count() + 999) / 1000) + " s";
}

}  // namespace

awaitable<ModelOutcome> HttpAttempt::run(Deadline deadline, DeltaSink sink) {
  const auto refusal = frame_.keys.refusal(frame_.context.model, LoopClock::now());
  if (refusal) co_return held_back(*refusal);
  if (frame_.gate == nullptr) {
    auto running = run_admitted(deadline, std::move(sink));
    co_return co_await std::move(running);
  }
  const Deadline until = std::min(deadline, frame_.queue_until);
  auto entering = frame_.gate->enter(frame_.wanted, until);
  const Result<Permit> permit = co_await std::move(entering);
  if (!permit) co_return kept_out(permit.error(), deadline);
  auto running = run_admitted(deadline, std::move(sink));
  co_return co_await std::move(running);
}

awaitable<ModelOutcome> HttpAttempt::run_admitted(Deadline deadline, DeltaSink sink) {
  auto chosen = frame_.keys.choose(frame_.context.model, LoopClock::now());
  if (const auto* refusal = std::get_if<KeyRing::NotNow>(&chosen)) co_return held_back(*refusal);
  choice_ = std::get<KeyRing::Choice>(chosen);
  Report report(frame_.keys, choice_);
  const Secret& key = frame_.keys.key(choice_).secret;
  const ReplyContext& shared = frame_.context;
  const ReplyContext context{shared.names,
                             key,
                             shared.backend,
                             shared.model,
                             shared.origin,
                             shared.input_tokens,
                             shared.output_tokens_max,
                             shared.stops};
  HttpRequest request = frame_.request;
  set_key(request, frame_.key_form, key.reveal());
  auto sending = send(context, std::move(request), deadline, std::move(sink));
  ModelOutcome outcome = co_await std::move(sending);
  settle(outcome);
  report.say(outcome, hung_);
  co_return outcome;
}

bool HttpAttempt::has_other_way(const ModelFailure& failure) const {
  if (failure.attempts == 0) return false;
  const bool of_the_key =
      failure.failure_class == FailureClass::key || failure.failure_class == FailureClass::quota;
  return of_the_key && frame_.keys.has_other(choice_, LoopClock::now());
}

awaitable<ModelOutcome> HttpAttempt::send(const ReplyContext& context, HttpRequest request,
                                          Deadline deadline, DeltaSink sink) {
  const Deadline begun = LoopClock::now();
  StreamReader reader(frame_.wire, context, sink);
  HttpSinks sinks;
  if (sink) {
    sinks.on_head = [&reader](const HttpResponseHead& head) { return reader.on_head(head); };
    sinks.on_data = [&reader](std::string_view bytes) { return reader.on_data(bytes); };
  }
  auto sent =
      send_read(frame_.services.http, std::move(request), deadline, std::move(sinks), reader);
  const HttpOutcome answer = co_await std::move(sent);
  if (const auto* failure = std::get_if<HttpFailure>(&answer)) {
    hung_ = failure->kind == Kind::timeout && failure->received_bytes == 0 &&
            LoopClock::now() - begun >= kHangsAfter;
    co_return broken(*failure, context, reader, deadline);
  }
  if (reader.started()) co_return reader.stream().end();
  auto reading = whole(context, std::get<HttpResponse>(answer), sink, deadline);
  co_return co_await std::move(reading);
}

awaitable<ModelOutcome> HttpAttempt::whole(const ReplyContext& context,
                                           const HttpResponse& response, DeltaSink sink,
                                           Deadline deadline) const {
  if (!is_success(response.status)) co_return refused(context, response);
  const Wire::Framing framing = frame_.wire.framing();
  // That nobody asked for, or under a type that does not say so.
  const bool lines = framing == Wire::Framing::lines && is_lines_of_json(response.body);
  if (lines || is_stream(framing, response.headers)) {
    StreamReader reader(frame_.wire, context, sink);
    reader.on_data(response.body);
    reader.on_end();
    reader.stream().no_more();
    auto work = reader.stream().work(deadline);
    co_await std::move(work);
    co_return reader.stream().end();
  }
  const std::string_view type = response.headers.get("Content-Type");
  const bool json = type.empty() || type.find("json") != std::string_view::npos;
  if (!json && !trim(response.body).starts_with('{')) co_return no_answer(context, type);
  WireAnswer answer{response.body, &context, std::move(sink), deadline};
  auto reading = frame_.wire.read(std::move(answer));
  co_return co_await std::move(reading);
}

ModelFailure HttpAttempt::kept_out(const Error& error, Deadline deadline) const {
  ModelFailure failure;
  failure.failure_class = FailureClass::server;
  if (error.code == Errc::timed_out) {
    const bool spilled = frame_.queue_until < deadline;
    failure.failure_class = spilled ? FailureClass::quota : FailureClass::timed_out;
  }
  failure.attempts = 0;
  failure.message = "backend '" + frame_.context.backend + "': " + error.message();
  return failure;
}

ModelFailure HttpAttempt::held_back(const KeyRing::NotNow& refusal) const {
  ModelFailure failure;
  failure.failure_class = refusal.failure_class;
  failure.retryable = refusal.failure_class != FailureClass::key;
  failure.attempts = 0;
  failure.message = "backend '" + frame_.context.backend + "': " + refusal.reason;
  if (refusal.until) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(*refusal.until - LoopClock::now());
    failure.retry_after = left;
    failure.message += "; it is left alone for " + seconds_of(left);
  } else {
    failure.message += "; one request is finding out whether it is well again";
  }
  return failure;
}

ModelOutcome HttpAttempt::refused(const ReplyContext& context, const HttpResponse& response) const {
  std::string body = response.body.substr(0, kRefusalBytesMax);
  for (const Secret& secret : frame_.settings.header_secrets) remove_secret(body, secret);
  const RefusedReply refusal{response.status, body, &response.headers};
  const FailureContext about{context.backend, context.key, frame_.services.wall.now()};
  return frame_.wire.refused(refusal, about);
}

void HttpAttempt::settle(ModelOutcome& outcome) const {
  if (auto* failure = std::get_if<ModelFailure>(&outcome)) {
    for (const Secret& secret : frame_.settings.header_secrets) {
      remove_secret(failure->message, secret);
    }
  }
  if (!frame_.price) return;
  const Price& price = *frame_.price;
  std::visit([&price](auto& one) { one.cost = cost_of(one.usage, price); }, outcome);
}

}  // namespace yoke
