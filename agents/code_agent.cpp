#include "agents/code_agent.h"

#include "agents/answer.h"
#include "runtime/base/text.h"
#include "runtime/ports/durable_source.h"

namespace yoke {
namespace {

constexpr std::size_t kDocBytesMax = 400;

constexpr const char* kHow =
    "You act by writing Lua 5.4. Call code_run with one script; it runs in a sandbox without "
    "files, "
    "network or clock. It may call the functions below as often as it needs, with loops and "
    "conditions between; a call gives its result, and raises an error that pcall can catch. "
    "`input` is what the run was given. w.all{ function() … end, … } runs functions side by side "
    "and gives the list of their results. End the script with `return` and the value you want to "
    "see, as small as will do. Answer in words once you know enough.\n\nFunctions:\n";

std::string type_of(const Json& schema, int depth);

std::string fields_of(const Json& schema, int depth) {
  const Json& properties = member_at(schema, "properties");
  const Json& required = member_at(schema, "required");
  std::string out;
  for (const auto& [name, inner] : properties.items()) {
    bool is_required = false;
    for (const Json& each : required) is_required = is_required || each == name;
    out += (out.empty() ? " " : ", ") + name + (is_required ? ": " : "?: ") + type_of(inner, depth);
    if (inner.is_object() && inner.contains("default")) out += " = " + to_text(inner["default"]);
  }
  return "{" + out + (out.empty() ? "}" : " }");
}

std::string type_of(const Json& schema, int depth) {
  if (!schema.is_object() || depth > 4) return "any";
  const Json& values = member_at(schema, "enum");
  if (values.is_array()) {
    std::string out;
    for (const Json& each : values) out += (out.empty() ? "" : " | ") + to_text(each);
    return out;
  }
  const std::string type = string_at(schema, "type", "any");
  if (type == "object" && schema.contains("properties")) return fields_of(schema, depth + 1);
  if (type == "object") return "table";
  if (type == "array") return type_of(member_at(schema, "items"), depth + 1) + "[]";
  return type;
}

// A text that no script runs: what was wanted is no script.
std::string refusal_text(const std::string& why) { return "error(" + to_text(Json(why)) + ", 0)"; }

}  // namespace

std::string lua_signature(const ToolSpec& tool) {
  std::string name = tool.name;
  for (char& c : name) c = c == ':' ? '.' : c;
  if (name.find('-') != std::string::npos) {
    for (char& c : name) c = c == '.' ? '_' : c;
    name = "[\"" + name + "\"]";
  } else {
    name.insert(0, ".");
  }
  std::string out = "tools" + name + fields_of(tool.input_schema, 0);
  if (!tool.output_schema.is_null()) out += " -> " + type_of(tool.output_schema, 0);
  return out + "  -- " + shorten(tool.description, kDocBytesMax);
}

std::vector<Action> CodeAgent::next(const RunState& state) const {
  if (state.turns.empty()) return {CallModel{}};
  const Turn& turn = state.turns.back();
  if (turn.calls.empty()) return answer_of(state, turn, output_.get(), kRepairsMax);
  std::vector<Action> actions;
  bool all_back = true;
  std::size_t index = 0;
  for (const Part& part : turn.reply.parts) {
    const auto* wanted = std::get_if<ToolCallPart>(&part);
    if (wanted == nullptr) continue;
    const std::string& id = turn.calls[index++];
    const CallState* call = state.find_call(id);
    if (call == nullptr) actions.push_back(act_on(state, id, *wanted));
    all_back = all_back && call != nullptr && !call->open;
  }
  return all_back ? after_scripts(state, turn) : actions;
}

Action CodeAgent::act_on(const RunState& state, const std::string& id,
                         const ToolCallPart& part) const {
  if (part.name != kCodeTool) return CallTool{id};
  const Json& script = member_at(part.args, "script");
  DurableSource source;
  source.kind = DurableSource::Kind::code;
  source.script.name = "code";
  source.tools = options().tool_names;
  source.script.text = script.is_string()
                           ? script.get<std::string>()
                           : refusal_text("code_run takes {\"script\": \"…\"}, the script as text");
  return RunScript{id, "code", to_json(source), state.input};
}

std::vector<Action> CodeAgent::after_scripts(const RunState& state, const Turn& turn) const {
  const CallState* last = state.find_call(turn.calls.back());
  if (output_ && last->outcome == Outcome::ok && output_->fits(last->value)) {
    return {Complete{to_text(last->value), last->value}};
  }
  int failed = 0;
  for (auto each = state.turns.rbegin(); each != state.turns.rend(); ++each) {
    if (each->calls.empty()) break;
    const CallState* call = state.find_call(each->calls.back());
    if (call == nullptr || call->outcome == Outcome::ok) break;
    ++failed;
  }
  if (failed > kMendsMax) {
    return {Fail{"code.failed", "the model's script failed " + std::to_string(failed) +
                                    " times in a row: " + last->message}};
  }
  return {CallModel{}};
}

std::string CodeAgent::note_after(const Turn& turn) const {
  return answer_note(turn, output_.get());
}

void CodeAgent::shape(ModelRequest& request) const {
  std::string functions;
  std::vector<ToolSpec> offered;
  for (ToolSpec& tool : request.tools) {
    if (tool.name == kCodeTool) {
      offered.push_back(std::move(tool));
    } else {
      functions += lua_signature(tool) + "\n";
    }
  }
  request.tools = std::move(offered);
  request.options.reasoning_effort = options().reasoning_effort;
  if (functions.empty()) functions = "(none)\n";
  request.instructions += (request.instructions.empty() ? "" : "\n\n") + (kHow + functions);
}

}  // namespace yoke
