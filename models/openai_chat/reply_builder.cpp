#include "models/openai_chat/reply_builder.h"

#include <algorithm>
#include <set>

#include "models/estimate.h"
#include "models/openai_chat/usage.h"
#include "models/openai_chat/wire.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke::openai_chat {
namespace {

using PieceKind = ThinkSplitter::Piece::Kind;

constexpr std::size_t kNameBytesMax = 200;           // of a tool or a model
constexpr std::size_t kRawUsageBytesMax = 16 << 10;  // kept as the vendor wrote it

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

}  // namespace

std::string origin_of(std::string_view backend) { return "openai-chat/" + std::string(backend); }

ReplyBuilder::ReplyBuilder(const ReplyContext& context, DeltaSink sink)
    : context_(context), sink_(std::move(sink)), splitter_(context.profile.think_opening_omitted) {}

void ReplyBuilder::fail(FailureClass failure_class, std::string_view what, bool retryable) {
  if (failure_) return;
  ModelFailure failure;
  failure.failure_class = failure_class;
  failure.message = "backend '" + context_.backend + "': " + std::string(what);
  failure.retryable = retryable;
  failure_ = std::move(failure);
}

void ReplyBuilder::add(const Json& answer, std::string_view message_key) {
  if (failure_) return;
  if (!answer.is_object()) return fail(FailureClass::malformed, "the answer is no object", true);
  const Json& error = member_at(answer, "error");
  if (!error.is_null()) {
    const FailureContext context{context_.backend, context_.key};
    failure_ = failure_of_error_object(error, context);
    return;
  }
  if (model_.empty()) model_ = shorten(printable(string_at(answer, "model")), kNameBytesMax);
  if (answer_id_.empty()) answer_id_ = string_at(answer, "id");
  if (auto usage = usage_of(answer, raw_usage_)) usage_ = usage;
  const Json& choices = member_at(answer, "choices");
  if (!choices.is_array() || choices.empty()) return;
  const Json& choice = choices.front();
  if (!usage_) usage_ = usage_of(choice, raw_usage_);
  add_delta(member_at(choice, message_key));
  const std::string_view reason = text_view(member_at(choice, "finish_reason"));
  if (!reason.empty()) finish_reason_ = reason;
}

void ReplyBuilder::add_delta(const Json& delta) {
  if (!delta.is_object()) return;
  for (const std::string_view key : kReasoningKeys) {
    const std::string_view text = text_view(member_at(delta, key));
    if (text.empty()) continue;
    add_reasoning(text, key);
    break;
  }
  add_reasoning_details(member_at(delta, kReasoningDetails));
  add_content(member_at(delta, "content"));
  const std::string_view refusal = text_view(member_at(delta, "refusal"));
  if (!refusal.empty() && count(refusal.size())) {
    refusal_ += refusal;
    emit(Delta::Kind::text, refusal);
  }
  add_calls(member_at(delta, "tool_calls"));
}

void ReplyBuilder::add_content(const Json& content) {
  if (content.is_string()) return add_text(text_view(content));
  if (!content.is_array()) return;
  for (const Json& item : content) add_content_item(item);
}

void ReplyBuilder::add_content_item(const Json& item) {
  const std::string_view type = text_view(member_at(item, "type"));
  if (type == "text") return add_plain_text(text_view(member_at(item, "text")));
  if (type != "thinking") return;
  const Json& thinking = member_at(item, "thinking");
  if (thinking.is_string()) return add_reasoning(text_view(thinking), kArrayContentKey);
  if (!thinking.is_array()) return;
  for (const Json& piece : thinking) {
    add_reasoning(text_view(member_at(piece, "text")), kArrayContentKey);
  }
}

void ReplyBuilder::add_text(std::string_view text) {
  if (!context_.profile.think_tags) return add_plain_text(text);
  splitter_.push(text, pieces_);
  give_pieces();
}

void ReplyBuilder::give_pieces() {
  for (const ThinkSplitter::Piece& piece : pieces_) {
    if (piece.kind == PieceKind::recant) recant();
    if (piece.kind == PieceKind::reasoning) add_reasoning(piece.text, kThinkTagKey);
    if (piece.kind == PieceKind::text) add_plain_text(piece.text);
  }
  pieces_.clear();
}

