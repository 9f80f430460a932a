#include "models/openai_chat/reader.h"

#include <algorithm>

#include "models/estimate.h"
#include "models/failure.h"
#include "models/openai_chat/names.h"
#include "models/openai_chat/usage.h"
#include "runtime/base/text.h"

namespace yoke::openai_chat {
namespace {

constexpr std::size_t kDetailBytesMax = 4u << 20;

std::string_view text_view(const Json& value) {
  const auto* text = value.get_ptr<const Json::string_t*>();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

// Of two pieces of one reasoning_details item: texts grow, everything else is taken over.
void merge_detail(Json& into, const Json& piece) {
  for (const auto& [key, value] : piece.items()) {
    const bool grows = key == "text" || key == "summary" || key == "data";
    if (grows && value.is_string() && into.contains(key) && into[key].is_string()) {
      into[key].get_ref<std::string&>() += value.get_ref<const std::string&>();
    } else if (!value.is_null()) {
      into[key] = value;
    }
  }
}

bool same_detail(const Json& a, const Json& b) {
  return member_at(a, "type") == member_at(b, "type") && a.contains("index") &&
         b.contains("index") && a["index"] == b["index"];
}

Finish finish_of(std::string_view reason) {
  for (const std::string_view cut : {"length", "max_tokens", "model_length"}) {
    if (reason == cut) return Finish::length;
  }
  if (reason == "content_filter") return Finish::content_filter;
  for (const std::string_view plain : {"stop", "eos", "end_turn", "tool_calls", "function_call"}) {
    if (reason == plain) return Finish::stop;
  }
  return Finish::other;
}

}  // namespace

Reader::Reader(const ReplyContext& context, const Profile& profile, DeltaSink sink)
    : context_(context),
      builder_(context, std::move(sink),
               ThinkTags{profile.think_tags, profile.think_opening_omitted}) {}

void Reader::add(const Json& answer, std::string_view message_key) {
  if (builder_.failed()) return;
  if (!answer.is_object()) {
    return builder_.fail(FailureClass::malformed, StreamFault::malformed, "the answer is no object",
                         true);
  }
  const Json& error = member_at(answer, "error");
  if (!error.is_null()) {
    const FailureContext context{context_.backend, context_.key};
    return builder_.fail(failure_of_error_object(error, context));
  }
  builder_.set_model(string_at(answer, "model"));
  builder_.set_answer_id(string_at(answer, "id"));
  Json raw;
  if (const auto usage = usage_of(answer, raw)) builder_.set_usage(*usage, std::move(raw));
  const Json& choices = member_at(answer, "choices");
  if (!choices.is_array() || choices.empty()) return;
  any_choice_ = true;
  const Json& choice = choices.front();
  if (!builder_.has_usage()) {
    if (const auto usage = usage_of(choice, raw)) builder_.set_usage(*usage, std::move(raw));
  }
  add_delta(member_at(choice, message_key));
  add_finish_reason(text_view(member_at(choice, "finish_reason")));
  // vLLM and SGLang say which it was; a number is a token of the model's own.
  for (const char* key : {"stop_reason", "matched_stop"}) {
    const std::string_view met = text_view(member_at(choice, key));
    if (!met.empty()) builder_.set_stop_sequence(met);
  }
}

// Some reasons are no end of a reply but a failure of the vendor's.
void Reader::add_finish_reason(std::string_view reason) {
  if (reason.empty()) return;
  if (reason == "insufficient_system_resource" || reason == "error") {
    const std::string what =
        "the server gave up in the middle (finish_reason " + std::string(reason) + ")";
    return builder_.fail(FailureClass::server, StreamFault::error_in_ok, what, true);
  }
  builder_.set_finish(finish_of(reason));
}

void Reader::add_delta(const Json& delta) {
  if (!delta.is_object()) return;
  for (const std::string_view key : kReasoningKeys) {
    const std::string_view text = text_view(member_at(delta, key));
    if (text.empty()) continue;
    builder_.reasoning(text, key);
    break;
  }
  add_reasoning_details(member_at(delta, kReasoningDetails));
  add_content(member_at(delta, "content"));
  builder_.refusal(text_view(member_at(delta, "refusal")));
  add_images(member_at(delta, "images"));
  add_calls(member_at(delta, "tool_calls"));
}

void Reader::add_content(const Json& content) {
  if (content.is_string()) return builder_.text(text_view(content));
  if (!content.is_array()) return;
  for (const Json& item : content) add_content_item(item);
}

void Reader::add_content_item(const Json& item) {
  const std::string_view type = text_view(member_at(item, "type"));
  if (type == "text") return builder_.plain_text(text_view(member_at(item, "text")));
  if (type == "image_url") return add_images(Json::array({item}));
  if (type != "thinking") return;
  const Json& thinking = member_at(item, "thinking");
  if (thinking.is_string()) return builder_.reasoning(text_view(thinking), kArrayContentKey);
  if (!thinking.is_array()) return;
  for (const Json& piece : thinking) {
    builder_.reasoning(text_view(member_at(piece, "text")), kArrayContentKey);
  }
}

// As OpenRouter sends what a model drew: {"type":"image_url","image_url":{"url":"data:…"}}.
void Reader::add_images(const Json& images) {
  if (!images.is_array()) return;
  for (const Json& item : images) {
    ImagePart image;
    image.url = string_at(member_at(item, "image_url"), "url");
    if (image.url.empty()) continue;
    const std::string_view url = image.url;
    const bool data = url.starts_with("data:");
    if (data) image.media_type = url.substr(5, url.find_first_of(";,") - 5);
    builder_.image(std::move(image));
  }
}

void Reader::add_reasoning_details(const Json& details) {
  if (!details.is_array()) return;
  for (const Json& piece : details) {
    if (!piece.is_object()) continue;
    detail_bytes_ += approximate_bytes(piece);
    if (detail_bytes_ > kDetailBytesMax) {
      return builder_.fail(FailureClass::malformed, StreamFault::too_large,
                           "the details of its reasoning do not end", false);
    }
    if (!reasoning_details_.empty() && same_detail(reasoning_details_.back(), piece)) {
      merge_detail(reasoning_details_.back(), piece);
    } else {
      reasoning_details_.push_back(piece);
    }
  }
}

void Reader::add_calls(const Json& calls) {
  if (!calls.is_array()) return;
  for (std::size_t at = 0; at < calls.size() && !builder_.failed(); ++at) add_call(calls[at], at);
}

// By index, else by id, else by position. A new id under a known index with a name of its own is
// another call: some servers number every call 0.
std::optional<std::size_t> Reader::slot_for(const Json& piece, std::size_t position) {
  const std::string_view id = text_view(member_at(piece, "id"));
  const bool named = !text_view(member_at(member_at(piece, "function"), "name")).empty();
  const Json& index_value = member_at(piece, "index");
  const bool has_index = index_value.is_number_integer();
  const std::int64_t index = has_index ? integer_at(piece, "index") : 0;
  for (std::size_t at = slots_.size(); at > 0; --at) {
    const Slot& slot = slots_[at - 1];
    const bool other_id = !id.empty() && !slot.id.empty() && id != slot.id;
    if (has_index && slot.index == index) {
      if (!other_id || !named) return at - 1;
      break;
    }
    if (!has_index && !id.empty() && id == slot.id) return at - 1;
  }
  const bool goes_on = !has_index && id.empty() && !named;
  if (goes_on && !slots_.empty()) return std::min(position, slots_.size() - 1);
  const std::optional<std::size_t> slot = builder_.open_call();
  if (!slot) return std::nullopt;
  Slot& added = slots_.emplace_back();
  if (has_index) added.index = index;
  return slot;
}

void Reader::add_call(const Json& piece, std::size_t position) {
  if (!piece.is_object()) return;
  const std::optional<std::size_t> slot = slot_for(piece, position);
  if (!slot) return;
  const Json& function = member_at(piece, "function");
  const Json& extra = member_at(piece, kExtraContent);
  const Json& arguments = member_at(function, "arguments");
  const std::string whole = arguments.is_object() ? to_text(arguments) : std::string();
  CallPiece call;
  call.id = text_view(member_at(piece, "id"));
  call.name = text_view(member_at(function, "name"));
  call.args = arguments.is_object() ? std::string_view(whole) : text_view(arguments);
  call.opaque_kind = kExtraContent;
  if (!extra.is_null()) call.opaque = &extra;
  if (slots_[*slot].id.empty()) slots_[*slot].id = call.id;
  builder_.call(*slot, call);
}

ModelOutcome Reader::finish() {
  if (!reasoning_details_.empty()) {
    builder_.lead_reasoning_opaque(kReasoningDetails, std::move(reasoning_details_));
  }
  return builder_.finish();
}

}  // namespace yoke::openai_chat
