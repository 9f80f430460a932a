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

Json call_item(const std::string& id, const std::string& call_id, const std::string& name,
               const std::string& args) {
  return {{"type", "function_call"}, {"id", id},
          {"call_id", call_id},      {"name", name},
          {"arguments", args},       {"status", "completed"}};
}

bool has_reasoning(const Message& message) {
  for (const Part& part : message.parts) {
    if (std::holds_alternative<ReasoningPart>(part)) return true;
  }
  return false;
}

Json output_of(const ResponseHead& head, const TalkReply& reply) {
  Json output = Json::array();
  const auto id = [&](const char* kind) { return item_id(kind, head.run_id, output.size()); };
  const std::string thought = reasoning_of(reply.message);
  const bool marked = head.encrypted_reasoning && has_reasoning(reply.message);
  if (!thought.empty() || marked) output.push_back(reasoning_item(head, id("rs"), thought));
  const std::string text = shown_text(reply);
  const std::string refusal = refusal_in(reply.message);
  const std::vector<const ToolCallPart*> calls = calls_in(reply.message);
  Json content = Json::array();
  if (!text.empty() || (calls.empty() && refusal.empty())) content.push_back(text_part(text));
  if (!refusal.empty()) content.push_back({{"type", "refusal"}, {"refusal", refusal}});
  if (!content.empty()) output.push_back(message_item(id("msg"), std::move(content)));
  for (std::size_t index = 0; index < calls.size(); ++index) {
    output.push_back(call_item(id("fc"), handed_out_id(reply, index, head.of_agent),
                               calls[index]->name, arguments_text(*calls[index])));
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
  fields["type"] = type;
  fields["sequence_number"] = sequence_++;
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
  }
  return bytes;
}

std::string ResponseStream::add_piece(const std::string& text) {
  open_->text += text;
  if (open_->kind == Kind::reasoning) {
    Json fields = part_place("summary_index");
    fields["delta"] = text;
    return event("response.reasoning_summary_text.delta", std::move(fields));
  }
  if (open_->kind == Kind::message) {
    Json fields = part_place("content_index");
    fields["delta"] = text;
    fields["logprobs"] = Json::array();
    return event("response.output_text.delta", std::move(fields));
  }
  return event("response.function_call_arguments.delta",
               {{"item_id", open_->item["id"]}, {"output_index", output_.size()}, {"delta", text}});
}

std::string ResponseStream::add_text(Kind kind, const std::string& text) {
  if (text.empty()) return {};
  std::string bytes;
  if (!open_ || open_->kind != kind) {
    bytes = close();
    const bool thought = kind == Kind::reasoning;
    const std::string id = item_id(thought ? "rs" : "msg", head_.run_id, output_.size());
    bytes += open(kind, thought ? reasoning_item(head_, id, "") : message_item(id, Json::array()));
  }
  return bytes + add_piece(text);
}

std::string ResponseStream::open_call(const std::string& call_id, const std::string& name) {
  std::string bytes = close();
  const std::string id = item_id("fc", head_.run_id, output_.size());
  return bytes + open(Kind::call, call_item(id, call_id, name, ""));
}

std::string ResponseStream::add(const Delta& delta) {
  const std::string shown = streamed_.add(delta);
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

std::string ResponseStream::close() {
  if (!open_) return {};
  std::string bytes;
  if (open_->kind == Kind::call) {
    if (open_->text.empty()) open_->text = "{}";
    open_->item["arguments"] = open_->text;
    bytes = event("response.function_call_arguments.done", {{"item_id", open_->item["id"]},
                                                            {"output_index", output_.size()},
                                                            {"name", open_->item["name"]},
                                                            {"arguments", open_->text}});
  } else {
    bytes = close_text();
  }
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
  const std::string id = item_id("msg", head_.run_id, output_.size());
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
  bytes += add_refusal(refusal_in(reply.message));
  bytes += close();
  Json response = answered(head_, reply, output_);
  const bool whole = response["status"] == "completed";
  return bytes + event(whole ? "response.completed" : "response.incomplete",
                       {{"response", std::move(response)}});
}

std::string ResponseStream::fail(const Refusal& refusal) {
  Json response = response_json(head_, refusal);
  response["output"] = output_;
  return event("response.failed", {{"response", std::move(response)}});
}

}  // namespace yoke::openai
