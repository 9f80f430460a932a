#include "hosts/hook/openai/responses_reply.h"

#include "hosts/hook/openai/call_ids.h"

namespace yoke::openai {
namespace {

Json usage_of(const Usage& usage) {
  return {{"input_tokens", usage.input},
          {"input_tokens_details", {{"cached_tokens", usage.cached}}},
          {"output_tokens", usage.output},
          {"output_tokens_details", {{"reasoning_tokens", usage.reasoning}}},
          {"total_tokens", usage.input + usage.output}};
}

Json text_part(const std::string& text) {
  return {{"type", "output_text"},
          {"text", text},
          {"annotations", Json::array()},
          {"logprobs", Json::array()}};
}

Json summary_part(const std::string& text) { return {{"type", "summary_text"}, {"text", text}}; }

Json message_item(const std::string& id, Json content) {
  return {{"type", "message"},
          {"id", id},
          {"role", "assistant"},
          {"status", "completed"},
          {"content", std::move(content)}};
}

Json reasoning_item(const ResponseHead& head, const std::string& id, const std::string& text) {
  Json item{{"type", "reasoning"}, {"id", id}, {"summary", Json::array()}};
  if (!text.empty()) item["summary"].push_back(summary_part(text));
  if (head.encrypted_reasoning) item["encrypted_content"] = reasoning_mark(head.run_id);
  return item;
}

// How items of calls are named.
const char* kind_of(const ToolForms& forms, const std::string& name) {
  const auto form = forms.find(name);
  return form != forms.end() && form->second.custom ? "ctc" : "fc";
}

Json done_call(const ToolForms& forms, const std::string& id, const std::string& call_id,
               const std::string& name, const std::string& args) {
  Json item = call_item(forms, name, args);
  item["id"] = id;
  item["call_id"] = call_id;
  item["status"] = "completed";
  return item;
}

bool has_reasoning(const Message& message) {
  for (const Part& part : message.parts) {
    if (std::holds_alternative<ReasoningPart>(part)) return true;
  }
  return false;
}

Json output_of(const ResponseHead& head, const TalkReply& reply) {
  Json output = Json::array();
  const auto id = [&](const char* kind) { return item_id(kind, head.id, output.size()); };
  const std::string thought = reasoning_of(reply.message);
  const bool marked = head.encrypted_reasoning && has_reasoning(reply.message);
  if (!thought.empty() || marked) output.push_back(reasoning_item(head, id("rs"), thought));
  const std::string text = shown_text(reply);
  const std::string refusal = refusal_in(reply.message);
  const std::vector<const ToolCallPart*> calls = calls_in(reply.message);
  const ToolForms forms = tool_forms(member_at(head.echo, "tools"));
  Json content = Json::array();
  if (!text.empty() || (calls.empty() && refusal.empty())) content.push_back(text_part(text));
  if (!refusal.empty()) content.push_back({{"type", "refusal"}, {"refusal", refusal}});
  if (!content.empty()) output.push_back(message_item(id("msg"), std::move(content)));
  for (std::size_t index = 0; index < calls.size(); ++index) {
    const std::string& name = calls[index]->name;
    output.push_back(done_call(forms, id(kind_of(forms, name)),
                               handed_out_id(reply, index, head.of_agent), name,
                               arguments_text(*calls[index])));
  }
  return output;
}

// Set on top of what the request repeats: what each response has.
Json base_of(const ResponseHead& head, const std::string& status) {
  Json out{{"instructions", nullptr},
           {"max_output_tokens", nullptr},
           {"metadata", Json::object()},
           {"parallel_tool_calls", true},
           {"previous_response_id", nullptr},
           {"reasoning", {{"effort", nullptr}, {"summary", nullptr}}},
           {"temperature", 1.0},
           {"text", {{"format", {{"type", "text"}}}}},
           {"tool_choice", "auto"},
           {"tools", Json::array()},
           {"top_p", 1.0},
           {"truncation", "disabled"}};
  out.update(head.echo);
  out["id"] = head.id;
  out["object"] = "response";
  out["created_at"] = head.created_s;
  out["status"] = status;
  out["background"] = head.background;
  out["store"] = head.store;
  out["model"] = head.model;
  out["error"] = nullptr;
  out["incomplete_details"] = nullptr;
  out["output"] = Json::array();
  out["usage"] = nullptr;
  out["conversation"] = nullptr;
  if (!head.conversation.empty()) out["conversation"] = {{"id", head.conversation}};
  return out;
}

Json answered(const ResponseHead& head, const TalkReply& reply, Json output) {
  Json out = base_of(head, "completed");
  if (reply.finish == "length" || reply.finish == "content_filter") {
    out["status"] = "incomplete";
    const bool length = reply.finish == "length";
    out["incomplete_details"] = {{"reason", length ? "max_output_tokens" : "content_filter"}};
  }
  out["output"] = std::move(output);
  out["usage"] = usage_of(reply.usage);
  return out;
}

}  // namespace

Json to_json(const ResponseHead& head) {
  return {{"model", head.model},
          {"encrypted_reasoning", head.encrypted_reasoning},
          {"background", head.background},
          {"store", head.store},
          {"conversation", head.conversation},
          {"echo", head.echo}};
}

ResponseHead response_head_from_json(const Json& value) {
  ResponseHead head;
  head.model = string_at(value, "model");
  head.encrypted_reasoning = bool_at(value, "encrypted_reasoning");
  head.background = bool_at(value, "background");
  head.store = bool_at(value, "store");
  head.conversation = string_at(value, "conversation");
  head.echo = member_at(value, "echo");
  return head;
}

Json response_json(const ResponseHead& head, const std::string& status) {
  return base_of(head, status);
}

Json response_json(const ResponseHead& head, const TalkReply& reply) {
  return answered(head, reply, output_of(head, reply));
}

Json response_json(const ResponseHead& head, const Refusal& refusal) {
  Json out = base_of(head, "failed");
  const std::string code = refusal.code.empty() ? "server_error" : refusal.code;
  out["error"] = {{"code", code}, {"message", refusal.detail}};
  return out;
}

std::string ResponseStream::event(const char* type, Json fields) {
  const std::optional<std::int64_t> number = sequence_.next();
  return number ? event(type, *number, std::move(fields)) : std::string();
}

std::string ResponseStream::event(const char* type, std::int64_t number, Json fields) {
  fields["type"] = type;
  fields["sequence_number"] = number;
  return "event: " + std::string(type) + "\ndata: " + to_text(fields) + "\n\n";
}

std::string ResponseStream::begin() {
  const Json response = base_of(head_, "in_progress");
  std::string bytes = event("response.created", {{"response", response}});
  return bytes + event("response.in_progress", {{"response", response}});
}

// Where a piece belongs: its item, and the part of it.
Json ResponseStream::part_place(const char* index) const {
  return {{"item_id", open_->item["id"]}, {"output_index", output_.size()}, {index, 0}};
}

std::string ResponseStream::open(Kind kind, Json item) {
  open_ = Open{kind, {}, item};
  item["status"] = "in_progress";
  std::string bytes = event("response.output_item.added",
                            {{"output_index", output_.size()}, {"item", std::move(item)}});
  if (kind == Kind::reasoning) {
    Json fields = part_place("summary_index");
    fields["part"] = summary_part("");
    bytes += event("response.reasoning_summary_part.added", std::move(fields));
  } else if (kind == Kind::message) {
    Json fields = part_place("content_index");
    fields["part"] = text_part("");
    bytes += event("response.content_part.added", std::move(fields));
  } else {
    sequence_.begin_call();
  }
  return bytes;
}

std::string ResponseStream::add_piece(const std::string& text) {
  open_->text += text;
  if (open_->kind == Kind::custom) return {};  // a text in JSON: told when it is whole
  return told_piece(open_->kind == Kind::call ? sequence_.arguments(text) : sequence_.text(text));
}

std::string ResponseStream::told_piece(const std::optional<Sequence::Piece>& piece) const {
  if (!piece) return {};
  if (open_->kind == Kind::reasoning) {
    Json fields = part_place("summary_index");
    fields["delta"] = piece->text;
    return event("response.reasoning_summary_text.delta", piece->number, std::move(fields));
  }
  if (open_->kind == Kind::message) {
    Json fields = part_place("content_index");
    fields["delta"] = piece->text;
    fields["logprobs"] = Json::array();
    return event("response.output_text.delta", piece->number, std::move(fields));
  }
  return event(
      open_->kind == Kind::custom ? "response.custom_tool_call_input.delta"
                                  : "response.function_call_arguments.delta",
      piece->number,
      {{"item_id", open_->item["id"]}, {"output_index", output_.size()}, {"delta", piece->text}});
}

std::string ResponseStream::add_text(Kind kind, const std::string& text) {
  if (text.empty()) return {};
  std::string bytes;
  if (!open_ || open_->kind != kind) {
    bytes = close();
    const bool thought = kind == Kind::reasoning;
    const std::string id = item_id(thought ? "rs" : "msg", head_.id, output_.size());
    bytes += open(kind, thought ? reasoning_item(head_, id, "") : message_item(id, Json::array()));
  }
  return bytes + add_piece(text);
}

std::string ResponseStream::open_call(const std::string& call_id, const std::string& name) {
  std::string bytes = close();
  const std::string kind = kind_of(forms_, name);
  const std::string id = item_id(kind, head_.id, output_.size());
  return bytes +
         open(kind == "ctc" ? Kind::custom : Kind::call, done_call(forms_, id, call_id, name, ""));
}

std::string ResponseStream::add(const Delta& delta) {
  const std::string shown = streamed_.add(delta);
  shown_ = shown_ || !shown.empty() || streamed_.begins_call();
  if (delta.kind == Delta::Kind::text) return add_text(Kind::message, shown);
  if (delta.kind == Delta::Kind::reasoning) return add_text(Kind::reasoning, shown);
  if (delta.kind != Delta::Kind::tool_args) return {};
  std::string bytes;
  if (streamed_.begins_call()) {
    bytes = open_call(call_id({head_.run_id, std::to_string(delta.index)}), delta.tool);
  }
  if (shown.empty()) return bytes;
  return bytes + add_piece(shown);
}

std::string ResponseStream::add_note(const std::string& text) {
  return add_text(Kind::reasoning, text + "\n");
}

std::string ResponseStream::close_text() {
  const bool thought = open_->kind == Kind::reasoning;
  Json part = thought ? summary_part(open_->text) : text_part(open_->text);
  Json done = part_place(thought ? "summary_index" : "content_index");
  Json part_done = done;
  done["text"] = open_->text;
  if (!thought) done["logprobs"] = Json::array();
  part_done["part"] = part;
  open_->item[thought ? "summary" : "content"] = Json::array({std::move(part)});
  std::string bytes =
      event(thought ? "response.reasoning_summary_text.done" : "response.output_text.done",
            std::move(done));
  return bytes +
         event(thought ? "response.reasoning_summary_part.done" : "response.content_part.done",
               std::move(part_done));
}

std::string ResponseStream::close_call() {
  const bool custom = open_->kind == Kind::custom;
  std::string bytes;
  if (custom) {
    open_->text = custom_input(open_->text);
    bytes = told_piece(sequence_.arguments(open_->text));
  } else if (open_->text.empty()) {
    open_->text = "{}";
  }
  bytes += told_piece(sequence_.end_call());
  const char* field = custom ? "input" : "arguments";
  open_->item[field] = open_->text;
  Json done{{"item_id", open_->item["id"]}, {"output_index", output_.size()}};
  done[field] = open_->text;
  if (!custom) done["name"] = open_->item["name"];
  return bytes + event(custom ? "response.custom_tool_call_input.done"
                              : "response.function_call_arguments.done",
                       std::move(done));
}

std::string ResponseStream::close() {
  if (!open_) return {};
  const bool call = open_->kind == Kind::call || open_->kind == Kind::custom;
  std::string bytes = call ? close_call() : close_text();
  bytes +=
      event("response.output_item.done", {{"output_index", output_.size()}, {"item", open_->item}});
  output_.push_back(std::move(open_->item));
  open_.reset();
  return bytes;
}

std::string ResponseStream::add_refusal(const std::string& text) {
  if (text.empty()) return {};
  std::string bytes = close();
  const Json part{{"type", "refusal"}, {"refusal", text}};
  const std::string id = item_id("msg", head_.id, output_.size());
  const Json item = message_item(id, Json::array({part}));
  const Json place{{"item_id", id}, {"output_index", output_.size()}, {"content_index", 0}};
  const auto with = [&place](const char* key, Json value) {
    Json fields = place;
    fields[key] = std::move(value);
    return fields;
  };
  Json begun = item;
  begun["content"] = Json::array();
  begun["status"] = "in_progress";
  bytes += event("response.output_item.added",
                 {{"output_index", output_.size()}, {"item", std::move(begun)}});
  bytes +=
      event("response.content_part.added", with("part", {{"type", "refusal"}, {"refusal", ""}}));
  bytes += event("response.refusal.delta", with("delta", text));
  bytes += event("response.refusal.done", with("refusal", text));
  bytes += event("response.content_part.done", with("part", part));
  bytes += event("response.output_item.done", {{"output_index", output_.size()}, {"item", item}});
  output_.push_back(item);
  return bytes;
}

std::string ResponseStream::end_turn(const Message& reply) {
  std::string bytes;
  int calls = 0;
  for (const Part& part : reply.parts) {
    if (shown_) break;
    Delta delta;
    if (const auto* text = std::get_if<TextPart>(&part)) delta.text = text->text;
    if (const auto* refusal = std::get_if<RefusalPart>(&part)) delta.text = refusal->text;
    if (const auto* thought = std::get_if<ReasoningPart>(&part)) {
      delta.kind = Delta::Kind::reasoning;
      delta.text = thought->text;
    }
    if (const auto* call = std::get_if<ToolCallPart>(&part)) {
      delta.kind = Delta::Kind::tool_args;
      delta.text = arguments_text(*call);
      delta.tool = call->name;
      delta.index = calls++;
    }
    bytes += add(delta);
    shown_ = false;
  }
  shown_ = false;
  streamed_.end_turn();
  return bytes;
}

std::string ResponseStream::cut() {
  const bool told = shown_ || sequence_.has_more();
  return told ? fail(begun_anew()) : std::string();
}

std::string ResponseStream::end(const TalkReply& reply) {
  const std::optional<Streamed::Rest> rest = streamed_.rest(reply);
  if (!rest) return fail(begun_anew());
  std::string bytes;
  if (!streamed_.any_reasoning() && !streamed_.any_text()) {
    bytes += add_text(Kind::reasoning, reasoning_of(reply.message));
  }
  bytes += add_text(Kind::message, rest->text);
  const std::vector<const ToolCallPart*> calls = calls_in(reply.message);
  for (std::size_t index = rest->calls_shown; index < calls.size(); ++index) {
    bytes += open_call(handed_out_id(reply, index, head_.of_agent), calls[index]->name);
    bytes += add_piece(arguments_text(*calls[index]));
  }
  bytes += add_refusal(rest->refusal);
  bytes += close();
  Json response = answered(head_, reply, output_);
  const bool whole = response["status"] == "completed";
  return bytes + event(whole ? "response.completed" : "response.incomplete",
                       {{"response", std::move(response)}});
}

std::string ResponseStream::fail(const Refusal& refusal) {
  Json response = response_json(head_, refusal);
  response["output"] = output_;
  sequence_.pass_known();
  return event("response.failed", {{"response", std::move(response)}});
}

}  // namespace yoke::openai
