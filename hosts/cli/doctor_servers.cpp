#include "hosts/cli/doctor_servers.h"

#include <algorithm>
#include <set>

#include "hosts/app/graph_settings.h"
#include "hosts/app/mcp_servers.h"
#include "hosts/app/operator_credentials.h"
#include "hosts/app/plugin_loader.h"
#include "hosts/app/project.h"
#include "hosts/cli/support.h"
#include "hosts/config/tenant_name.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kMeetWithin{10};
constexpr std::chrono::seconds kGoodbyeWithin{2};
constexpr std::size_t kNamesShown = 4;

std::string counted_words(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string some_of(std::vector<std::string> names) {
  const std::size_t all = names.size();
  if (all > kNamesShown) names.resize(kNamesShown);
  return join(names, ", ") + (all > kNamesShown ? " …" : "");
}

// Of a plugin or server that signs in by OAuth: as whom, or the command. Empty: it does not.
struct SignedIn {
  bool is_missing = false;
  std::string words;
};

awaitable<SignedIn> signed_in(App& app, CredentialsWanted::Service service, std::string name) {
  SignedIn told;
  const Result<OAuthCredentials*> found = app.credentials().sign_in_of(service, name);
  if (!found) co_return told;
  const bool mcp = service == CredentialsWanted::Service::mcp;
  auto asking = (*found)->standing(std::string(kLocalTenant));
  const Result<std::optional<OAuthStanding>> standing = co_await std::move(asking);
  if (standing && *standing) {
    told.words = "signed in at " + shorten((*standing)->issuer, 80);
    co_return told;
  }
  told.is_missing = true;
  told.words = standing ? "nobody has signed in" : standing.error().message();
  if (standing) {
    const std::string_view group = mcp ? "mcp" : "plugins";
    const bool graph = service == CredentialsWanted::Service::graph;
    told.words +=
        graph ? ": `yoke graph login`" : ": `yoke " + std::string(group) + " login " + name + "`";
  }
  co_return told;
}

// What the plugin's functions need to show who asks, and do not have.
std::vector<std::string> missing_keys(App& app, const PluginListing& listing) {
  std::set<std::string> missing;
  for (const std::shared_ptr<const Plugin>& plugin : listing.plugins) {
    for (const PluginFunction& function : plugin->functions) {
      if (function.credentials.kind == CredentialsWanted::Kind::none) continue;
      const auto found = app.plugin_loader().credentials().credentials_for(function.credentials);
      if (!found) missing.insert(found.error().message());
    }
  }
  return {missing.begin(), missing.end()};
}

bool signs_by_oauth(const PluginListing& listing) {
  for (const std::shared_ptr<const Plugin>& plugin : listing.plugins) {
    const auto oauth = [](const PluginFunction& function) {
      return function.credentials.kind == CredentialsWanted::Kind::oauth;
    };
    if (std::ranges::any_of(plugin->functions, oauth)) return true;
  }
  return false;
}

awaitable<void> check_plugin_of(App& app, const PluginListing& listing, const TellFinding& tell) {
  const std::string topic = "plugin " + listing.name;
  if (!listing.enabled) {
    tell("note", topic, "is switched off: enabled = false in its section");
    co_return;
  }
  if (!listing.problem.empty()) co_return;
  std::size_t functions = 0;
  for (const std::string& name : app.project().tools().names()) {
    functions += name.starts_with("plugin:" + listing.name + ".") ? 1 : 0;
  }
  const bool pinned = !app.project().grants().pin_of("plugins", listing.name).empty();
  tell("ok", topic,
       counted_words(functions, "function") + ", " +
           (pinned ? "its files are those that were added"
                   : "its files are not pinned: they are the project's own"));
  for (const std::string& missing : missing_keys(app, listing)) tell("note", topic, missing);
  if (!signs_by_oauth(listing)) co_return;
  auto asking = signed_in(app, CredentialsWanted::Service::plugin, listing.name);
  const SignedIn standing = co_await std::move(asking);
  if (!standing.words.empty()) tell(standing.is_missing ? "note" : "ok", topic, standing.words);
}

void check_pins(McpServers& servers, const McpServers::One& one, const TellFinding& tell) {
  std::vector<std::string> fresh;
  std::vector<std::string> changed;
  for (const mcp::ListedTool& tool : one.server->listing().tools) {
    if (one.described.contains(tool.name)) continue;
    const std::string refusal = servers.refusal_of(mcp_tool_name(one, tool.name), tool.hash);
    if (refusal.empty()) continue;
    const bool is_new = refusal.find("has changed") == std::string::npos;
    (is_new ? fresh : changed).push_back(tool.name);
  }
  const std::string topic = "mcp " + one.config.name;
  const std::string look = ": `yoke mcp check " + one.config.name + "` shows them";
  if (!changed.empty()) {
    tell("note", topic,
         counted_words(changed.size(), "tool") + " changed since a person took them (" +
             some_of(changed) + "), and cannot be called" + look);
  }
  if (!fresh.empty()) {
    tell("note", topic,
         counted_words(fresh.size(), "tool") + " not taken yet (" + some_of(fresh) +
             "), and cannot be called" + look);
  }
}

awaitable<void> check_mcp(App& app, McpServers::One& one, const TellFinding& tell) {
  McpServers& servers = app.plugin_loader().servers();
  const std::string topic = "mcp " + one.config.name;
  if (!one.config.enabled) {
    tell("note", topic, "is switched off: disabled = true in its section");
    co_return;
  }
  if (!one.server || !servers.may_start(one)) co_return;
  if (!one.config.url.empty() && one.plugin.empty()) {
    auto asking = signed_in(app, CredentialsWanted::Service::mcp, one.config.name);
    const SignedIn standing = co_await std::move(asking);
    if (!standing.is_missing && !standing.words.empty()) tell("ok", topic, standing.words);
  }
  auto meeting = one.server->meet(LoopClock::now() + kMeetWithin);
  const Result<void> met = co_await std::move(meeting);
  if (!met) {
    tell("bad", topic, met.error().message());
    co_return;
  }
  const mcp::ServerMemory& self = *one.server->memory();
  tell("ok", topic,
       "answers, MCP " + self.version + ", " +
           counted_words(one.server->listing().tools.size(), "tool"));
  check_pins(servers, one, tell);
  auto goodbye = one.server->stop(LoopClock::now() + kGoodbyeWithin);
  co_await std::move(goodbye);
}

}  // namespace

