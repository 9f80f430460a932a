// A thin driver over the program's own MCP client, for the conformance suite: meets the server
// whose URL is the last argument, then calls and reads what there is. `--hold PROGRAM ARGS…` starts
// a server, says its process, and keeps it until it is ended itself.
#include <boost/asio/executor_work_guard.hpp>
#include <cstdio>
#include <cstdlib>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "runtime/http/client.h"
#include "runtime/loop/asio.h"
#include "runtime/ports/call_wants.h"
#include "tools/broker/secrets.h"
#include "tools/mcp/listing.h"
#include "tools/mcp/server.h"
#include "tools/oauth/oauth_credentials.h"

namespace yoke::mcp {
namespace {

constexpr std::chrono::seconds kAll{25};

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Whoever is asked says yes, with nothing filled in; a model says the same to all.
class Obliging final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
  awaitable<CallAnswer> ask(CallQuestion) override {
    CallAnswer answer;
    answer.action = CallAnswer::Action::accept;
    answer.value = Json::object();
    co_return answer;
  }
  awaitable<SampleReply> sample(CallSample) override {
    SampleReply reply;
    reply.message = user_message("a sampled answer");
    reply.message.role = Role::assistant;
    reply.model = "scripted";
    co_return reply;
  }
};

// A value that the schema's type has, the first of an enum, its default.
Json some_value(const Json& schema) {
  if (schema.contains("default")) return schema["default"];
  if (member_at(schema, "enum").is_array()) return schema["enum"][0];
  const std::string type = string_at(schema, "type");
  if (type == "integer" || type == "number") return 1;
  if (type == "boolean") return true;
  if (type == "array") return Json::array();
  if (type == "object") return Json::object();
  return "test";
}

Json some_args(const Json& schema) {
  Json args = Json::object();
  for (const auto& [name, field] : member_at(schema, "properties").items()) {
    args[name] = some_value(field);
  }
  return args;
}

Json items_of(const Result<Json>& list) { return list ? *list : Json(Json::array()); }

class Drive {
 public:
  explicit Drive(McpServer& server) : server_(server) {}

  awaitable<int> run() {
    const Deadline end = LoopClock::now() + kAll;
    auto meeting = server_.meet(end);
    const Result<void> met = co_await std::move(meeting);
    if (!met) {
      std::fprintf(stderr, "%s\n", met.error().message().c_str());
      co_return 1;
    }
    for (const std::string& why : server_.listing().left_out) {
      std::fprintf(stderr, "left out: %s\n", why.c_str());
    }
    const Result<Json> context = parse_json(from_environment("MCP_CONFORMANCE_CONTEXT"));
    const Json wanted = member_at(context ? *context : Json(), "toolCalls");
    if (wanted.is_array()) {
      for (const Json& one : wanted) {
        auto work = call(string_at(one, "name"), member_at(one, "arguments"));
        co_await std::move(work);
      }
    } else {
      const ToolListing listing = server_.listing();
      for (const ListedTool& tool : listing.tools) {
        auto work = call(tool.name, some_args(tool.input_schema));
        co_await std::move(work);
      }
    }
    auto reading = read_all(end);
    co_await std::move(reading);
    auto stopping = server_.stop(end);
    co_await std::move(stopping);
    co_return 0;
  }

 private:
  awaitable<void> call(std::string name, Json args) {
    const ListedTool* tool = server_.listing().find(name);
    if (tool == nullptr) co_return;
    ServerAsk ask;
    ask.method = "tools/call";
    ask.params = {{"name", name}, {"arguments", std::move(args)}};
    ask.mirrored = tool->mirrored;
    auto work = tell(std::move(ask));
    co_await std::move(work);
  }

  awaitable<void> read_all(Deadline end) {
    const ServerCapabilities can = server_.memory()->self.capabilities;
    if (can.resources) {
      auto listing = server_.list("resources/list", "resources", end);
      const Result<Json> all = co_await std::move(listing);
      for (const Json& one : items_of(all)) {
        ServerAsk ask;
        ask.method = "resources/read";
        ask.params = {{"uri", string_at(one, "uri")}};
        auto work = tell(std::move(ask));
        co_await std::move(work);
      }
    }
    if (!can.prompts) co_return;
    auto listing = server_.list("prompts/list", "prompts", end);
    const Result<Json> all = co_await std::move(listing);
    for (const Json& one : items_of(all)) {
      ServerAsk ask;
      ask.method = "prompts/get";
      ask.params = {{"name", string_at(one, "name")}};
      auto work = tell(std::move(ask));
      co_await std::move(work);
    }
  }

  awaitable<void> tell(ServerAsk ask) {
    const std::string what = ask.method + " " + yoke::to_text(ask.params);
    ask.context = &context_;
    ask.time = std::make_shared<CallTime>();
    ask.time->until = LoopClock::now() + kAll;
    auto work = server_.ask(std::move(ask));
    const ServerReply reply = co_await std::move(work);
    const std::string came = reply.kind == ServerReply::Kind::result ? yoke::to_text(reply.result)
                                                                     : "failed: " + describe(reply);
    std::printf("%s\n  %s\n", shorten(what, 300).c_str(), shorten(came, 300).c_str());
  }

