#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/http/client.h"
#include "tests/graph/fake_graph.h"
#include "tests/support/test_loop.h"
#include "tools/graph/graph_tools.h"
#include "tools/oauth/credentials.h"

namespace yoke::testing {

// Shows one token to whatever is asked.
class OneToken final : public Credentials {
 public:
  awaitable<Result<AuthorizedRequest>> authorize(HttpRequest request, std::string,
                                                 Deadline) override {
    AuthorizedRequest out;
    request.headers.set("Authorization", "Bearer " + token);
    out.request = std::move(request);
    out.secrets.emplace_back(token);
    co_return out;
  }
  awaitable<Result<bool>> refused(AuthorizationRefusal, Deadline) override { co_return false; }

  std::string token = "token-of-ada";
};

struct NobodyAsks final : CallContext {
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

// Tools over a fake service, for one grant.
class GraphBench {
 public:
  GraphBench() { graph.tokens["token-of-ada"] = {"all"}; }

  void grant(const GraphGrant& given);
  Tool& tool(const std::string& name);
  // Checks the arguments and makes the call.
  ToolOutcome call(const std::string& name, const Json& args);
  // The value, as text; of a call that failed its message.
  std::string said(const std::string& name, const Json& args);

  FakeGraph graph;
  asio::io_context loop{1};
  HttpClient client{loop.get_executor()};
  OneToken credentials;
  GraphLimits limits;

 private:
  std::vector<std::unique_ptr<Tool>> tools_;
};

bool tells_of(const std::string& text, const std::string& part);

// Some organisation: files, people, mail, conversations, meetings and tickets.
void fill_organisation(FakeGraph& graph);

}  // namespace yoke::testing