namespace {

awaitable<void> check_graph(App& app, const TellFinding& tell) {
  const Result<GraphConfig> graph = graph_config_of(app.config());
  if (!graph || !graph->is_there) co_return;
  const auto services = graph_services_of(*graph, app.plugin_loader().client(), app.credentials());
  if (!services) {
    tell("bad", kGraphName, services.error().message());
    co_return;
  }
  tell("ok", kGraphName,
       shown_url(graph->base_url) + " answers " + join(graph->capabilities, ", "));
  auto asking = signed_in(app, CredentialsWanted::Service::graph, kGraphName);
  const SignedIn standing = co_await std::move(asking);
  if (!standing.words.empty())
    tell(standing.is_missing ? "note" : "ok", kGraphName, standing.words);
}

}  // namespace

awaitable<int> check_servers(App& app, TellFinding tell) {
  auto checking_graph = check_graph(app, tell);
  co_await std::move(checking_graph);
  for (const PluginListing& listing : app.project().plugins()) {
    auto checking = check_plugin_of(app, listing, tell);
    co_await std::move(checking);
  }
  for (McpServers::One& one : app.plugin_loader().servers().all()) {
    auto checking = check_mcp(app, one, tell);
    co_await std::move(checking);
  }
  co_return kExitCompleted;
}

}  // namespace yoke
