#include "hosts/app/drive.h"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <optional>

#include "hosts/app/ask.h"
#include "hosts/app/signal_words.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/signals.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr std::chrono::milliseconds kLookEvery{50};

// In the set for as long as it lives.
class Attended {
 public:
  Attended(std::set<std::string>& runs, const std::string& run_id)
      : runs_(runs), place_(runs.insert(run_id).first) {}
  ~Attended() { runs_.erase(place_); }
  Attended(const Attended&) = delete;
  Attended& operator=(const Attended&) = delete;

 private:
  std::set<std::string>& runs_;
  std::set<std::string>::iterator place_;
};

// What a driving coroutine came to, for whoever waits beside it.
struct Driven {
  std::optional<Result<RunEnd>> end;
  std::exception_ptr failure;
  Signal done;
};

awaitable<void> drive_into(Engine& engine, std::string run_id, Driven& driven) {
  try {
    driven.end = co_await engine.drive(std::move(run_id));
  } catch (...) {
    driven.failure = std::current_exception();
  }
  driven.done.notify();
}

awaitable<void> watch_interrupts(Engine& engine, std::string run_id, std::string user) {
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set interrupts(executor, SIGINT);
  co_await interrupts.async_wait(asio::use_awaitable);
  const Result<Posted> posted = co_await engine.cancel(std::move(run_id), std::move(user));
  static_cast<void>(posted);  // it has ended already: nothing to cancel
}

awaitable<void> watch_terminate(TaskGroup& driving) {
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set terminate(executor, SIGTERM);
  co_await terminate.async_wait(asio::use_awaitable);
  driving.cancel();
}

// Once through the engine, with signals heeded.
awaitable<Result<RunEnd>> drive_once(Engine& engine, std::string run_id, std::string user) {
  const auto executor = co_await asio::this_coro::executor;
  Driven driven;
  TaskGroup driving(executor);
  TaskGroup watching(executor);
  driving.spawn(drive_into(engine, run_id, driven));
  watching.spawn(watch_interrupts(engine, run_id, std::move(user)));
  watching.spawn(watch_terminate(driving));
  co_await driven.done.wait();
  co_await driving.join();
  watching.cancel();
  co_await watching.join();
  if (driven.failure) std::rethrow_exception(driven.failure);
  co_return std::move(*driven.end);
}

// Asks, with interrupts heeded: one cancels the run, which is then seen as settled elsewhere.
awaitable<Asked> ask_once(Engine& engine, std::string run_id, Attendance attendance,
                          QuestionState question) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup watching(executor);
  watching.spawn(watch_interrupts(engine, run_id, attendance.user));
  Asked asked = co_await ask_person(attendance.terminal, attendance.reader, attendance.store,
                                    engine, std::move(run_id), std::move(question));
  watching.cancel();
  co_await watching.join();
  co_return asked;
}

// Somebody else settled the question: the run has ended, or has mail that driving it takes up.
awaitable<std::optional<RunEnd>> end_elsewhere(Engine& engine, Store& store, std::string run_id) {
  while (engine.is_driving(run_id)) {
    const Deadline next = LoopClock::now() + kLookEvery;
    co_await sleep_until(next);
  }
  Result<RunState> state = co_await read_state(store, std::move(run_id));
  if (!state || !is_final(state->status)) co_return std::nullopt;
  RunEnd end;
  end.state = std::move(*state);
  co_return end;
}

// What the run's own scripts wait for, or those of a child it waits for: a line of a command each.
awaitable<std::string> signals_text(Store& store, RunState state) {
  std::string text;
  for (const std::string& name : awaited_signals(state)) {
    text += "the run waits for the signal '" + printable(name) + "':\n  " +
            signal_command(state.run_id, name) + "\n";
  }
  for (const auto& [id, child] : state.children) {
    const CallState* call = state.find_call(id);
    if (call == nullptr || !call->open) continue;
    Result<RunState> its = co_await read_state(store, child.run_id);
    if (!its || is_final(its->status)) continue;
    const std::string of_child = co_await signals_text(store, std::move(*its));
    text += of_child;
  }
  co_return text;
}

