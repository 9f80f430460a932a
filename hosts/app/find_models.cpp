#include "hosts/app/find_models.h"

#include <cstdlib>

#include "models/failure.h"
#include "models/presets.h"
#include "models/wire/http_backend.h"
#include "runtime/base/text.h"
#include "runtime/http/client.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr std::size_t kModelsMax = 2'000;
constexpr std::size_t kNameBytesMax = 200;

HttpRequest question(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  request.limits.body_bytes_max = 8u << 20;
  return request;
}

Result<Json> json_in(const HttpOutcome& outcome) {
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    return Error{Errc::unavailable, failure->message};
  }
  const HttpResponse& response = std::get<HttpResponse>(outcome);
  if (response.status == 401 || response.status == 403) {
    return Error{Errc::denied,
                 "it refuses the key (status " + std::to_string(response.status) + ")"};
  }
  if (response.status != 200) {
    return Error{Errc::unavailable, "it answered with status " + std::to_string(response.status)};
  }
  return parse_json(response.body);
}

// What is shared with each probe; outlives them all.
struct Probes {
  HttpSender& http;
  Deadline deadline;
  std::map<std::string, FoundServer> found;
};

awaitable<void> probe(Probes& probes, const UsualPlace& place) {
  HttpRequest first = question(std::string(place.probe_url));
  auto asked = probes.http.send(std::move(first), probes.deadline, HttpSinks());
  const HttpOutcome there = co_await std::move(asked);
  if (!json_in(there)) co_return;
  FoundServer& server = probes.found[std::string(place.preset)];
  server.preset = place.preset;
  HttpRequest second = question(std::string(place.models_url));
  auto further = probes.http.send(std::move(second), probes.deadline, HttpSinks());
  const HttpOutcome listed = co_await std::move(further);
  const Result<Json> models = json_in(listed);
  if (models) server.models = model_names(*models);
}

awaitable<void> probe_all(Probes& probes) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup group(executor);
  for (const UsualPlace& place : usual_places()) group.spawn(probe(probes, place));
  co_await group.join();
}

// The request for a backend's models, with its key.
HttpRequest list_request(const BackendSettings& settings) {
  const Preset& preset = *find_preset(settings.preset);
  const std::string base =
      settings.base_url.empty() ? std::string(preset.base_url) : settings.base_url;
  HttpRequest request = question(joined_url(base, "/models"));
  for (const auto& [name, value] : settings.headers) request.headers.set(name, value);
  if (preset.wire == Preset::Wire::anthropic) {
    request.headers.set("anthropic-version", "2023-06-01");
  }
  if (!settings.api_key.empty()) {
    const KeyForm& form = preset.key_form;
    request.headers.set(std::string(form.header),
                        std::string(form.prefix) + settings.api_key.reveal());
  }
  return request;
}

struct Listing {
  HttpSender& http;
  Deadline deadline;
  std::map<std::string, ModelList> lists;
};

awaitable<void> list_one(Listing& listing, std::string name, BackendSettings settings) {
  HttpRequest request = list_request(settings);
  auto asked = listing.http.send(std::move(request), listing.deadline, HttpSinks());
  const HttpOutcome outcome = co_await std::move(asked);
  const Result<Json> answer = json_in(outcome);
  ModelList& list = listing.lists[name];
  if (answer) {
    list.models = model_names(*answer);
  } else {
    list.problem = safe_text(answer.error().detail, settings.api_key);
    for (const Secret& secret : settings.header_secrets) remove_secret(list.problem, secret);
  }
}

}  // namespace

KeyLookup key_lookup(const Config& config) {
  return [&config](const std::string& variable) {
    if (const char* value = std::getenv(variable.c_str())) return std::string(value);
    const auto found = config.env.find(variable);
    return found == config.env.end() ? std::string() : found->second;
  };
}

std::vector<std::string> model_names(const Json& answer) {
  std::vector<std::string> names;
  for (const char* key : {"data", "models"}) {
    for (const Json& entry : member_at(answer, key)) {
      std::string name = string_at(entry, "id");
      if (name.empty()) name = string_at(entry, "name");
      if (name.starts_with("models/")) name.erase(0, std::string_view("models/").size());
      if (name.empty() || name.size() > kNameBytesMax || names.size() >= kModelsMax) continue;
      names.push_back(printable(to_valid_utf8(name)));
    }
    if (!names.empty()) break;
  }
  return names;
}

std::vector<FoundServer> find_servers(std::chrono::milliseconds within) {
  asio::io_context io{1};
  HttpClient client(io.get_executor());
  ClientSender sender(client);
  Probes probes{sender, LoopClock::now() + within, {}};
  asio::co_spawn(io, probe_all(probes), [](const std::exception_ptr&) {});
  io.run();
  std::vector<FoundServer> servers;
  for (const UsualPlace& place : usual_places()) {  // in the order of the table
    const auto found = probes.found.find(std::string(place.preset));
    if (found != probes.found.end()) servers.push_back(std::move(found->second));
  }
  return servers;
}

awaitable<std::map<std::string, ModelList>> list_models(
    HttpSender& http, std::map<std::string, BackendSettings> asked, Deadline deadline) {
  const auto executor = co_await asio::this_coro::executor;
  Listing listing{http, deadline, {}};
  TaskGroup group(executor);
  for (auto& [name, settings] : asked) {
    group.spawn(list_one(listing, name, std::move(settings)));
  }
  co_await group.join();
  co_return std::move(listing.lists);
}

}  // namespace yoke
