#include "hosts/app/plugin_servers.h"

#include <algorithm>
#include <set>

#include "hosts/app/mcp_servers.h"
#include "hosts/app/plugin_loader.h"
#include "hosts/app/private_places.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

using ServerVerdict = PluginFinding::Verdict;

constexpr std::size_t kMarkDigits = 8;

bool is_wanted(const PluginConfig& settings, const std::string& function) {
  return std::ranges::any_of(settings.functions,
                             [&](const std::string& glob) { return glob_match(glob, function); });
}

bool has_documents(const Plugin& plugin) {
  return std::ranges::any_of(plugin.manifest.runtimes, [](const PluginRuntime& runtime) {
    return runtime.kind == PluginRuntime::Kind::open_api;
  });
}

// What names itself as a plugin of yoke.toml does gets none of what was taken of that one's server.
std::string server_name_of(const Plugin& plugin, const PluginConfig& settings, std::size_t number) {
  const std::string name = plugin_server_name(plugin.name, number);
  if (!settings.name.empty()) return name;
  const std::string mark = to_hex(sha256(plugin.mcp_servers[number].url));
  return name + "-" + mark.substr(0, kMarkDigits);
}

// Makes the tools of one server.
class ServerFunctions {
 public:
  ServerFunctions(McpServers& servers, const Plugin& plugin, const PluginConfig& settings,
                  const PluginHome& home, std::size_t number, PluginFindings& findings)
      : servers_(servers),
        plugin_(plugin),
        settings_(settings),
        home_(home),
        runs_(plugin.mcp_servers[number]),
        runtime_(plugin.manifest.runtimes[runs_.runtime]),
        name_(server_name_of(plugin, settings, number)),
        findings_(findings) {}

  std::vector<std::unique_ptr<DataHandlingTool>> make() {
    const Result<mcp::McpServer*> server = known();
    if (!server) {
      put(server.error().message());
      return {};
    }
    McpOffer offer;
    offer_described(**server, offer);
    offer_remembered(**server, offer);
    return make_mcp_functions(plugin_, runs_, std::move(offer), PluginLimits{}, findings_);
  }

 private:
  void put(std::string text) {
    findings_.push_back(
        {ServerVerdict::error, plugin_.manifest.file, runtime_.pointer, std::move(text), false});
  }
  bool is_here(const PluginFunction& function) const { return function.runtime == runs_.runtime; }

  Result<mcp::McpServer*> known() {
    McpServers::OfPlugin wanted;
    wanted.plugin = plugin_.name;
    wanted.name = name_;
    wanted.url = runs_.url;
    if (!settings_.base_url.empty() && !has_documents(plugin_)) wanted.url = settings_.base_url;
    wanted.credentials = runs_.credentials;
    const Result<Url> url = parse_url(wanted.url);
    if (url) wanted.credentials.origins = {url->origin()};
    wanted.credentials.url = wanted.url;
    wanted.credentials.package = home_.file;
    wanted.credentials.package_hash = home_.hash;
    const bool is_written = wanted.url == settings_.base_url;
    wanted.credentials.origins_are_said = is_written;
    const PlaceRule rule{is_written, settings_.allow_private,
                         is_written ? "allow_private in the plugin's section of yoke.toml"
                                    : "base_url in the plugin's section of yoke.toml"};
    Result<PermitAddress> permit = permit_for(wanted.url, rule);
    if (!permit) return permit.error();
    wanted.permit_address = std::move(*permit);
    if (!runtime_.for_all) wanted.tools = runtime_.functions;
    for (const PluginFunction& function : plugin_.functions) {
      if (is_here(function) && function.mcp.input_schema.is_object()) {
        wanted.described.insert(function.name);
      }
    }
    return servers_.of_plugin(std::move(wanted));
  }

  // A server that was met and no longer has the tool is told of as one that never had it.
  void offer_described(mcp::McpServer& server, McpOffer& offer) {
    Json array = Json::array();
    for (const PluginFunction& function : plugin_.functions) {
      const bool described = is_here(function) && function.mcp.input_schema.is_object();
      const bool gone =
          server.memory() != nullptr && server.listing().find(function.name) == nullptr;
      if (!described || gone) continue;
      array.push_back({{"name", function.name},
                       {"description", function.mcp.description},
                       {"inputSchema", function.mcp.input_schema}});
    }
    std::vector<std::string> problems;
    take(mcp::described_tools(server, array, problems), offer);
    for (const std::string& problem : problems) put(problem);
  }

  void offer_remembered(mcp::McpServer& server, McpOffer& offer) {
    offer.is_whole = server.memory() != nullptr;
    const auto undescribed = [&](const PluginFunction& function) {
      return is_here(function) && !function.mcp.input_schema.is_object();
    };
    if (!runs_.is_dynamic && std::ranges::none_of(plugin_.functions, undescribed)) return;
    if (!offer.is_whole) {
      put("its MCP server was never met, so that its tools are not known: run `yoke mcp check " +
          name_ + "` to look at them");
      return;
    }
    std::vector<std::string> problems;
    take(mcp::tools_of(server, servers_.pins(), problems), offer);
    for (const std::string& problem : problems) put(problem);
  }

  // What is described stands before what is remembered.
  void take(std::vector<std::unique_ptr<Tool>> tools, McpOffer& offer) {
    for (std::unique_ptr<Tool>& tool : tools) {
      const auto* listed = dynamic_cast<const mcp::McpTool*>(tool.get());
      if (listed == nullptr || !is_wanted(settings_, listed->listed().name)) continue;
      std::string name = listed->listed().name;
      if (names_.insert(name).second) offer.tools.push_back({std::move(name), std::move(tool)});
    }
  }

  McpServers& servers_;
  const Plugin& plugin_;
  const PluginConfig& settings_;
  const PluginHome& home_;
  const PluginMcpServer& runs_;
  const PluginRuntime& runtime_;
  const std::string name_;
  PluginFindings& findings_;
  std::set<std::string> names_;
};

}  // namespace

std::string plugin_server_name(const std::string& plugin, std::size_t number) {
  return "plugin-" + plugin + (number == 0 ? "" : "-" + std::to_string(number + 1));
}

std::vector<std::unique_ptr<Tool>> mcp_functions_of(McpServers& servers, const Plugin& plugin,
                                                    const PluginConfig& settings,
                                                    const PluginHome& home,
                                                    PluginFindings& findings) {
  Plugin wanted = plugin;  // what the operator leaves out is not missed
  std::erase_if(wanted.functions, [&](const PluginFunction& function) {
    return !is_wanted(settings, function.name);
  });
  std::vector<std::unique_ptr<Tool>> tools;
  for (std::size_t number = 0; number < wanted.mcp_servers.size(); ++number) {
    auto made = ServerFunctions(servers, wanted, settings, home, number, findings).make();
    for (auto& tool : made) tools.push_back(std::move(tool));
  }
  return tools;
}

}  // namespace yoke
