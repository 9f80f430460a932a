#include "agents/one_call.h"

#include <algorithm>

#include "agents/structured.h"
#include "runtime/base/text.h"
#include "runtime/schema/schema.h"

namespace yoke {
namespace {

constexpr const char* kMember = "one_call";
constexpr std::size_t kNameShownMax = 80;
constexpr std::size_t kRequestBytesMax = 12u << 20;  // a source is read back through 16 MiB

class NoTools final : public ToolSet {
 public:
  Tool* find(std::string_view) const override { return nullptr; }
  std::vector<const ToolSpec*> list() const override { return {}; }
};

Json calls_of(const Message& reply) {
  Json calls = Json::array();
  for (const Part& part : reply.parts) {
    const auto* call = std::get_if<ToolCallPart>(&part);
    if (call == nullptr) continue;
    calls.push_back(Json{{"tool", call->name},
                         {"args", call->bad_args.empty() ? call->args : Json(call->bad_args)}});
  }
  return calls;
}

// The first tool that is called and was not offered; empty: there is none.
std::string not_offered(const ModelRequest& request, const Json& calls) {
  for (const Json& call : calls) {
    const std::string name = string_at(call, "tool");
    const bool offered = std::any_of(request.tools.begin(), request.tools.end(),
                                     [&](const ToolSpec& tool) { return tool.name == name; });
    if (!offered) return name.empty() ? "(without a name)" : name;
  }
  return {};
}

std::string text_with(const Message& reply, const Json& calls) {
  std::string text = text_of(reply);
  for (const Json& call : calls) {
    if (!text.empty()) text += "\n";
    text += string_at(call, "tool") + " " + to_text(member_at(call, "args"));
  }
  return text;
}

class OneCallAgent final : public Agent {
 public:
  OneCallAgent(OneCall call, std::shared_ptr<const Schema> output)
      : request_(std::move(call.request)), output_(std::move(output)) {
    spec_.name = std::move(call.name);
    spec_.description = "Asks a model once.";
    spec_.strategy = kMember;
    spec_.limits = call.limits;
    spec_.model = request_.target;
    spec_.instructions = request_.instructions;
    spec_.output_schema = request_.output_schema;
    spec_.output_tokens_max = request_.output_tokens_max;
    spec_.temperature = request_.temperature;
  }

  const AgentSpec& spec() const override { return spec_; }
  std::string note_after(const Turn&) const override { return {}; }

  void shape(ModelRequest& request) const override {
    request.messages = request_.messages;
    request.tools = request_.tools;
    request.options = request_.options;
    request.cache_key.clear();  // nothing comes after it that would read what it writes
  }

  std::vector<Action> next(const RunState& state) const override {
    if (state.turns.empty()) return {CallModel{}};
    const Turn& turn = state.turns.back();
    const Json calls = calls_of(turn.reply);
    std::string text = text_with(turn.reply, calls);
    if (turn.finish == "refusal" || turn.finish == "content_filter") {
      return {Fail{"refused", text.empty() ? "the model declined to answer" : std::move(text)}};
    }
    const bool none_offered = request_.tools.empty() && output_;
    if (!calls.empty() && none_offered) {
      return {Fail{"output.invalid", "it calls a tool, where there are none: " + text}};
    }
    const std::string unknown = not_offered(request_, calls);
    if (!unknown.empty()) return {Fail{"output.unknown_tool", unknown_text(unknown)}};
    if (!calls.empty()) return {Complete{std::move(text), Json{{"calls", calls}}}};
    if (!output_) return {Complete{std::move(text), nullptr}};
    Result<Json> output = structured_output(*output_, turn.reply);
    if (output) return {Complete{std::move(text), std::move(*output)}};
    return {Fail{"output.invalid", "the answer does not fit its schema: " + output.error().detail}};
  }

 private:
  std::string unknown_text(const std::string& tool) const {
    std::vector<std::string> names;
    for (const ToolSpec& offered : request_.tools) names.push_back(offered.name);
    const std::string shown = "the model called '" + shorten(printable(tool), kNameShownMax) + "'";
    if (names.empty()) return shown + ", and no tools were offered to it";
    return shown + ", which was not offered to it" + did_you_mean(tool, names);
  }

  AgentSpec spec_;
  ModelRequest request_;
  std::shared_ptr<const Schema> output_;  // shared with nobody; null: free text
};

Error wrong_call(const std::string& what) { return Error{Errc::invalid, "request: " + what}; }

Result<ToolSpec> tool_from_json(const Json& value) {
  ToolSpec tool;
  tool.name = string_at(value, "name");
  if (tool.name.empty()) return wrong_call("a tool has no name");
  tool.description = string_at(value, "description");
  tool.input_schema = member_at(value, "input_schema");
  return tool;
}

Result<Program> program_of(OneCall call, Json source) {
  std::shared_ptr<const Schema> output;
  if (!call.request.output_schema.is_null()) {
    Result<std::shared_ptr<const Schema>> compiled = Schema::compile(call.request.output_schema);
    if (!compiled) return wrong_call("output_schema: " + compiled.error().message());
    output = std::move(*compiled);
  }
  Program program;
  program.agent = std::make_shared<const OneCallAgent>(std::move(call), std::move(output));
  program.tools = std::make_shared<const NoTools>();
  program.source = std::move(source);
  return program;
}

}  // namespace

Result<ModelRequest> request_from_json(const Json& value, std::string target) {
  if (!value.is_object()) return wrong_call("it is no object");
  ModelRequest request;
  request.target = std::move(target);
  request.instructions = string_at(value, "instructions");
  for (const Json& each : member_at(value, "messages")) {
    Result<Message> message = message_from_json(each);
    if (!message) return wrong_call(message.error().message());
    request.messages.push_back(std::move(*message));
  }
  for (const Json& each : member_at(value, "tools")) {
    Result<ToolSpec> tool = tool_from_json(each);
    if (!tool) return tool.error();
    request.tools.push_back(std::move(*tool));
  }
  request.output_schema = member_at(value, "output_schema");
  request.output_tokens_max = integer_at(value, "output_tokens_max", request.output_tokens_max);
  const Json& temperature = member_at(value, "temperature");
  if (temperature.is_number()) request.temperature = temperature.get<double>();
  Result<CallOptions> options = call_options_from_json(member_at(value, "options"));
  if (!options) return wrong_call(options.error().detail);
  request.options = std::move(*options);
  return request;
}

Result<Program> one_call_program(OneCall call) {
  // Through the canonical form, so that what is asked now is what a restored program asks.
  const std::string text = to_text(call.request);
  if (text.size() > kRequestBytesMax) {
    return Error{Errc::too_large, "the request has " + std::to_string(text.size() >> 20) +
                                      " MiB with its images; at most 12 MiB are sent"};
  }
  Result<Json> request = parse_json(text);
  if (!request) return wrong_call(request.error().detail);
  Json source;
  source[kMember] = Json{{"name", call.name},
                         {"limits", to_json(call.limits)},
                         {"target", call.request.target},
                         {"request", std::move(*request)}};
  return restore_one_call(std::move(source));
}

bool is_one_call(const Json& source) { return member_at(source, kMember).is_object(); }

Result<Program> restore_one_call(Json source) {
  const Json& kept = member_at(source, kMember);
  OneCall call;
  call.name = string_at(kept, "name");
  call.limits = limits_from_json(member_at(kept, "limits"), RunLimits{});
  Result<ModelRequest> request =
      request_from_json(member_at(kept, "request"), string_at(kept, "target"));
  if (!request) return request.error();
  call.request = std::move(*request);
  return program_of(std::move(call), std::move(source));
}

}  // namespace yoke