// What streamed as text turns out to have been reasoning.
void ReplyBuilder::recant() {
  emit(Delta::Kind::reset, {});
  std::vector<Part> parts = std::move(parts_);
  parts_.clear();
  for (const Part& part : parts) {
    const auto* text = std::get_if<TextPart>(&part);
    const auto* reasoning = std::get_if<ReasoningPart>(&part);
    const std::string& said = text != nullptr ? text->text : reasoning->text;
    bytes_ -= std::min(bytes_, said.size());
    if (reasoning != nullptr) reasoning_bytes_ -= std::min(reasoning_bytes_, said.size());
    add_reasoning(said, kThinkTagKey);
  }
}

void ReplyBuilder::add_plain_text(std::string_view text) {
  if (text.empty() || !count(text.size())) return;
  auto* last = parts_.empty() ? nullptr : std::get_if<TextPart>(&parts_.back());
  if (last == nullptr) {
    if (!room_for_part()) return;
    parts_.emplace_back(TextPart{});
    last = std::get_if<TextPart>(&parts_.back());
  }
  last->text += text;
  emit(Delta::Kind::text, text);
}

void ReplyBuilder::add_reasoning(std::string_view text, std::string_view key) {
  if (text.empty() || !count(text.size())) return;
  reasoning_bytes_ += text.size();
  auto* last = parts_.empty() ? nullptr : std::get_if<ReasoningPart>(&parts_.back());
  if (last == nullptr) {
    if (!room_for_part()) return;
    ReasoningPart part;
    part.key = key;
    part.opaque = Opaque{origin_of(context_.backend), std::string(key), nullptr};
    parts_.emplace_back(std::move(part));
    last = std::get_if<ReasoningPart>(&parts_.back());
  }
  last->text += text;
  emit(Delta::Kind::reasoning, text);
}

void ReplyBuilder::add_reasoning_details(const Json& details) {
  if (!details.is_array()) return;
  for (const Json& piece : details) {
    if (!piece.is_object() || !count(approximate_bytes(piece))) continue;
    if (!reasoning_details_.empty() && same_detail(reasoning_details_.back(), piece)) {
      merge_detail(reasoning_details_.back(), piece);
    } else {
      reasoning_details_.push_back(piece);
    }
  }
}

void ReplyBuilder::add_calls(const Json& calls) {
  if (!calls.is_array()) return;
  for (std::size_t at = 0; at < calls.size() && !failure_; ++at) add_call(calls[at], at);
}

// By index, else by id, else by position. A new id under a known index with a name of its own is
// another call: some servers number every call 0.
ReplyBuilder::Call* ReplyBuilder::slot_for(const Json& piece, std::size_t position) {
  const std::string_view id = text_view(member_at(piece, "id"));
  const bool named = !text_view(member_at(member_at(piece, "function"), "name")).empty();
  const Json& index_value = member_at(piece, "index");
  const bool has_index = index_value.is_number_integer();
  const std::int64_t index = has_index ? integer_at(piece, "index") : 0;
  for (auto call = calls_.rbegin(); call != calls_.rend(); ++call) {
    const bool other_id = !id.empty() && !call->id.empty() && id != call->id;
    if (has_index && call->index == index) {
      if (!other_id || !named) return &*call;
      break;
    }
    if (!has_index && !id.empty() && id == call->id) return &*call;
  }
  const bool goes_on = !has_index && id.empty() && !named;
  if (goes_on && !calls_.empty()) return &calls_[std::min(position, calls_.size() - 1)];
  if (calls_.size() == kCallsMax) return nullptr;
  Call call;
  if (has_index) call.index = index;
  calls_.push_back(std::move(call));
  return &calls_.back();
}

