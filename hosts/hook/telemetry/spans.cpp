#include "hosts/hook/telemetry/spans.h"

#include <algorithm>
#include <map>

#include "hosts/contents/told_value.h"
#include "hosts/hook/trace_parent.h"
#include "runtime/base/hash.h"
#include "runtime/ports/model.h"

namespace yoke {
namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;

std::string id_of(std::string_view what, const std::string& run_id, std::string_view key,
                  std::size_t digits) {
  Hasher hasher;
  hasher.field(what).field(run_id).field(key);
  const Hash hash = hasher.finish();
  return to_hex(hash).substr(0, digits);
}

std::string model_of(const std::string& target) {
  const std::size_t slash = target.find('/');
  return slash == std::string::npos ? target : target.substr(slash + 1);
}

Json parts_json(const Message& message) {
  Json parts = Json::array();
  for (const Part& part : message.parts) {
    if (const auto* text = std::get_if<TextPart>(&part)) {
      parts.push_back({{"type", "text"}, {"content", text->text}});
    } else if (const auto* thought = std::get_if<ReasoningPart>(&part)) {
      parts.push_back({{"type", "reasoning"}, {"content", thought->text}});
    } else if (const auto* call = std::get_if<ToolCallPart>(&part)) {
      parts.push_back({{"type", "tool_call"},
                       {"id", call->id},
                       {"name", call->name},
                       {"arguments", call->args}});
    }
  }
  return parts;
}

class SpanMaker {
 public:
  SpanMaker(const std::vector<Event>& events, const SpanOptions& options)
      : events_(events), options_(options) {}

  std::vector<Span> make() {
    for (const Event& event : events_) take(event);
    if (spans_.empty()) return {};
    for (auto& [call_id, index] : open_) spans_[index].ended = events_.back().at;
    root().ended = events_.back().at;
    add_total();
    return std::move(spans_);
  }

 private:
  Span& root() { return spans_.front(); }

  void take(const Event& event) {
    if (event.kind == EventKind::run_started && spans_.empty()) return begin(event);
    if (spans_.empty()) return;
    switch (event.kind) {
      case EventKind::model_called:
        return begin_chat(event);
      case EventKind::model_replied:
      case EventKind::model_failed:
        return end_chat(event);
      case EventKind::tool_called:
        return begin_tool(event);
      case EventKind::tool_returned:
        return end_tool(event);
      case EventKind::question_asked:
      case EventKind::question_answered:
      case EventKind::question_expired:
      case EventKind::policy_decided:
      case EventKind::lease_taken:
        return note(event);
      case EventKind::run_completed:
        return complete(event);
      case EventKind::run_failed:
      case EventKind::run_cancelled:
        return fail(root(), event.kind == EventKind::run_failed ? event.reason : "cancelled",
                    string_at(event.fields, "message"));
      default:
        return;
    }
  }

  void fail(Span& span, const std::string& type, const std::string& message) const {
    span.status = Span::Status::error;
    if (options_.content) span.message = message;  // it may hold what a model or a tool said
    span.attributes.emplace_back("error.type", type.empty() ? "_OTHER" : type);
  }

  void begin(const Event& event) {
    const std::optional<TraceParent> parent = noted_trace(member_at(event.fields, "note"));
    Span span;
    span.trace_id = parent ? parent->trace_id : id_of("trace", event.run_id, {}, kTraceDigits);
    span.span_id = id_of("span", event.run_id, {}, kSpanDigits);
    if (parent) span.parent_id = parent->span_id;
    const std::string agent = string_at(event.fields, "agent");
    span.name = "invoke_agent " + agent;
    span.begun = event.at;
    span.attributes = {{"gen_ai.operation.name", "invoke_agent"},
                       {"gen_ai.provider.name", "yoke"},
                       {"gen_ai.agent.name", agent},
                       {"yoke.run.id", event.run_id},
                       {"yoke.tenant", string_at(event.fields, "tenant")}};
    const std::string session = string_at(event.fields, "session");
    if (!session.empty()) span.attributes.emplace_back("gen_ai.conversation.id", session);
    const std::string task = string_at(event.fields, "task");
    if (options_.content && !task.empty()) {
      const Json parts = Json::array({Json{{"type", "text"}, {"content", task}}});
      const Json messages = Json::array({Json{{"role", "user"}, {"parts", parts}}});
      span.attributes.emplace_back("gen_ai.input.messages", to_text(messages));
    }
    spans_.push_back(std::move(span));
  }

  Span& open(const Event& event, std::string name, Span::Kind kind) {
    Span span;
    span.trace_id = root().trace_id;
    span.span_id = id_of("span", event.run_id, event.call_id, kSpanDigits);
    const auto parent = all_.find(event.parent_call);
    span.parent_id = parent == all_.end() ? root().span_id : spans_[parent->second].span_id;
    span.name = std::move(name);
    span.kind = kind;
    span.begun = event.at;
    open_[event.call_id] = spans_.size();
    all_[event.call_id] = spans_.size();
    spans_.push_back(std::move(span));
    return spans_.back();
  }

  Span* close(const Event& event) {
    const auto found = open_.find(event.call_id);
    if (found == open_.end()) return nullptr;
    Span& span = spans_[found->second];
    span.ended = event.at;
    open_.erase(found);
    return &span;
  }

