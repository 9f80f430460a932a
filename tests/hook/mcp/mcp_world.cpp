#include "tests/hook/mcp/mcp_world.h"

#include "runtime/http/sse.h"
#include "tools/mcp/wire/header_value.h"

namespace yoke::testing {
namespace {

constexpr const char* kServe = R"toml(
[serve.mcp]
tools = ["words.*", "door.*"]
task_after = "2s"

[serve.mcp.tasks]
nap = "always"
)toml";

constexpr const char* kAsk = R"lua(return workflow {
  name = "ask", description = "Asks its client for a name.", input = { greeting = "string" },
  run = function(w, input)
    local said = w.tool("client.elicit", { key = "name", message = "Your name?", schema = {
      type = "object", properties = { name = { type = "string" } }, required = { "name" } } })
    return input.greeting .. ", " .. (said.content.name or said.action)
  end,
}
)lua";

constexpr const char* kPerson = R"lua(return workflow {
  name = "person", description = "Asks a person.",
  run = function(w)
    return "chose " .. w.ask { title = "Which one?", choices = { "left", "right" } }
  end,
}
)lua";

constexpr const char* kNap = R"lua(return workflow {
  name = "nap", description = "Sleeps.", input = { seconds = "integer" },
  run = function(w, input) w.sleep(input.seconds) return "slept" end,
}
)lua";

constexpr const char* kBrief = R"md(---
description: Asks for a summary.
arguments:
  topic:
    description: What about
    required: true
    values: [tea, trains]
---
Sum up {{topic}} in {{one}} line.
)md";

Files files() {
  return {{"workflows/ask.lua", kAsk},
          {"workflows/person.lua", kPerson},
          {"workflows/nap.lua", kNap},
          {"prompts/brief.md", kBrief}};
}

}  // namespace

McpWorld::McpWorld(const std::string& more_config)
    : McpWorld(std::make_shared<Held>(), more_config) {}

McpWorld::McpWorld(std::shared_ptr<Held> held, const std::string& more_config)
    : HookWorld(
          [held](Endpoints& endpoints, const HookServices& services) {
            held->mcp = McpEndpoint::make(services, "1.2.3").value();
            held->mcp->add(endpoints);
          },
          kServe + more_config, files()),
      held_(std::move(held)) {}

McpWorld::~McpWorld() { run(loop.io, held_->mcp->stop()); }

HttpResponse McpWorld::modern(const std::string& method, Json params, const Json& can,
                              HttpHeaders more) {
  params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
  params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = can;
  HttpHeaders headers{{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", method}};
  const std::optional<std::string> name = mcp::name_header_of(method, params);
  if (name) headers.add("Mcp-Name", mcp::to_header_value(*name));
  for (const auto& [key, value] : more) headers.set(key, value);
  const Json message{
      {"jsonrpc", "2.0"}, {"id", ++count_}, {"method", method}, {"params", std::move(params)}};
  return ask("POST", "/mcp", message, std::move(headers));
}

Json McpWorld::result(const std::string& method, Json params, const Json& can) {
  const HttpResponse response = modern(method, std::move(params), can);
  const Json message = message_in(response, count_);
  if (message.contains("error")) throw Fault(to_text(message["error"]));
  return message.at("result");
}

int McpWorld::code(const std::string& method, Json params, const Json& can) {
  const HttpResponse response = modern(method, std::move(params), can);
  const Json message = message_in(response, count_);
  return static_cast<int>(integer_at(member_at(message, "error"), "code"));
}

HttpResponse McpWorld::legacy(const Json& message, const std::string& session) {
  HttpHeaders headers{{"Accept", "application/json, text/event-stream"}};
  if (!session.empty()) {
    headers.add("Mcp-Session-Id", session);
    headers.add("MCP-Protocol-Version", "2025-11-25");
  }
  return ask("POST", "/mcp", message, std::move(headers));
}

std::string McpWorld::handshake(const Json& can) {
  const Json params{{"protocolVersion", "2025-11-25"},
                    {"capabilities", can},
                    {"clientInfo", {{"name", "test"}, {"version", "1"}}}};
  const HttpResponse response =
      legacy(Json{{"jsonrpc", "2.0"}, {"id", 0}, {"method", "initialize"}, {"params", params}}, "");
  if (response.status != 200) throw Fault(response.body);
  const std::string session(response.headers.get("Mcp-Session-Id"));
  legacy(Json{{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}}, session);
  return session;
}

void McpWorld::as(const std::string& tenant, const std::string& name) {
  gate.who = local_principal(name);
  gate.who.tenant = tenant;
}

RunRow McpWorld::row(const std::string& run_id) {
  return run(loop.io, app().store().get(run_id)).value();
}

Json message_in(const HttpResponse& response, const Json& id) {
  if (response.headers.get("Content-Type").starts_with("text/event-stream")) {
    SseParser parser;
    std::vector<SseEvent> events;
    parser.feed(response.body, events).value();
    for (const SseEvent& event : events) {
      const Result<Json> message = parse_json(event.data);
      const bool answers = message && member_at(*message, "id") == id;
      if (answers && !message->contains("method")) return *message;
    }
    return nullptr;
  }
  return parse_json(response.body).value();
}

std::string text_of_result(const Json& result) {
  return result.at("content").at(0).at("text").get<std::string>();
}

Json call_of(const std::string& tool, const Json& args) {
  return Json{{"name", tool}, {"arguments", args}};
}

}  // namespace yoke::testing
