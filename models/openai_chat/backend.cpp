#include "models/openai_chat/backend.h"

#include <algorithm>
#include <array>

#include "models/estimate.h"
#include "models/openai_chat/reply.h"
#include "models/openai_chat/request.h"
#include "models/openai_chat/stream.h"
#include "models/retry.h"
#include "runtime/base/text.h"
#include "runtime/http/sse.h"
#include "runtime/http/url.h"

namespace yoke::openai_chat {
namespace {

constexpr std::size_t kAnswerBytesMax = 64u << 20;
constexpr std::size_t kEventBytesMax = 4u << 20;
constexpr std::size_t kAfterDoneBytesMax = 64u << 10;
constexpr std::size_t kRefusalBytesMax = 256u << 10;  // that is looked at of a refusal's body

bool is_event_stream(const HttpHeaders& headers) {
  return trim(headers.get("Content-Type")).starts_with("text/event-stream");
}

bool is_success(int status) { return status >= 200 && status <= 299; }

// Takes the pieces of a body as they come and feeds the events in them to the decoder.
class StreamReader {
 public:
  StreamReader(const ReplyContext& context, DeltaSink sink)
      : decoder_(context, std::move(sink)), parser_(kEventBytesMax) {}

  bool on_head(const HttpResponseHead& head) {
    started_ = is_success(head.status) && is_event_stream(head.headers);
    return started_;
  }

  // After [DONE] the rest is read too, within bounds: then the connection can be used again.
  bool on_data(std::string_view bytes) {
    if (done_) {
      after_done_bytes_ += bytes.size();
      return after_done_bytes_ <= kAfterDoneBytesMax;
    }
    events_.clear();
    const Result<void> fed = parser_.feed(bytes, events_);
    for (const SseEvent& event : events_) {
      if (!decoder_.push(event.data)) done_ = true;
    }
    if (!fed && !done_) {
      decoder_.fail("an event of the stream is over " + std::to_string(kEventBytesMax >> 20) +
                    " MiB");
      return false;
    }
    return !decoder_.failed();
  }

  bool started() const { return started_; }
  StreamDecoder& decoder() { return decoder_; }

 private:
  StreamDecoder decoder_;
  SseParser parser_;
  std::vector<SseEvent> events_;
  std::size_t after_done_bytes_ = 0;
  bool started_ = false;
  bool done_ = false;
};

struct TransportRule {
  HttpFailure::Kind kind;
  FailureClass failure_class;
  bool retryable;
  std::string_view mend;
};
using Kind = HttpFailure::Kind;
constexpr std::array kTransportRules{
    TransportRule{Kind::bad_request, FailureClass::client, false, "check its base_url and headers"},
    TransportRule{Kind::resolve, FailureClass::network, true, "check its base_url"},
    TransportRule{Kind::connect, FailureClass::network, true, "is it running?"},
    TransportRule{Kind::tls, FailureClass::network, false, ""},
    TransportRule{Kind::timeout, FailureClass::network, true, ""},
    TransportRule{Kind::cut, FailureClass::network, true, ""},
    TransportRule{Kind::too_large, FailureClass::malformed, false, ""},
    TransportRule{Kind::bad_response, FailureClass::malformed, true, "check its base_url"},
    TransportRule{Kind::denied, FailureClass::client, false, ""},
    TransportRule{Kind::stopped, FailureClass::malformed, true, ""},
};

const TransportRule& transport_rule(HttpFailure::Kind kind) {
  for (const TransportRule& rule : kTransportRules) {
    if (rule.kind == kind) return rule;
  }
  return kTransportRules.back();
}

// What one call shares between its attempts. All of it outlives them.
struct CallFrame {
  const ReplyContext& context;
  const HttpRequest& request;
  const BackendServices& services;
  const BackendSettings& settings;
  std::optional<Price> price;

  NanoUsd most() const {  // that an attempt may cost
    Usage usage;
    usage.input = context.input_tokens;
    usage.output = std::max<std::int64_t>(context.output_tokens_max, 0);
    return price ? cost_of(usage, *price) : 0;
  }
};

class ChatAttempt final : public Attempt {
 public:
  explicit ChatAttempt(const CallFrame& frame) : frame_(frame) {}

