#include "hosts/cli/run_story.h"

#include "hosts/app/signal_words.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/text.h"
#include "runtime/engine/signals.h"
#include "trials/cell_facts.h"

namespace yoke {
namespace {

constexpr std::size_t kValueBytesMax = 400;

class Story {
 public:
  explicit Story(const std::vector<Event>& events) : events_(events) {}

  void tell(const Event& event) {
    switch (event.kind) {
      case EventKind::run_started:
        started(event);
        break;
      case EventKind::model_replied:
        replied(event);
        break;
      case EventKind::model_failed:
        line(event, "the model failed (" + at(event, "class") + "): " + at(event, "message"));
        break;
      case EventKind::tool_called:
        called(event);
        break;
      case EventKind::tool_returned:
        returned(event);
        break;
      case EventKind::tool_unknown:
        line(event, "what became of " + at(event, "tool") + " is not known" +
                        (at(event, "probe").empty() ? "" : "; its probe: " + at(event, "probe")));
        break;
      case EventKind::policy_decided:
        line(event, at(event, "verdict") + " " + at(event, "tool") + " by rule '" +
                        at(event, "rule") + "'" +
                        (at(event, "why").empty() ? "" : ": " + at(event, "why")));
        break;
      case EventKind::question_asked:
        line(event, "asked " + at(event, "question") + ": " + at(event, "title"));
        break;
      case EventKind::question_answered:
        line(event, at(event, "by") + " answered " + at(event, "question") + ": " +
                        to_text(member_at(event.fields, "value")));
        break;
      case EventKind::question_expired:
        line(event, "nobody answered " + at(event, "question") + " in time");
        break;
      case EventKind::signal_received:
        line(event,
             at(event, "by") + " signalled " + at(event, "name") + ": " +
                 shorten(printable(to_text(member_at(event.fields, "value"))), kValueBytesMax));
        break;
      case EventKind::lease_taken:
        line(event, "taken over by " + at(event, "node"));
        break;
      case EventKind::run_forked:
        line(event, "forked from " + at(event, "from") + " after event " +
                        std::to_string(integer_at(event.fields, "from_seq")) +
                        (at(event, "model").empty() ? "" : ", with model " + at(event, "model")));
        break;
      case EventKind::run_cancelled:
        line(event, "cancelled by " + at(event, "by"));
        break;
      case EventKind::run_completed:
        text_ += "\nanswer\n" + at(event, "text") + "\n";
        break;
      case EventKind::run_failed:
      case EventKind::run_quarantined:
        text_ += "\nended: " + event.reason + "\n" + at(event, "message") + "\n";
        break;
      default:
        break;
    }
  }

  std::string take() { return std::move(text_); }

 private:
  static std::string at(const Event& event, std::string_view name) {
    return printable(string_at(event.fields, name));
  }

  void line(const Event& event, const std::string& what) {
    std::string number = std::to_string(event.seq);
    number.insert(0, number.size() < 4 ? 4 - number.size() : 0, ' ');
    text_ += number + "  " + what + "\n";
  }

  void started(const Event& event) {
    text_ += "task   " + at(event, "task") + "\n";
    if (event.fields.contains("input")) {
      text_ += "input  " + printable(to_text(event.fields["input"])) + "\n";
    }
    if (!at(event, "session").empty()) text_ += "session " + at(event, "session") + "\n";
    text_ += "\n";
  }

  void replied(const Event& event) {
    const Result<Message> message = message_from_json(member_at(event.fields, "message"));
    if (!message) return;
    ++step_;
    line(event, "step " + std::to_string(step_) + "  " + at(event, "target") + "  " +
                    cost_text(integer_at(event.fields, "cost"), has_known_cost(events_, event)));
    const std::string reasoning = printable(reasoning_of(*message));
    if (!reasoning.empty()) text_ += "      thought: " + reasoning + "\n";
  }

  void called(const Event& event) {
    const std::string again =
        event.attempt > 1 ? " (attempt " + std::to_string(event.attempt) + ")" : "";
    std::string rule = at(event, "rule").empty() ? "" : "  [" + at(event, "rule") + "]";
    if (!at(event, "edited_by").empty()) rule += "  (changed by " + at(event, "edited_by") + ")";
    line(event, at(event, "tool") + "(" +
                    short_args(member_at(event.fields, "args"), kValueBytesMax) + ")" + again +
                    rule);
  }

