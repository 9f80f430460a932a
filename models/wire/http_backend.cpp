#include "models/wire/http_backend.h"

#include <algorithm>
#include <array>

#include "models/embeddings/embed_wire.h"
#include "models/estimate.h"
#include "models/failure.h"
#include "models/retry.h"
#include "models/wire/pauses.h"
#include "models/wire/reply_builder.h"
#include "models/wire/stream_reader.h"
#include "runtime/base/saturating.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

constexpr std::size_t kAnswerBytesMax = 64u << 20;
constexpr std::string_view kTokenBegin = "eyJ";       // of a JWT: the base64 of '{"'
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

NanoUsd most_of(const ModelRequest& request, const Price& price) {  // that an attempt may cost
  Usage usage;
  usage.input = estimate_input_tokens(request);
  usage.output = std::max<std::int64_t>(request.output_tokens_max, 0);
  return cost_of(usage, price);
}

// What one call shares between its attempts. All of it outlives them.
struct CallFrame {
  const Wire& wire;
  const ReplyContext& context;
  const HttpRequest& request;
  const BackendServices& services;
  const BackendSettings& settings;
  GateRequest wanted;  // what the gate is told
  std::optional<Price> price;

  NanoUsd most() const {  // that an attempt may cost
    Usage usage;
    usage.input = context.input_tokens;
    usage.output = std::max<std::int64_t>(context.output_tokens_max, 0);
    return price ? cost_of(usage, *price) : 0;
  }
};

class HttpAttempt final : public Attempt {
 public:
  explicit HttpAttempt(const CallFrame& frame) : frame_(frame) {}

  awaitable<ModelOutcome> run(Deadline deadline, DeltaSink sink) override {
    if (frame_.services.gate == nullptr) {
      auto sending = send(deadline, std::move(sink));
      co_return co_await std::move(sending);
    }
    auto entering = frame_.services.gate->enter(frame_.wanted, deadline);
    const Result<Permit> permit = co_await std::move(entering);
    if (!permit) co_return kept_out(permit.error());
    auto sending = send(deadline, std::move(sink));
    co_return co_await std::move(sending);
  }

 private:
  awaitable<ModelOutcome> send(Deadline deadline, DeltaSink sink) const {
    StreamReader reader(frame_.wire, frame_.context, sink);
    HttpSinks sinks;
    if (sink) {
      sinks.on_head = [&reader](const HttpResponseHead& head) { return reader.on_head(head); };
      sinks.on_data = [&reader](std::string_view bytes) { return reader.on_data(bytes); };
    }
    HttpRequest request = frame_.request;
    auto sent =
        send_read(frame_.services.http, std::move(request), deadline, std::move(sinks), reader);
    const HttpOutcome answer = co_await std::move(sent);
    if (const auto* failure = std::get_if<HttpFailure>(&answer)) {
      ModelOutcome outcome = broken(*failure, reader, deadline);
      settle(outcome);
      co_return outcome;
    }
    if (reader.started()) {
      ModelOutcome outcome = reader.stream().end();
      settle(outcome);
      co_return outcome;
    }
    auto reading = whole(std::get<HttpResponse>(answer), sink, deadline);
    ModelOutcome outcome = co_await std::move(reading);
    settle(outcome);
    co_return outcome;
  }

  ModelOutcome kept_out(const Error& error) const {
    ModelFailure failure;
    failure.failure_class =
        error.code == Errc::timed_out ? FailureClass::timed_out : FailureClass::server;
    failure.attempts = 0;
    failure.message = "backend '" + frame_.context.backend + "': " + error.message();
    return failure;
  }

  ModelOutcome broken(const HttpFailure& failure, StreamReader& reader, Deadline deadline) const {
    const TransportRule& rule = transport_rule(failure.kind);
    StreamCut cut{rule.failure_class, rule.fault, {}, rule.retryable};
    cut.reason = safe_text(failure.message, frame_.context.key);
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
    return reader.stream().cut(cut);
  }

  awaitable<ModelOutcome> whole(const HttpResponse& response, DeltaSink sink,
                                Deadline deadline) const {
    if (!is_success(response.status)) co_return refused(response);
    if (is_stream(frame_.wire.framing(), response.headers)) {  // that nobody asked for
      StreamReader reader(frame_.wire, frame_.context, sink);
      reader.on_data(response.body);
      reader.on_end();
      reader.stream().no_more();
      auto work = reader.stream().work(deadline);
      co_await std::move(work);
      co_return reader.stream().end();
    }
    const std::string_view type = response.headers.get("Content-Type");
    const bool json = type.empty() || type.find("json") != std::string_view::npos;
    if (!json && !trim(response.body).starts_with('{')) co_return no_answer(type);
    WireAnswer answer{response.body, &frame_.context, std::move(sink), deadline};
    auto reading = frame_.wire.read(std::move(answer));
    co_return co_await std::move(reading);
  }