void tell_parked(Attendance& attendance, const RunState& state, const OpenQuestion& open) {
  const QuestionState& question = open.question;
  attendance.terminal.line("the run waits for an answer: " + printable(question.title));
  attendance.terminal.err(question_text(question));
  std::vector<std::string> choices;
  for (const Json& choice : question.choices) {
    choices.push_back(choice.is_string() ? choice.get<std::string>() : to_text(choice));
  }
  std::string value = choices.empty() ? "VALUE" : printable(join(choices, "|"));
  const Json& fields = member_at(member_at(question.body, "schema"), "properties");
  if (question.purpose == "input" && fields.is_object()) {
    Json form = Json::object();
    for (const auto& [name, field] : fields.items()) form[name] = string_at(field, "type", "…");
    value = "'" + printable(to_text(form)) + "'";
  }
  attendance.terminal.line("  yoke runs answer " + open.run_id + " " + question.id + " " + value);
  attendance.terminal.line("  yoke runs resume " + state.run_id);
}

// The answer that --yes and --deny give; they answer approvals, and nothing else. A yes that was
// said beforehand cannot have meant what an untrusted text would have done.
Json unattended_answer(const Attendance& attendance, const QuestionState& question) {
  if (attendance.when_asked == WhenAsked::ask || question.purpose != "approve") return nullptr;
  if (attendance.when_asked == WhenAsked::deny) return "no";
  const bool of_labels = string_at(question.body, "rule").starts_with("labels.");
  return of_labels ? Json(nullptr) : Json("yes");
}

}  // namespace

awaitable<void> wait_for_timer(Store& store, std::string run_id, Micros ready_at) {
  while (SystemWallClock().now() < ready_at) {
    const std::vector<InboxMessage> mail = co_await store.inbox(run_id);
    if (!mail.empty()) co_return;
    const auto left = std::chrono::microseconds(ready_at - SystemWallClock().now());
    const Deadline next = LoopClock::now() + std::min<LoopClock::duration>(left, kLookEvery);
    co_await sleep_until(next);
  }
}

awaitable<std::optional<OpenQuestion>> open_question(Store& store, RunState state) {
  for (const auto& [id, question] : state.questions) {
    if (question.is_open()) co_return OpenQuestion{state.run_id, question};
  }
  for (const auto& [id, child] : state.children) {
    const CallState* call = state.find_call(id);
    if (call == nullptr || !call->open) continue;
    Result<RunState> its = co_await read_state(store, child.run_id);
    if (!its || is_final(its->status)) continue;
    std::optional<OpenQuestion> found = co_await open_question(store, std::move(*its));
    if (found) co_return found;
  }
  co_return std::nullopt;
}

awaitable<Result<RunEnd>> drive_attended(Engine& engine, std::string run_id,
                                         Attendance attendance) {
  const Attended attended(attendance.attended, run_id);
  std::string told;  // of signals
  while (true) {
    Result<RunEnd> end = co_await drive_once(engine, run_id, attendance.user);
    if (!end || end->kind != RunEnd::Kind::waiting) co_return end;
    std::optional<OpenQuestion> open = co_await open_question(attendance.store, end->state);
    if (!open) {
      std::string signals = co_await signals_text(attendance.store, end->state);
      if (attendance.show_parked && signals != told) attendance.terminal.err(signals);
      told = std::move(signals);
      if (end->ready_at == 0) co_return end;  // for a signal, or for what others drive
      co_await wait_for_timer(attendance.store, run_id, end->ready_at);
      continue;
    }
    const bool present =
        attendance.terminal.in_is_terminal() && attendance.terminal.err_is_terminal();
    Json answer = unattended_answer(attendance, open->question);
    if (answer.is_null() && attendance.when_asked == WhenAsked::ask && present) {
      QuestionState copy = open->question;
      Asked asked = co_await ask_once(engine, open->run_id, attendance, std::move(copy));
      if (asked.elsewhere) {
        std::optional<RunEnd> ended = co_await end_elsewhere(engine, attendance.store, run_id);
        if (ended) co_return std::move(*ended);
        continue;
      }
      answer = std::move(asked.answer);
    }
    if (answer.is_null()) {
      if (attendance.show_parked) tell_parked(attendance, end->state, *open);
      co_return end;
    }
    std::string id = open->question.id;
    const Result<Posted> posted =
        co_await engine.answer(open->run_id, std::move(id), std::move(answer), attendance.user);
    const bool misfits = !posted && posted.error().code == Errc::invalid && present;
    if (misfits && attendance.when_asked == WhenAsked::ask) {
      attendance.terminal.line("yoke: " + printable(posted.error().message()));
      continue;
    }
    if (!posted) co_return posted.error();
  }
}

}  // namespace yoke
