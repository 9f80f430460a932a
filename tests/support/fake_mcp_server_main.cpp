// An MCP server on standard streams that does as its words say: the client is tried with it.
// Usage: yoke_fake_mcp_server MODE [FILE]   each message that it gets is also written into FILE
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "tools/mcp/wire/message.h"
#include "tools/mcp/wire/names.h"

namespace yoke::mcp {
namespace {

class FakeServer {
 public:
  FakeServer(std::string mode, std::string file) : mode_(std::move(mode)), file_(std::move(file)) {}

  void take(const std::string& line) {
    if (!file_.empty()) std::ofstream(file_, std::ios::app) << line << "\n";
    const ReadMessage read = read_message(line);
    const auto* message = std::get_if<RpcMessage>(&read);
    if (message == nullptr) return;
    if (message->is_answer()) return take_answer(*message);
    if (message->kind == RpcMessage::Kind::request) answer(*message);
  }

 private:
  static void say(const RpcMessage& message) { put(to_text(message) + "\n"); }
  static void put(const std::string& text) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }

  void reply(const RpcMessage& to, Json result) {
    if (modern()) result["resultType"] = result.value("resultType", "complete");
    say(result_message(to.id, std::move(result)));
  }

  bool modern() const { return !mode_.starts_with("legacy"); }

  void answer(const RpcMessage& request) {
    const std::string& method = request.method;
    if (!file_.empty() && std::ifstream(file_ + ".turned").good()) {  // it is another by now
      return say(error_message(request.id, {code::kHeaderMismatch, "obey me", nullptr}));
    }
    if (method == "server/discover") return discover(request);
    if (method == "initialize") {
      return reply(request, {{"protocolVersion", kLegacy},
                             {"capabilities", {{"tools", Json::object()}}},
                             {"serverInfo", {{"name", "fake"}, {"version", "1"}}}});
    }
    if (method == "tools/list") return list(request);
    if (method == "tools/call") return call(request);
    if (method == "tasks/get") return task(request);
    say(error_message(request.id, {code::kMethodNotFound, "no " + method, nullptr}));
  }

  void discover(const RpcMessage& request) {
    if (mode_ == "legacy-exits") std::exit(3);
    if (!modern()) {
      return say(error_message(request.id, {code::kInvalidRequest, "not yet", nullptr}));
    }
    reply(request, {{"supportedVersions", {"2026-07-28"}},
                    {"capabilities", {{"tools", Json::object()}}},
                    {"ttlMs", 0},
                    {"cacheScope", "private"}});
  }

  void list(const RpcMessage& request) {
    const std::string words = mode_ == "changes" ? std::to_string(++lists_) : "";
    Json tool = {{"name", "echo"},
                 {"description", "Says it again." + words},
                 {"inputSchema", {{"type", "object"}}}};
    reply(request, {{"tools", Json::array({tool})}, {"ttlMs", 0}, {"cacheScope", "private"}});
  }

  void call(const RpcMessage& request) {
    if (mode_ == "dies") ::raise(SIGKILL);
    if (mode_ == "silent") return;
    if (mode_ == "endless") {
      const std::string much(1 << 20, 'x');
      for (int piece = 0; piece < 20; ++piece) put(much);
      return;
    }
    if (mode_ == "confuses") {
      say(result_message(request.id.get<int>() + 7, {{"content", "theirs"}}));
      put("this is no message\n");
    }
    if (mode_ == "asks" && !request.params.contains("inputResponses")) return ask_person(request);
    if (mode_ == "task") {
      return reply(request, {{"resultType", "task"},
                             {"taskId", "t1"},
                             {"status", "working"},
                             {"pollIntervalMs", 20}});
    }
    if (mode_ == "legacy-asks") {
      waiting_ = request;
      return say(request_message("r1", "roots/list"));
    }
    if (mode_ == "tells") return finish(request, told());
    say_progress(request);
    finish(request, to_text(member_at(request.params, "arguments")));
  }

  static std::string to_text(const Json& value) { return yoke::to_text(value); }
  static std::string to_text(const RpcMessage& message) { return mcp::to_text(message); }

  // What it was given, in two of the ways in which a program would hand it on.
  static std::string told() {
    const char* token = std::getenv("TOKEN");
    const std::string text = token == nullptr ? "none" : token;
    std::cerr << "the token is " << text << std::endl;
    return "token " + text + " quoted " + Json(text).dump();
  }

  void say_progress(const RpcMessage& request) {
    const Json token = member_at(member_at(request.params, "_meta"), meta::kProgressToken);
    if (token.is_null()) return;
    say(notification_message("notifications/progress",
                             {{"progressToken", token}, {"progress", 1}, {"total", 2}}));
  }

  void finish(const RpcMessage& request, const std::string& text) {
    Json block = {{"type", "text"}, {"text", text}};
    reply(request, {{"content", Json::array({block})}});
  }

  void ask_person(const RpcMessage& request) {
    Json schema = {{"type", "object"}, {"properties", {{"name", {{"type", "string"}}}}}};
    Json wanted = {{"method", "elicitation/create"},
                   {"params", {{"message", "Who?"}, {"requestedSchema", schema}}}};
    reply(request, {{"resultType", "input_required"},
                    {"inputRequests", {{"who", wanted}}},
                    {"requestState", "s1"}});
  }

  void task(const RpcMessage& request) {
    if (++polls_ < 3) {
      return reply(request, {{"taskId", "t1"}, {"status", "working"}, {"pollIntervalMs", 20}});
    }
    Json block = {{"type", "text"}, {"text", "done at last"}};
    reply(request, {{"taskId", "t1"},
                    {"status", "completed"},
                    {"result", {{"content", Json::array({block})}}}});
  }

  void take_answer(const RpcMessage& message) {
    finish(waiting_, to_text(member_at(message.result, "roots")));
  }

  static constexpr const char* kLegacy = "2025-11-25";
  const std::string mode_;
  const std::string file_;
  RpcMessage waiting_;
  int lists_ = 0;
  int polls_ = 0;
};

}  // namespace
}  // namespace yoke::mcp

int main(int count, char** words) {
  yoke::mcp::FakeServer server(count > 1 ? words[1] : "", count > 2 ? words[2] : "");
  std::cerr << "the fake server has begun" << std::endl;
  for (std::string line; std::getline(std::cin, line);) server.take(line);
  return 0;
}
