#include "models/wire/reply_builder.h"

#include <algorithm>
#include <limits>
#include <set>
#include <type_traits>

#include "models/estimate.h"
#include "models/failure.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

using PieceKind = ThinkSplitter::Piece::Kind;

constexpr std::size_t kNameBytesMax = 200;           // of a tool or a model
constexpr std::size_t kRawUsageBytesMax = 16 << 10;  // kept as the vendor wrote it
constexpr std::size_t kImageBytesMax = 12u << 20;

}  // namespace

ReplyBuilder::ReplyBuilder(const ReplyContext& context, DeltaSink sink, ThinkTags tags)
    : context_(context),
      sink_(std::move(sink)),
      tags_expected_(tags.expected),
      splitter_(tags.opening_omitted) {}

void ReplyBuilder::fail(FailureClass failure_class, StreamFault fault, std::string_view what,
                        bool retryable) {
  ModelFailure failure;
  failure.failure_class = failure_class;
  failure.fault = fault;
  failure.message = "backend '" + context_.backend + "': " + std::string(what);
  failure.retryable = retryable;
  fail(std::move(failure));
}

void ReplyBuilder::fail(ModelFailure failure) {
  if (!failure_) failure_ = std::move(failure);
}

void ReplyBuilder::text(std::string_view text) {
  if (!tags_expected_) return plain_text(text);
  splitter_.push(text, pieces_);
  give_pieces();
}

void ReplyBuilder::give_pieces() {
  for (const ThinkSplitter::Piece& piece : pieces_) {
    if (piece.kind == PieceKind::recant) recant();
    if (piece.kind == PieceKind::reasoning) reasoning(piece.text, kThinkTagKey);
    if (piece.kind == PieceKind::text) plain_text(piece.text);
    if (piece.kind == PieceKind::call) text_call_ = open_call();
    CallPiece call;
    if (piece.kind == PieceKind::call) call.name = piece.text;
    if (piece.kind == PieceKind::call_args) call.args = piece.text;
    if (text_call_) this->call(*text_call_, call);
  }
  pieces_.clear();
}

// What streamed as text turns out to have been reasoning.
void ReplyBuilder::recant() {
  in_thought_ = false;
  emit(Delta::Kind::reset, {});
  std::vector<Part> parts = std::move(parts_);
  parts_.clear();
  for (Part& part : parts) {
    const auto* text = std::get_if<TextPart>(&part);
    const auto* thought = std::get_if<ReasoningPart>(&part);
    if (text == nullptr && thought == nullptr) {
      parts_.push_back(std::move(part));
      continue;
    }
    const std::string& said = text != nullptr ? text->text : thought->text;
    bytes_ -= std::min(bytes_, said.size());
    if (thought != nullptr) reasoning_bytes_ -= std::min(reasoning_bytes_, said.size());
    reasoning(said, kThinkTagKey);
  }
}

template <class T>
T* ReplyBuilder::last_part() {
  if (part_ended_ || parts_.empty()) return nullptr;
  return std::get_if<T>(&parts_.back());
}

template <class T>
T* ReplyBuilder::part_for_more() {
  if (T* last = last_part<T>()) return last;
  if (!room_for_part()) return nullptr;
  end_thought();
  in_thought_ = std::is_same_v<T, ReasoningPart>;
  part_ended_ = false;
  return std::get_if<T>(&parts_.emplace_back(T{}));
}

void ReplyBuilder::end_part() {
  end_thought();
  part_ended_ = true;
}

// Tells what came with the reasoning that is whole now, for those whose clients hand it back.
void ReplyBuilder::end_thought() {
  if (!in_thought_) return;
  in_thought_ = false;
  const auto* part = parts_.empty() ? nullptr : std::get_if<ReasoningPart>(&parts_.back());
  if (part == nullptr || !sink_ || failure_) return;
  Delta delta;
  delta.kind = Delta::Kind::reasoning;
  delta.thought = std::make_shared<const ReasoningPart>(ReasoningPart{{}, part->opaque, part->key});
  sink_(delta);
}

void ReplyBuilder::plain_text(std::string_view text) {
  if (text.empty() || !count(text.size())) return;
  auto* part = part_for_more<TextPart>();
  if (part == nullptr) return;
  part->text += text;
  emit(Delta::Kind::text, text);
}

