#include "models/wire/http_backend.h"

#include <algorithm>

#include "models/chain_gate.h"
#include "models/embeddings/embed_wire.h"
#include "models/estimate.h"
#include "models/limits/limits_gate.h"
#include "models/most_tokens.h"
#include "models/retry.h"
#include "models/wire/http_attempt.h"
#include "models/wire/pauses.h"
#include "runtime/base/saturating.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

constexpr std::size_t kAnswerBytesMax = 64u << 20;

NanoUsd most_of(const ModelRequest& request, const Price& price) {  // that an attempt may cost
  Usage usage;
  usage.input = most_input_tokens(request);
  usage.output = std::max<std::int64_t>(request.output_tokens_max, 0);
  return most_cost_of(usage, price);
}

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

std::vector<NamedKey> keys_of(const BackendSettings& settings) {
  if (!settings.api_keys.empty()) return settings.api_keys;
  if (settings.api_key.empty()) return {};
  return {NamedKey{settings.api_key_name, settings.api_key}};
}

// What requests wait at, when they have to wait for more than the server itself lets through.
std::unique_ptr<Gate> own_gate(const LimitSettings& limits, Gate* slots) {
  if (!limits.any()) return nullptr;
  auto gate = std::make_unique<LimitsGate>(limits);
  if (slots == nullptr) return gate;
  return std::make_unique<ChainGate>(std::move(gate), *slots);
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
  for (const NamedKey& key : keys_of(settings)) {
    if (is_http_field_value(key.secret.reveal())) continue;
    const std::string name_of_key = settings.api_keys.empty() ? ".api_key" : ".api_keys";
    return Error{Errc::invalid, place + name_of_key +
                                    ": it holds characters that cannot stand in a header, such as "
                                    "a line break"};
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
      services_(services),
      own_gate_(own_gate(settings_.limits, services_.gate)),
      gate_(own_gate_ ? own_gate_.get() : services_.gate),
      keys_(keys_of(settings_), settings_.breaker) {}

HttpRequest HttpBackend::http_request(WireRequest written, bool stream) const {
  HttpRequest request;
  request.method = "POST";
  request.url = joined_url(settings_.base_url, written.path);
  const bool events = stream && wire_->framing() == Wire::Framing::events;
  request.headers = std::move(written.headers);
  request.headers.add("Content-Type", "application/json");
  request.headers.add("Accept", events ? "text/event-stream" : "application/json");
  for (const auto& [name, value] : settings_.headers) request.headers.set(name, value);
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
  if (!settings_.missing.empty()) {
    failure.message = "backend '" + name_ + "' cannot be used: " + settings_.missing;
  }
  return failure;
}

ModelFailure HttpBackend::unsayable(const Error& error) const {
  ModelFailure failure;
  failure.failure_class = FailureClass::client;
  failure.attempts = 0;
  failure.message = "backend '" + name_ + "': " + error.message();
  return failure;
}

bool HttpBackend::lacks_key() const {
  const bool needed = preset_.key_needed || settings_.api_key_asked_for;
  if (!settings_.missing.empty()) return true;
  return needed && settings_.api_key.empty() && settings_.api_keys.empty();
}

awaitable<ModelOutcome> HttpBackend::call(ModelRequest request, Deadline deadline, DeltaSink sink) {
  static const CallTerms kNone;
  auto calling = call_within(kNone, std::move(request), deadline, std::move(sink));
  co_return co_await std::move(calling);
}

awaitable<ModelOutcome> HttpBackend::call_within(const CallTerms& terms, ModelRequest request,
                                                 Deadline deadline, DeltaSink sink) {
  if (lacks_key()) co_return no_key();
  Pauses pauses;
  const std::optional<Price> price = price_of(request.target);
  while (true) {
    DeltaSink told = pauses.next_sink(sink);
    auto asked = ask(*wire_, terms, request, deadline, std::move(told));
    ModelOutcome outcome = co_await std::move(asked);
    const NanoUsd most = price ? most_of(request, *price) : 0;
    if (!pauses.take(outcome, request, most)) {
      pauses.settle(outcome);
      co_return outcome;
    }
  }
}

awaitable<ModelOutcome> HttpBackend::ask(const Wire& wire, const CallTerms& terms,
                                         ModelRequest request, Deadline deadline, DeltaSink sink) {
  const bool stream = static_cast<bool>(sink);
  const ToolNames names(request.tools);
  WireForm form;
  form.model = request.target;
  form.origin = wire.origin(name_, form.model);
  form.stream = stream;
  form.continues = terms.continues;
  form.extra_body = settings_.extra_body;
  WireCall wanted{&request, &names, &form, deadline};
  auto writing = wire.prepare(wanted);
  Result<WireRequest> written = co_await std::move(writing);
  if (!written) co_return unsayable(written.error());
  const HttpRequest prepared = http_request(std::move(*written), stream);
  static const Secret kNoKey;
  const ReplyContext context{names,
                             kNoKey,
                             name_,
                             form.model,
                             form.origin,
                             estimate_input_tokens(request),
                             request.output_tokens_max,
                             request.options.stop};
  const CallFrame frame{wire,
                        context,
                        prepared,
                        services_,
                        settings_,
                        preset_.key_form,
                        keys_,
                        gate_,
                        gate_request(request),
                        price_of(form.model),
                        terms.queue_until};
  HttpAttempt attempt(frame);
  Retrying retrying;
  retrying.policy = settings_.retry;
  const NanoUsd most = frame.price ? most_of(request, *frame.price) : 0;
  retrying.allowance = Allowance{request.reserved, most};
  retrying.deadline = deadline;
  retrying.may_retry = terms.may_retry;
  auto tried = call_with_retries(attempt, std::move(retrying), std::move(sink), services_.random);
  ModelOutcome outcome = co_await std::move(tried);
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
  if (lacks_key()) co_return no_key();
  EmbedReply reply;
  reply.attempts = 0;
  for (const EmbedWire::Batch batch : batches_of(*dialect, preset_.embed_quirks, request)) {
    std::vector<std::vector<float>> vectors;
    const EmbedWire wire(*dialect, preset_.embed_quirks, request, batch, vectors);
    static const CallTerms kNone;
    auto asked = ask(wire, kNone, texts_of(request, batch), deadline, {});
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
