#include "hosts/terminal/run_view.h"

#include <array>

#include "hosts/contents/told_value.h"
#include "hosts/terminal/plan_text.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::array<std::string_view, 10> kFrames = {"⠋", "⠙", "⠹", "⠸", "⠼",
                                                      "⠴", "⠦", "⠧", "⠇", "⠏"};
constexpr std::size_t kArgsBytesMax = 100;
constexpr std::size_t kValueBytesMax = 80;

std::string seconds_text(std::chrono::nanoseconds elapsed) {
  return to_short_text(std::chrono::duration_cast<std::chrono::microseconds>(elapsed));
}

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ' ');
  }
  return text;
}

std::string plural(std::int64_t count, const std::string& noun) {
  return grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

std::string short_args(const Json& args, std::size_t bytes_max) {
  const Json told = told_value(args).read;
  if (!told.is_object()) return shorten(printable(to_text(told)), bytes_max);
  std::string text;
  for (const auto& [name, value] : told.items()) {
    if (!text.empty()) text += ", ";
    text += name + "=" + to_text(value);
  }
  return shorten(printable(text), bytes_max);
}

std::string cost_text(NanoUsd cost, bool priced) {
  if (priced) return to_dollars(cost);
  return cost == 0 ? "cost unknown" : to_dollars(cost) + " and unknown costs";
}

RunView::RunView(Terminal& terminal, Detail detail) : terminal_(terminal), detail_(detail) {}

void RunView::end_stream() {
  if (streaming_ == Delta::Kind::reset) return;
  if (streaming_ == Delta::Kind::text) {
    terminal_.out("\n");
  } else {
    terminal_.err("\n");
  }
  streaming_ = Delta::Kind::reset;
}

void RunView::on_delta(std::string_view, std::string_view, const Delta& delta) {
  if (delta.kind == Delta::Kind::reset) {
    end_stream();
    if (streamed_text_ || streamed_reasoning_) terminal_.line("(the reply starts over)");
    streamed_text_ = streamed_reasoning_ = false;
    return;
  }
  if (delta.text.empty() || delta.kind == Delta::Kind::tool_args) return;
  if (delta.kind == Delta::Kind::reasoning) {
    if (detail_ == Detail::quiet) return;
    if (streaming_ != delta.kind) end_stream();
    terminal_.err(terminal_.styled(Style::dim, printable(delta.text)));
    streamed_reasoning_ = true;
  } else {
    // Elsewhere than on a terminal the answer is written once it is known to be the answer.
    if (!terminal_.out_is_terminal()) return;
    if (streaming_ != delta.kind) end_stream();
    terminal_.out(printable(delta.text));
    streamed_text_ = true;
  }
  streaming_ = delta.kind;
}

void RunView::show_reply(const Event& event) {
  end_stream();
  const Result<Message> message = message_from_json(member_at(event.fields, "message"));
  if (!message) return;
  const std::string reasoning = reasoning_of(*message);
  if (!streamed_reasoning_ && !reasoning.empty() && detail_ != Detail::quiet) {
    terminal_.line(terminal_.styled(Style::dim, printable(reasoning)));
  }
  bool has_calls = false;
  for (const Part& part : message->parts) {
    has_calls = has_calls || std::holds_alternative<ToolCallPart>(part);
    if (std::holds_alternative<ImagePart>(part) && detail_ != Detail::quiet) {
      terminal_.line("  ▣ an image; 'yoke runs images RUN --to DIR' saves it");
    }
  }
  const std::string text = text_of(*message);
  const bool remark = has_calls && !text.empty() && !streamed_text_;
  if (remark && detail_ != Detail::quiet) terminal_.line(printable(text));
  answer_on_screen_ = streamed_text_;
  streamed_text_ = streamed_reasoning_ = false;
}

void RunView::show_return(const Event& event) {
  const auto found = open_.find(event.call_id);
  if (found == open_.end()) return;
  const Open call = found->second;
  open_.erase(found);
  if (detail_ == Detail::quiet) return;
  const std::string outcome = string_at(event.fields, "outcome");
  const bool ok = outcome == name_of(Outcome::ok);
  const std::string mark =
      ok ? terminal_.styled(Style::green, "✓") : terminal_.styled(Style::red, "✗");
  const Json value = told_value(member_at(event.fields, "value")).read;
  const std::string result =
      ok ? shorten(printable(to_text(value)), detail_ == Detail::verbose ? 4096 : kValueBytesMax)
         : outcome + ": " + printable(string_at(event.fields, "message"));
  const auto took = std::chrono::microseconds(event.at - call.at);
  terminal_.line("  " + mark + " " + call.title +
                 terminal_.styled(Style::dim, " → " + result + "  " + to_short_text(took)));
}

void RunView::show_unknown(const Event& event) {
  const std::string probe = string_at(event.fields, "probe");
  const std::string tool = printable(string_at(event.fields, "tool"));
  std::string what = tool + " was in flight when yoke was stopped; finding out";
  if (probe == "did_not_happen") what = tool + " had not taken place";
  if (probe == "unknown") what = tool + " may have taken place: its probe cannot tell";
  terminal_.line(terminal_.styled(Style::yellow, "  ? " + what));
}

void RunView::show_plan(const Event& event) {
  plan_ = member_at(event.fields, "plan");
  if (detail_ == Detail::quiet) return;
  end_stream();
  const std::string by = string_at(event.fields, "by");
  terminal_.line(event.kind == EventKind::plan_proposed
                     ? "plan:"
                     : "plan, changed by " + printable(by.empty() ? "the model" : by) + ":");
  terminal_.err(plan_text(plan_, {}));
}

// What became of each step, once the plan is carried out.
void RunView::show_plan_end(const Event& event) {
  const Json& value = member_at(event.fields, "value");
  if (plan_.is_null() || !value.is_object() || !value.contains("done")) return;
  if (detail_ == Detail::quiet) return;
  std::map<std::string, StepMark> marks;
  for (const Json& step : member_at(plan_, "steps")) {
    const std::string id = string_at(step, "id");
    const bool failed = member_at(value, "failed").contains(id);
    marks[id] = failed ? StepMark::failed : StepMark::skipped;
    if (member_at(value, "done").contains(id)) marks[id] = StepMark::done;
  }
  terminal_.err(plan_text(plan_, marks));
  for (const auto& [id, why] : member_at(value, "failed").items()) {
    terminal_.line("  " + printable(id) + ": " + printable(why.get<std::string>()));
  }
}

void RunView::on_event(const Event& event) {
  switch (event.kind) {
    case EventKind::model_called:
      open_[event.call_id] = Open{"thinking", "", LoopClock::now(), event.at};
      break;
    case EventKind::model_replied:
      open_.erase(event.call_id);
      show_reply(event);
      break;
    case EventKind::model_failed:
      open_.erase(event.call_id);
      end_stream();
      streamed_text_ = streamed_reasoning_ = false;
      terminal_.line(terminal_.styled(
          Style::yellow, "  ! model: " + printable(string_at(event.fields, "message"))));
      break;
    case EventKind::tool_called: {
      const std::string title = printable(string_at(event.fields, "tool")) + "(" +
                                short_args(member_at(event.fields, "args"), kArgsBytesMax) + ")";
      open_[event.call_id] = Open{title, "", LoopClock::now(), event.at};
      break;
    }
    case EventKind::tool_returned:
      show_return(event);
      break;
    case EventKind::tool_unknown:
      show_unknown(event);
      break;
    case EventKind::child_started: {
      const std::string title = "agent " + printable(string_at(event.fields, "agent")) + "(" +
                                shorten(printable(string_at(event.fields, "task")), kArgsBytesMax) +
                                ")";
      open_[event.call_id] = Open{title, "", LoopClock::now(), event.at};
      break;
    }
    case EventKind::child_finished:
      show_return(event);
      break;
    case EventKind::plan_proposed:
    case EventKind::plan_changed:
      show_plan(event);
      break;
    case EventKind::script_returned:
      show_plan_end(event);
      break;
    case EventKind::hook_ran:
      if (string_at(event.fields, "verdict") == "failed") {
        const std::string what =
            "  ! hook '" + string_at(event.fields, "hook") + "': " + string_at(event.fields, "why");
        terminal_.line(terminal_.styled(Style::yellow, printable(what)));
      }
      break;
    case EventKind::run_completed: {
      end_stream();
      const std::string text = string_at(event.fields, "text");
      if (!answer_on_screen_) terminal_.answer(text);
      break;
    }
    default:
      break;
  }
}

void RunView::on_progress(std::string_view, std::string_view call_id, double done, double total,
                          std::string_view message) {
  const auto found = open_.find(std::string(call_id));
  if (found == open_.end()) return;
  std::string text(printable(message));
  if (total > 0) text = std::to_string(percent_of(done, total)) + " % " + text;
  found->second.progress = std::move(text);
}

void RunView::on_log(std::string_view, std::string_view, std::string_view level,
                     std::string_view message) {
  if (detail_ != Detail::verbose && level != "warn" && level != "error") return;
  terminal_.line(
      terminal_.styled(Style::dim, "    " + std::string(level) + ": " + printable(message)));
}

void RunView::tick() {
  if (open_.empty() || streaming_ != Delta::Kind::reset || detail_ == Detail::quiet) return;
  const Open& call = open_.begin()->second;
  const auto elapsed = LoopClock::now() - call.since;
  if (elapsed < std::chrono::milliseconds(300)) return;
  frame_ = (frame_ + 1) % kFrames.size();
  std::string text = std::string(kFrames[frame_]) + " " + call.title + "  " + seconds_text(elapsed);
  if (!call.progress.empty()) text += "  " + call.progress;
  if (open_.size() > 1) text += "  (and " + std::to_string(open_.size() - 1) + " more)";
  terminal_.live(text);
}

void RunView::totals(const RunState& state) {
  terminal_.end_live();
  if (detail_ == Detail::quiet) return;
  const auto elapsed = std::chrono::microseconds(state.last_at - state.started_at - state.waited);
  const std::string text = plural(state.own_steps(), "step") + " · " +
                           plural(state.own_tokens(), "token") +
                           (state.usage.estimated ? " (estimated)" : "") + " · " +
                           cost_text(state.own_cost(), !state.unpriced) + " · " +
                           to_short_text(elapsed) + " · run " + state.run_id;
  terminal_.line(terminal_.styled(Style::dim, text));
}

int percent_of(double done, double total) {
  const double percent = 100 * (done / total);
  if (!(percent > 0)) return 0;  // and where it is no number
  return percent < 100 ? static_cast<int>(percent) : 100;
}

}  // namespace yoke
