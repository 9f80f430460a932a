#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/router.h"
#include "tests/models/fake_scripts.h"
#include "tests/models/fake_sender.h"
#include "tests/support/test_loop.h"

namespace yoke {

// Servers a, b and c with one model each, and the route "r" over some of them, in virtual time. One
// token costs a nano-dollar at each, in and out, unless a test says otherwise.
struct RouteWorld {
  FakeSender sender;
  SeededRandom random{1};
  FixedWall wall;
  FakeScripts scripts;
  ModelsConfig config;
  Deltas deltas;
  ModelRequest request = hello("r");
  std::unique_ptr<Router> router;
  TestLoop loop;

  explicit RouteWorld(std::string strategy, std::vector<std::string> names = {"a", "b"}) {
    RouteSettings& route = config.routes["r"];
    route.strategy = std::move(strategy);
    for (const std::string& name : names) {
      BackendSettings& server = config.backends[name];
      server.preset = "openai-compatible";
      server.base_url = "http://" + name + ".example/v1";
      server.retry.attempts_max = 1;
      server.prices["*"] = Price{1'000'000, 0, 0, 1'000'000};
      route.targets.push_back(name + "/m");
    }
    request.output_tokens_max = 100;
  }

  RouteSettings& route() { return config.routes["r"]; }
  void price(const std::string& name, NanoUsd a_million) {
    config.backends[name].prices["*"] = Price{a_million, 0, 0, a_million};
  }
  void open() {
    const ModelServices services{sender, random, wall, &scripts};
    if (!router) router = make_router(config, services).value();
  }
  ModelOutcome call(bool streams = false) {
    Started<ModelOutcome> started;
    start(started, streams);
    for (int step = 0; step < 3000 && !started.ended(); ++step) {
      loop.advance(std::chrono::milliseconds(10));
    }
    return started.value();
  }
  void start(Started<ModelOutcome>& started, bool streams = false) {
    open();
    DeltaSink sink;
    if (streams) sink = deltas.sink();
    started.on(loop.io, router->call(request, kNoDeadline, sink));
    loop.settle();
  }
  // Whom the requests went to: "aab".
  std::string asked() const {
    std::string names;
    for (const HttpRequest& one : sender.sent) names += one.url.substr(7, 1);
    return names;
  }
  ModelEstimate estimate() {
    open();
    return router->estimate(request).value();
  }
};

inline const std::vector<ModelTry>& tries_of(const ModelOutcome& outcome) {
  if (const auto* reply = std::get_if<ModelReply>(&outcome)) return reply->route.tries;
  return std::get<ModelFailure>(outcome).route.tries;
}

// A stream that says so, in one piece.
inline FakeSender::Answer streamed(const std::string& text) {
  return FakeSender::stream(
      {R"({"choices":[{"delta":{"content":")" + text + R"("},"finish_reason":"stop"}]})",
       R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":1}})", "[DONE]"});
}

}  // namespace yoke
