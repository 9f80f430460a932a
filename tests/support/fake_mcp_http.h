#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/json.h"
#include "tests/support/mock_socket.h"

namespace yoke::testing {

// An MCP server of the modern era on loopback, whose tools answer with their arguments.
class FakeMcpHttp {
 public:
  // `tools`: as of tools/list.
  explicit FakeMcpHttp(Json tools)
      : tools_(std::move(tools)),
        server_([this](const MockRequest& request, MockConnection& connection) {
          return answer(request, connection);
        }) {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/mcp"; }
  void set_tools(Json tools) {
    const std::scoped_lock held(mutex_);
    tools_ = std::move(tools);
  }
  // What tools/call gives, instead of the arguments.
  void set_result(Json result) {
    const std::scoped_lock held(mutex_);
    result_ = std::move(result);
  }
  // The params of each tools/call.
  std::vector<Json> calls() const {
    const std::scoped_lock held(mutex_);
    return calls_;
  }
  // The Authorization of the last request.
  std::string shown() const {
    const std::scoped_lock held(mutex_);
    return shown_;
  }
  int connections() const { return server_.connections(); }

 private:
  static Json complete(Json result) {
    result["resultType"] = "complete";
    return result;
  }

  Json result_of(const std::string& method, const Json& params) {
    const Json kept = {{"ttlMs", 0}, {"cacheScope", "private"}};
    Json out = kept;
    if (method == "server/discover") {
      out["supportedVersions"] = {"2026-07-28"};
      out["capabilities"] = {{"tools", Json::object()}};
      return complete(out);
    }
    if (method == "tools/list") {
      out["tools"] = tools_;
      return complete(out);
    }
    if (method != "tools/call") return nullptr;
    calls_.push_back(params);
    if (!result_.is_null()) return complete(result_);
    const Json block = {{"type", "text"}, {"text", to_text(member_at(params, "arguments"))}};
    return complete({{"content", Json::array({block})}});
  }

  bool answer(const MockRequest& request, MockConnection& connection) {
    const Result<Json> message = parse_json(request.body);
    const Json& id = message ? member_at(*message, "id") : Json(nullptr);
    if (!message || id.is_null()) {
      return connection.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
    }
    Json said = {{"jsonrpc", "2.0"}, {"id", id}};
    {
      const std::scoped_lock held(mutex_);
      const auto shown = request.headers.find("authorization");
      shown_ = shown == request.headers.end() ? "" : shown->second;
      Json result = result_of(string_at(*message, "method"), member_at(*message, "params"));
      if (result.is_null()) {
        said["error"] = {{"code", -32601}, {"message", "no such method"}};
      } else {
        said["result"] = std::move(result);
      }
    }
    const std::string body = to_text(said);
    return connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  mutable std::mutex mutex_;
  Json tools_;
  Json result_ = nullptr;
  std::vector<Json> calls_;
  std::string shown_;
  MockServer server_;  // last: its threads use the others
};

inline Json mcp_tool_json(const std::string& name, const std::string& description) {
  const Json schema = {{"type", "object"}, {"properties", {{"text", {{"type", "string"}}}}}};
  return {{"name", name}, {"description", description}, {"inputSchema", schema}};
}

}  // namespace yoke::testing
