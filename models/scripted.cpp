#include "models/scripted.h"

#include <algorithm>

#include "models/estimate.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kHashChars = 12;
constexpr std::size_t kCallsMax = 64;

class NoContext final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

Error wrong(std::string detail) { return Error{Errc::invalid, std::move(detail)}; }

// An absent text is empty; anything that is no text is an error.
Result<std::string> text_member(const Json& value, const char* key) {
  const Json& member = member_at(value, key);
  if (member.is_null()) return std::string();
  if (!member.is_string()) return wrong(std::string("'") + key + "' must be a string");
  return member.get<std::string>();
}

int calls_before(const ModelRequest& request) {
  int count = 0;
  for (const Message& message : request.messages) {
    for (const Part& part : message.parts) count += std::holds_alternative<ToolCallPart>(part);
  }
  return count;
}

Result<ToolCallPart> call_of_script(const Json& value, int number) {
  const std::string where = "calls[" + std::to_string(number) + "]";
  ToolCallPart part;
  if (!value.is_object()) return wrong(where + " must be a table with 'tool' and 'args'");
  part.name = string_at(value, "tool");
  if (part.name.empty()) return wrong(where + ".tool must name a tool");
  const Json& args = member_at(value, "args");
  const bool none = args.is_null() || (args.is_array() && args.empty());
  if (!none && !args.is_object()) return wrong(where + ".args must be a table with named fields");
  part.args = none ? Json::object() : args;
  part.id = string_at(value, "id");
  return part;
}

Result<void> add_calls(const Json& calls, const ModelRequest& request, Message& message) {
  if (calls.is_null() || (calls.is_object() && calls.empty())) return {};
  if (!calls.is_array()) return wrong("'calls' must be a list");
  if (calls.size() > kCallsMax) {
    return wrong("'calls' has over " + std::to_string(kCallsMax) + " entries");
  }
  int number = calls_before(request);
  for (std::size_t at = 0; at < calls.size(); ++at) {
    Result<ToolCallPart> part = call_of_script(calls[at], static_cast<int>(at) + 1);
    if (!part) return part.error();
    ++number;
    if (part->id.empty()) part->id = "call_" + std::to_string(number);
    message.parts.emplace_back(std::move(*part));
  }
  return {};
}

Usage usage_of_script(const Json& value, const ModelRequest& request, const Json& reply) {
  Usage usage;
  if (value.is_object()) {
    usage = plausible(usage_from_json(value));
    return usage;
  }
  usage.input = estimate_input_tokens(request);
  usage.output = estimate_tokens(string_at(reply, "text"));
  usage.reasoning = estimate_tokens(string_at(reply, "reasoning"));
  usage.output += usage.reasoning;
  for (const Json& call : member_at(reply, "calls")) {
    usage.output += static_cast<std::int64_t>(approximate_bytes(call)) / 4;
  }
  usage.estimated = true;
  return usage;
}

// The end of a piece of about a word from `from` on, never inside a character.
std::size_t piece_end(std::string_view text, std::size_t from) {
  constexpr std::size_t kPieceBytes = 16;
  std::size_t end = std::min(from + kPieceBytes, text.size());
  const std::size_t space = text.find(' ', from + kPieceBytes / 4);
  if (space < end) end = space + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
  return end;
}

void stream_text(Delta::Kind kind, std::string_view text, const DeltaSink& sink) {
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = piece_end(text, from);
    Delta delta;
    delta.kind = kind;
    delta.text = text.substr(from, end - from);
    sink(delta);
    from = end;
  }
}

void stream_reply(const Message& message, const DeltaSink& sink) {
  int index = 0;
  for (const Part& part : message.parts) {
    if (const auto* reasoning = std::get_if<ReasoningPart>(&part)) {
      stream_text(Delta::Kind::reasoning, reasoning->text, sink);
    }
    if (const auto* text = std::get_if<TextPart>(&part)) {
      stream_text(Delta::Kind::text, text->text, sink);
    }
    const auto* call = std::get_if<ToolCallPart>(&part);
    if (call == nullptr) continue;
    Delta delta;
    delta.kind = Delta::Kind::tool_args;
    delta.text = to_text(call->args);
    delta.index = index++;
    delta.tool = call->name;
    sink(delta);
  }
}

FailureClass class_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::timeout:
      return FailureClass::timed_out;
    case Outcome::cancelled:
      return FailureClass::cancelled;
    default:
      return FailureClass::client;
  }
}

ModelFailure failed(FailureClass failure_class, std::string message) {
  ModelFailure failure;
  failure.failure_class = failure_class;
  failure.message = std::move(message);
  return failure;
}

}  // namespace