  ModelOutcome no_answer(std::string_view type) const {
    ReplyBuilder builder(frame_.context, {});
    builder.fail(FailureClass::malformed, StreamFault::malformed,
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
    return frame_.wire.refused(refusal, about);
  }

  void settle(ModelOutcome& outcome) const {
    if (!frame_.price) return;
    const Price& price = *frame_.price;
    std::visit([&price](auto& one) { one.cost = cost_of(one.usage, price); }, outcome);
  }

  const CallFrame& frame_;
};

// The texts of a batch as a request to a model, for what is reckoned of it.
ModelRequest texts_of(const EmbedRequest& request, EmbedWire::Batch batch) {
  ModelRequest texts;
  texts.target = request.target;
  texts.tenant = request.tenant;
  texts.output_tokens_max = 0;
  for (std::size_t at = batch.begin; at < batch.end; ++at) {
    texts.messages.push_back(user_message(request.texts[at]));
  }
  return texts;
}

// Adds a batch to the reply; what the batches before a failed one have cost is added to the
// failure.
void add_embedded(ModelOutcome& outcome, std::vector<std::vector<float>>& vectors,
                  EmbedReply& reply) {
  if (const auto* one = std::get_if<ModelReply>(&outcome)) {
    const bool other = !reply.vectors.empty() && reply.vectors[0].size() != vectors[0].size();
    if (other) {
      ModelFailure failure;
      failure.failure_class = FailureClass::malformed;
      failure.message =
          "its vectors are of different lengths: " + std::to_string(reply.vectors[0].size()) +
          " and " + std::to_string(vectors[0].size()) + " numbers";
      failure.usage = one->usage;
      failure.cost = one->cost;
      failure.attempts = one->attempts;
      outcome = std::move(failure);
    } else {
      for (std::vector<float>& vector : vectors) reply.vectors.push_back(std::move(vector));
      reply.model = one->model;
      reply.usage += one->usage;
      reply.cost = saturating_add(reply.cost, one->cost);
      reply.attempts += one->attempts;
      return;
    }
  }
  auto& failure = std::get<ModelFailure>(outcome);
  failure.usage += reply.usage;
  failure.cost = saturating_add(failure.cost, reply.cost);
  failure.attempts += reply.attempts;
}

}  // namespace

std::string joined_url(std::string_view base_url, std::string_view path) {
  const std::size_t query = base_url.find('?');
  std::string url(base_url.substr(0, query));
  while (url.ends_with('/')) url.pop_back();
  const std::size_t path_query = path.find('?');
  url.append(path.substr(0, path_query));
  if (query != std::string_view::npos) url.append(base_url.substr(query));
  if (path_query == std::string_view::npos) return url;
  url += query == std::string_view::npos ? '?' : '&';
  url.append(path.substr(path_query + 1));
  return url;
}

Result<std::unique_ptr<Backend>> HttpBackend::make(std::string name, const Preset& preset,
                                                   std::unique_ptr<Wire> wire,
                                                   BackendSettings settings,
                                                   const BackendServices& services) {
  const std::string place = "backends." + name;
  if (settings.base_url.empty()) settings.base_url = preset.base_url;
  if (settings.base_url.empty()) {
    return Error{Errc::invalid, place + ".base_url: preset '" + std::string(preset.name) +
                                    "' has no address of its own: name the server's, for example "
                                    "http://127.0.0.1:9000/v1"};
  }
  const Result<Url> parsed = parse_url(joined_url(settings.base_url, "/"));
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
  std::unique_ptr<Backend> backend = std::make_unique<HttpBackend>(
      std::move(name), preset, std::move(wire), std::move(settings), services);
  return backend;
}

HttpBackend::HttpBackend(std::string name, const Preset& preset, std::unique_ptr<Wire> wire,
                         BackendSettings settings, const BackendServices& services)
    : name_(std::move(name)),
      preset_(preset),
      wire_(std::move(wire)),
      settings_(std::move(settings)),
      services_(services) {}