  awaitable<ModelOutcome> run(Deadline deadline, DeltaSink sink) override {
    StreamReader reader(frame_.context, sink);
    HttpSinks sinks;
    if (sink) {
      sinks.on_head = [&reader](const HttpResponseHead& head) { return reader.on_head(head); };
      sinks.on_data = [&reader](std::string_view bytes) { return reader.on_data(bytes); };
    }
    HttpRequest request = frame_.request;
    auto sent = frame_.services.http.send(std::move(request), deadline, std::move(sinks));
    const HttpOutcome answer = co_await std::move(sent);
    ModelOutcome outcome = read(answer, reader, sink, deadline);
    settle(outcome);
    co_return outcome;
  }

 private:
  ModelOutcome read(const HttpOutcome& answer, StreamReader& reader, const DeltaSink& sink,
                    Deadline deadline) const {
    if (const auto* failure = std::get_if<HttpFailure>(&answer)) {
      return broken(*failure, reader, deadline);
    }
    if (reader.started()) return reader.decoder().end();
    return whole(std::get<HttpResponse>(answer), sink);
  }

  ModelOutcome broken(const HttpFailure& failure, StreamReader& reader, Deadline deadline) const {
    const TransportRule& rule = transport_rule(failure.kind);
    FailureClass failure_class = rule.failure_class;
    bool retryable = rule.retryable;
    std::string reason = safe_text(failure.message, frame_.context.key);
    if (!rule.mend.empty()) reason.append("; ").append(rule.mend);
    if (failure.kind == Kind::timeout && LoopClock::now() >= deadline) {
      failure_class = FailureClass::timed_out;
      retryable = false;
      reason = "no whole answer before the deadline";
    } else if (reader.started() && failure.kind == Kind::timeout) {
      reason = "the stream fell silent: " + reason;
    } else if (reader.started() && failure.kind == Kind::cut) {
      reason = "the connection broke in the middle of the stream";
    }
    return reader.decoder().cut(failure_class, reason, retryable);
  }

  ModelOutcome whole(const HttpResponse& response, const DeltaSink& sink) const {
    if (!is_success(response.status)) return refused(response);
    if (is_event_stream(response.headers)) {  // a stream that nobody asked for
      StreamReader reader(frame_.context, sink);
      reader.on_data(response.body);
      return reader.decoder().end();
    }
    const std::string_view type = response.headers.get("Content-Type");
    const bool json = type.empty() || type.find("json") != std::string_view::npos;
    if (json || trim(response.body).starts_with('{')) {
      return decode_reply(response.body, frame_.context, sink);
    }
    ReplyBuilder builder(frame_.context, {});
    builder.fail(FailureClass::malformed,
                 "the answer is " + safe_text(type, frame_.context.key) +
                     " instead of JSON; check its base_url",
                 false);
    return builder.finish();
  }

  ModelOutcome refused(const HttpResponse& response) const {
    HttpRefusal refusal;
    refusal.status = response.status;
    std::string body = response.body.substr(0, kRefusalBytesMax);
    for (const Secret& secret : frame_.settings.header_secrets) remove_secret(body, secret);
    refusal.body = body;
    refusal.retry_after = response.headers.get("Retry-After");
    refusal.retry_after_ms = response.headers.get("retry-after-ms");
    refusal.should_retry = response.headers.get("x-should-retry");
    const ReplyContext& context = frame_.context;
    const FailureContext about{context.backend, context.key, frame_.services.wall.now()};
    return failure_of_refusal(refusal, about);
  }

  void settle(ModelOutcome& outcome) const {
    if (!frame_.price) return;
    const Price& price = *frame_.price;
    std::visit([&price](auto& one) { one.cost = cost_of(one.usage, price); }, outcome);
  }

