#include "runtime/engine/signals.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/engine/driver_context.h"
#include "runtime/engine/part_events.h"
#include "runtime/engine/reader.h"

// How a signal comes into a run: by its inbox, past its guardrails, into its journal.
namespace yoke {
namespace {

std::string quoted_name(std::string_view name) {
  return "'" + printable(shorten(name, kSignalNameBytesMax)) + "'";
}

int kept_for(const RunState& state, const std::vector<InboxMessage>& mail) {
  const auto in_journal = std::count_if(state.signals.begin(), state.signals.end(),
                                        [](const SignalState& signal) { return !signal.taken; });
  const auto in_inbox = std::count_if(mail.begin(), mail.end(), [](const InboxMessage& message) {
    return message.topic == "signal";
  });
  return static_cast<int>(in_journal + in_inbox);
}

Error too_many(const std::string& run_id) {
  return Error{Errc::conflict, "run " + run_id + " has " + std::to_string(kSignalsKeptMax) +
                                   " signals that it has not come to: it takes more when it has"};
}

}  // namespace

Result<void> check_signal_name(std::string_view name) {
  if (name.empty()) return Error{Errc::invalid, "a signal has a name, and this one's is empty"};
  if (name.size() > kSignalNameBytesMax) {
    return Error{Errc::invalid, "a signal's name has at most " +
                                    std::to_string(kSignalNameBytesMax) + " bytes, " +
                                    quoted_name(name) + " has " + std::to_string(name.size())};
  }
  if (is_valid_utf8(name) && printable(name) == name && name.find_first_of("\n\t") == name.npos) {
    return {};
  }
  return Error{Errc::invalid, "a signal's name is one line of text; " + quoted_name(name) +
                                  " has something else in it"};
}

std::vector<std::string> awaited_signals(const RunState& state) {
  std::vector<const WantState*> wants;
  for (const auto& [id, script] : state.scripts) {
    if (state.open_script(id) == nullptr) continue;
    for (const std::string& at : script.open) {
      const WantState& want = script.wants.at(at);
      if (want.kind == "signal" && !want.dropped) wants.push_back(&want);
    }
  }
  std::sort(wants.begin(), wants.end(),
            [](const WantState* a, const WantState* b) { return a->seq < b->seq; });
  std::vector<std::string> names;
  for (const WantState* want : wants) {
    std::string name = string_at(want->args, "name");
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    if (!known) names.push_back(std::move(name));
  }
  return names;
}

awaitable<Result<SentSignal>> Engine::signal(SendSignal signal) {
  const Result<void> sound = check_signal_name(signal.name);
  if (!sound) co_return sound.error();
  if (!can_be_kept(signal.value)) {
    co_return Error{Errc::too_large, "the data of the signal " + quoted_name(signal.name) +
                                         " are too large or too deeply nested to be kept"};
  }
  SentSignal sent;
  const Result<RunRow> row = co_await services_.store.get(signal.run_id);
  if (!row) co_return row.error();
  if (!is_final(row->status)) {  // else it takes none, save those that it has had
    const Result<RunState> state = co_await read_state_at(services_.store, signal.run_id, 0);
    if (!state) co_return state.error();
    const std::vector<InboxMessage> mail = co_await services_.store.inbox(signal.run_id);
    if (kept_for(*state, mail) >= kSignalsKeptMax) co_return too_many(signal.run_id);
    sent.awaited = awaited_signals(*state);
  }
  InboxMessage message;
  message.run_id = signal.run_id;
  const bool is_new = signal.key.empty();
  message.id = "signal:" +
               (is_new ? make_ulid(services_.wall.now(), services_.random) : "key:" + signal.key);
  message.topic = "signal";
  message.by = std::move(signal.by);
  message.body = Json{{"name", signal.name}, {"value", std::move(signal.value)}};
  const Json body = message.body;
  Result<Posted> posted = co_await post(std::move(message));
  if (!posted) co_return posted.error();
  // What was erased is not held against who sends it again.
  const Json& standing = posted->winner.body;
  if (!posted->first && !standing.empty() && standing != body) {
    co_return Error{Errc::conflict,
                    "run " + signal.run_id + " was sent another signal under this key: " +
                        quoted_name(string_at(standing, "name")) + ", by " + posted->winner.by,
                    std::string(kKeyInUse)};
  }
  sent.posted = std::move(*posted);
  co_return sent;
}

// What is from outside is as untrusted as what a tool brings in. One that a guardrail blocks comes
// no further: its script waits on, and the journal says why.
awaitable<std::vector<Event>> Driver::received(InboxMessage signal) {
  std::vector<Event> events;
  Json value = member_at(signal.body, "value");
  GuardedResult passed;
  passed.outcome.value = value;
  if (Guards* guards = guards_of(program_)) {
    Context context(engine_, claim_.run_id, std::string());
    context.hush();
    ToolRequest identity;
    identity.run_id = claim_.run_id;
    identity.agent = state_.agent;
    identity.session = state_.session;
    identity.tenant = state_.tenant;
    identity.deadline = end_of_run();
    passed = co_await guard_input(*guards, std::move(value), std::move(identity), context);
  }
  if (passed.outcome.outcome == Outcome::ok) {
    Event& event = events.emplace_back();
    event.kind = EventKind::signal_received;
    event.label = Label();
    event.fields = Json{{"name", string_at(signal.body, "name")},
                        {"value", std::move(passed.outcome.value)},
                        {"by", signal.by}};
  }
  std::vector<Event> notes = guard_events(passed.notes, "", 0, state_.label);
  for (Event& note : notes) events.push_back(std::move(note));
  co_return events;
}

}  // namespace yoke