  McpServer& server_;
  Obliging context_;
};

// Sign-ins that end with this process.
class ShelfInMemory final : public TokenShelf {
 public:
  awaitable<Result<std::optional<Secret>>> take(std::string, std::string name) override {
    const auto found = texts_.find(name);
    std::optional<Secret> text;
    if (found != texts_.end()) text = found->second;
    co_return text;
  }
  awaitable<Result<void>> put(std::string, std::string name, Secret text) override {
    texts_[name] = std::move(text);
    co_return Result<void>();
  }
  awaitable<Result<void>> remove(std::string, std::string name) override {
    texts_.erase(name);
    co_return Result<void>();
  }
  awaitable<Result<std::unique_ptr<Hold>>> hold(std::string, std::string, Deadline) override {
    std::unique_ptr<Hold> held = std::make_unique<Hold>();
    co_return held;
  }

 private:
  std::map<std::string, Secret> texts_;
};

// What the suite hands over beside the URL.
class GivenSecrets final : public SecretSource {
 public:
  explicit GivenSecrets(const Json& context) : context_(context) {}
  Result<Secret> secret(std::string_view name, const ToolRequest&) override {
    return Secret(string_at(context_, name));
  }

 private:
  const Json context_;
};

OAuthSettings sign_in_settings(const std::string& url, const Json& context) {
  OAuthSettings settings;
  settings.name = "mcp/conformance";
  settings.section = "[mcp.conformance.auth]";
  settings.login = "yoke mcp login conformance";
  settings.service_url = url;
  settings.client_document = "https://conformance-test.local/client-metadata.json";
  settings.client_id = string_at(context, "client_id");
  if (context.contains("client_secret")) settings.client_secret = "client_secret";
  settings.issuer = string_at(context, "issuer");
  const bool alone = from_environment("MCP_CONFORMANCE_SCENARIO").starts_with("auth/client-cred");
  if (alone) settings.grant = OAuthSettings::Grant::client_credentials;
  if (context.contains("private_key_pem")) {
    settings.private_key = "private_key_pem";
    settings.key_algorithm = string_at(context, "signing_algorithm");
    settings.proof = ClientProof::private_key;
  }
  return settings;
}

int drive(const std::string& url) {
  asio::io_context io{1};
  HttpClient http(io.get_executor());
  const Result<Json> given = parse_json(from_environment("MCP_CONFORMANCE_CONTEXT"));
  const Json context = given ? *given : Json(Json::object());
  ShelfInMemory shelf;
  GivenSecrets secrets(context);
  SystemWallClock wall;
  SystemRandom random;
  const std::unique_ptr<Consent> consent = unattended_consent(http);
  OAuthServices of_sign_in{http, shelf, secrets, wall, random, consent.get()};
  OAuthCredentials credentials(sign_in_settings(url, context), of_sign_in);
  McpServer::Services services;
  services.executor = io.get_executor();
  services.http = &http;
  services.credentials = &credentials;
  services.client = {"yoke", "test"};
  ServerSettings settings;
  settings.name = "conformance";
  settings.url = url;
  settings.sampling = Sampling::allow;
  std::optional<ServerMemory> known;
  const std::string version = from_environment("MCP_CONFORMANCE_PROTOCOL_VERSION");
  if (era_of(version)) known = ServerMemory{identity_of(settings), version, {}, Json::array()};
  McpServer server(std::move(services), settings, std::move(known));
  Drive driver(server);
  int status = 1;
  auto work = driver.run();
  asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& failure, int came) {
    status = failure ? 1 : came;
    io.stop();
  });
  io.run();
  return status;
}

// What a host is that is killed while it has a server.
int hold(std::vector<std::string> command) {
  asio::io_context io{1};
  McpServer::Services services;
  services.executor = io.get_executor();
  services.client = {"yoke", "test"};
  ServerSettings settings;
  settings.name = "held";
  settings.command = std::move(command);
  settings.dir = "/";
  settings.env = {{"PATH", from_environment("PATH")}};
  McpServer server(std::move(services), settings, std::nullopt);
  auto work = server.meet(LoopClock::now() + kAll);
  asio::co_spawn(io, std::move(work), [&](const std::exception_ptr&, const Result<void>& met) {
    const std::string says = met ? std::to_string(server.pid()) : met.error().message();
    std::puts(says.c_str());
    std::fflush(stdout);
    if (!met) io.stop();
  });
  const auto forever = asio::make_work_guard(io);
  io.run();
  return 1;
}

}  // namespace
}  // namespace yoke::mcp

int main(int count, char** words) {
  if (count < 2) return 2;
  if (std::string(words[1]) == "--hold") return yoke::mcp::hold({words + 2, words + count});
  return yoke::mcp::drive(words[count - 1]);
}
