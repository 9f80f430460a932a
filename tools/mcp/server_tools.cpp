#include "tools/mcp/server_tools.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/schema/schema.h"
#include "tools/mcp/mcp_tool.h"
#include "tools/mcp/wire/content.h"

namespace yoke::mcp {
namespace {

struct ServerVerb {
  const char* name;
  const char* description;
  const char* schema;
};

constexpr ServerVerb kListResources = {
    "list_resources", "Lists what can be read at the MCP server: resources, and templates of them.",
    R"({"type":"object","properties":{},"additionalProperties":false})"};
constexpr ServerVerb kReadResource = {
    "read_resource", "Reads one resource of the MCP server by its address.",
    R"({"type":"object","properties":{"uri":{"type":"string","minLength":1}},)"
    R"("required":["uri"],"additionalProperties":false})"};
constexpr ServerVerb kListPrompts = {
    "list_prompts", "Lists the prompts that the MCP server has prepared, with their arguments.",
    R"({"type":"object","properties":{},"additionalProperties":false})"};
constexpr ServerVerb kGetPrompt = {
    "get_prompt", "Gets one prepared prompt of the MCP server, filled in.",
    R"({"type":"object","properties":{"name":{"type":"string","minLength":1},)"
    R"("arguments":{"type":"object","additionalProperties":{"type":"string"}}},)"
    R"("required":["name"],"additionalProperties":false})"};

// One of the above. Reads, and needs no pin: what it says of itself is ours.
class ServerTool final : public Tool {
 public:
  ServerTool(McpServer& server, const ServerVerb& verb, std::shared_ptr<const Schema> input,
             const Json& schema)
      : server_(server), verb_(verb.name), input_(std::move(input)) {
    const ServerSettings& settings = server.settings();
    spec_.name = tool_name_for(settings.name, verb.name);
    spec_.description = verb.description;
    spec_.input_schema = schema;
    spec_.effect = Effect::read;
    spec_.timeout = settings.timeout;
    spec_.origin = "mcp:" + settings.name;
  }

  const ToolSpec& spec() const override { return spec_; }

  Result<Json> check(const Json& args) const override {
    Json given = args.is_null() || (args.is_array() && args.empty()) ? Json(Json::object()) : args;
    const std::vector<SchemaError> errors = input_->check(given);
    if (errors.empty()) return given;
    return Error{Errc::invalid, "the arguments do not fit " + spec_.name + ": " + describe(errors)};
  }

  awaitable<ToolOutcome> call(ToolRequest request, CallContext& context) override {
    if (verb_ == kListResources.name || verb_ == kListPrompts.name) {
      auto listing = list(std::move(request));
      co_return co_await std::move(listing);
    }
    ServerAsk ask;
    ask.method = verb_ == kReadResource.name ? "resources/read" : "prompts/get";
    ask.params = request.args;
    ask.context = &context;
    ask.tenant = request.tenant;
    ask.time = std::make_shared<CallTime>();
    ask.time->until = request.deadline;
    auto work = server_.ask(std::move(ask));
    const ServerReply reply = co_await std::move(work);
    ToolOutcome out = outcome_of(reply, server_.settings().name, server_.settings().login);
    if (out.outcome == Outcome::ok) out.value = read_value(reply.result);
    co_return out;
  }

  awaitable<ProbeOutcome> probe(ToolRequest, CallContext&) override { co_return ProbeOutcome{}; }

 private:
  awaitable<ToolOutcome> list(ToolRequest request) {
    const bool prompts = verb_ == kListPrompts.name;
    const std::string member = prompts ? "prompts" : "resources";
    ToolOutcome out;
    auto listing = server_.list(member + "/list", member, request.deadline, request.tenant);
    const Result<Json> all = co_await std::move(listing);
    if (!all) {
      out.outcome = Outcome::error;
      out.message = all.error().message();
      co_return out;
    }
    out.value = Json{{member, *all}};
    if (prompts) co_return out;
    auto more = server_.list("resources/templates/list", "resourceTemplates", request.deadline,
                             request.tenant);
    const Result<Json> templates = co_await std::move(more);
    if (templates && !templates->empty()) out.value["templates"] = *templates;
    co_return out;
  }

  static Json shown(const Json& block) {
    Json value = block;
    if (!string_at(block, "blob").empty()) {
      value.erase("blob");
      value["bytes"] = string_at(block, "blob").size() / 4 * 3;
    }
    return value;
  }

  // Bytes say nothing to a model that reads.
  Json read_value(const Json& result) const {
    Json out = Json::object();
    if (verb_ == kReadResource.name) {
      for (const Json& one : member_at(result, "contents")) out["contents"].push_back(shown(one));
      return out;
    }
    for (const Json& message : member_at(result, "messages")) {
      Json& said = out["messages"].emplace_back(Json{{"role", string_at(message, "role")}});
      for (const ContentBlock& block : contents_from_json(member_at(message, "content"))) {
        said["text"] = string_at(said, "text") + text_of(block);
      }
    }
    return out;
  }

  McpServer& server_;
  const std::string verb_;
  const std::shared_ptr<const Schema> input_;  // shared with nobody else; immutable
  ToolSpec spec_;
};

void add_verb(McpServer& server, const ServerVerb& verb,
              std::vector<std::unique_ptr<Tool>>& tools) {
  if (server.listing().find(verb.name) != nullptr) return;
  const Result<Json> schema = parse_json(verb.schema);
  const auto input = Schema::compile(*schema);
  tools.push_back(std::make_unique<ServerTool>(server, verb, *input, *schema));
}

}  // namespace

void add_server_tools(McpServer& server, std::vector<std::unique_ptr<Tool>>& tools) {
  if (server.memory() == nullptr) return;
  const ServerCapabilities& can = server.memory()->self.capabilities;
  if (can.resources) {
    add_verb(server, kListResources, tools);
    add_verb(server, kReadResource, tools);
  }
  if (can.prompts) {
    add_verb(server, kListPrompts, tools);
    add_verb(server, kGetPrompt, tools);
  }
}

}  // namespace yoke::mcp
