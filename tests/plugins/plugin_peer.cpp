#include "tests/plugins/plugin_peer.h"

#include <algorithm>

#include "runtime/http/url.h"
#include "tools/openapi/document.h"

namespace yoke::testing {

PluginPeer::PluginPeer(Answers answers)
    : answers_(std::move(answers)),
      server_([this](const MockRequest& request, MockConnection& connection) {
        PeerAnswer answer;
        {
          const std::scoped_lock lock(mutex_);
          seen_.push_back(request);
          answer = answers_(request);
        }
        return connection.send("HTTP/1.1 " + std::to_string(answer.status) +
                               " X\r\nContent-Type: " + answer.type + "\r\n" + answer.headers +
                               "Content-Length: " + std::to_string(answer.body.size()) +
                               "\r\n\r\n" + answer.body);
      }) {}

std::vector<MockRequest> PluginPeer::seen() const {
  const std::scoped_lock lock(mutex_);
  return seen_;
}

awaitable<Result<AuthorizedRequest>> PeerCredentials::authorize(HttpRequest request, std::string,
                                                                Deadline) {
  AuthorizedRequest out;
  out.edition = static_cast<std::uint64_t>(edition);
  const std::string value = "the-secret-" + std::to_string(edition);
  if (wanted.kind == CredentialsWanted::Kind::api_key && wanted.key.in == ApiKeyPlace::In::query) {
    request.url +=
        (request.url.find('?') == std::string::npos ? "?" : "&") + wanted.key.name + "=" + value;
  } else if (wanted.kind == CredentialsWanted::Kind::api_key) {
    request.headers.set(wanted.key.name, wanted.key.prefix + value);
  } else if (wanted.kind != CredentialsWanted::Kind::none) {
    request.headers.set("Authorization", "Bearer " + value);
  }
  out.request = std::move(request);
  out.secrets.emplace_back(value);
  co_return out;
}

awaitable<Result<bool>> PeerCredentials::refused(AuthorizationRefusal refusal, Deadline) {
  const bool renewable = wanted.kind == CredentialsWanted::Kind::oauth && edition == 1;
  if (renewable && refusal.status == 401) ++edition;
  co_return renewable;
}

Result<Credentials*> PeerBook::credentials_for(const CredentialsWanted& wanted) {
  if (!missing.empty()) return Error{Errc::not_found, missing};
  given.push_back(std::make_unique<PeerCredentials>(wanted));
  return given.back().get();
}

PluginBench::PluginBench(const PluginSource& source, const std::string& origin,
                         std::vector<std::string> inside)
    : origin_(origin) {
  Result<Plugin> loaded = load_plugin(source);
  if (!loaded) FAIL(loaded.error().message());
  plugin = std::move(*loaded);
  for (const std::string& pattern : inside) inside_.push_back(*parse_host_pattern(pattern));
}

void PluginBench::make() {
  if (std::exchange(made_, true)) return;
  PluginServices services{client, book};
  services.inside = inside_;
  services.limits = limits;
  if (!origin_.empty()) {
    services.choose_server = [origin = origin_](const openapi::Operation& operation) {
      if (operation.servers.empty()) return origin;
      const Result<std::string> whole = openapi::server_url(operation.servers.front());
      const Result<Url> url = whole ? parse_url(*whole) : whole.error();
      return url ? origin + (url->target == "/" ? "" : url->target) : origin;
    };
  }
  for (const PluginFunction& function : plugin.functions) {
    if (function.operation == nullptr) continue;
    Result<std::unique_ptr<PluginTool>> made = PluginTool::make(plugin, function, services);
    if (!made) FAIL(made.error().message());
    tools_.push_back(std::move(*made));
  }
  for (const PluginMcpServer& server : plugin.mcp_servers) {
    auto made = make_mcp_functions(plugin, server, mcp_offer(server), limits, findings);
    for (auto& tool : made) tools_.push_back(std::move(tool));
  }
}

Tool& PluginBench::tool(const std::string& function) {
  make();
  const std::string name = plugin_tool_name(plugin.name, function);
  for (const auto& tool : tools_) {
    if (tool->spec().name == name) return *tool;
  }
  FAIL("no tool " + name + "; findings:\n" + lines_of(plugin.findings) + lines_of(findings));
  return *tools_.front();
}

std::vector<std::string> PluginBench::tool_names() {
  make();
  std::vector<std::string> names;
  for (const auto& tool : tools_) names.push_back(tool->spec().name);
  return names;
}

ToolOutcome PluginBench::call(const std::string& function, const Json& args) {
  Tool& asked = tool(function);
  const Result<Json> checked = asked.check(args);
  if (!checked) FAIL(checked.error().message());
  ToolRequest request;
  request.tool = asked.spec().name;
  request.args = *checked;
  request.deadline = LoopClock::now() + std::chrono::seconds(20);
  QuietContext context;
  auto calling = asked.call(std::move(request), context);
  return run(loop, std::move(calling));
}

PluginSource source_of(const std::string& manifest, const std::string& document) {
  PluginSource source;
  source.name = "shop";
  source.file = "ai-plugin.json";
  source.package = Package::from_files({{"ai-plugin.json", manifest}, {"api.yml", document}});
  return source;
}

}  // namespace yoke::testing
