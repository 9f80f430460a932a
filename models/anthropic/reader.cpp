#include "models/anthropic/reader.h"

#include <algorithm>
#include <array>

#include "models/anthropic/words.h"
#include "models/failure.h"
#include "runtime/base/saturating.h"
#include "runtime/base/text.h"

namespace yoke::anthropic {
namespace {

constexpr std::size_t kOpaqueBytesMax = 4u << 20;  // of one block that only the vendor can read

struct StopRule {
  std::string_view reason;
  Finish finish;
};
constexpr std::array kStopRules{
    StopRule{"end_turn", Finish::stop},         StopRule{"stop_sequence", Finish::stop},
    StopRule{"tool_use", Finish::tool_calls},   StopRule{"max_tokens", Finish::length},
    StopRule{"refusal", Finish::refusal},       StopRule{"pause_turn", Finish::other},
    StopRule{kContextExceeded, Finish::length},
};

Finish stop_reason_finish(std::string_view reason) {
  for (const StopRule& rule : kStopRules) {
    if (rule.reason == reason) return rule.finish;
  }
  return Finish::other;
}

std::string_view block_text(const Json& value) {
  const auto* text = value.get_ptr<const Json::string_t*>();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::int64_t count_at(const Json& object, std::string_view key) {
  const Json& value = member_at(object, key);
  if (!value.is_number()) return 0;
  constexpr auto kMost = static_cast<double>(kTokensMax);
  return static_cast<std::int64_t>(std::clamp(value.get<double>(), 0.0, kMost));
}

// The vendor counts what it read from and wrote to its cache beside the input.
Usage usage_of(const Json& usage) {
  Usage result;
  result.cached = count_at(usage, "cache_read_input_tokens");
  result.cache_write = count_at(usage, "cache_creation_input_tokens");
  result.input = count_at(usage, "input_tokens") + result.cached + result.cache_write;
  result.output = count_at(usage, "output_tokens");
  result.reasoning = count_at(member_at(usage, "output_tokens_details"), "thinking_tokens");
  return result;
}

}  // namespace

ModelFailure failure_of_error(const Json& error, const ReplyContext& context) {
  const FailureContext about{context.backend, context.key};
  const std::string what =
      "200 with " + safe_text(block_text(member_at(error, "type")), context.key);
  const bool named = what != "200 with ";
  ModelFailure failure = failure_of_error_object(error, about, named ? what : std::string());
  failure.fault = StreamFault::error_in_ok;
  return failure;
}

Reader::Reader(const ReplyContext& context, DeltaSink sink)
    : context_(context), builder_(context, std::move(sink)) {}

void Reader::malformed(const std::string& what) {
  builder_.fail(FailureClass::malformed, StreamFault::malformed, what, true);
}

void Reader::add_message(const Json& message) {
  if (!message.is_object()) return malformed("the answer is no object");
  if (block_text(member_at(message, "type")) == "error") {
    return builder_.fail(failure_of_error(member_at(message, "error"), context_));
  }
  const Json& content = member_at(message, "content");
  if (!content.is_array()) {
    return builder_.fail(FailureClass::malformed, StreamFault::empty, "the answer has no content",
                         true);
  }
  begin_message(message);
  std::int64_t index = 0;
  for (const Json& block : content) {
    if (builder_.failed()) return;
    begin_block(block, index++);
    end_block();
  }
  end_message(message, member_at(message, "usage"));
  stopped_ = true;
}

void Reader::add_event(const Json& event) {
  if (builder_.failed() || stopped_) return;
  if (!event.is_object()) return malformed("an event of the stream is no object");
  const std::string_view type = block_text(member_at(event, "type"));
  const Json& index = member_at(event, "index");
  if (type == "message_start") {
    begin_message(member_at(event, "message"));
  } else if (type == "content_block_start") {
    end_block();
    begin_block(member_at(event, "content_block"), integer_at(event, "index", -1));
  } else if (type == "content_block_delta") {
    add_delta(member_at(event, "delta"), integer_at(event, "index", -1));
  } else if (type == "content_block_stop") {
    if (open_ && index == open_->index) end_block();
  } else if (type == "message_delta") {
    end_block();
    end_message(member_at(event, "delta"), member_at(event, "usage"));
  } else if (type == "message_stop") {
    end_block();
    stopped_ = true;
  } else if (type == "error") {
    builder_.fail(failure_of_error(member_at(event, "error"), context_));
  }
}

void Reader::begin_message(const Json& message) {
  builder_.set_model(block_text(member_at(message, "model")));
  builder_.set_answer_id(block_text(member_at(message, "id")));
  take_usage(member_at(message, "usage"));
}

// What a later count leaves out stays what it was.
void Reader::take_usage(const Json& usage) {
  if (!usage.is_object()) return;
  for (const auto& [key, value] : usage.items()) {
    if (!value.is_null()) usage_[key] = value;
  }
  if (member_at(usage_, "input_tokens").is_number() ||
      member_at(usage_, "output_tokens").is_number()) {
    builder_.set_usage(usage_of(usage_), usage_);
  }
}

void Reader::begin_block(const Json& block, std::int64_t index) {
  if (!block.is_object()) return malformed("a block of the reply is no object");
  Block& open = open_.emplace();
  open.index = index;
  open.type = block_text(member_at(block, "type"));
  if (open.type == "text") {
    open.kind = Kind::text;
    const std::string_view text = block_text(member_at(block, "text"));
    said_ = said_ || !text.empty();
    return builder_.plain_text(text);
  }
  if (open.type == kThinking) {
    open.kind = Kind::thinking;
    open.value = block;
    open.thinking = block_text(member_at(block, kThinking));
    open.signature = block_text(member_at(block, "signature"));
    builder_.end_part();
    return builder_.reasoning(open.thinking, kThinking);
  }
  if (open.type == "tool_use") {
    open.kind = Kind::tool_use;
    open.slot = builder_.open_call(ReplyBuilder::CallPlace::in_order);
    if (!open.slot) return;
    said_ = true;
    const Json& input = member_at(block, "input");
    const bool given = !input.is_null() && !(input.is_object() && input.empty());
    const std::string args = given ? to_text(input) : std::string();
    CallPiece piece;
    piece.id = block_text(member_at(block, "id"));
    piece.name = block_text(member_at(block, "name"));
    piece.args = args;
    if (piece.name.empty()) return malformed("a tool_use block has no name");
    return builder_.call(*open.slot, piece);
  }
  open.value = block;
}

void Reader::add_delta(const Json& delta, std::int64_t index) {
  const std::string type(block_text(member_at(delta, "type")));
  if (!open_ || open_->index != index) {
    return malformed("a " + safe_text(type, context_.key) + " for a block that is not open");
  }
  Block& block = *open_;
  if (type == "text_delta" && block.kind == Kind::text) {
    const std::string_view text = block_text(member_at(delta, "text"));
    said_ = said_ || !text.empty();
    builder_.plain_text(text);
  } else if (type == "thinking_delta" && block.kind == Kind::thinking) {
    const std::string_view text = block_text(member_at(delta, kThinking));
    builder_.reasoning(text, kThinking);
  } else if (type == "signature_delta" && block.kind == Kind::thinking) {
    block.signature += block_text(member_at(delta, "signature"));
  } else if (type == "input_json_delta" && block.kind == Kind::tool_use) {
    CallPiece piece;
    piece.args = block_text(member_at(delta, "partial_json"));
    builder_.call(*block.slot, piece);
  } else if (type == "input_json_delta" && block.kind == Kind::opaque) {
    block.input += block_text(member_at(delta, "partial_json"));
  } else if (type == "text_delta" || type == "thinking_delta" || type == "signature_delta" ||
             type == "input_json_delta") {
    return malformed("a " + type + " in a block of type " + safe_text(block.type, context_.key));
  }
  if (block.signature.size() + block.input.size() > kOpaqueBytesMax) {
    builder_.fail(FailureClass::malformed, StreamFault::too_large, "a block of it does not end",
                  false);
  }
}

void Reader::end_block() {
  if (!open_) return;
  if (!builder_.failed() && open_->kind == Kind::thinking) end_thinking();
  if (!builder_.failed() && open_->kind == Kind::opaque) end_opaque();
  open_.reset();
}

// The block as it must go back, less its text, which is the part's.
void Reader::end_thinking() {
  Json block = std::move(open_->value);
  block.erase(kThinking);
  block["signature"] = open_->signature;
  builder_.reasoning_opaque(kThinking, std::move(block), kThinking);
  builder_.end_part();
}

void Reader::end_opaque() {
  Json block = std::move(open_->value);
  if (!open_->input.empty()) {
    Result<Json> input = parse_json(open_->input);
    if (!input) return malformed("the input of its own tool is no JSON");
    block["input"] = std::move(*input);
  }
  builder_.end_part();
  builder_.reasoning_opaque(open_->type, std::move(block), open_->type);
  builder_.end_part();
}

void Reader::end_message(const Json& delta, const Json& usage) {
  take_usage(usage);
  const std::string_view reason = block_text(member_at(delta, "stop_reason"));
  if (reason.empty()) return;
  stop_reason_ = reason;
  stop_details_ = member_at(delta, "stop_details");
  builder_.set_finish(stop_reason_finish(reason));
  builder_.set_stop_sequence(block_text(member_at(delta, "stop_sequence")));
}

ModelOutcome Reader::finish() {
  if (stop_reason_ == kContextExceeded && !said_) {
    builder_.fail(FailureClass::client, StreamFault::empty,
                  "the conversation fills the model's context and leaves no room for an answer; "
                  "shorten it",
                  false);
  }
  if (stop_reason_ == "refusal" && !said_) {
    const std::string said = string_at(stop_details_, "explanation");
    builder_.refusal(said.empty() ? "The model refused to answer." : said);
  }
  if (stop_reason_ == "pause_turn") builder_.set_paused();
  return builder_.finish();
}

}  // namespace yoke::anthropic
