#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/plugins/fixture.h"
#include "tests/support/mock_socket.h"
#include "tests/support/test_loop.h"
#include "tools/plugins/plugin_tool.h"

// A plugin's functions as tools, asked of a server on this machine.
namespace yoke::testing {

struct PeerAnswer {
  int status = 200;
  std::string body = "{}";
  std::string type = "application/json";
  std::string headers = {};  // whole lines
};

// What a server saw of its requests, and what it answers.
class PluginPeer {
 public:
  using Answers = std::function<PeerAnswer(const MockRequest&)>;
  explicit PluginPeer(Answers answers);

  std::string origin() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::vector<MockRequest> seen() const;

 private:
  Answers answers_;
  mutable std::mutex mutex_;
  std::vector<MockRequest> seen_;
  MockServer server_;  // last: its threads use the others
};

// Puts a key or token where it is wanted; a token is renewed once it is refused.
class PeerCredentials final : public Credentials {
 public:
  explicit PeerCredentials(CredentialsWanted asked) : wanted(std::move(asked)) {}
  awaitable<Result<AuthorizedRequest>> authorize(HttpRequest request, std::string tenant,
                                                 Deadline deadline) override;
  awaitable<Result<bool>> refused(AuthorizationRefusal refusal, Deadline deadline) override;

  CredentialsWanted wanted;
  int edition = 1;
};

class PeerBook final : public CredentialsBook {
 public:
  Result<Credentials*> credentials_for(const CredentialsWanted& wanted) override;

  std::string missing;  // not empty: there are none, and this is why
  std::vector<std::unique_ptr<PeerCredentials>> given;
};

struct QuietContext final : CallContext {
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

// A loaded plugin whose servers are all the peer's, each with its own path.
class PluginBench {
 public:
  PluginBench(const PluginSource& source, const std::string& origin,
              std::vector<std::string> inside = {"127.0.0.1"});

  Tool& tool(const std::string& function);
  std::vector<std::string> tool_names();
  // Checks the arguments and makes the call.
  ToolOutcome call(const std::string& function, const Json& args);

  asio::io_context loop{1};
  HttpClient client{loop.get_executor()};
  PeerBook book;
  Plugin plugin;
  PluginFindings findings;
  PluginLimits limits;
  // What the MCP server of a runtime offers.
  std::function<McpOffer(const PluginMcpServer&)> mcp_offer;

 private:
  void make();

  std::string origin_;
  std::vector<HostPattern> inside_;
  bool made_ = false;
  std::vector<std::unique_ptr<Tool>> tools_;
};

// A plugin of one OpenAPI document, its manifest beside it.
PluginSource source_of(const std::string& manifest, const std::string& document);

}  // namespace yoke::testing
