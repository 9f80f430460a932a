#include "hosts/app/model_survey.h"

#include <algorithm>
#include <set>

#include "models/presets.h"
#include "runtime/http/url.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

using Origin = SurveyedBackend::Origin;
using State = SurveyedBackend::State;

// "127.0.0.1:8000" and "localhost:8000" are the same place.
std::string place_of(const std::string& url) {
  std::string root = server_root(url);
  const std::size_t name = root.find("://localhost");
  if (name != std::string::npos) root.replace(name + 3, 9, "127.0.0.1");
  return root;
}

bool is_script(const Preset& preset) {
  return preset.wire == Preset::Wire::script || preset.wire == Preset::Wire::script_wire;
}

SurveyedBackend described(const std::string& name, const BackendSettings& settings, Origin origin) {
  SurveyedBackend backend;
  backend.name = name;
  backend.preset = settings.preset;
  backend.origin = origin;
  const Preset* const preset = find_preset(settings.preset);
  if (preset == nullptr) {
    backend.why = "there is no preset '" + settings.preset + "'";
    backend.state = State::unreachable;
    return backend;
  }
  backend.checked = preset->checked;
  const bool wants_key = preset->key_needed || settings.api_key_asked_for;
  if (wants_key || !settings.api_key.empty()) backend.key_name = settings.api_key_name;
  backend.key_set = !settings.api_key.empty();
  if (is_script(*preset)) {
    backend.why = preset->wire == Preset::Wire::script ? "a Lua function in a model's place"
                                                       : "its protocol is written in Lua";
    return backend;
  }
  backend.address = shown_url(api_address(settings));
  if (settings.local.launch) {
    backend.why = "its server is started when it is needed";
  } else if (backend.address.empty()) {
    backend.state = State::unreachable;
    backend.why = "it has no base_url";
  } else if (preset->key_needed && !backend.key_set) {
    backend.why = "its key is not set";
  }
  return backend;
}

bool is_asked(const SurveyedBackend& backend) {
  return backend.state == State::not_asked && backend.why.empty();
}

// What a backend has by its list, and what routes say of it.
class Models {
 public:
  Models(const ModelsConfig& config, std::string backend)
      : config_(config), backend_(std::move(backend)) {}

  std::vector<SurveyedModel> of(const std::vector<ListedModel>& listed) {
    std::vector<SurveyedModel> models;
    std::set<std::string> seen;
    for (const auto& [route, settings] : config_.routes) {
      for (const std::string& target : settings.targets) {
        if (!target.starts_with(backend_ + "/")) continue;
        const std::string name = target.substr(backend_.size() + 1);
        if (seen.insert(name).second) models.push_back(known(name, listed));
      }
    }
    for (const ListedModel& model : listed) {
      if (seen.insert(model.name).second) models.push_back(known(model.name, listed));
    }
    return models;
  }

 private:
  SurveyedModel known(const std::string& name, const std::vector<ListedModel>& listed) const {
    SurveyedModel model;
    model.name = name;
    for (const auto& [route, settings] : config_.routes) {
      const auto& targets = settings.targets;
      const bool named =
          std::find(targets.begin(), targets.end(), backend_ + "/" + name) != targets.end();
      if (named) model.routes.push_back(route);
    }
    const BackendSettings& settings = config_.backends.at(backend_);
    model.facts = facts_of(settings.preset, name, {});
    const auto entry = std::find_if(listed.begin(), listed.end(),
                                    [&](const ListedModel& one) { return one.name == name; });
    model.listed = entry != listed.end();
    if (model.listed) model.facts = merged(model.facts, entry->facts);
    const ModelFacts* const own = find_facts(settings.facts, name);
    if (own != nullptr) model.facts = merged(model.facts, *own);
    model.price = find_price(settings.preset, name, settings.prices);
    if (!model.price) return model;
    const bool table = find_price(settings.preset, name, {}) == model.price;
    model.price_source = table ? std::string(price_table().date) : "yoke.toml";
    return model;
  }

  const ModelsConfig& config_;
  const std::string backend_;
};

// Beside what is configured, what its key or its server makes usable.
std::vector<SurveyedBackend> candidates(const ModelsConfig& config,
                                        const std::vector<FoundKey>& keys) {
  std::vector<SurveyedBackend> all;
  for (const auto& [name, settings] : config.backends) {
    if (!settings.implied) all.push_back(described(name, settings, Origin::configured));
  }
  for (const FoundKey& key : keys) {
    const auto implied = config.backends.find(key.preset);
    if (implied == config.backends.end() || !implied->second.implied) continue;
    all.push_back(described(key.preset, implied->second, Origin::key));
  }
  return all;
}

// Servers that a backend of the configuration does not already stand for.
void add_servers(std::vector<SurveyedBackend>& all, const ModelsConfig& config,
                 const std::vector<FoundServer>& servers) {
  for (const FoundServer& server : servers) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const SurveyedBackend& one) {
      return !one.address.empty() && place_of(one.address) == place_of(server.root);
    });
    const auto implied = config.backends.find(server.preset);
    if (known || implied == config.backends.end() || !implied->second.implied) continue;
    SurveyedBackend backend = described(server.preset, implied->second, Origin::server);
    backend.state = State::reachable;
    backend.models = Models(config, server.preset).of(server.models);
    all.push_back(std::move(backend));
  }
}

awaitable<void> probe_into(HttpSender& http, std::vector<UsualPlace> places, Deadline deadline,
                           std::vector<FoundServer>& found) {
  auto probing = probe_places(http, std::move(places), deadline);
  found = co_await std::move(probing);
}

awaitable<void> list_into(HttpSender& http, std::map<std::string, BackendSettings> asked,
                          Deadline deadline, std::map<std::string, ModelList>& lists) {
  auto listing = list_models(http, std::move(asked), deadline);
  lists = co_await std::move(listing);
}

}  // namespace

std::string_view name_of(Origin origin) {
  return origin == Origin::configured ? "configured" : origin == Origin::key ? "key" : "server";
}

std::string_view name_of(State state) {
  return state == State::reachable     ? "reachable"
         : state == State::unreachable ? "unreachable"
                                       : "not asked";
}

awaitable<std::vector<SurveyedBackend>> survey_models(HttpSender& http, ModelsConfig config,
                                                      std::vector<FoundKey> keys,
                                                      std::vector<UsualPlace> places,
                                                      Deadline deadline) {
  std::vector<SurveyedBackend> all = candidates(config, keys);
  std::map<std::string, BackendSettings> asked;
  for (const SurveyedBackend& backend : all) {
    if (is_asked(backend)) asked.emplace(backend.name, config.backends.at(backend.name));
  }
  std::vector<FoundServer> servers;
  std::map<std::string, ModelList> lists;
  const auto executor = co_await asio::this_coro::executor;
  const Deadline probed_by = std::min(deadline, LoopClock::now() + kFindWithin);
  TaskGroup group(executor);
  group.spawn(probe_into(http, std::move(places), probed_by, servers));
  group.spawn(list_into(http, std::move(asked), deadline, lists));
  co_await group.join();
  for (SurveyedBackend& backend : all) {
    const auto list = lists.find(backend.name);
    Models models(config, backend.name);
    if (list == lists.end()) {
      backend.models = models.of({});
      continue;
    }
    backend.state = list->second.problem.empty() ? State::reachable : State::unreachable;
    backend.why = list->second.problem;
    backend.models = models.of(list->second.models);
  }
  add_servers(all, config, servers);
  co_return all;
}

}  // namespace yoke
