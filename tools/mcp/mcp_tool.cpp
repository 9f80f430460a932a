#include "tools/mcp/mcp_tool.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/journal/shown_value.h"
#include "tools/mcp/server_tools.h"
#include "tools/mcp/wire/content.h"

namespace yoke::mcp {
namespace {

constexpr std::size_t kErrorTextMax = 16'000;

ToolOutcome failed_outcome(Outcome kind, std::string why) {
  ToolOutcome out;
  out.outcome = kind;
  out.message = std::move(why);
  return out;
}

// Before anything was asked of the server: the words are ours alone.
ToolOutcome refused_by_us(Outcome kind, std::string why) {
  ToolOutcome out = failed_outcome(kind, std::move(why));
  out.label = kTrustedPrivate;
  return out;
}

std::string all_text(const std::vector<ContentBlock>& blocks) {
  std::vector<std::string> texts;
  for (const ContentBlock& block : blocks) texts.push_back(text_of(block));
  return join(texts, "\n");
}

// Bytes say nothing to a model that reads: what they are is told in their place. Images that a
// model can be shown stay what they are, as far as there is `room` for them.
Json block_value(const ContentBlock& block, std::size_t& room) {
  if (block.data.empty()) return to_json(block);
  const std::size_t bytes = block.data.size() / 4 * 3;
  const bool seen = block.kind != ContentBlock::Kind::audio && bytes <= room &&
                    is_shown_image(block.media_type, block.data);
  if (seen) {
    room -= bytes;
    Json image{{"type", "image"}, {"data", block.data}, {"mimeType", block.media_type}};
    if (!block.uri.empty()) image["uri"] = block.uri;
    return image;
  }
  Json value = {{"type", "text"}, {"text", text_of(block)}};
  if (!block.media_type.empty()) value["mimeType"] = block.media_type;
  if (!block.uri.empty()) value["uri"] = block.uri;
  return value;
}

// Text alone stays text; what has a structure is that; else the blocks.
Json value_of(const Json& result) {
  const std::vector<ContentBlock> blocks = contents_from_json(member_at(result, "content"));
  const Json& structured = member_at(result, "structuredContent");
  const bool plain = std::ranges::all_of(
      blocks, [](const ContentBlock& block) { return block.kind == ContentBlock::Kind::text; });
  if (plain && structured.is_null()) return all_text(blocks);
  Json content = Json::array();
  std::size_t room = kShownImagesBytesMax;
  for (const ContentBlock& block : blocks) content.push_back(block_value(block, room));
  if (structured.is_null()) return {{"content", std::move(content)}};
  // A server writes the structure as text, too, for those that know only text.
  const Result<Json> same =
      blocks.size() == 1 ? parse_json(blocks[0].text) : Result<Json>(Json(nullptr));
  if (blocks.empty() || (same && *same == structured)) return structured;
  return {{"structured", structured}, {"content", std::move(content)}};
}

Outcome outcome_of_failure(LinkFailure::Kind kind) {
  if (kind == LinkFailure::Kind::timed_out) return Outcome::timeout;
  return did_nothing(kind) ? Outcome::not_started : Outcome::error;
}

ToolSpec spec_of(const McpServer& server, const ListedTool& listed) {
  const ServerSettings& settings = server.settings();
  ToolSpec spec;
  spec.name = tool_name_for(settings.name, listed.name);
  spec.description = listed.description;
  spec.input_schema = listed.input_schema;
  spec.output_schema = listed.output_schema;
  spec.timeout = settings.timeout;
  spec.origin = "mcp:" + settings.name;
  spec.source_hash = listed.hash;
  spec.effect = Effect::once;
  if (!settings.trusts_annotations) return spec;
  const ToolHints& hints = listed.hints;
  if (hints.idempotent.value_or(false)) spec.effect = Effect::idempotent;
  if (hints.read_only.value_or(false)) spec.effect = Effect::read;
  if (hints.destructive.value_or(false) && spec.effect != Effect::read) {
    spec.confirmation.asks = true;
  }
  return spec;
}

}  // namespace

ToolOutcome outcome_of(const ServerReply& reply, const std::string& server,
                       const std::string& login) {
  const std::string who = "the MCP server '" + server + "'";
  if (reply.kind == ServerReply::Kind::lost) {
    std::string why = reply.failure.message;
    if (why.find("MCP server") == std::string::npos) why = who + ": " + why;
    if (reply.failure.kind == LinkFailure::Kind::cut) {
      why += "; what became of the call is not known, and it is not repeated";
    }
    if (reply.failure.kind == LinkFailure::Kind::unauthorized) {
      why += "; run `" + (login.empty() ? "yoke mcp login " + server : login) + "` to sign in";
    }
    return failed_outcome(outcome_of_failure(reply.failure.kind), why);
  }
  if (reply.kind == ServerReply::Kind::error) {
    return failed_outcome(Outcome::error, who + ": " + describe(reply));
  }
  if (bool_at(reply.result, "isError")) {
    const std::string text = all_text(contents_from_json(member_at(reply.result, "content")));
    return failed_outcome(
        Outcome::error, text.empty() ? who + " says that it failed" : shorten(text, kErrorTextMax));
  }
  ToolOutcome out;
  out.value = value_of(reply.result);
  return out;
}

McpTool::McpTool(McpServer& server, ListedTool listed, std::shared_ptr<const Schema> input,
                 ToolPins pins)
    : server_(server),
      listed_(std::move(listed)),
      input_(std::move(input)),
      pins_(std::move(pins)),
      spec_(spec_of(server_, listed_)) {
  spec_.output_schema = nullptr;  // the value is not only what the server structures
}

Result<Json> McpTool::check(const Json& args) const {
  Json given = args.is_null() || (args.is_array() && args.empty()) ? Json(Json::object()) : args;
  given = input_->with_defaults(std::move(given));
  const std::vector<SchemaError> errors = input_->check(given);
  if (!errors.empty()) {
    return Error{Errc::invalid, "the arguments do not fit " + spec_.name + ": " + describe(errors)};
  }
  return given;
}

ToolOutcome McpTool::changed() const {
  const std::string& server = server_.settings().name;
  return refused_by_us(Outcome::denied,
                       "the MCP server '" + server + "' now says something else of '" + spec_.name +
                           "' than when it was last looked at: run `yoke mcp check " + server +
                           "`, then start again");
}

ToolOutcome McpTool::missing() const {
  return refused_by_us(Outcome::not_started, "the MCP server '" + server_.settings().name +
                                                 "' has no tool '" + listed_.name + "'");
}

awaitable<ToolOutcome> McpTool::call(ToolRequest request, CallContext& context) {
  const std::string refused = refusal();
  if (!refused.empty()) co_return refused_by_us(Outcome::denied, refused);
  auto work = call_listed(std::move(request), &context);
  ToolOutcome out = co_await std::move(work);
  co_return out;
}

awaitable<ToolOutcome> McpTool::call_listed(ToolRequest request, CallContext* context) {
  const std::string server = server_.settings().name;
  ServerAsk ask;
  ask.method = "tools/call";
  ask.params = {{"name", listed_.name}, {"arguments", request.args}};
  ask.context = context;
  ask.tenant = request.tenant;
  ask.time = std::make_shared<CallTime>();
  ask.time->until = request.deadline;
  for (int attempt = 0;; ++attempt) {
    auto meeting = server_.meet(request.deadline);
    const Result<void> met = co_await std::move(meeting);
    if (!met) co_return failed_outcome(Outcome::not_started, met.error().message());
    const ListedTool* now = server_.listing().find(listed_.name);
    if (now == nullptr && !pins_) co_return missing();
    if (now == nullptr || (pins_ && now->hash != listed_.hash)) co_return changed();
    ask.mirrored = now->mirrored;
    auto work = server_.ask(ask);
    const ServerReply reply = co_await std::move(work);
    // The server wants other headers than its list said: the list is read again, once.
    const bool stale = reply.kind == ServerReply::Kind::error &&
                       reply.error.code == code::kHeaderMismatch && attempt == 0;
    if (!stale) co_return outcome_of(reply, server, server_.settings().login);
    auto listing = server_.relist(request.deadline);
    const Result<void> relisted = co_await std::move(listing);
    if (!relisted) co_return outcome_of(reply, server, server_.settings().login);
  }
}

awaitable<ProbeOutcome> McpTool::probe(ToolRequest, CallContext&) { co_return ProbeOutcome{}; }

std::vector<std::unique_ptr<Tool>> tools_of(McpServer& server, const ToolPins& pins,
                                            std::vector<std::string>& problems) {
  std::vector<std::unique_ptr<Tool>> tools;
  problems = server.listing().left_out;
  for (const ListedTool& listed : server.listing().tools) {
    const auto input = Schema::compile(listed.input_schema);
    if (!input) continue;  // read_tools() has left such ones out
    tools.push_back(std::make_unique<McpTool>(server, listed, *input, pins));
  }
  add_server_tools(server, tools);
  return tools;
}

std::vector<std::unique_ptr<Tool>> described_tools(McpServer& server, const Json& array,
                                                   std::vector<std::string>& problems) {
  std::vector<std::unique_ptr<Tool>> tools;
  const ToolListing listing = read_tools(array, !server.settings().url.empty(), {"*"});
  problems = listing.left_out;
  for (const ListedTool& listed : listing.tools) {
    const auto input = Schema::compile(listed.input_schema);
    if (!input) continue;  // read_tools() has left such ones out
    tools.push_back(std::make_unique<McpTool>(server, listed, *input, ToolPins()));
  }
  return tools;
}

}  // namespace yoke::mcp
