#include <algorithm>

#include "hosts/app/agent_package.h"
#include "hosts/app/app.h"
#include "hosts/app/grants_wanted.h"
#include "hosts/app/operator_credentials.h"
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

// Of a server that is asked for its tools: no function of the manifest.
std::vector<PluginFunction> discovered(const PluginListing& listing, App& app) {
  std::vector<PluginFunction> found;
  const std::string head = "plugin:" + listing.name + ".";
  for (const std::string& name : app.project().tools().names()) {
    const auto is_it = [&](const PluginFunction& function) { return function.tool == name; };
    const bool told =
        std::any_of(listing.plugins.begin(), listing.plugins.end(), [&](const auto& plugin) {
          return std::any_of(plugin->functions.begin(), plugin->functions.end(), is_it);
        });
    if (told || !name.starts_with(head)) continue;
    PluginFunction& function = found.emplace_back();
    function.name = name.substr(head.size());
    function.tool = name;
    const std::vector<PluginMcpServer>& servers = listing.plugins.front()->mcp_servers;
    if (!servers.empty()) function.credentials = servers.front().credentials;
  }
  return found;
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

// Where to look or write, as far as the manifest says.
std::string addresses_of(const PluginManifest& manifest) {
  std::string text;
  const auto add = [&](const char* what, const std::string& where) {
    if (!where.empty()) text += std::string(what) + ": " + shorten(printable(where), 200) + "\n";
  };
  add("contact", manifest.contact_email);
  add("terms", manifest.legal_info_url);
  add("privacy", manifest.privacy_policy_url);
  add("logo", manifest.logo_url);
  return text;
}

awaitable<int> show_plugin(App& app, Terminal& terminal, PluginsVerb verb, bool json) {
  const Result<const PluginListing*> known = find_plugin(app.project(), verb.name);
  if (!known) co_return fail(terminal, known.error());
  const PluginListing* found = *known;
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
                   printable(manifest.description_for_human) + "\n" + addresses_of(manifest));
    }
    for (const PluginFunction& each : plugin->functions) {
      functions.push_back(function_json(each, app.project(), loader));
      if (!json) print_function(terminal, functions.back());
    }
  }
  for (const PluginFunction& each : discovered(*found, app)) {
    functions.push_back(function_json(each, app.project(), loader));
    if (!json) print_function(terminal, functions.back());
  }
  if (json) {
    Json out = listing_json(*found);
    out["functions"] = std::move(functions);
    terminal.out(to_pretty_text(out) + "\n");
  }
  co_return kExitCompleted;
}

// The keys of a plugin that a section is about, or of a package; how many there were.
Result<std::size_t> grant_keys(App& app, Terminal& terminal, const std::string& name) {
  const KeyGrants& grants = app.credentials().key_grants();
  std::size_t granted = 0;
  for (const SharedKey& key : app.credentials().shared_keys()) {
    if ((key.package.empty() ? key.plugin : key.package) != name) continue;
    const std::vector<std::string> missing = grants.missing(key);
    if (missing.empty()) continue;
    const Result<void> done = grants.grant(key, app.wall().now());
    if (!done) return done.error();
    terminal.line(printable(key_words(key, missing)));
    ++granted;
  }
  return granted;
}

awaitable<int> grant_plugin(App& app, Terminal& terminal, PluginsVerb verb) {
  const Result<std::size_t> keys = grant_keys(app, terminal, verb.path);
  if (!keys) co_return fail(terminal, keys.error());
  if (*keys == 0) {
    terminal.line("'" + printable(verb.path) +
                  "' names no key of [auth.NAME] that nobody has agreed to");
  }
  co_return kExitCompleted;
}

awaitable<int> grant_package(App& app, Terminal& terminal, PluginsVerb verb) {
  const Result<std::string> file = app.project().find_agent(verb.path);
  if (!file) co_return fail(terminal, file.error());
  const Result<std::shared_ptr<const AgentPackage>> package = app.project().package(*file);
  if (!package) co_return fail(terminal, package.error());
  const PluginHome home{package_key(app.config(), (*package)->file()), (*package)->hash()};
  const std::vector<std::string> tools = app.plugin_loader().made_in(home);
  const Result<std::size_t> keys = grant_keys(app, terminal, home.file);
  if (!keys) co_return fail(terminal, keys.error());
  if (tools.empty() && *keys > 0) co_return kExitCompleted;
  if (tools.empty()) {
    terminal.line(printable(home.file) + " has no plugin that needs it: either it has none, or a " +
                  "section of yoke.toml is about it");
    co_return kExitCompleted;
  }
  const Result<void> taken =
      app.project().grants().pin(kPackagePins, home.file, home.hash, app.wall().now());
  if (!taken) co_return fail(terminal, taken.error());
  terminal.line("took the plugins of " + printable(home.file) + " as they are now; they may:");
  for (const std::string& power : package_powers(app.plugin_loader(), tools)) {
    terminal.line("  " + printable(power));
  }
  co_return kExitCompleted;
}

}  // namespace

Result<const PluginListing*> find_plugin(const Project& project, const std::string& name) {
  std::vector<std::string> names;
  for (const PluginListing& each : project.plugins()) {
    if (each.name == name) return &each;
    names.push_back(each.name);
  }
  return Error{Errc::invalid, "there is no plugin '" + printable(name) + "' in yoke.toml" +
                                  did_you_mean(name, names)};
}

int plugins_grant(const CommonOptions& common, const PluginsVerb& verb) {
  return with_project(common, "", [&](App& app, Terminal& out) {
    const bool is_plugin = find_plugin(app.project(), verb.path).has_value();
    const bool is_agent = app.project().find_agent(verb.path).has_value();
    return is_plugin && !is_agent ? grant_plugin(app, out, verb) : grant_package(app, out, verb);
  });
}

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
