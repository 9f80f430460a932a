#include "runtime/engine/provenance.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/journal/shown_value.h"

namespace yoke {
namespace {

constexpr std::size_t kNamesMax = 5;
constexpr std::size_t kTellingNameBytes = 5;  // a file's name that is no common word
constexpr std::size_t kShownBytesMax = 300;

std::string named(const CallState& call) { return call.tool + " (" + call.id + ")"; }

// The calls of tools, children and scripts that have ended, in the order in which they began.
std::vector<const CallState*> ended_calls(const RunState& state) {
  std::vector<const CallState*> calls;
  for (const auto& [id, call] : state.calls) {
    if (!call.is_model() && !call.open && call.attempt > 0) calls.push_back(&call);
  }
  std::sort(calls.begin(), calls.end(), [](const CallState* a, const CallState* b) {
    if (a->opened_at != b->opened_at) return a->opened_at < b->opened_at;
    if (a->reply_seq != b->reply_seq) return a->reply_seq < b->reply_seq;
    return a->id < b->id;
  });
  return calls;
}

// Those that scripts have, in the order in which they had them.
std::vector<const SignalState*> taken_signals(const RunState& state) {
  std::vector<const SignalState*> signals;
  for (const SignalState& signal : state.signals) {
    if (signal.taken) signals.push_back(&signal);
  }
  std::stable_sort(signals.begin(), signals.end(), [](const SignalState* a, const SignalState* b) {
    return a->taken_at < b->taken_at;
  });
  return signals;
}

// Those that were never made hold nothing but our own words, where their label says so.
bool has_content(const CallState& call) {
  const bool made = call.outcome != Outcome::not_started && call.outcome != Outcome::denied;
  return made || call.label.integrity == Label::Integrity::untrusted;
}

Trust trust_in(const std::string& tool, const Program& program, const FlowPolicy& policy) {
  const Tool* found = program.tools->find(tool);
  return found == nullptr ? Trust::labelled : policy.flow_of(found->spec()).trust;
}

Trust trust_in(const CallState& call, const Program& program, const FlowPolicy& policy) {
  if (call.of_caller) return Trust::untrusted;
  const bool of_tool = call.kind == CallKind::tool;
  const Trust trust = of_tool ? trust_in(call.tool, program, policy) : Trust::labelled;
  if (trust != Trust::labelled) return trust;
  const bool trusted = call.label.integrity == Label::Integrity::trusted;
  return trusted ? Trust::trusted : Trust::untrusted;
}

// A run's own beginning is untrusted when its first reply already was and no session explains it.
bool task_is_untrusted(const RunState& state) {
  if (!state.after.empty() || state.turns.empty()) return false;
  return state.turns.front().label.integrity == Label::Integrity::untrusted;
}

std::string last_segment(std::string_view path) {
  while (path.ends_with('/') || path.ends_with('\\')) path.remove_suffix(1);
  const std::size_t slash = path.find_last_of("/\\");
  return std::string(slash == path.npos ? path : path.substr(slash + 1));
}

}  // namespace

Provenance::Provenance(const RunState& state, const Program& program, const FlowPolicy& policy) {
  take_people(state, program);
  take_prior(state, program, policy);
  std::vector<const SignalState*> signals = taken_signals(state);
  auto next = signals.begin();
  for (const CallState* call : ended_calls(state)) {
    for (; next != signals.end() && (*next)->taken_at <= call->opened_at; ++next) {
      take_signal(**next);
    }
    if (has_content(*call)) take_call(*call, trust_in(*call, program, policy));
  }
  for (; next != signals.end(); ++next) take_signal(**next);
}

// Whoever sends it, it speaks of what happened elsewhere.
void Provenance::take_signal(const SignalState& signal) {
  const std::string from = "the signal '" + signal.name + "'";
  taint(from);
  untrusted_texts_.add(from, signal.value);
}

void Provenance::taint(const std::string& from) {
  const bool known = std::find(brought_in_.begin(), brought_in_.end(), from) != brought_in_.end();
  if (!known && brought_in_.size() < kNamesMax) brought_in_.push_back(from);
}

void Provenance::take_people(const RunState& state, const Program& program) {
  trusted_.add_text("the instructions", program.agent->spec().instructions);
  const bool hostile = task_is_untrusted(state);
  if (hostile) taint("the task");
  SourceTexts& of_task = hostile ? untrusted_texts_ : trusted_;
  of_task.add_text("the task", state.task);
  // What a webhook delivered is another's, whatever the task makes of it.
  const bool delivered = state.caller.starts_with("hook:") && !state.input.empty();
  if (delivered) taint("the input");
  (delivered ? untrusted_texts_ : of_task).add("the input", state.input);
  for (const auto& [id, question] : state.questions) {
    if (!question.answer || question.purpose == kPurposeTool) continue;
    trusted_.add("the answer of " + question.by, *question.answer);
  }
}

void Provenance::take_prior(const RunState& state, const Program& program,
                            const FlowPolicy& policy) {
  const auto take = [&](const std::vector<Message>& messages) {
    for (const Message& message : messages) {
      for (const Part& part : message.parts) {
        const auto* words = std::get_if<TextPart>(&part);
        if (words != nullptr && message.role == Role::user) {
          trusted_.add_text("an earlier message", words->text);
        }
        const auto* result = std::get_if<ToolResultPart>(&part);
        if (result == nullptr) continue;
        const Trust trust = trust_in(result->name, program, policy);
        const std::string from = result->name + " (earlier)";
        const bool local = trust == Trust::local && brought_in_.empty();
        if (trust == Trust::trusted || local) {
          trusted_.add_text(from, result->content);
        } else {
          taint(from);
          untrusted_texts_.add_text(from, result->content);
        }
      }
    }
  };
  take(state.prior);
  take(state.messages);
}

bool Provenance::is_clean(const Json& args) const {
  if (brought_in_.empty()) return true;
  for (const ArgumentValue& value : all_values(args)) {
    if (trusted_.holding(value.value, value.kind).empty()) return false;
  }
  return true;
}

void Provenance::take_call(const CallState& call, Trust trust) {
  if (trust == Trust::local) trust = is_clean(call.args) ? Trust::trusted : Trust::untrusted;
  const bool trusted = trust == Trust::trusted;
  const std::string from = named(call);
  if (!trusted) taint(from);
  SourceTexts& texts = trusted ? trusted_ : untrusted_texts_;
  if (call.outcome == Outcome::ok) {
    texts.add(from, shown_value(call.value).read);
  } else {
    texts.add_text(from, call.message);
  }
}

ArgumentSource Provenance::source_of(const ArgumentValue& value) const {
  ArgumentSource source{value.argument, shorten(printable(value.value), kShownBytesMax),
                        value.kind};
  const auto settle = [&](ValueOrigin origin, std::vector<std::string> where) {
    source.origin = origin;
    source.found_in = std::move(where);
    return source;
  };
  std::vector<std::string> where = trusted_.holding(value.value, value.kind);
  if (where.empty() && value.kind == CriticalKind::place) {
    where = trusted_.holding(host_in(value.value), value.kind);
  }
  if (!where.empty()) return settle(ValueOrigin::trusted, std::move(where));
  where = untrusted_texts_.holding(value.value, value.kind);
  if (!where.empty()) return settle(ValueOrigin::untrusted, std::move(where));
  // A place must stand there as a whole: what was added to it is what would be sent.
  bool spread = false;
  if (value.kind == CriticalKind::path) {
    const std::string last = last_segment(value.value);
    spread = bare_form(last).size() >= kTellingNameBytes && untrusted_texts_.holds_bare(last) &&
             trusted_.holding(last, value.kind).empty();
  } else if (value.kind != CriticalKind::place) {
    spread = untrusted_texts_.holds_bare(value.value);
  }
  return settle(spread ? ValueOrigin::untrusted : ValueOrigin::nowhere, {});
}

FlowQuery flow_query_of(const RunState& state, const Program& program, const FlowPolicy& policy,
                        const ToolSpec& tool, PolicyQuery call) {
  FlowQuery query;
  query.tool = policy.flow_of(tool);
  query.call = std::move(call);
  const Provenance provenance(state, program, policy);
  query.untrusted = provenance.untrusted();
  if (query.untrusted.empty()) return query;
  const Json& args = query.call.args;
  const std::vector<ArgumentValue> critical = critical_values(args, query.tool.critical);
  const auto trace = [&](const std::vector<ArgumentValue>& values) {
    std::vector<ArgumentSource> sources;
    for (const ArgumentValue& value : values) sources.push_back(provenance.source_of(value));
    return sources;
  };
  query.critical = trace(critical);
  if (critical.empty()) query.deciding = trace(short_values(args));
  const bool to_people =
      std::any_of(critical.begin(), critical.end(),
                  [](const ArgumentValue& one) { return one.kind == CriticalKind::recipient; });
  if (to_people) query.carried = trace(addresses_within(args, critical));
  std::erase_if(query.carried,
                [](const ArgumentSource& one) { return one.origin == ValueOrigin::trusted; });
  return query;
}

}  // namespace yoke
