#include "runtime/engine/script_wants.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/engine/part_events.h"
#include "runtime/engine/signals.h"
#include "runtime/journal/shown_value.h"

namespace yoke {
namespace {

constexpr std::size_t kPlaceBytesMax = 200;
constexpr std::size_t kShownWantBytesMax = 300;
constexpr std::size_t kScriptImagesBytesMax = 256u << 10;  // in base64

bool is_place(const std::string& at) {
  if (at.empty() || at.size() > kPlaceBytesMax) return false;
  return std::all_of(at.begin(), at.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == '-';
  });
}

// The text that a want of this kind must have; empty: none. Null: there is no such kind.
const char* text_needed(const std::string& kind) {
  if (kind == "tool" || kind == "agent") return kind == "tool" ? "tool" : "agent";
  if (kind == "ask") return "title";
  if (kind == "signal" || kind == "step" || kind == "record") return "name";
  if (kind == "drop") return "of";
  const bool known = kind == "model" || kind == "sleep" || kind == "now" || kind == "random";
  return known ? "" : nullptr;
}

Result<void> check_messages(const Json& args) {
  if (member_at(args, "prompt").is_string()) return {};
  const Json& messages = member_at(args, "messages");
  if (!messages.is_array() || messages.empty()) {
    return Error{Errc::invalid, "model: it takes a 'prompt' or a list of 'messages'"};
  }
  for (const Json& each : messages) {
    const Result<Message> message = message_from_json(each);
    if (!message) return message.error();
  }
  return {};
}

std::string shown(const std::string& kind, const Json& args) {
  return kind + " " + shorten(to_text(args), kShownWantBytesMax);
}

Json reply_of(const CallState& call) {
  const Json& message = member_at(call.value, "message");
  const Result<Message> reply = message_from_json(message);
  return Json{{"text", reply ? text_of(*reply) : std::string()},
              {"message", message},
              {"finish", member_at(call.value, "finish")}};
}

// A script's memory is small: bigger images are told by type and size, as to whoever reads.
Json for_script(const Json& value) {
  ShownValue shown = shown_value(value);
  std::size_t bytes = 0;
  for (const ImagePart& image : shown.images) bytes += image.url.size();
  return bytes > kScriptImagesBytesMax ? std::move(shown.read) : value;
}

void take_call(ScriptAnswer& answer, const CallState& call) {
  answer.outcome = call.outcome;
  answer.message = call.message;
  answer.label = call.label;
  if (call.outcome != Outcome::ok) return;
  answer.value = call.is_model() ? reply_of(call) : for_script(call.value);
}

}  // namespace

Result<void> check_want(const ScriptWant& want) {
  if (!is_place(want.at)) {
    return Error{Errc::invalid, "'" + shorten(want.at, 40) + "' is no place in a script"};
  }
  const char* text = text_needed(want.kind);
  if (text == nullptr) return Error{Errc::invalid, "a script cannot want '" + want.kind + "'"};
  if (!want.args.is_object()) return Error{Errc::invalid, want.kind + ": its args are no object"};
  if (*text != '\0' && !member_at(want.args, text).is_string()) {
    return Error{Errc::invalid, want.kind + ": it takes the text '" + text + "'"};
  }
  if (want.kind == "sleep" && integer_at(want.args, "us", -1) < 0) {
    return Error{Errc::invalid, "sleep: it takes 'us', microseconds from 0 up"};
  }
  if (want.kind == "signal") {
    const Result<void> name = check_signal_name(string_at(want.args, "name"));
    if (!name) return name.error();
  }
  if (!can_be_kept(want.args)) {
    return Error{Errc::too_large, want.kind + ": its args are too large or too deeply nested"};
  }
  return want.kind == "model" ? check_messages(want.args) : Result<void>();
}

std::string difference_of(const WantState& recorded, const ScriptWant& wanted) {
  if (recorded.kind == wanted.kind && recorded.args == wanted.args) return {};
  return "at " + wanted.at + " the journal has " + shown(recorded.kind, recorded.args) +
         ", the script now wants " + shown(wanted.kind, wanted.args) +
         ": it has changed, or does not depend on its input and its answers alone";
}

ScriptAnswer answer_to(const RunState& state, const ScriptState& script, const WantState& want) {
  ScriptAnswer answer;
  answer.at = want.at;
  answer.label = want.label;
  const std::string id = want_id(script.call_id, want.at);
  if (want.kind == "tool" || want.kind == "agent" || want.kind == "model") {
    const CallState* call = state.find_call(want.kind == "model" ? want.call_id : id);
    if (call != nullptr) take_call(answer, *call);
  } else if (want.kind == "ask") {
    const QuestionState& question = state.questions.at(id);
    if (question.answer) {
      answer.value = *question.answer;
    } else {
      answer.outcome = Outcome::timeout;
      answer.message = "nobody answered in time";
    }
  } else if (want.kind == "step") {
    answer.value = Json{{"done", false}};
  } else {
    answer.value = want.value;
  }
  return answer;
}

ModelRequest inner_request_of(const RunState& state, const Program& program, const Json& args) {
  const AgentSpec& spec = program.agent->spec();
  ModelRequest request;
  const std::string own = state.model.empty() ? spec.model : state.model;
  request.target = string_at(args, "target", own);
  request.instructions = string_at(args, "instructions");
  for (const Json& each : member_at(args, "messages")) {
    Result<Message> message = message_from_json(each);
    if (message) request.messages.push_back(std::move(*message));
  }
  if (member_at(args, "prompt").is_string()) {
    request.messages.push_back(user_message(string_at(args, "prompt")));
  }
  const std::int64_t most = integer_at(args, "output_tokens_max", spec.output_tokens_max);
  request.output_tokens_max = std::clamp<std::int64_t>(most, 1, spec.output_tokens_max);
  const Json& schema = member_at(args, "output_schema");
  if (schema.is_object()) request.output_schema = schema;
  request.temperature = spec.temperature;
  request.cache_key = state.run_id;
  request.tenant = state.tenant;
  return request;
}

}  // namespace yoke