void ReplyBuilder::reasoning(std::string_view text, std::string_view key) {
  if (text.empty() || !count(text.size())) return;
  reasoning_bytes_ += text.size();
  auto* part = part_for_more<ReasoningPart>();
  if (part == nullptr) return;
  if (part->key.empty()) part->key = key;
  if (!part->opaque) part->opaque = Opaque{context_.origin, std::string(key), nullptr};
  part->text += text;
  in_thought_ = true;
  emit(Delta::Kind::reasoning, text);
}

void ReplyBuilder::refusal(std::string_view text) {
  if (text.empty() || !count(text.size())) return;
  refusal_ += text;
  emit(Delta::Kind::text, text);
}

void ReplyBuilder::image(ImagePart image) {
  image_bytes_ += image.url.size();
  if (failure_) return;
  if (image_bytes_ > kImageBytesMax) {
    return fail(FailureClass::malformed, StreamFault::too_large,
                "the images of the reply are over " + std::to_string(kImageBytesMax >> 20) + " MiB",
                false);
  }
  end_thought();
  if (room_for_part()) parts_.emplace_back(std::move(image));
}

void ReplyBuilder::text_opaque(std::string_view kind, Json value) {
  if (!count_aside(approximate_bytes(value))) return;
  auto* part = part_for_more<TextPart>();
  if (part != nullptr) part->opaque = Opaque{context_.origin, std::string(kind), std::move(value)};
}

void ReplyBuilder::reasoning_opaque(std::string_view kind, Json value, std::string_view key) {
  if (!count_aside(approximate_bytes(value))) return;
  auto* part = part_for_more<ReasoningPart>();
  if (part == nullptr) return;
  if (part->key.empty()) part->key = key;
  part->opaque = Opaque{context_.origin, std::string(kind), std::move(value)};
}

void ReplyBuilder::lead_reasoning_opaque(std::string_view kind, Json value) {
  if (!count_aside(approximate_bytes(value))) return;
  const auto is_reasoning = [](const Part& part) {
    return std::holds_alternative<ReasoningPart>(part);
  };
  auto found = std::find_if(parts_.begin(), parts_.end(), is_reasoning);
  if (found == parts_.end()) {
    found = parts_.insert(parts_.begin(), ReasoningPart{});
    for (Call& call : calls_) {
      if (call.after != std::numeric_limits<std::size_t>::max()) ++call.after;
    }
  }
  std::get<ReasoningPart>(*found).opaque =
      Opaque{context_.origin, std::string(kind), std::move(value)};
}

std::optional<std::size_t> ReplyBuilder::open_call(CallPlace place) {
  if (failure_) return std::nullopt;
  if (calls_.size() == kCallsMax) {
    fail(FailureClass::malformed, StreamFault::too_large,
         "over " + std::to_string(kCallsMax) + " tool calls in one reply", true);
    return std::nullopt;
  }
  end_thought();
  Call& call = calls_.emplace_back();
  const bool last = place == CallPlace::last;
  call.after = last ? std::numeric_limits<std::size_t>::max() : parts_.size();
  part_ended_ = part_ended_ || !last;
  return calls_.size() - 1;
}

void ReplyBuilder::call(std::size_t slot, const CallPiece& piece) {
  if (failure_ || slot >= calls_.size()) return;
  Call& call = calls_[slot];
  const bool first = call.name.empty() && !piece.name.empty();
  const std::size_t id_bytes = call.id.empty() ? piece.id.size() : 0;
  if (!count_aside(id_bytes + (first ? piece.name.size() : 0))) return;
  if (piece.opaque != nullptr && !count_aside(approximate_bytes(*piece.opaque))) return;
  if (call.id.empty()) call.id = piece.id;
  if (first) call.name = piece.name;
  if (piece.opaque != nullptr) {
    call.opaque_kind = piece.opaque_kind;
    call.opaque = *piece.opaque;
  }
  if (!count(piece.args.size())) return;
  call.args += piece.args;
  if (!first && piece.args.empty()) return;
  std::string tool = first ? tool_name(call.name) : std::string();
  emit(Delta::Kind::tool_args, piece.args, static_cast<int>(slot), std::move(tool));
}

void ReplyBuilder::set_model(std::string_view model) {
  if (model_.empty()) model_ = shorten(printable(model), kNameBytesMax);
}