  void begin_chat(const Event& event) {
    if (open_.contains(event.call_id)) return;  // tried again
    const std::string target = string_at(event.fields, "target");
    Span& span = open(event, "chat " + model_of(target), Span::Kind::client);
    span.attributes = {{"gen_ai.operation.name", "chat"},
                       {"gen_ai.request.model", model_of(target)}};
  }

  void end_chat(const Event& event) {
    Span* span = close(event);
    if (span == nullptr) return;
    const std::string target = string_at(event.fields, "target");
    const std::string provider =
        options_.provider && !target.empty() ? options_.provider(target) : std::string();
    span->attributes.emplace_back("gen_ai.provider.name", provider.empty() ? "yoke" : provider);
    if (!target.empty()) span->attributes.emplace_back("yoke.model.target", target);
    add_usage(*span, usage_from_json(member_at(event.fields, "usage")));
    const std::int64_t cost = integer_at(event.fields, "cost");
    span->attributes.emplace_back("yoke.cost.usd", static_cast<double>(cost) / 1e9);
    if (event.kind == EventKind::model_failed) {
      return fail(*span, string_at(event.fields, "class"), string_at(event.fields, "message"));
    }
    const std::string model = string_at(event.fields, "model");
    if (!model.empty()) span->attributes.emplace_back("gen_ai.response.model", model);
    const std::string finish = string_at(event.fields, "finish");
    span->attributes.emplace_back("gen_ai.response.finish_reasons", Json::array({finish}));
    const std::int64_t first_us = integer_at(event.fields, "first_us");
    if (first_us > 0) {
      span->attributes.emplace_back("gen_ai.response.time_to_first_chunk",
                                    static_cast<double>(first_us) / 1e6);
    }
    if (!options_.content) return;
    const Result<Message> message = message_from_json(member_at(event.fields, "message"));
    if (!message) return;
    const Json said{
        {"role", "assistant"}, {"parts", parts_json(*message)}, {"finish_reason", finish}};
    span->attributes.emplace_back("gen_ai.output.messages", to_text(Json::array({said})));
  }

  void add_usage(Span& span, const Usage& usage) {
    total_ += usage;
    put_usage(span, usage);
  }

  void put_usage(Span& span, const Usage& usage) const {
    const auto put = [&](const char* name, std::int64_t tokens) {
      span.attributes.emplace_back(std::string("gen_ai.usage.") + name, tokens);
    };
    put("input_tokens", usage.input);
    put("output_tokens", usage.output);
    if (usage.cached > 0) put("cache_read.input_tokens", usage.cached);
    const char* written =
        options_.newest_names ? "cache_write.input_tokens" : "cache_creation.input_tokens";
    if (usage.cache_write > 0) put(written, usage.cache_write);
    if (usage.reasoning > 0) put("reasoning.output_tokens", usage.reasoning);
  }

  void add_total() {
    if (total_.input > 0 || total_.output > 0) put_usage(root(), total_);
  }

  void begin_tool(const Event& event) {
    if (open_.contains(event.call_id)) return;
    const std::string tool = string_at(event.fields, "tool");
    Span& span = open(event, "execute_tool " + tool, Span::Kind::internal);
    span.attributes = {{"gen_ai.operation.name", "execute_tool"},
                       {"gen_ai.tool.name", tool},
                       {"gen_ai.tool.type", "function"},
                       {"gen_ai.tool.call.id", event.call_id}};
    if (options_.content) {
      span.attributes.emplace_back("gen_ai.tool.call.arguments",
                                   to_text(told_value(member_at(event.fields, "args")).read));
    }
  }

  void end_tool(const Event& event) {
    Span* span = close(event);
    if (span == nullptr) return;
    const std::string outcome = string_at(event.fields, "outcome");
    if (outcome != "ok") fail(*span, outcome, string_at(event.fields, "message"));
    if (options_.content && event.fields.contains("value")) {
      span->attributes.emplace_back("gen_ai.tool.call.result",
                                    to_text(told_value(member_at(event.fields, "value")).read));
    }
  }

  // What happened in the run at one moment. Titles and values are content.
  void note(const Event& event) {
    SpanEvent note;
    note.at = event.at;
    note.name = "yoke." + std::string(spec_of(event.kind).name);
    for (const char* name : {"question", "purpose", "verdict", "rule", "tool", "node", "by"}) {
      const std::string value = string_at(event.fields, name);
      if (!value.empty()) note.attributes.emplace_back(std::string("yoke.") + name, value);
    }
    root().events.push_back(std::move(note));
  }

  void complete(const Event& event) {
    if (!options_.content) return;
    const Json parts =
        Json::array({Json{{"type", "text"}, {"content", string_at(event.fields, "text")}}});
    const Json said{{"role", "assistant"}, {"parts", parts}, {"finish_reason", "stop"}};
    root().attributes.emplace_back("gen_ai.output.messages", to_text(Json::array({said})));
  }

  const std::vector<Event>& events_;
  const SpanOptions& options_;
  std::vector<Span> spans_;
  std::map<std::string, std::size_t> open_;  // by call
  std::map<std::string, std::size_t> all_;
  Usage total_;
};

}  // namespace

std::vector<Span> spans_of(const std::vector<Event>& events, const SpanOptions& options) {
  return SpanMaker(events, options).make();
}

}  // namespace yoke