  void returned(const Event& event) {
    const std::string outcome = at(event, "outcome");
    const std::string edited = bool_at(event.fields, "edited") ? " (edited)" : "";
    if (outcome == name_of(Outcome::ok)) {
      line(event,
           "→ " + shorten(printable(to_text(member_at(event.fields, "value"))), kValueBytesMax) +
               edited);
    } else {
      line(event, "→ " + outcome + ": " + at(event, "message"));
    }
  }

  const std::vector<Event>& events_;
  std::string text_;
  int step_ = 0;
};

// Approvals that reach further than one call.
std::string standing_text(const RunState& state) {
  std::string text;
  for (const auto& [id, question] : state.questions) {
    if (question.scope.empty() || !question.answer) continue;
    const Json& args = question.args ? *question.args : member_at(question.body, "args");
    text += "\nstanding for this " + printable(question.scope) + ": " +
            printable(string_at(question.body, "tool")) + "(" + short_args(args, kValueBytesMax) +
            "), by " + printable(question.by) + "\n";
  }
  return text;
}

// What a run waits for that no person is asked about.
std::string waits_text(const RunRow& run, const RunState& state) {
  std::string text;
  if (is_final(run.status)) return text;
  for (const std::string& name : awaited_signals(state)) {
    text += "\nwaits for the signal '" + printable(name) +
            "': " + signal_command(run.run_id, name) + "\n";
  }
  for (const auto& [id, due] : state.timers) {
    text += "\nsleeps until " + to_iso8601(due).substr(0, 19) + "Z\n";
  }
  return text;
}

std::string sums_of(const RunState& state, bool priced) {
  return std::to_string(state.own_steps()) + " steps, " + std::to_string(state.own_tokens()) +
         " tokens, " + cost_text(state.own_cost(), priced);
}

std::string side_text(const std::string& id, const std::optional<Event>& event,
                      const RunState& state) {
  std::string text = id + "\n";
  if (event) {
    text += "  event " + std::to_string(event->seq) + "  " +
            std::string(spec_of(event->kind).name) + " " + event->call_id + "\n  " +
            shorten(printable(to_text(event->fields)), 600) + "\n";
  } else {
    text += "  ended there\n";
  }
  text +=
      "  " + std::string(name_of(state.status)) + ": " + shorten(printable(state.text), 600) + "\n";
  text += "  of its own: " + sums_of(state, !state.unpriced) + "\n";
  return text;
}

Json side_json(const std::string& id, const std::optional<Event>& event, const RunState& state) {
  return Json{{"run", id},
              {"event", event ? to_json(*event) : Json(nullptr)},
              {"status", name_of(state.status)},
              {"text", state.text},
              {"steps", state.own_steps()},
              {"tokens", state.own_tokens()},
              {"cost", state.own_cost()}};
}

}  // namespace

Result<std::string> run_story(const RunRow& run, const std::vector<Event>& events) {
  std::string text = "run    " + run.run_id + "\nagent  " + run.agent + "\nstatus " +
                     std::string(name_of(run.status)) +
                     (run.reason.empty() ? "" : " (" + run.reason + ")") + "\n";
  const Result<RunState> state = fold_journal(events);
  if (!state) return state.error();
  Story story(events);
  for (const Event& event : events) story.tell(event);
  text += story.take();
  for (const auto& [id, question] : state->questions) {
    if (question.answer || question.expired) continue;
    text += "\nwaits for an answer: yoke runs answer " + run.run_id + " " + id + " VALUE\n  " +
            printable(question.title) + "  " + to_text(question.choices) + "\n";
  }
  text += waits_text(run, *state);
  text += standing_text(*state);
  return text + "\n" + sums_of(*state, has_known_cost(events)) + "\n";
}

std::string diff_text(const std::string& left_id, const std::string& right_id,
                      const RunDiff& diff) {
  if (diff.same) {
    return "the same in all " + std::to_string(diff.shared) + " events\n";
  }
  return "the same in " + std::to_string(diff.shared) + " events, then they part\n\n" +
         side_text(left_id, diff.left, diff.left_state) + "\n" +
         side_text(right_id, diff.right, diff.right_state);
}

Json diff_json(const std::string& left_id, const std::string& right_id, const RunDiff& diff) {
  return Json{{"same", diff.same},
              {"shared", diff.shared},
              {"left", side_json(left_id, diff.left, diff.left_state)},
              {"right", side_json(right_id, diff.right, diff.right_state)}};
}

}  // namespace yoke
