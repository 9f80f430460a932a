#include "models/anthropic/request.h"

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>

#include "models/anthropic/schema.h"
#include "models/anthropic/thinking.h"
#include "models/anthropic/words.h"
#include "models/wire/data_url.h"
#include "models/wire/dialogue.h"
#include "models/wire/request_parts.h"
#include "runtime/base/hash.h"
#include "runtime/base/json_writer.h"
#include "runtime/base/text.h"

namespace yoke::anthropic {
namespace {

constexpr std::size_t kBadArgsBytesMax = 4096;
constexpr std::size_t kIdCharsMax = 64;
constexpr std::int64_t kOutputTokensDefault = 4096;  // the field is required

bool is_wire_id(std::string_view id) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  return !id.empty() && id.size() <= kIdCharsMax && std::all_of(id.begin(), id.end(), fits);
}

bool is_thinking(const Part* part) {
  const auto* reasoning = std::get_if<ReasoningPart>(part);
  if (reasoning == nullptr || !reasoning->opaque) return false;
  return reasoning->opaque->kind == kThinking || reasoning->opaque->kind == kRedactedThinking;
}

std::string_view without_trailing_space(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

// The texts that stand together from `at` on, put together. Returns how many more than one.
std::size_t take_texts(const DialogueTurn& turn, std::size_t at, std::string& text) {
  std::size_t count = 0;
  while (at + count < turn.parts.size()) {
    const auto* part = std::get_if<TextPart>(turn.parts[at + count]);
    if (part == nullptr) break;
    text += part->text;
    ++count;
  }
  return count == 0 ? 0 : count - 1;
}

// How long what stands up to here is to be kept; null: there is no mark, empty: as is usual.
using Mark = const std::string*;
const std::string kUsual;

class MessagesEncoder {
 public:
  MessagesEncoder(const ModelRequest& request, const ToolNames& names, const WireForm& form,
                  std::string& out)
      : request_(request), names_(names), form_(form), writer_(out) {
    turns_ = turns_of(request.messages,
                      [this](const Part& part, bool assistant) { return sends(part, assistant); });
    end_turns();
    name_calls();
    loop_ = current_loop(turns_);
    thinking_ = thinking_of(request, form, output_tokens());
    thinks_ = wants_thinking();
    marks_ = !request.cache_key.empty() && !form.extra_body.contains("cache_control");
    if (!request.options.cache_marks.empty()) take_marks();
  }

  Result<void> write();

 private:
  bool sends(const Part& part, bool assistant) const;
  void end_turns();
  void name_calls();
  bool wants_thinking() const;
  std::int64_t output_tokens() const;
  Result<void> check_budget() const;

  void write_parameters();
  void write_options();
  void write_tool_choice();
  void write_output_config();
  void write_tools();
  void write_system();
  Result<void> write_messages();
  Result<void> write_turn(std::size_t index);
  Result<void> write_result(const CallAndResult& pair, Mark mark);
  Result<void> write_part(const Part& part, bool assistant, Mark mark);
  Result<void> write_image(const ImagePart& image, Mark mark);
  void write_reasoning(const ReasoningPart& part);
  void write_text(std::string_view text, Mark mark);
  void write_call(const ToolCallPart& call, Mark mark);
  void write_mark(const std::string& ttl);
  void take_marks();
  bool is_marked(std::size_t index) const;
  Mark mark_of(std::size_t index, const void* part, bool last) const;
  Mark mark_after(CacheMark::After after) const;

  const ModelRequest& request_;
  const ToolNames& names_;
  const WireForm& form_;
  std::vector<DialogueTurn> turns_;
  std::unordered_map<const ToolCallPart*, std::string> ids_;
  std::size_t loop_ = 0;     // index of the first turn of the current loop
  Json thinking_ = nullptr;  // as it is to be sent
  bool thinks_ = false;
  bool marks_ = false;                                // where we see fit
  std::unordered_map<const void*, Mark> part_marks_;  // the caller's, by the part before them
  JsonWriter writer_;
};

// What is left out of the conversation: others' reasoning, and texts that the vendor refuses.
bool MessagesEncoder::sends(const Part& part, bool assistant) const {
  if (const auto* text = std::get_if<TextPart>(&part)) return !is_blank(text->text);
  if (const auto* refusal = std::get_if<RefusalPart>(&part)) return !is_blank(refusal->text);
  if (const auto* reasoning = std::get_if<ReasoningPart>(&part)) {
    if (!assistant || !reasoning->opaque || !reasoning->opaque->value.is_object()) return false;
    const std::string& origin = reasoning->opaque->origin;
    return origin == form_.origin || origin == kFamily;
  }
  if (std::holds_alternative<ToolCallPart>(part)) return assistant;
  if (std::holds_alternative<ToolResultPart>(part)) return !assistant;
  return true;
}

// Thinking must not be the last of its turn.
void MessagesEncoder::end_turns() {
  for (DialogueTurn& turn : turns_) {
    while (!turn.parts.empty() && is_thinking(turn.parts.back())) turn.parts.pop_back();
  }
}

// The vendor takes an id once in a conversation, and not all that others mint.
void MessagesEncoder::name_calls() {
  std::set<std::string> used;
  for (const DialogueTurn& turn : turns_) {
    for (const ToolCallPart* call : calls_of(turn)) {
      std::string id = call->id;
      if (!is_wire_id(id)) {
        const Hash hash = sha256(id);
        id = "toolu_" + to_hex(hash).substr(0, 24);
      }
      const std::string base = id.substr(0, kIdCharsMax - 8);
      for (int copy = 2; !used.insert(id).second; ++copy) id = base + "_" + std::to_string(copy);
      ids_.emplace(call, std::move(id));
    }
  }
}

bool MessagesEncoder::wants_thinking() const {
  const std::string type = string_at(thinking_, "type");
  if (type != "enabled") return !type.empty() && type != "disabled";
  for (std::size_t at = loop_; at < turns_.size(); ++at) {
    const DialogueTurn& turn = turns_[at];
    if (turn.assistant && !calls_of(turn).empty() && !is_thinking(turn.parts.front())) return false;
  }
  return true;
}

std::int64_t MessagesEncoder::output_tokens() const {
  return request_.output_tokens_max > 0 ? request_.output_tokens_max : kOutputTokensDefault;
}

Result<void> MessagesEncoder::check_budget() const {
  const std::int64_t budget = integer_at(thinking_, "budget_tokens");
  if (!thinks_ || budget < output_tokens()) return {};
  return Error{Errc::invalid,
               "its body.thinking.budget_tokens is " + std::to_string(budget) + ", but only " +
                   std::to_string(output_tokens()) +
                   " output tokens are asked for, and thinking counts among them: lower it, or "
                   "allow more output tokens"};
}

Result<void> MessagesEncoder::write() {
  const Result<void> budget = check_budget();
  if (!budget) return budget.error();
  writer_.open_object().member("model", form_.model);
  writer_.key("max_tokens").integer(output_tokens());
  write_parameters();
  write_output_config();
  write_tools();
  write_system();
  const Result<void> messages = write_messages();
  if (!messages) return messages.error();
  writer_.close_object();
  return {};
}

void MessagesEncoder::write_parameters() {
  if (form_.stream) writer_.key("stream").boolean(true);
  // Thinking goes with the default temperature only.
  if (request_.temperature && !thinks_) {
    writer_.key("temperature").json(Json(std::clamp(*request_.temperature, 0.0, 1.0)));
  }
  write_options();
  for (const auto& [key, value] : form_.extra_body.items()) {
    const bool apart = key == "output_config" || key == "tools" || key == "thinking";
    if (!apart) writer_.key(key).json(value);
  }
  const bool waived = !thinks_ && string_at(thinking_, "type") == "enabled";
  if (!thinking_.is_null() && !waived) writer_.key("thinking").json(thinking_);
}

// What the operator set for the backend stands.
void MessagesEncoder::write_options() {
  const CallOptions& options = request_.options;
  const Json& set = form_.extra_body;
  if (options.top_p && !set.contains("top_p")) writer_.key("top_p").number(*options.top_p);
  if (options.top_k && !set.contains("top_k")) writer_.key("top_k").integer(*options.top_k);
  if (!options.stop.empty() && !set.contains("stop_sequences")) {
    writer_.key("stop_sequences").open_array();
    for (const std::string& text : options.stop) writer_.text(text);
    writer_.close_array();
  }
  if (!request_.tools.empty() && !set.contains("tool_choice")) write_tool_choice();
}

void MessagesEncoder::write_tool_choice() {
  const CallOptions& options = request_.options;
  const bool one_call = options.parallel_tools && !*options.parallel_tools;
  const std::string& choice = options.tool_choice;
  if (choice.empty() && !one_call) return;
  writer_.key("tool_choice").open_object();
  writer_.member("type", choice.empty() ? "auto" : choice == "required" ? "any" : choice);
  if (choice == "tool") writer_.member("name", names_.wire(options.tool));
  if (one_call && choice != "none") writer_.key("disable_parallel_tool_use").boolean(true);
  writer_.close_object();
}

void MessagesEncoder::write_output_config() {
  Json config = member_at(form_.extra_body, "output_config");
  const std::string effort = effort_of(request_, form_);
  if (!effort.empty() && !config.contains("effort")) {
    if (!config.is_object()) config = Json::object();
    config["effort"] = effort;
  }
  if (!request_.output_schema.is_null()) {
    if (!config.is_object()) config = Json::object();
    config["format"] = {{"type", "json_schema"},
                        {"schema", enforced_schema(request_.output_schema)}};
  }
  if (!config.is_null()) writer_.key("output_config").json(config);
}

void MessagesEncoder::write_tools() {
  const Json& more = member_at(form_.extra_body, "tools");
  const bool has_more = more.is_array() && !more.empty();
  if (request_.tools.empty() && !has_more) return;
  writer_.key("tools").open_array();
  for (const ToolSpec& tool : request_.tools) {
    writer_.open_object().member("name", names_.wire(tool.name));
    if (!tool.description.empty()) writer_.member("description", tool.description);
    writer_.key("input_schema").json(tool.input_schema);
    const Mark mark = mark_after(CacheMark::After::tools);
    if (mark != nullptr && &tool == &request_.tools.back()) write_mark(*mark);
    writer_.close_object();
  }
  if (has_more) {
    for (const Json& tool : more) writer_.json(tool);
  }
  writer_.close_array();
}

void MessagesEncoder::write_system() {
  if (is_blank(request_.instructions)) return;
  const Mark mark = mark_after(CacheMark::After::instructions);
  if (mark == nullptr) {
    writer_.member("system", request_.instructions);
    return;
  }
  writer_.key("system").open_array();
  write_text(request_.instructions, mark);
  writer_.close_array();
}

Result<void> MessagesEncoder::write_messages() {
  writer_.key("messages").open_array();
  if (turns_.empty() || turns_.front().assistant) {
    writer_.open_object().member("role", "user").member("content", kNoMessage).close_object();
  }
  for (std::size_t index = 0; index < turns_.size(); ++index) {
    const Result<void> written = write_turn(index);
    if (!written) return written.error();
  }
  writer_.close_array();
  return {};
}

// The caller's marks, instead of ours.
void MessagesEncoder::take_marks() {
  marks_ = false;
  for (const CacheMark& mark : request_.options.cache_marks) {
    if (mark.after != CacheMark::After::message) continue;
    if (mark.message >= request_.messages.size()) continue;
    const Message& message = request_.messages[mark.message];
    const bool assistant = message.role == Role::assistant;
    for (auto part = message.parts.rbegin(); part != message.parts.rend(); ++part) {
      if (!sends(*part, assistant) || is_thinking(&*part)) continue;
      const auto* result = std::get_if<ToolResultPart>(&*part);
      const void* key = &*part;
      if (result != nullptr) key = result;
      part_marks_[key] = &mark.ttl;
      break;
    }
  }
}

Mark MessagesEncoder::mark_after(CacheMark::After after) const {
  if (marks_) return &kUsual;
  for (const CacheMark& mark : request_.options.cache_marks) {
    if (mark.after == after) return &mark.ttl;
  }
  return nullptr;
}

// Of a part: the last of its turn, where the turn is one that we mark.
Mark MessagesEncoder::mark_of(std::size_t index, const void* part, bool last) const {
  const auto found = part_marks_.find(part);
  if (found != part_marks_.end()) return found->second;
  return last && is_marked(index) ? &kUsual : nullptr;
}

// What has come before stays the same in the next request, and results will be asked about again.
bool MessagesEncoder::is_marked(std::size_t index) const {
  if (!marks_) return false;
  if (index + 2 == turns_.size()) return true;
  return index + 1 == turns_.size() && !turns_[index].results.empty();
}

Result<void> MessagesEncoder::write_turn(std::size_t index) {
  const DialogueTurn& turn = turns_[index];
  writer_.open_object().member("role", turn.assistant ? "assistant" : "user");
  writer_.key("content").open_array();
  for (const CallAndResult& pair : turn.results) {
    const bool last = turn.parts.empty() && &pair == &turn.results.back();
    const Result<void> written = write_result(pair, mark_of(index, pair.result, last));
    if (!written) return written.error();
  }
  for (std::size_t at = 0; at < turn.parts.size(); ++at) {
    std::string text;
    if (turn.assistant) at += take_texts(turn, at, text);
    const bool last = at + 1 >= turn.parts.size();
    if (!text.empty()) {
      const bool is_prefix = last && index + 1 == turns_.size();  // of what the model goes on with
      const Mark mark = mark_of(index, turn.parts[at], last);
      write_text(is_prefix ? without_trailing_space(text) : text, mark);
      continue;
    }
    const Part& part = *turn.parts[at];
    const Result<void> written = write_part(part, turn.assistant, mark_of(index, &part, last));
    if (!written) return written.error();
  }
  if (turn.parts.empty() && turn.results.empty()) write_text(kNoMessage, nullptr);
  writer_.close_array().close_object();
  return {};
}

Result<void> MessagesEncoder::write_result(const CallAndResult& pair, Mark mark) {
  writer_.open_object().member("type", "tool_result").member("tool_use_id", ids_.at(pair.call));
  const std::string_view content = pair.result == nullptr ? kNoResult : pair.result->content;
  if (!pair.images.empty()) {
    writer_.key("content").open_array();
    if (!is_blank(content)) write_text(content, nullptr);
    for (const ImagePart* image : pair.images) {
      const Result<void> written = write_image(*image, nullptr);
      if (!written) return written.error();
    }
    writer_.close_array();
  } else if (!content.empty()) {
    writer_.member("content", content);
  }
  if (pair.result == nullptr || pair.result->is_error) writer_.key("is_error").boolean(true);
  if (mark != nullptr) write_mark(*mark);
  writer_.close_object();
  return {};
}

Result<void> MessagesEncoder::write_part(const Part& part, bool assistant, Mark mark) {
  if (const auto* text = std::get_if<TextPart>(&part)) {
    write_text(text->text, mark);
  } else if (const auto* refusal = std::get_if<RefusalPart>(&part)) {
    write_text(refusal->text, mark);
  } else if (const auto* reasoning = std::get_if<ReasoningPart>(&part)) {
    write_reasoning(*reasoning);
  } else if (const auto* call = std::get_if<ToolCallPart>(&part)) {
    write_call(*call, mark);
  } else if (const auto* result = std::get_if<ToolResultPart>(&part)) {
    write_text(told(*result), mark);
  } else if (const auto* image = std::get_if<ImagePart>(&part)) {
    if (!assistant) return write_image(*image, mark);
    write_text("(an image of type " + image->media_type + ")", mark);
  }
  return {};
}

Result<void> MessagesEncoder::write_image(const ImagePart& image, Mark mark) {
  constexpr std::array<std::string_view, 4> kTypes{"image/jpeg", "image/png", "image/gif",
                                                   "image/webp"};
  const std::optional<DataUrl> data = parse_data_url(image.url);
  if (!data && !image.url.starts_with("http://") && !image.url.starts_with("https://")) {
    return Error{Errc::invalid,
                 "an image has an address that it cannot take: use http://, https:// or data: with "
                 "base64"};
  }
  writer_.open_object().member("type", "image").key("source").open_object();
  if (!data) {
    writer_.member("type", "url").member("url", image.url);
  } else {
    const std::string_view type = image.media_type.empty() ? data->media_type : image.media_type;
    if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end() || data->base64.empty()) {
      return Error{Errc::invalid, "it takes no image of type '" + printable(shorten(type, 40)) +
                                      "': image/png, jpeg, gif and webp are those it takes"};
    }
    writer_.member("type", "base64").member("media_type", type).member("data", data->base64);
  }
  writer_.close_object();
  if (mark != nullptr) write_mark(*mark);
  writer_.close_object();
  return {};
}

// The text of thinking is kept beside its block, once.
void MessagesEncoder::write_reasoning(const ReasoningPart& part) {
  if (part.opaque->kind != kThinking) {
    writer_.json(part.opaque->value);
    return;
  }
  writer_.open_object();
  for (const auto& [key, value] : part.opaque->value.items()) {
    if (key != kThinking) writer_.key(key).json(value);
  }
  writer_.member(kThinking, part.text).close_object();
}

void MessagesEncoder::write_text(std::string_view text, Mark mark) {
  writer_.open_object().member("type", "text").member("text", text);
  if (mark != nullptr) write_mark(*mark);
  writer_.close_object();
}

void MessagesEncoder::write_call(const ToolCallPart& call, Mark mark) {
  writer_.open_object().member("type", "tool_use").member("id", ids_.at(&call));
  writer_.member("name", names_.wire(call.name)).key("input");
  if (call.args.is_object()) {
    writer_.json(call.args);
  } else {
    const std::string unparsed = shorten(to_valid_utf8(call.bad_args), kBadArgsBytesMax);
    writer_.open_object().member("unparsed", unparsed).close_object();
  }
  if (mark != nullptr) write_mark(*mark);
  writer_.close_object();
}

void MessagesEncoder::write_mark(const std::string& ttl) {
  writer_.key("cache_control").open_object();
  if (ttl == "5m" || ttl == "1h") writer_.member("ttl", ttl);
  writer_.member("type", "ephemeral").close_object();
}

}  // namespace

Result<std::string> encode_request(const ModelRequest& request, const ToolNames& names,
                                   const WireForm& form) {
  const OptionWords words{.protocol = "Anthropic's protocol"};
  if (const Result<void> sayable = check_options(request, words); !sayable) return sayable.error();
  std::string body;
  body.reserve(4096);
  const Result<void> written = MessagesEncoder(request, names, form, body).write();
  if (!written) return written.error();
  return body;
}

}  // namespace yoke::anthropic