Result<ModelReply> reply_of_script(const Json& value, const ModelRequest& request) {
  if (!value.is_object()) return wrong("it must return a table");
  const Result<std::string> reasoning = text_member(value, "reasoning");
  if (!reasoning) return reasoning.error();
  const Result<std::string> text = text_member(value, "text");
  if (!text) return text.error();
  ModelReply reply;
  reply.message.role = Role::assistant;
  if (!reasoning->empty()) {
    ReasoningPart part;
    part.text = *reasoning;
    reply.message.parts.emplace_back(std::move(part));
  }
  if (!text->empty()) reply.message.parts.emplace_back(TextPart{*text});
  const std::size_t before = reply.message.parts.size();
  const Result<void> added = add_calls(member_at(value, "calls"), request, reply.message);
  if (!added) return added.error();
  const bool has_calls = reply.message.parts.size() > before;
  if (!has_calls && text->empty()) return wrong("it returned neither 'text' nor 'calls'");
  reply.finish = has_calls ? Finish::tool_calls : Finish::stop;
  const std::string finish = string_at(value, "finish");
  if (!finish.empty()) {
    const Result<Finish> named = finish_from_name(finish);
    if (!named) return named.error();
    reply.finish = *named;
  }
  const std::string met = string_at(value, "stop_sequence");
  const std::vector<std::string>& stops = request.options.stop;
  if (std::find(stops.begin(), stops.end(), met) != stops.end()) reply.stop_sequence = met;
  reply.usage = usage_of_script(member_at(value, "usage"), request, value);
  return reply;
}

Result<std::unique_ptr<Backend>> ScriptedBackend::make(std::string name,
                                                       std::shared_ptr<const ScriptSource> source,
                                                       ScriptHost& scripts, PriceMap prices) {
  const std::string place = "backends." + name + ".script: ";
  const Result<std::vector<ScriptDefinition>> defined = scripts.define(*source);
  if (!defined) return Error{defined.error().code, place + defined.error().message()};
  std::vector<Definition> definitions;
  for (std::size_t at = 0; at < defined->size(); ++at) {
    const ScriptDefinition& one = (*defined)[at];
    if (one.kind != "model") continue;
    const std::string at_line = source->name + ":" + std::to_string(one.line);
    Definition definition{string_at(one.fields, "name"), static_cast<int>(at)};
    if (definition.name.empty()) {
      return Error{Errc::invalid, place + at_line + ": a model has a name"};
    }
    if (std::find(one.functions.begin(), one.functions.end(), "reply") == one.functions.end()) {
      return Error{Errc::invalid,
                   place + at_line + ": model '" + definition.name + "' has no function 'reply'"};
    }
    definitions.push_back(std::move(definition));
  }
  if (definitions.empty()) {
    return Error{Errc::invalid, place + source->name + " returns no model { … }"};
  }
  std::unique_ptr<Backend> backend = std::make_unique<ScriptedBackend>(
      std::move(name), std::move(source), std::move(definitions), scripts, std::move(prices));
  return backend;
}

ScriptedBackend::ScriptedBackend(std::string name, std::shared_ptr<const ScriptSource> source,
                                 std::vector<Definition> definitions, ScriptHost& scripts,
                                 PriceMap prices)
    : name_(std::move(name)),
      source_(std::move(source)),
      source_hash_(hash_of(*source_)),
      definitions_(std::move(definitions)),
      scripts_(scripts),
      prices_(std::move(prices)) {}

const ScriptedBackend::Definition* ScriptedBackend::find(const std::string& model) const {
  for (const Definition& definition : definitions_) {
    if (definition.name == model) return &definition;
  }
  return nullptr;
}

std::string ScriptedBackend::self_description(const Definition& definition) const {
  return "scripted:" + definition.name + "@" + source_hash_.substr(0, kHashChars);
}

awaitable<ModelOutcome> ScriptedBackend::call(ModelRequest request, Deadline deadline,
                                              DeltaSink sink) {
  const Definition* definition = find(request.target);
  if (definition == nullptr) {
    co_return failed(FailureClass::client, check_model(request.target).error().message());
  }
  const std::string who = "scripted model '" + name_ + "/" + definition->name + "': ";
  ScriptCall script_call;
  script_call.definition = definition->index;
  script_call.function = "reply";
  script_call.args.push_back(to_json(request));
  script_call.profile = "model";
  // Always the same identity: what a script draws at random depends on its request alone.
  script_call.identity.call_id = "reply";
  script_call.identity.deadline = deadline;
  NoContext context;
  auto called = scripts_.call(source_, std::move(script_call), context);
  const ToolOutcome outcome = co_await std::move(called);
  if (LoopClock::now() >= deadline) {  // a script that computes past it cannot be interrupted there
    co_return failed(FailureClass::timed_out, who + "it had not ended at the call's deadline");
  }
  if (outcome.outcome != Outcome::ok) {
    co_return failed(class_of(outcome.outcome), who + outcome.message);
  }
  Result<ModelReply> reply = reply_of_script(outcome.value, request);
  if (!reply) {
    co_return failed(FailureClass::client, who + source_->name + ": " + reply.error().message());
  }
  reply->model = self_description(*definition);
  const std::optional<Price> price = price_of(request.target);
  if (price) reply->cost = cost_of(reply->usage, *price);
  if (sink) stream_reply(reply->message, sink);
  co_return std::move(*reply);
}

std::optional<Price> ScriptedBackend::price_of(const std::string& model) const {
  return find_price("scripted", model, prices_);
}

Result<void> ScriptedBackend::check_model(const std::string& model) const {
  if (find(model) != nullptr) return {};
  std::vector<std::string> names;
  for (const Definition& definition : definitions_) names.push_back(definition.name);
  return Error{Errc::not_found, "backend '" + name_ + "' has no model named '" + model + "'" +
                                    did_you_mean(model, names) + "; " + source_->name +
                                    " defines " + join(names, ", ")};
}

}  // namespace yoke