  const CallFrame& frame_;
};

}  // namespace

std::string completions_url(std::string_view base_url) {
  const std::size_t query = base_url.find('?');
  std::string url(base_url.substr(0, query));
  while (url.ends_with('/')) url.pop_back();
  url += "/chat/completions";
  if (query != std::string_view::npos) url.append(base_url.substr(query));
  return url;
}

Result<std::unique_ptr<Backend>> ChatBackend::make(std::string name, const Preset& preset,
                                                   BackendSettings settings,
                                                   const BackendServices& services) {
  const std::string place = "backends." + name;
  if (settings.base_url.empty()) settings.base_url = preset.base_url;
  if (settings.base_url.empty()) {
    return Error{Errc::invalid, place + ".base_url: preset '" + std::string(preset.name) +
                                    "' has no address of its own: name the server's, for example "
                                    "http://127.0.0.1:9000/v1"};
  }
  std::string url = completions_url(settings.base_url);
  const Result<Url> parsed = parse_url(url);
  if (!parsed) return Error{Errc::invalid, place + ".base_url: " + parsed.error().detail};
  for (const auto& [header, value] : settings.headers) {
    if (is_http_token(header) && is_http_field_value(value)) continue;
    return Error{Errc::invalid, place + ".headers: '" + printable(header) +
                                    "' or its value cannot stand in a request"};
  }
  if (!is_http_field_value(settings.api_key.reveal())) {
    return Error{Errc::invalid, place +
                                    ".api_key: it holds characters that cannot stand in a "
                                    "header, such as a line break"};
  }
  std::unique_ptr<Backend> backend = std::make_unique<ChatBackend>(
      std::move(name), preset, std::move(settings), std::move(url), services);
  return backend;
}

ChatBackend::ChatBackend(std::string name, const Preset& preset, BackendSettings settings,
                         std::string url, const BackendServices& services)
    : name_(std::move(name)),
      preset_(preset),
      settings_(std::move(settings)),
      url_(std::move(url)),
      services_(services) {}

HttpRequest ChatBackend::http_request(std::string body, bool stream) const {
  HttpRequest request;
  request.method = "POST";
  request.url = url_;
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Accept", stream ? "text/event-stream" : "application/json");
  for (const auto& [name, value] : settings_.headers) request.headers.set(name, value);
  if (!settings_.api_key.empty()) {
    const KeyForm& form = preset_.key_form;
    request.headers.set(std::string(form.header),
                        std::string(form.prefix) + settings_.api_key.reveal());
  }
  request.body = std::move(body);
  request.limits.body_bytes_max = kAnswerBytesMax;
  request.limits.idle_timeout = settings_.idle_timeout;
  request.repeatable = true;  // asking a model has no effect of its own
  return request;
}

ModelFailure ChatBackend::no_key() const {
  std::string_view source = settings_.api_key_name;
  if (source.empty()) source = preset_.key_env;
  ModelFailure failure;
  failure.failure_class = FailureClass::key;
  failure.attempts = 0;
  failure.message = "backend '" + name_ + "' has no key: set " + std::string(source) +
                    " or backends." + name_ + ".api_key";
  return failure;
}

awaitable<ModelOutcome> ChatBackend::call(ModelRequest request, Deadline deadline, DeltaSink sink) {
  const bool key_needed = preset_.key_needed || settings_.api_key_asked_for;
  if (key_needed && settings_.api_key.empty()) co_return no_key();
  const bool stream = static_cast<bool>(sink);
  const ToolNames names(request.tools);
  RequestForm form;
  form.profile = profile_for_model(preset_.profile, request.target);
  form.model = request.target;
  form.origin = origin_of(name_);
  form.stream = stream;
  form.extra_body = settings_.extra_body;
  const HttpRequest prepared = http_request(encode_request(request, names, form), stream);
  const ReplyContext context{form.profile,
                             names,
                             settings_.api_key,
                             name_,
                             estimate_input_tokens(request),
                             request.output_tokens_max};
  const CallFrame frame{context, prepared, services_, settings_, price_of(form.model)};
  ChatAttempt attempt(frame);
  const RetryPolicy policy = settings_.retry;
  const Allowance allowance{request.reserved, frame.most()};
  auto tried =
      call_with_retries(attempt, policy, allowance, deadline, std::move(sink), services_.random);
  ModelOutcome outcome = co_await std::move(tried);
  if (auto* failure = std::get_if<ModelFailure>(&outcome)) {
    for (const Secret& secret : settings_.header_secrets) remove_secret(failure->message, secret);
  }
  auto* reply = std::get_if<ModelReply>(&outcome);
  if (reply != nullptr && reply->model.empty()) reply->model = form.model;
  co_return outcome;
}

std::optional<Price> ChatBackend::price_of(const std::string& model) const {
  return find_price(preset_.name, model, settings_.prices);
}

Result<void> ChatBackend::check_model(const std::string&) const {
  return {};  // only the server knows its models
}

}  // namespace yoke::openai_chat
