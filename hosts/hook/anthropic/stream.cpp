#include "hosts/hook/anthropic/stream.h"

#include "hosts/hook/anthropic/ids.h"
#include "hosts/hook/anthropic/words.h"
#include "hosts/hook/awaited_of_run.h"

namespace yoke::anthropic {

std::string event_text(const char* type, Json data) {
  data["type"] = type;
  return std::string("event: ") + type + "\ndata: " + to_text(data) + "\n\n";
}

MessageStream::MessageStream(ReplyForm form, const Thoughts& thoughts)
    : form_(std::move(form)), thoughts_(thoughts) {}

void MessageStream::add(const char* type, Json event) {
  out_ += event_text(type, std::move(event));
}

std::string MessageStream::flush() { return std::exchange(out_, {}); }

std::size_t MessageStream::open(Json block) {
  add("content_block_start", Json{{"index", blocks_}, {"content_block", std::move(block)}});
  return blocks_++;
}

void MessageStream::add_delta(std::size_t block, Json delta) {
  add("content_block_delta", Json{{"index", block}, {"delta", std::move(delta)}});
}

void MessageStream::close(std::size_t block) { add("content_block_stop", Json{{"index", block}}); }

void MessageStream::whole(Json block, Json delta) {
  const std::size_t index = open(std::move(block));
  if (!delta.is_null()) add_delta(index, std::move(delta));
  close(index);
}

std::string MessageStream::begin(std::int64_t input_tokens) {
  Usage usage;
  usage.input = input_tokens;
  add("message_start", Json{{"message",
                             {{"id", message_id(form_.run_id, form_.after)},
                              {"type", "message"},
                              {"role", "assistant"},
                              {"model", form_.model},
                              {"content", Json::array()},
                              {"stop_reason", nullptr},
                              {"stop_sequence", nullptr},
                              {"usage", usage_json(usage)}}}});
  return flush() + ping();
}

std::string MessageStream::ping() { return event_text("ping", Json::object()); }

std::string MessageStream::take(const Delta& delta) {
  if (void_) return {};
  switch (delta.kind) {
    case Delta::Kind::reasoning:
      think(delta);
      break;
    case Delta::Kind::text:
      say(delta.text);
      break;
    case Delta::Kind::tool_args:
      if (!form_.agent) call(delta);  // an agent's own, until its run waits for one
      break;
    case Delta::Kind::reset:
      void_ = blocks_ > 0;
      in_thought_ = false;
      thought_.clear();
      unshown_.clear();
      turn_text_.clear();
      break;
  }
  return flush();
}

std::string MessageStream::take_turn() {
  if (in_thought_) end_thought(ReasoningPart{});
  end_text();
  return flush();
}

void MessageStream::think(const Delta& delta) {
  if (!delta.text.empty() && !in_thought_) begin_thought();
  thought_ += delta.text;
  if (thought_open_ && !delta.text.empty() && form_.show == Show::text) {
    add_delta(thought_block_, {{"type", "thinking_delta"}, {"thinking", delta.text}});
  }
  if (delta.thought) end_thought(*delta.thought);
}

void MessageStream::begin_thought() {
  end_text();
  end_calls();
  in_thought_ = true;
  if (form_.show == Show::nothing) return;
  thought_block_ = open({{"type", kThinkingBlock}, {"thinking", ""}, {"signature", ""}});
  thought_open_ = true;
}

void MessageStream::end_thought(const ReasoningPart& thought) {
  const std::string text = std::exchange(thought_, {});
  in_thought_ = false;
  if (thought_open_) {
    thought_open_ = false;
    const std::string signature = thoughts_.signature(thought, text, form_.show);
    add_delta(thought_block_, {{"type", "signature_delta"}, {"signature", signature}});
    return close(thought_block_);
  }
  if (form_.show == Show::nothing) {
    if (!form_.agent) unshown_.emplace_back(thought, text);  // an agent's run has them itself
    return;
  }
  end_text();
  end_calls();
  whole(thoughts_.block(thought, text, form_.show));
}

void MessageStream::say(const std::string& text) {
  if (in_thought_) end_thought(ReasoningPart{});
  if (text.empty()) return;
  end_calls();
  if (!text_open_) {
    text_block_ = open({{"type", kTextBlock}, {"text", ""}});
    turn_text_.clear();
  }
  text_open_ = true;
  turn_text_ += text;
  add_delta(text_block_, {{"type", "text_delta"}, {"text", text}});
}

void MessageStream::end_text() {
  if (!text_open_) return;
  text_open_ = false;
  close(text_block_);
}

void MessageStream::call(const Delta& delta) {
  if (in_thought_) end_thought(ReasoningPart{});
  end_text();
  const auto index = static_cast<std::size_t>(delta.index < 0 ? 0 : delta.index);
  Call& one = calls_[index];
  if (one.name.empty()) one.name = delta.tool;
  one.args += delta.text;
  if (one.closed || one.name.empty()) return;
  const std::string piece = one.begun ? delta.text : one.args;
  if (!one.begun) {
    end_ready_calls(index);
    begin_call(index, one);
  }
  if (piece.empty()) return;
  add_delta(one.block, {{"type", "input_json_delta"}, {"partial_json", piece}});
}

void MessageStream::begin_call(std::size_t index, Call& call) {
  for (const auto& [thought, text] : unshown_) whole(thoughts_.block(thought, text, form_.show));
  unshown_.clear();
  call.begun = true;
  ToolCallPart part;
  part.name = call.name;
  if (call.id.empty()) call.id = call_id(form_, part, index);
  call.block = open(
      {{"type", kToolUseBlock}, {"id", call.id}, {"name", call.name}, {"input", Json::object()}});
}

// Calls follow each other; those whose arguments are whole have ended when another begins.
void MessageStream::end_ready_calls(std::size_t but) {
  for (auto& [index, call] : calls_) {
    if (index == but || !call.begun || call.closed) continue;
    if (!call.args.empty() && !parse_json(call.args)) continue;
    call.closed = true;
    close(call.block);
  }
}

void MessageStream::end_calls() {
  for (auto& [index, call] : calls_) {
    if (!call.begun || call.closed) continue;
    call.closed = true;
    close(call.block);
  }
}

void MessageStream::tell_call(const ToolCallPart& part, std::size_t index) {
  Call& call = calls_[index];
  const std::string id = call_id(form_, part, index);
  if (part.opaque) opaques_.emplace_back(id, *part.opaque);
  if (call.begun) return;
  call.name = part.name;
  call.id = id;
  begin_call(index, call);
  const std::string args = to_text(call_input(part));
  add_delta(call.block, {{"type", "input_json_delta"}, {"partial_json", args}});
  call.closed = true;
  close(call.block);
}

// What did not stream: the text of who does not stream, the calls of an agent.
void MessageStream::tell_rest(const TalkReply& reply) {
  std::string text;
  for (const Part& part : reply.message.parts) {
    if (const auto* said = std::get_if<TextPart>(&part)) text += said->text;
    if (const auto* refusal = std::get_if<RefusalPart>(&part)) text += refusal->text;
  }
  const bool nothing_told = blocks_ == 0;
  for (const Part& part : reply.message.parts) {
    const auto* thought = std::get_if<ReasoningPart>(&part);
    if (thought == nullptr || !nothing_told || !unshown_.empty()) continue;
    Delta delta;
    delta.kind = Delta::Kind::reasoning;
    delta.text = thought->text;
    delta.thought =
        std::make_shared<const ReasoningPart>(ReasoningPart{{}, thought->opaque, thought->key});
    think(delta);
  }
  const bool told = !turn_text_.empty() && (!form_.agent || turn_text_ == text);
  if (!told) say(text);
  end_text();
  std::size_t index = 0;
  for (const Part& part : reply.message.parts) {
    if (const auto* call = std::get_if<ToolCallPart>(&part)) tell_call(*call, index++);
  }
  end_calls();
  const Json opaques = thoughts_.block_of_calls(opaques_);
  if (!opaques.is_null()) whole(opaques);
  const std::string questions = waiting_words(reply);
  if (!questions.empty()) say(questions);
  end_text();
}

std::string MessageStream::end(const TalkReply& reply) {
  if (in_thought_) end_thought(ReasoningPart{});
  tell_rest(reply);
  add("message_delta", Json{{"delta", stop_json(reply)}, {"usage", usage_json(reply.usage)}});
  add("message_stop", Json::object());
  return flush();
}

std::string MessageStream::fail(const Refusal& refusal) {
  const HttpReply reply = refuse(ErrorShape::anthropic, refusal);
  const Result<Json> body = parse_json(reply.body);
  add("error", body ? *body : Json{{"error", {{"type", "api_error"}, {"message", "failed"}}}});
  return flush();
}

}  // namespace yoke::anthropic
