#include "hosts/app/find_models.h"

#include <array>
#include <cstdlib>

#include "runtime/base/time.h"
#include "runtime/http/client.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr std::size_t kListBytesMax = 8u << 20;
constexpr std::size_t kShownMax = 50;  // models that Ollama is asked about one by one

HttpRequest question(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  request.limits.body_bytes_max = kListBytesMax;
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
  Result<Json> answer = parse_json(response.body);
  if (!answer) return Error{Errc::unavailable, "its answer is no JSON"};
  return answer;
}

std::string source_of(std::string_view path) {
  const std::string now = to_iso8601(SystemWallClock().now());
  return "its " + std::string(path) + ", " + now.substr(0, 10);
}

// What is shared by the questions that are under way; outlives them all.
struct FindingModels {
  HttpSender& http;
  Deadline deadline;
};

awaitable<Result<Json>> ask(const FindingModels& asking, HttpRequest request) {
  auto sending = asking.http.send(std::move(request), asking.deadline, HttpSinks());
  const HttpOutcome outcome = co_await std::move(sending);
  co_return json_in(outcome);
}

awaitable<void> ask_about(const FindingModels& asking, std::string root, ListedModel& model) {
  HttpRequest request = question(root + "/api/show");
  request.method = "POST";
  request.headers.set("Content-Type", "application/json");
  request.body = to_text(Json{{"model", model.name}});
  auto asked = ask(asking, std::move(request));
  const Result<Json> shown = co_await std::move(asked);
  if (shown) model.facts = merged(model.facts, facts_from_show(*shown, source_of("/api/show")));
}

// What the servers of this machine tell beyond their lists.
awaitable<void> learn_more(const FindingModels& asking, std::string preset, std::string root,
                           std::vector<ListedModel>& models) {
  if (preset == "ollama") {
    const auto executor = co_await asio::this_coro::executor;
    TaskGroup group(executor);
    const std::size_t count = std::min(models.size(), kShownMax);
    for (std::size_t at = 0; at < count; ++at) group.spawn(ask_about(asking, root, models[at]));
    co_await group.join();
  } else if ((preset == "llama.cpp" || preset == "llamafile") && models.size() == 1) {
    auto asked = ask(asking, question(root + "/props"));
    const Result<Json> props = co_await std::move(asked);
    if (!props) co_return;
    ModelFacts& facts = models.front().facts;
    facts = merged(facts, facts_from_props(*props, source_of("/props")));
  }
}

awaitable<bool> is_there(const FindingModels& asking, const UsualPlace& place) {
  for (const std::string& path : probe_paths(place.preset)) {
    auto asked = ask(asking, question(place.root + path));
    const Result<Json> answer = co_await std::move(asked);
    if (answer && identifies(place.preset, path, *answer)) co_return true;
  }
  co_return false;
}

using FoundSoFar = std::map<std::string, FoundServer>;

awaitable<void> probe(const FindingModels& asking, const UsualPlace& place, FoundSoFar& found) {
  auto looking = is_there(asking, place);
  const bool there = co_await std::move(looking);
  if (!there) co_return;
  FoundServer& server = found[place.preset];
  server.preset = place.preset;
  server.root = place.root;
  const std::string path(list_path(place.preset));
  auto asked = ask(asking, question(place.root + path));
  const Result<Json> listed = co_await std::move(asked);
  if (!listed) co_return;
  server.models = listed_models(*listed, source_of(path));
  auto learning = learn_more(asking, place.preset, place.root, server.models);
  co_await std::move(learning);
}

awaitable<void> list_one(const FindingModels& asking, BackendSettings settings, ModelList& list) {
  HttpRequest request = list_request(settings);
  request.limits.body_bytes_max = kListBytesMax;
  auto asked = ask(asking, std::move(request));
  const Result<Json> answer = co_await std::move(asked);
  if (!answer) {
    list.problem = without_secrets(answer.error().detail, settings);
    co_return;
  }
  list.models = listed_models(*answer, source_of("list of models"));
  const std::string root = server_root(api_address(settings));
  auto learning = learn_more(asking, settings.preset, root, list.models);
  co_await std::move(learning);
}

awaitable<void> find_into(HttpSender& http, const std::vector<UsualPlace>& places,
                          Deadline deadline, std::vector<FoundServer>& found) {
  auto probing = probe_places(http, places, deadline);
  found = co_await std::move(probing);
}

}  // namespace

constexpr std::array<std::pair<const char*, const char*>, 3> kAddressOfKey{{
    {"OPENAI_BASE_URL", "OPENAI_API_KEY"},
    {"ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"},
    {"AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY"},
}};

Environment environment_of(const Config& config) {
  return [&config](const std::string& variable) {
    if (const char* value = std::getenv(variable.c_str())) return std::string(value);
    // A project's .env does not say where to send a key that is not its own.
    for (const auto& [address, key] : kAddressOfKey) {
      if (variable == address && std::getenv(key) != nullptr) return std::string();
    }
    const auto found = config.env.find(variable);
    return found == config.env.end() ? std::string() : found->second;
  };
}

awaitable<std::vector<FoundServer>> probe_places(HttpSender& http, std::vector<UsualPlace> places,
                                                 Deadline deadline) {
  const auto executor = co_await asio::this_coro::executor;
  const FindingModels asking{http, deadline};
  FoundSoFar found;
  TaskGroup group(executor);
  for (const UsualPlace& place : places) group.spawn(probe(asking, place, found));
  co_await group.join();
  std::vector<FoundServer> servers;
  for (const UsualPlace& place : places) {
    const auto one = found.find(place.preset);
    if (one != found.end()) servers.push_back(std::move(one->second));
  }
  co_return servers;
}

std::vector<FoundServer> find_servers(const std::vector<UsualPlace>& places,
                                      std::chrono::milliseconds within) {
  asio::io_context io{1};
  HttpClient client(io.get_executor());
  ClientSender sender(client);
  std::vector<FoundServer> found;
  std::exception_ptr fault;
  asio::co_spawn(io, find_into(sender, places, LoopClock::now() + within, found),
                 [&fault](const std::exception_ptr& thrown) { fault = thrown; });
  io.run();
  if (fault) std::rethrow_exception(fault);
  return found;
}

awaitable<std::map<std::string, ModelList>> list_models(
    HttpSender& http, std::map<std::string, BackendSettings> asked, Deadline deadline) {
  const auto executor = co_await asio::this_coro::executor;
  const FindingModels asking{http, deadline};
  std::map<std::string, ModelList> lists;
  TaskGroup group(executor);
  for (auto& [name, settings] : asked) {
    group.spawn(list_one(asking, std::move(settings), lists[name]));
  }
  co_await group.join();
  co_return lists;
}

}  // namespace yoke
