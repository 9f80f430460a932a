#include "hosts/app/model_survey.h"
#include "hosts/app/open_store.h"
#include "hosts/app/settings.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "models/presets.h"
#include "models/router.h"
#include "runtime/base/text.h"
#include "runtime/http/client.h"

// `yoke models list`: the backends there are, what they have, and what is known of it.
namespace yoke {
namespace {

constexpr std::chrono::seconds kListWithin{8};
constexpr std::size_t kShownMax = 8;  // models of a backend that was not asked for by name

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + " ";
}

// "32768" as "32k" where that is exact enough to read, 1048576 as "1M".
std::string tokens_text(const std::optional<std::int64_t>& tokens) {
  if (!tokens) return "?";
  if (*tokens >= 1'000'000) return std::to_string(*tokens / 1'000'000) + "M";
  return *tokens < 10'000 ? std::to_string(*tokens) : std::to_string(*tokens / 1'000) + "k";
}

std::string price_text(const SurveyedModel& model) {
  if (!model.price) return "price unknown";
  const Price& price = *model.price;
  if (price == Price()) return "no price: runs here";
  return to_dollars(price.input) + " in, " + to_dollars(price.output) + " out (" +
         model.price_source + ")";
}

// "tools, images; no reasoning": what is not said is unknown.
std::string powers_text(const ModelFacts& facts) {
  std::vector<std::string> can;
  std::vector<std::string> cannot;
  const auto take = [&](Known known, const char* name) {
    if (known == Known::yes) can.emplace_back(name);
    if (known == Known::no) cannot.push_back(std::string("no ") + name);
  };
  take(facts.tools, "tools");
  take(facts.structured, "structured");
  take(facts.reasoning, "reasoning");
  take(facts.images_in, "images");
  take(facts.images_out, "images out");
  take(facts.embeddings, "embeddings");
  can.insert(can.end(), cannot.begin(), cannot.end());
  return can.empty() ? "nothing known of its powers" : join(can, ", ");
}

std::string checked_text(const std::string& checked) {
  return checked == "documented" ? "documented only" : "tried against the vendor " + checked;
}

std::string head_of(const SurveyedBackend& backend) {
  std::string head = backend.name;
  if (backend.preset != backend.name) head += " (" + backend.preset + ")";
  head += ": " + std::string(name_of(backend.state));
  if (!backend.why.empty()) head += ", " + backend.why;
  return head;
}

std::string details_of(const SurveyedBackend& backend) {
  std::vector<std::string> parts;
  if (backend.origin == SurveyedBackend::Origin::key) parts.emplace_back("found by its key");
  if (backend.origin == SurveyedBackend::Origin::server) parts.emplace_back("found running");
  if (!backend.address.empty()) parts.push_back(backend.address);
  if (!backend.key_name.empty()) {
    parts.push_back((backend.key_set ? "key from " : "no key in ") + backend.key_name);
  }
  if (!backend.checked.empty()) parts.push_back("preset " + checked_text(backend.checked));
  return join(parts, " · ");
}

void print_backend(Terminal& terminal, const SurveyedBackend& backend, bool all) {
  terminal.out(printable(head_of(backend)) + "\n  " + printable(details_of(backend)) + "\n");
  std::size_t shown = 0;
  for (const SurveyedModel& model : backend.models) {
    const bool of_route = !model.routes.empty();
    if (!all && !of_route && shown >= kShownMax) continue;
    ++shown;
    std::string line = "  " + padded(backend.name + "/" + model.name, 34);
    line += padded(tokens_text(model.facts.context_tokens) + " context", 13);
    line += powers_text(model.facts) + " · " + price_text(model);
    if (of_route) line += " · route " + join(model.routes, ", ");
    if (of_route && !model.listed && backend.state == SurveyedBackend::State::reachable) {
      line += " · NOT in its list";
    }
    terminal.out(printable(line) + "\n");
  }
  if (shown < backend.models.size()) {
    terminal.out("  … and " + std::to_string(backend.models.size() - shown) +
                 " more: yoke models list " + printable(backend.name) + "\n");
  }
}

Json model_json(const SurveyedBackend& backend, const SurveyedModel& model) {
  Json out{{"target", backend.name + "/" + model.name},
           {"listed", model.listed},
           {"routes", model.routes},
           {"facts", to_json(model.facts)}};
  if (!model.price) return out;
  out["price"] = Json{{"input", model.price->input},
                      {"cached", model.price->cached},
                      {"cache_write", model.price->cache_write},
                      {"output", model.price->output},
                      {"unit", "nano-dollars a million tokens"},
                      {"from", model.price_source}};
  return out;
}

