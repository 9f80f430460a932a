#include "hosts/hook/anthropic/reply.h"

#include "hosts/hook/anthropic/ids.h"
#include "hosts/hook/anthropic/words.h"
#include "hosts/hook/awaited_of_run.h"

namespace yoke::anthropic {
namespace {

class Blocks {
 public:
  Blocks(const ReplyForm& form, const Thoughts& thoughts) : form_(form), thoughts_(thoughts) {}

  Json take(const TalkReply& reply) {
    for (const Part& part : reply.message.parts) take_part(part);
    const Json opaques = thoughts_.block_of_calls(opaques_);
    if (!opaques.is_null()) blocks_.push_back(opaques);
    const std::string questions = waiting_words(reply);
    if (!questions.empty()) add_text(questions);
    return std::move(blocks_);
  }

 private:
  void take_part(const Part& part) {
    if (const auto* text = std::get_if<TextPart>(&part)) return add_text(text->text);
    if (const auto* refusal = std::get_if<RefusalPart>(&part)) return add_text(refusal->text);
    if (const auto* thought = std::get_if<ReasoningPart>(&part)) return think(*thought);
    if (const auto* call = std::get_if<ToolCallPart>(&part)) return add_call(*call);
    if (const auto* image = std::get_if<ImagePart>(&part)) {
      add_text("(an image of type " + image->media_type + ")");
    }
  }

  void add_text(const std::string& text) {
    if (!text.empty()) blocks_.push_back({{"type", kTextBlock}, {"text", text}});
  }

  void think(const ReasoningPart& thought) {
    if (form_.show == Show::nothing) {
      unshown_.push_back(&thought);
    } else if (thought.text.empty()) {
      blocks_.push_back(thoughts_.block(thought, {}, form_.show));
    } else {
      const bool shown = form_.show == Show::text;
      blocks_.push_back({{"type", kThinkingBlock},
                         {"thinking", shown ? thought.text : std::string()},
                         {"signature", thoughts_.signature(thought, thought.text, form_.show)}});
    }
  }

  void add_call(const ToolCallPart& call) {
    for (const ReasoningPart* thought : unshown_) {
      blocks_.push_back(thoughts_.block(*thought, thought->text, form_.show));
    }
    unshown_.clear();
    const std::string id = call_id(form_, call, calls_++);
    if (call.opaque) opaques_.emplace_back(id, *call.opaque);
    blocks_.push_back(
        {{"type", kToolUseBlock}, {"id", id}, {"name", call.name}, {"input", call_input(call)}});
  }

  const ReplyForm& form_;
  const Thoughts& thoughts_;
  std::vector<const ReasoningPart*> unshown_;
  std::vector<std::pair<std::string, Opaque>> opaques_;
  std::size_t calls_ = 0;
  Json blocks_ = Json::array();
};

}  // namespace

namespace {

const char* stop_reason(const TalkReply& reply) {
  const std::string& finish = reply.finish;
  if (finish == "tool_calls") return "tool_use";
  if (finish == "length") return "max_tokens";
  if (finish == "content_filter" || finish == "refusal") return "refusal";
  return reply.stop_sequence.empty() ? "end_turn" : "stop_sequence";
}

}  // namespace

Json stop_json(const TalkReply& reply) {
  const std::string& met = reply.stop_sequence;
  return Json{{"stop_reason", stop_reason(reply)},
              {"stop_sequence", met.empty() ? Json(nullptr) : Json(met)}};
}

Json usage_json(const Usage& usage) {
  const std::int64_t fresh = usage.input - usage.cached - usage.cache_write;
  return Json{{"input_tokens", fresh < 0 ? 0 : fresh},
              {"cache_read_input_tokens", usage.cached},
              {"cache_creation_input_tokens", usage.cache_write},
              {"output_tokens", usage.output},
              {"output_tokens_details", {{"thinking_tokens", usage.reasoning}}}};
}

std::string call_id(const ReplyForm& form, const ToolCallPart& call, std::size_t index) {
  return tool_use_id({form.run_id, form.agent ? call.id : std::to_string(index)});
}

Json call_input(const ToolCallPart& call) {
  if (call.args.is_object()) return call.args;
  return Json{{"unparsed", call.bad_args}};
}

Json reply_json(const TalkReply& reply, const ReplyForm& form, const Thoughts& thoughts) {
  Json message{{"id", message_id(form.run_id, form.after)},
               {"type", "message"},
               {"role", "assistant"},
               {"model", form.model},
               {"content", Blocks(form, thoughts).take(reply)},
               {"usage", usage_json(reply.usage)}};
  message.update(stop_json(reply));
  return message;
}

}  // namespace yoke::anthropic