void ReplyBuilder::add_call(const Json& piece, std::size_t position) {
  if (!piece.is_object()) return;
  Call* call = slot_for(piece, position);
  if (call == nullptr) {
    const std::string what = "over " + std::to_string(kCallsMax) + " tool calls in one reply";
    return fail(FailureClass::malformed, what, true);
  }
  const Json& function = member_at(piece, "function");
  const std::string_view id = text_view(member_at(piece, "id"));
  const std::string_view name = text_view(member_at(function, "name"));
  const bool first = call->name.empty() && !name.empty();
  const Json& extra = member_at(piece, kExtraContent);
  if (!count_aside((call->id.empty() ? id.size() : 0) + (first ? name.size() : 0))) return;
  if (!extra.is_null() && !count_aside(approximate_bytes(extra))) return;
  if (call->id.empty()) call->id = id;
  if (first) call->name = name;
  if (!extra.is_null()) call->extra = extra;
  const Json& arguments = member_at(function, "arguments");
  const std::string whole = arguments.is_object() ? to_text(arguments) : std::string();
  const std::string_view text = arguments.is_object() ? whole : text_view(arguments);
  if (!count(text.size())) return;
  call->args += text;
  if (!first && text.empty()) return;
  std::string tool = first ? tool_name(call->name) : std::string();
  emit(Delta::Kind::tool_args, text, static_cast<int>(call - calls_.data()), std::move(tool));
}

void ReplyBuilder::emit(Delta::Kind kind, std::string_view text, int index, std::string tool) {
  if (!sink_) return;
  Delta delta;
  delta.kind = kind;
  delta.text = text;
  delta.index = index;
  delta.tool = std::move(tool);
  sink_(delta);
}

bool ReplyBuilder::count(std::size_t bytes) {
  bytes_ += bytes;
  return within_bounds();
}

bool ReplyBuilder::count_aside(std::size_t bytes) {
  aside_bytes_ += bytes;
  return within_bounds();
}

bool ReplyBuilder::room_for_part() {
  if (parts_.size() < kPartsMax) return true;
  fail(FailureClass::malformed,
       "over " + std::to_string(kPartsMax) + " parts of text and reasoning in one reply", false);
  return false;
}

bool ReplyBuilder::within_bounds() {
  if (failure_) return false;
  constexpr std::size_t kBytesPerToken = 64;
  constexpr std::size_t kBytesAlways = 1u << 20;
  const auto tokens =
      static_cast<std::size_t>(std::max<std::int64_t>(context_.output_tokens_max, 0));
  const std::size_t bytes = bytes_ + aside_bytes_;
  if (bytes <= std::max(kBytesAlways, std::min(tokens, kBytesAlways) * kBytesPerToken)) return true;
  const std::string what = "the reply does not end: " + std::to_string(bytes) + " bytes for " +
                           std::to_string(tokens) + " tokens";
  fail(FailureClass::malformed, what, false);
  return false;
}

void ReplyBuilder::end_text() {
  if (!context_.profile.think_tags) return;
  splitter_.finish(pieces_);
  give_pieces();
}

ModelOutcome ReplyBuilder::finish() {
  if (!failure_) end_text();
  if (!failure_) failure_ = refused_finish();
  ModelReply reply;
  reply.message.role = Role::assistant;
  if (!failure_) {
    reply.message.parts = std::move(parts_);
    append_calls(reply.message);
    failure_ = empty_failure(reply.message);
  }
  if (failure_) {
    failure_->usage = usage_so_far();
    return std::move(*failure_);
  }
  reply.finish = finish_value(reply.message);
  reply.usage = usage_so_far();
  reply.model = std::move(model_);
  if (approximate_bytes(raw_usage_) <= kRawUsageBytesMax) reply.raw_usage = std::move(raw_usage_);
  return reply;
}

// Finish reasons that are no end of a reply but a failure of the vendor's.
std::optional<ModelFailure> ReplyBuilder::refused_finish() {
  if (finish_reason_ != "insufficient_system_resource" && finish_reason_ != "error") {
    return std::nullopt;
  }
  fail(FailureClass::server,
       "the server gave up in the middle (finish_reason " + finish_reason_ + ")", true);
  return std::move(failure_);
}