void ReplyBuilder::set_answer_id(std::string_view id) {
  if (answer_id_.empty()) answer_id_ = id;
}

void ReplyBuilder::set_usage(const Usage& usage, Json raw) {
  usage_ = plausible(usage);
  raw_usage_ = std::move(raw);
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
  fail(FailureClass::malformed, StreamFault::too_large,
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
  fail(FailureClass::malformed, StreamFault::too_large, what, false);
  return false;
}

void ReplyBuilder::set_stop_sequence(std::string_view text) {
  const std::vector<std::string>& stops = context_.stops;
  if (std::find(stops.begin(), stops.end(), text) != stops.end()) stop_sequence_ = text;
}

ModelOutcome ReplyBuilder::finish() {
  if (!failure_ && tags_expected_) {
    splitter_.finish(pieces_);
    give_pieces();
  }
  end_thought();
  ModelReply reply;
  reply.message.role = Role::assistant;
  if (!failure_) {
    reply.message.parts = take_parts();
    failure_ = empty_failure(reply.message);
  }
  if (failure_) {
    failure_->usage = usage_so_far();
    return std::move(*failure_);
  }
  reply.finish = finish_value(reply.message);
  if (reply.finish == Finish::stop) reply.stop_sequence = std::move(stop_sequence_);
  reply.paused = paused_;
  reply.usage = usage_so_far();
  reply.model = std::move(model_);
  if (approximate_bytes(raw_usage_) <= kRawUsageBytesMax) reply.raw_usage = std::move(raw_usage_);
  return reply;
}

std::vector<Part> ReplyBuilder::take_parts() {
  std::vector<Part> parts;
  std::set<std::string> ids;
  std::size_t next = 0;  // call
  const auto take_calls = [&](std::size_t before) {
    for (; next < calls_.size() && calls_[next].after <= before; ++next) {
      ToolCallPart part = call_part(calls_[next], next);
      while (!ids.insert(part.id).second) part.id += "_" + std::to_string(next);
      parts.emplace_back(std::move(part));
    }
  };
  for (std::size_t at = 0; at < parts_.size(); ++at) {
    take_calls(at);
    parts.push_back(std::move(parts_[at]));
  }
  if (!refusal_.empty()) parts.emplace_back(RefusalPart{std::move(refusal_)});
  take_calls(std::numeric_limits<std::size_t>::max());
  return parts;
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
  if (!call.opaque.is_null()) {
    part.opaque = Opaque{context_.origin, std::move(call.opaque_kind), std::move(call.opaque)};
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
  if (paused_ && !message.parts.empty()) return std::nullopt;
  for (const Part& part : message.parts) {
    const auto* text = std::get_if<TextPart>(&part);
    if (text != nullptr && text->text.empty()) continue;
    if (!std::holds_alternative<ReasoningPart>(part)) return std::nullopt;
  }
  ModelFailure failure;
  failure.failure_class = FailureClass::malformed;
  failure.fault = StreamFault::empty;
  failure.retryable = true;
  failure.message = "backend '" + context_.backend + "': ";
  if (finish_ == Finish::content_filter) {
    failure.failure_class = FailureClass::content;
    failure.retryable = false;
    failure.message += "a content filter kept the whole reply back";
  } else if (finish_ == Finish::length) {
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
  const Finish said = finish_.value_or(Finish::other);
  if (said == Finish::length || said == Finish::content_filter || said == Finish::refusal) {
    return said;
  }
  if (!calls_.empty()) return Finish::tool_calls;
  return said == Finish::tool_calls ? Finish::stop : said;
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

Result<Json> parse_vendor_json(std::string_view text) {
  if (is_valid_utf8(text)) return parse_json(text);
  const std::string mended = to_valid_utf8(text);
  return parse_json(mended);
}

std::string no_json(std::string_view what, const Error& error, std::string_view text,
                    const Secret& key) {
  constexpr std::size_t kShownBytes = 120;
  constexpr std::size_t kReadBytes = 8192;  // the key is cut out before the text is
  return std::string(what) + " is no JSON: " + safe_text(error.detail, key) + ": " +
         shorten(safe_text(text.substr(0, kReadBytes), key), kShownBytes);
}

}  // namespace yoke