Json backend_json(const SurveyedBackend& backend) {
  Json models = Json::array();
  for (const SurveyedModel& model : backend.models) models.push_back(model_json(backend, model));
  return Json{{"backend", backend.name},           {"preset", backend.preset},
              {"preset_checked", backend.checked}, {"origin", name_of(backend.origin)},
              {"state", name_of(backend.state)},   {"why", backend.why},
              {"address", backend.address},        {"key", backend.key_name},
              {"key_set", backend.key_set},        {"models", std::move(models)}};
}

void print_presets(Terminal& terminal, bool json) {
  for (const Preset& preset : presets()) {
    const std::string name(preset.name);
    const std::string key(preset.key_env.empty() ? "no key" : preset.key_env);
    const std::string address(preset.base_url.empty() ? "an address of yours" : preset.base_url);
    if (json) {
      terminal.out(to_text(Json{{"preset", name},
                                {"address", preset.base_url},
                                {"key", preset.key_env},
                                {"checked", preset.checked}}) +
                   "\n");
    } else {
      terminal.out(padded(name, 18) + padded(checked_text(std::string(preset.checked)), 16) +
                   padded(key, 21) + address + "\n");
    }
  }
}

// Names that are none of the backends: an error that says which there are.
Result<void> check_names(const std::vector<SurveyedBackend>& all,
                         const std::vector<std::string>& names) {
  std::vector<std::string> known;
  for (const SurveyedBackend& backend : all) known.push_back(backend.name);
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (find_preset(name) != nullptr) {
      const std::vector<std::string> variables = key_variables(name);
      const std::string mend = variables.empty() ? "no such server answers on its usual port"
                                                 : variables.front() + " is not set";
      return Error{Errc::not_found, "backend '" + name + "' cannot be used: " + mend};
    }
    return Error{Errc::not_found, "no backend named '" + name + "'" + did_you_mean(name, known)};
  }
  return {};
}

awaitable<int> list(Terminal& terminal, HttpSender& http, const Config& config, ModelsConfig models,
                    const std::vector<std::string>& names, bool json) {
  const Environment environment = environment_of(config);
  const Deadline deadline = LoopClock::now() + kListWithin;
  auto looking = survey_models(http, std::move(models), found_keys(environment),
                               usual_places(environment), deadline);
  const std::vector<SurveyedBackend> all = co_await std::move(looking);
  const Result<void> known = check_names(all, names);
  if (!known) co_return fail(terminal, known.error());
  for (const SurveyedBackend& backend : all) {
    const bool named = std::find(names.begin(), names.end(), backend.name) != names.end();
    if (!names.empty() && !named) continue;
    if (json) {
      terminal.out(to_text(backend_json(backend)) + "\n");
    } else {
      print_backend(terminal, backend, named);
    }
  }
  if (json) co_return kExitCompleted;
  if (all.empty()) {
    terminal.line("no backend is configured, no key is set, and no local server answers");
  }
  for (const std::string& problem : address_problems(environment)) terminal.line(problem);
  for (const auto& [name, route] : config.routes) {
    if (!names.empty()) break;
    terminal.out("route " +
                 printable(name + " (" + route.strategy + "): " + join(route.targets, ", ")) +
                 "\n");
  }
  co_return kExitCompleted;
}

}  // namespace

int models_list(const CommonOptions& common, const ModelsOptions& options) {
  Terminal terminal(common.color);
  if (options.presets) {
    print_presets(terminal, common.json);
    return kExitCompleted;
  }
  const Result<Config> config = load_config(config_place(common, ""));
  if (!config) return fail(terminal, config.error());
  Result<ModelsConfig> models = models_of(*config);
  if (!models) return fail(terminal, placed(*config, models.error()));
  add_implied(*models, environment_of(*config));
  asio::io_context io{1};
  HttpClientOptions settings;
  settings.proxies = proxies_from_environment();
  HttpClient client(io.get_executor(), std::move(settings));
  ClientSender sender(client);
  return run_to_end(
      io, terminal,
      list(terminal, sender, *config, std::move(*models), options.routes, common.json));
}

}  // namespace yoke
