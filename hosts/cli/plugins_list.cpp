#include <algorithm>

#include "hosts/app/app.h"
#include "hosts/app/plugin_loader.h"
#include "hosts/app/project.h"
#include "hosts/cli/plugins.h"
#include "hosts/cli/support.h"
#include "runtime/base/text.h"

// `yoke plugins list` and `yoke plugins show`.
namespace yoke {
namespace {

std::string in_columns(std::string text, std::size_t width) {
  text.append(text.size() < width ? width - text.size() : 1, ' ');
  return text;
}

std::size_t functions_of(const PluginListing& listing) {
  std::size_t count = 0;
  for (const auto& plugin : listing.plugins) count += plugin->functions.size();
  return count;
}

std::string state_of(const PluginListing& listing) {
  if (!listing.enabled) return "off";
  return listing.problem.empty() ? "on" : "cannot be used";
}

Json listing_json(const PluginListing& listing) {
  return Json{{"name", listing.name},
              {"path", listing.path},
              {"state", state_of(listing)},
              {"functions", functions_of(listing)},
              {"problem", listing.problem}};
}

awaitable<int> list_plugins(App& app, Terminal& terminal, bool json) {
  int status = kExitCompleted;
  for (const PluginListing& each : app.project().plugins()) {
    if (!each.problem.empty()) status = kExitUsage;
    if (json) {
      terminal.out(to_text(listing_json(each)) + "\n");
      continue;
    }
    const std::size_t count = functions_of(each);
    terminal.out(in_columns(each.name, 20) + in_columns(state_of(each), 16) +
                 in_columns(std::to_string(count) + (count == 1 ? " function" : " functions"), 14) +
                 printable(each.path) + "\n");
    if (each.problem.empty()) continue;
    const Error problem{Errc::invalid, each.problem, place_in(app.config(), each.line)};
    terminal.line("yoke: " + printable(problem.message()));
  }
  if (app.project().plugins().empty() && !json) {
    terminal.line("no plugins; 'yoke plugins add PATH' adds one");
  }
  co_return status;
}

std::string sign_in_of(const CredentialsWanted& wanted, const PluginLoader& loader) {
  using Kind = CredentialsWanted::Kind;
  if (wanted.kind == Kind::none) return "none";
  std::string what = wanted.kind == Kind::api_key  ? "an API key"
                     : wanted.kind == Kind::bearer ? "a bearer token"
                                                   : "OAuth 2.0";
  if (!wanted.reference_id.empty()) what += " '" + wanted.reference_id + "'";
  const Result<Credentials*> found = loader.credentials().credentials_for(wanted);
  return what + (found ? ", set up" : ", missing: " + found.error().message());
}

std::string confirmation_of(const ToolSpec& spec) {
  if (spec.confirmation.asks) return *spec.confirmation.asks ? "asks each time" : "does not ask";
  return spec.effect == Effect::read ? "does not ask" : "asks, unless [policy] allows it";
}

Json function_json(const PluginFunction& function, const Project& project,
                   const PluginLoader& loader) {
  Json out{{"function", function.name},
           {"tool", function.tool},
           {"description", function.words.description},
           {"sign_in", sign_in_of(function.credentials, loader)}};
  const Tool* tool = const_cast<Project&>(project).tools().find(function.tool);
  out["usable"] = tool != nullptr;
  if (tool == nullptr) return out;
  out["description"] = tool->spec().description;
  out["effect"] = name_of(tool->spec().effect);
  out["confirmation"] = confirmation_of(tool->spec());
  if (function.operation) {
    out["request"] = function.operation->method + " " + function.operation->path;
  }
  return out;
}

void print_function(Terminal& terminal, const Json& function) {
  std::string line = "\n" + string_at(function, "tool") + "  " + string_at(function, "request");
  if (!bool_at(function, "usable")) line += "  (not usable)";
  line += "\n  " + shorten(string_at(function, "description"), 300) + "\n";
  if (bool_at(function, "usable")) {
    line += "  effect: " + string_at(function, "effect") +
            "; confirmation: " + string_at(function, "confirmation") + "\n";
  }
  line += "  sign-in: " + string_at(function, "sign_in") + "\n";
  terminal.out(printable(line));
}

awaitable<int> show_plugin(App& app, Terminal& terminal, PluginsVerb verb, bool json) {
  const std::vector<PluginListing>& all = app.project().plugins();
  const auto found = std::find_if(
      all.begin(), all.end(), [&](const PluginListing& each) { return each.name == verb.name; });
  if (found == all.end()) {
    std::vector<std::string> names;
    for (const PluginListing& each : all) names.push_back(each.name);
    co_return fail(terminal,
                   Error{Errc::invalid, "there is no plugin '" + printable(verb.name) +
                                            "' in yoke.toml" + did_you_mean(verb.name, names)});
  }
  if (!found->problem.empty()) {
    co_return fail(terminal,
                   Error{Errc::invalid, found->problem, place_in(app.config(), found->line)});
  }
  const PluginLoader& loader = app.plugin_loader();
  Json functions = Json::array();
  for (const auto& plugin : found->plugins) {
    const PluginManifest& manifest = plugin->manifest;
    if (!json) {
      terminal.out(printable(manifest.name_for_human) + "\n" +
                   printable(manifest.description_for_human) + "\n");
    }
    for (const PluginFunction& each : plugin->functions) {
      functions.push_back(function_json(each, app.project(), loader));
      if (!json) print_function(terminal, functions.back());
    }
  }
  if (json) {
    Json out = listing_json(*found);
    out["functions"] = std::move(functions);
    terminal.out(to_pretty_text(out) + "\n");
  }
  co_return kExitCompleted;
}

}  // namespace

int plugins_list(const CommonOptions& common, const PluginsVerb&) {
  return with_project(common, "",
                      [&](App& app, Terminal& out) { return list_plugins(app, out, common.json); });
}

int plugins_show(const CommonOptions& common, const PluginsVerb& verb) {
  return with_project(common, "", [&](App& app, Terminal& out) {
    return show_plugin(app, out, verb, common.json);
  });
}

}  // namespace yoke
