#include "models/ollama/reader.h"

#include <algorithm>

#include "models/failure.h"
#include "models/openai_chat/profile.h"

namespace yoke::ollama {
namespace {

// Ollama parses the tags of the models that it knows; others' come through.
ThinkTags tags_of(std::string_view model) {
  openai_chat::Profile raw;
  raw.think_tags = true;
  const openai_chat::Profile profile = openai_chat::profile_for_model(raw, model);
  return ThinkTags{true, profile.think_opening_omitted};
}

std::int64_t count_at(const Json& object, std::string_view key) {
  constexpr auto kMost = static_cast<double>(kTokensMax);
  return static_cast<std::int64_t>(std::clamp(number_at(object, key), 0.0, kMost));
}

}  // namespace

Reader::Reader(const ReplyContext& context, DeltaSink sink)
    : context_(context), builder_(context, std::move(sink), tags_of(context.model)) {}

void Reader::add(const Json& answer) {
  if (builder_.failed()) return;
  if (!answer.is_object()) {
    return builder_.fail(FailureClass::malformed, StreamFault::malformed, "the answer is no object",
                         true);
  }
  const Json& error = member_at(answer, "error");
  if (!error.is_null()) {
    return builder_.fail(
        failure_of_error_object(error, FailureContext{context_.backend, context_.key}));
  }
  builder_.set_model(string_at(answer, "model"));
  builder_.set_answer_id(string_at(answer, "created_at"));
  add_message(member_at(answer, "message"));
  if (bool_at(answer, "done")) add_end(answer);
}

void Reader::add_message(const Json& message) {
  if (!message.is_object()) return;
  builder_.reasoning(string_at(message, "thinking"), "thinking");
  builder_.text(string_at(message, "content"));
  const Json& calls = member_at(message, "tool_calls");
  if (!calls.is_array()) return;
  for (const Json& one : calls) {  // each comes whole
    const std::optional<std::size_t> slot = builder_.open_call();
    if (!slot) return;
    const Json& function = member_at(one, "function");
    const Json& arguments = member_at(function, "arguments");
    const std::string id = string_at(one, "id");
    const std::string name = string_at(function, "name");
    const bool text = arguments.is_string();
    const std::string args = text ? arguments.get<std::string>() : to_text(arguments);
    CallPiece piece;
    piece.id = id;
    piece.name = name;
    piece.args = args;
    builder_.call(*slot, piece);
  }
}

void Reader::add_end(const Json& answer) {
  done_ = true;
  const std::string reason = string_at(answer, "done_reason", "stop");
  Finish finish = Finish::other;
  if (reason == "stop") finish = Finish::stop;
  if (reason == "length") finish = Finish::length;
  builder_.set_finish(finish);
  // A prompt that was all in its cache is left out of the counts.
  if (!answer.contains("eval_count") && !answer.contains("prompt_eval_count")) return;
  Usage usage;
  usage.input = count_at(answer, "prompt_eval_count");
  usage.output = count_at(answer, "eval_count");
  Json raw = Json::object();
  for (const char* key : {"prompt_eval_count", "eval_count", "total_duration", "load_duration",
                          "prompt_eval_duration", "eval_duration"}) {
    if (answer.contains(key)) raw[key] = answer[key];
  }
  builder_.set_usage(usage, std::move(raw));
}

}  // namespace yoke::ollama
