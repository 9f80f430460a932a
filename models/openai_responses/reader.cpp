#include "models/openai_responses/reader.h"

#include "models/failure.h"
#include "models/openai_responses/names.h"
#include "models/openai_responses/usage.h"

namespace yoke::openai_responses {
namespace {

constexpr std::size_t kItemsMax = 1'000;

std::string_view text_at(const Json& object, std::string_view key) {
  const auto* text = member_at(object, key).get_ptr<const Json::string_t*>();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::string media_type_of(const Json& item) {
  const std::string format = string_at(item, "output_format", "png");
  return "image/" + (format == "jpg" ? std::string("jpeg") : format);
}

}  // namespace

void Reader::add_event(const Json& event) {
  if (builder_.failed()) return;
  const std::string_view type = text_at(event, "type");
  const std::string_view delta = text_at(event, "delta");
  const std::int64_t index = integer_at(event, "output_index");
  if (items_.size() >= kItemsMax && !items_.contains(index)) {
    return builder_.fail(FailureClass::malformed, StreamFault::too_large,
                         "over " + std::to_string(kItemsMax) + " items in one reply", false);
  }
  if (type == "response.output_item.added") return open_item(index, member_at(event, "item"));
  if (type == "response.output_item.done") return close_item(index, member_at(event, "item"));
  if (type == "response.completed" || type == "response.incomplete" || type == "response.failed") {
    return add_response(member_at(event, "response"));
  }
  if (type == "error") {
    const Json& inner = member_at(event, "error");
    return add_error(inner.is_object() ? inner : event);
  }
  if (type == "response.created") return add_known(member_at(event, "response"));
  if (delta.empty() && type != "response.reasoning_summary_part.added") return;
  Item& item = items_[index];
  if (item.done) return;
  if (type == "response.function_call_arguments.delta") return add_call_piece(item, delta);
  if (type == "response.reasoning_summary_part.added") {
    if (item.shown) builder_.reasoning("\n\n", kSummaryKey);
    return;
  }
  if (type == "response.output_text.delta") {
    builder_.plain_text(delta);
  } else if (type == "response.refusal.delta") {
    builder_.refusal(delta);
  } else if (type == "response.reasoning_summary_text.delta") {
    builder_.reasoning(delta, kSummaryKey);
  } else if (type == "response.reasoning_text.delta") {
    builder_.reasoning(delta, kTextKey);
  } else {
    return;
  }
  item.shown = true;
}

void Reader::add_known(const Json& response) {
  builder_.set_model(text_at(response, "model"));
  builder_.set_answer_id(text_at(response, "id"));
}

void Reader::open_item(std::int64_t index, const Json& item) {
  builder_.end_part();
  Item& state = items_[index];
  if (state.done) state = Item{};  // some servers give all items one place
  if (text_at(item, "type") != "function_call" || state.call) return;
  state.call = builder_.open_call(ReplyBuilder::CallPlace::in_order);
  if (!state.call) return;
  CallPiece piece;
  piece.id = text_at(item, "call_id");
  piece.name = text_at(item, "name");
  builder_.call(*state.call, piece);
}

void Reader::close_item(std::int64_t index, const Json& item) {
  Item& state = items_[index];
  if (state.done) return;
  const std::string_view type = text_at(item, "type");
  if (type == "message") {
    add_message(state, item);
  } else if (type == kReasoning) {
    add_reasoning(state, item);
  } else if (type == "function_call") {
    if (!state.call) open_item(index, item);
    add_call(state, item);
  } else if (type == "image_generation_call") {
    add_image(item);
  } else if (!type.empty()) {
    add_hosted(item, type);
  }
  state.done = true;
  any_done_ = true;
  builder_.end_part();
}

void Reader::add_message(Item& state, const Json& item) {
  const Json& content = member_at(item, "content");
  if (!state.shown && content.is_array()) {
    for (const Json& part : content) {
      builder_.plain_text(text_at(part, "text"));
      builder_.refusal(text_at(part, "refusal"));
    }
  }
  const std::string_view phase = text_at(item, kPhase);
  if (!phase.empty()) builder_.text_opaque(kPhase, Json(phase));
}

// Kept word for word, as it has to be sent back.
void Reader::add_reasoning(Item& state, const Json& item) {
  const Json& summary = member_at(item, "summary");
  const Json& content = member_at(item, "content");
  const bool whole = content.is_array() && !content.empty();
  const std::string_view key = whole ? kTextKey : kSummaryKey;
  const Json& parts = whole ? content : summary;
  if (!state.shown && parts.is_array()) {
    for (const Json& part : parts) {
      if (state.shown) builder_.reasoning("\n\n", key);
      builder_.reasoning(text_at(part, "text"), key);
      state.shown = true;
    }
  }
  builder_.reasoning_opaque(kReasoning, item, key);
}

void Reader::add_call(Item& state, const Json& item) {
  if (!state.call || state.shown) return;
  CallPiece piece;
  piece.args = text_at(item, "arguments");
  builder_.call(*state.call, piece);
}

void Reader::add_call_piece(Item& state, std::string_view delta) {
  if (!state.call) return;  // the item's own text comes with its end
  CallPiece piece;
  piece.args = delta;
  builder_.call(*state.call, piece);
  state.shown = true;
}

void Reader::add_image(const Json& item) {
  const std::string_view result = text_at(item, "result");
  if (result.empty()) return;
  ImagePart image;
  image.media_type = media_type_of(item);
  image.url = "data:" + image.media_type + ";base64," + std::string(result);
  builder_.image(std::move(image));
}

// A tool that ran at the vendor's. Reasoning before it is only taken together with it.
void Reader::add_hosted(const Json& item, std::string_view type) {
  builder_.end_part();
  builder_.reasoning_opaque(type, item, kSummaryKey);
}

void Reader::add_error(const Json& error) {
  builder_.fail(failure_of_error_object(error, FailureContext{context_.backend, context_.key}));
}

void Reader::add_response(const Json& response) {
  if (builder_.failed()) return;
  const std::string_view status = text_at(response, "status");
  add_known(response);
  Json raw;
  if (const auto usage = usage_of(response, raw)) builder_.set_usage(*usage, std::move(raw));
  const Json& error = member_at(response, "error");
  if (!error.is_null()) return add_error(error);
  if (status == "failed") return add_error({{"message", "the response failed"}});
  const Json& output = member_at(response, "output");
  if (output.is_array() && !any_done_) {
    for (std::size_t at = 0; at < output.size() && at < kItemsMax; ++at) {
      close_item(static_cast<std::int64_t>(at), output[at]);
    }
  }
  if (status != "completed" && status != "incomplete") return;
  ended_ = true;
  const Json& details = member_at(response, "incomplete_details");
  const std::string_view reason = text_at(details, "reason");
  Finish finish = Finish::stop;
  if (status == "incomplete") finish = Finish::other;
  if (reason == "max_output_tokens") finish = Finish::length;
  if (reason == "content_filter") finish = Finish::content_filter;
  builder_.set_finish(finish);
}

}  // namespace yoke::openai_responses