HttpRequest HttpBackend::http_request(WireRequest written, bool stream) const {
  HttpRequest request;
  request.method = "POST";
  request.url = joined_url(settings_.base_url, written.path);
  const bool events = stream && wire_->framing() == Wire::Framing::events;
  request.headers = std::move(written.headers);
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Accept", events ? "text/event-stream" : "application/json");
  for (const auto& [name, value] : settings_.headers) request.headers.set(name, value);
  if (!settings_.api_key.empty()) {
    KeyForm form = preset_.key_form;
    const std::string& key = settings_.api_key.reveal();
    if (form.token_as_bearer && key.starts_with(kTokenBegin)) form = KeyForm{};
    request.headers.set(std::string(form.header), std::string(form.prefix) + key);
  }
  request.body = std::move(written.body);
  request.limits.body_bytes_max = kAnswerBytesMax;
  request.limits.idle_timeout = settings_.idle_timeout;
  request.repeatable = true;  // asking a model has no effect of its own
  return request;
}

ModelFailure HttpBackend::no_key() const {
  std::string_view source = settings_.api_key_name;
  if (source.empty()) source = preset_.key_env;
  ModelFailure failure;
  failure.failure_class = FailureClass::key;
  failure.attempts = 0;
  failure.message = "backend '" + name_ + "' has no key: set " + std::string(source) +
                    " or backends." + name_ + ".api_key";
  return failure;
}

ModelFailure HttpBackend::unsayable(const Error& error) const {
  ModelFailure failure;
  failure.failure_class = FailureClass::client;
  failure.attempts = 0;
  failure.message = "backend '" + name_ + "': " + error.message();
  return failure;
}

awaitable<ModelOutcome> HttpBackend::call(ModelRequest request, Deadline deadline, DeltaSink sink) {
  const bool key_needed = preset_.key_needed || settings_.api_key_asked_for;
  if (key_needed && settings_.api_key.empty()) co_return no_key();
  Pauses pauses;
  const std::optional<Price> price = price_of(request.target);
  while (true) {
    DeltaSink told = pauses.next_sink(sink);
    auto asked = ask(*wire_, request, deadline, std::move(told));
    ModelOutcome outcome = co_await std::move(asked);
    const NanoUsd most = price ? most_of(request, *price) : 0;
    if (!pauses.take(outcome, request, most)) {
      pauses.settle(outcome);
      co_return outcome;
    }
  }
}

awaitable<ModelOutcome> HttpBackend::ask(const Wire& wire, ModelRequest request, Deadline deadline,
                                         DeltaSink sink) {
  const bool stream = static_cast<bool>(sink);
  const ToolNames names(request.tools);
  WireForm form;
  form.model = request.target;
  form.origin = wire.origin(name_, form.model);
  form.stream = stream;
  form.extra_body = settings_.extra_body;
  WireCall wanted{&request, &names, &form, deadline};
  auto writing = wire.prepare(wanted);
  Result<WireRequest> written = co_await std::move(writing);
  if (!written) co_return unsayable(written.error());
  const HttpRequest prepared = http_request(std::move(*written), stream);
  const ReplyContext context{names,
                             settings_.api_key,
                             name_,
                             form.model,
                             form.origin,
                             estimate_input_tokens(request),
                             request.output_tokens_max};
  const std::int64_t tokens =
      saturating_add(context.input_tokens, std::max<std::int64_t>(request.output_tokens_max, 0));
  const GateRequest gated{form.model, request.tenant, tokens};
  const CallFrame frame{wire, context, prepared, services_, settings_, gated, price_of(form.model)};
  HttpAttempt attempt(frame);
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

awaitable<EmbedOutcome> HttpBackend::embed(EmbedRequest request, Deadline deadline) {
  const std::optional<EmbedDialect> dialect = wire_->embeddings();
  if (!dialect || !preset_.embeddings) {
    co_return unsayable(Error{Errc::unsupported, "preset '" + std::string(preset_.name) +
                                                     "' has no embeddings; name another target"});
  }
  const std::string wrong = wrong_with(request);
  if (!wrong.empty()) co_return unsayable(Error{Errc::invalid, wrong});
  const bool key_needed = preset_.key_needed || settings_.api_key_asked_for;
  if (key_needed && settings_.api_key.empty()) co_return no_key();
  EmbedReply reply;
  reply.attempts = 0;
  for (const EmbedWire::Batch batch : batches_of(*dialect, preset_.embed_quirks, request)) {
    std::vector<std::vector<float>> vectors;
    const EmbedWire wire(*dialect, preset_.embed_quirks, request, batch, vectors);
    auto asked = ask(wire, texts_of(request, batch), deadline, {});
    ModelOutcome outcome = co_await std::move(asked);
    add_embedded(outcome, vectors, reply);
    if (auto* failure = std::get_if<ModelFailure>(&outcome)) co_return std::move(*failure);
  }
  co_return reply;
}

std::optional<Price> HttpBackend::price_of(const std::string& model) const {
  return find_price(preset_.name, model, settings_.prices);
}

Result<void> HttpBackend::check_model(const std::string&) const {
  return {};  // only the server knows its models
}

}  // namespace yoke