void ReplyBuilder::append_calls(Message& message) {
  if (!reasoning_details_.empty()) {
    ReasoningPart* part = nullptr;
    for (Part& one : message.parts) {
      if (part == nullptr) part = std::get_if<ReasoningPart>(&one);
    }
    if (part == nullptr) {
      message.parts.insert(message.parts.begin(), ReasoningPart{});
      part = std::get_if<ReasoningPart>(&message.parts.front());
    }
    part->opaque = Opaque{origin_of(context_.backend), std::string(kReasoningDetails),
                          std::move(reasoning_details_)};
  }
  if (!refusal_.empty()) message.parts.emplace_back(RefusalPart{std::move(refusal_)});
  std::set<std::string> ids;
  for (std::size_t at = 0; at < calls_.size(); ++at) {
    ToolCallPart part = call_part(calls_[at], at);
    while (!ids.insert(part.id).second) part.id += "_" + std::to_string(at);
    message.parts.emplace_back(std::move(part));
  }
}

// A name that is no tool's is the vendor's own text: it goes into messages for people.
std::string ReplyBuilder::tool_name(const std::string& wire) const {
  std::string name = shorten(printable(context_.names.ours(wire)), kNameBytesMax);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return name;
}

ToolCallPart ReplyBuilder::call_part(Call& call, std::size_t position) const {
  ToolCallPart part;
  part.id = std::move(call.id);
  part.name = tool_name(call.name);
  if (!call.extra.is_null()) {
    part.opaque =
        Opaque{origin_of(context_.backend), std::string(kExtraContent), std::move(call.extra)};
  }
  const std::string_view text = trim(call.args);
  if (part.id.empty()) {
    const std::string seed =
        answer_id_ + "\n" + std::to_string(position) + "\n" + call.name + call.args;
    const Hash hash = sha256(seed);
    part.id = "call_" + to_hex(hash).substr(0, 12);
  }
  if (text.empty() || text == "null") {
    part.args = Json::object();
    return part;
  }
  Result<Json> args = parse_json(text);
  if (args && args->is_object()) {
    part.args = std::move(*args);
  } else {
    part.args = nullptr;
    part.bad_args = text;
  }
  return part;
}

std::optional<ModelFailure> ReplyBuilder::empty_failure(const Message& message) const {
  for (const Part& part : message.parts) {
    if (!std::holds_alternative<ReasoningPart>(part)) return std::nullopt;
  }
  ModelFailure failure;
  failure.failure_class = FailureClass::malformed;
  failure.retryable = true;
  failure.message = "backend '" + context_.backend + "': ";
  if (finish_reason_ == "content_filter") {
    failure.failure_class = FailureClass::content;
    failure.retryable = false;
    failure.message += "a content filter kept the whole reply back";
  } else if (finish_reason_ == "length") {
    failure.retryable = false;
    failure.message += "all " + std::to_string(context_.output_tokens_max) +
                       " output tokens were used up before any answer; allow more";
  } else {
    failure.message += "the reply is empty: no text and no tool call";
  }
  return failure;
}

Finish ReplyBuilder::finish_value(const Message& message) const {
  for (const Part& part : message.parts) {
    if (std::holds_alternative<RefusalPart>(part)) return Finish::refusal;
  }
  const std::string& reason = finish_reason_;
  if (reason == "length" || reason == "max_tokens" || reason == "model_length") {
    return Finish::length;
  }
  if (reason == "content_filter") return Finish::content_filter;
  if (!calls_.empty()) return Finish::tool_calls;
  for (const std::string_view plain : {"stop", "eos", "end_turn", "tool_calls", "function_call"}) {
    if (reason == plain) return Finish::stop;
  }
  return Finish::other;
}

Usage ReplyBuilder::usage_so_far() const {
  if (usage_) return *usage_;
  Usage usage;
  usage.estimated = true;
  // A failure that came before any output is nobody's bill.
  if (failure_ && bytes_ == 0) return usage;
  usage.input = context_.input_tokens;
  usage.output = static_cast<std::int64_t>((bytes_ + 3) / 4);
  usage.reasoning = static_cast<std::int64_t>((reasoning_bytes_ + 3) / 4);
  return usage;
}

}  // namespace yoke::openai_chat
