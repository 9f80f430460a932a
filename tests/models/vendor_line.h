#pragma once

#include <string>
#include <vector>

#include "models/router.h"
#include "runtime/http/client.h"
#include "tests/models/fake_sender.h"
#include "tests/support/mock_vendor.h"
#include "tests/support/test_loop.h"

namespace yoke {

// A router over real sockets, and one conversation that goes over its targets.
struct VendorLine {
  asio::io_context io{1};
  HttpClient client{io.get_executor()};
  ClientSender sender{client};
  FixedRandom random;
  FixedWall wall;
  ModelsConfig config;
  ModelRequest request;
  std::unique_ptr<Router> router;
  Deltas deltas;

  BackendSettings& backend(const std::string& name, const std::string& preset,
                           const std::string& base_url, Json body = Json::object()) {
    BackendSettings& settings = config.backends[name];
    settings.preset = preset;
    settings.base_url = base_url;
    settings.api_key = Secret("key-of-" + name);
    settings.extra_body = std::move(body);
    settings.retry.attempts_max = 1;
    return settings;
  }

  ModelOutcome ask(const std::string& target, bool streams) {
    if (!router) {
      const ModelServices services{sender, random, wall};
      router = std::move(make_router(config, services).value());
    }
    ModelRequest asked = request;
    asked.target = target;
    DeltaSink sink;
    if (streams) sink = deltas.sink();
    return run(io, router->call(std::move(asked), kNoDeadline, std::move(sink)));
  }

  // Asks, keeps the answer in the conversation, and answers its calls.
  ModelReply step(const std::string& target, bool streams) {
    const ModelOutcome outcome = ask(target, streams);
    ModelReply reply = reply_in(outcome);
    request.messages.push_back(reply.message);
    for (const ToolCallPart& call : calls_in(reply.message)) {
      request.messages.push_back(tool_result(call.id, call.name, "result of " + call.name));
    }
    return reply;
  }
};

// A turn that thinks and calls a tool.
inline testing::VendorTurn calling(std::string tool, std::string args = "{}") {
  testing::VendorTurn turn;
  turn.thinking = {"I need " + tool + " for that."};
  turn.calls.push_back({"", std::move(tool), std::move(args)});
  return turn;
}

inline testing::VendorTurn saying(std::string text) {
  testing::VendorTurn turn;
  turn.text = std::move(text);
  return turn;
}

// The turns one after the other; the last one again and again.
inline testing::VendorScript in_turn(std::vector<testing::VendorTurn> turns) {
  return [turns = std::move(turns), next = std::size_t{0}](const Json&, int) mutable {
    const std::size_t at = std::min(next++, turns.size() - 1);
    return turns[at];
  };
}

}  // namespace yoke
