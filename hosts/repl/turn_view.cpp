#include "hosts/repl/turn_view.h"

#include <algorithm>
#include <array>
#include <utility>

#include "hosts/contents/told_value.h"
#include "hosts/screen/glyphs.h"
#include "hosts/terminal/plan_text.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::array<std::string_view, 10> kSpinner = {"⠋", "⠙", "⠹", "⠸", "⠼",
                                                       "⠴", "⠦", "⠧", "⠇", "⠏"};
constexpr std::size_t kShownBytesMax = 400;
constexpr std::size_t kThinkingRows = 3;
constexpr std::size_t kCallRows = 8;
constexpr std::size_t kPlanRows = 12;
constexpr std::size_t kDepthMax = 4;

std::string key_of(std::string_view run, std::string_view call) {
  return std::string(run) + "/" + std::string(call);
}

std::string since_text(Deadline since) {
  const auto elapsed = LoopClock::now() - since;
  return to_short_text(std::chrono::duration_cast<std::chrono::microseconds>(elapsed));
}

// The value in one line.
std::string short_value(const Json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : to_text(value);
  std::string line = shorten(text, kShownBytesMax);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return screen_text(line);
}

StyledLines last_rows(StyledLines lines, std::size_t rows) {
  const std::size_t skip = lines.size() - std::min(lines.size(), rows);
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(skip));
  return lines;
}

}  // namespace

void TurnView::begin(std::string run_id) {
  state_ = RunState();
  state_.run_id = std::move(run_id);
  ended_ = false;
  calls_.clear();
  owners_.clear();
  children_.clear();
  questions_.clear();
  thinking_.clear();
  answered_.clear();
  waits_for_model_ = plan_runs_ = false;
  ++totals_.turns;
}

std::optional<PromptQuestion> TurnView::question() const {
  if (questions_.empty()) return std::nullopt;
  return questions_.front();
}

std::vector<std::string> TurnView::take_children() { return std::exchange(children_, {}); }

std::string_view TurnView::spinner() const { return kSpinner[frame_ % kSpinner.size()]; }

bool TurnView::is_moving() const {
  return !ended_ && (!calls_.empty() || waits_for_model_ || !thinking_.empty());
}

std::vector<TurnView::Call>::iterator TurnView::find_call(std::string_view run_id,
                                                          std::string_view call_id) {
  const std::string key = key_of(run_id, call_id);
  return std::find_if(calls_.begin(), calls_.end(),
                      [&key](const Call& call) { return call.key == key; });
}

void TurnView::open_call(const Event& event, std::string name, std::string args) {
  Call call;
  call.name = screen_text(name);
  call.args = screen_text(shorten(args, kShownBytesMax));
  call.since = LoopClock::now();
  call.at = event.at;
  const bool of_script = !string_at(event.fields, "called_by").empty();
  call.depth = of_script ? 1 : 0;
  for (std::string run = event.run_id; call.depth < kDepthMax;) {
    const auto owner = owners_.find(run);
    if (owner == owners_.end()) break;
    ++call.depth;
    run = owner->second;
  }
  call.key = key_of(event.run_id, event.call_id);
  const auto again = find_call(event.run_id, event.call_id);  // opened again after a crash
  if (again != calls_.end()) calls_.erase(again);
  calls_.push_back(std::move(call));
}

void TurnView::show_return(const Event& event) {
  const auto found = find_call(event.run_id, event.call_id);
  if (found == calls_.end()) return;
  const Call call = std::move(*found);
  calls_.erase(found);
  const std::string outcome = string_at(event.fields, "outcome");
  const bool ok = outcome == name_of(Outcome::ok);
  const std::string text = string_at(event.fields, "text");
  const Json value = told_value(member_at(event.fields, "value")).read;
  const std::string result = ok ? short_value(value.is_null() && !text.empty() ? Json(text) : value)
                                : screen_text(outcome + ": " + string_at(event.fields, "message"));
  const std::string took = to_short_text(std::chrono::microseconds(event.at - call.at));
  // Of what is left of the line, name and arguments have at most three fifths.
  const std::size_t indent = 2 + 2 * call.depth;
  const std::size_t fixed = indent + 2 + 3 + columns_of(took) + 2;
  const std::size_t columns = transcript_.columns() - 1;
  const std::size_t room = columns > fixed + 8 ? columns - fixed : 8;
  StyledLine title = styled_line(call.name, Look::bold);
  append(title, "(" + call.args + ")");
  const std::size_t result_columns = columns_of(std::string_view(result));
  const std::size_t for_title = std::max(room * 3 / 5, room - std::min(room, result_columns));
  title = clipped(title, for_title);
  StyledLine line = styled_line(std::string(indent, ' '));
  append(line, ok ? "✓ " : "✗ ", ok ? Look::green : Look::red);
  append(line, title);
  const std::size_t for_result = room - std::min(room, columns_of(title));
  append(line, " → " + clipped(result, for_result), ok ? Look::dim : Look::red);
  append(line, "  " + took, Look::dim);
  transcript_.line(std::move(line));
}

void TurnView::end_reasoning() {
  if (thinking_.empty()) return;
  thought_ = std::exchange(thinking_, {});
  const std::string took = since_text(thinking_since_);
  if (unfolded_) {
    transcript_.text(trim(thought_), Look::dim | Look::italic);
  } else {
    transcript_.line(styled_line("✻ thought for " + took + " (Ctrl+O shows it)", Look::dim));
  }
}

void TurnView::fold(bool folded) {
  unfolded_ = !folded;
  if (unfolded_ && !thought_.empty()) {
    transcript_.text(trim(thought_), Look::dim | Look::italic);
  }
}

void TurnView::show_reply(const Event& event) {
  waits_for_model_ = false;
  const Usage usage = usage_from_json(member_at(event.fields, "usage"));
  ++totals_.steps;
  totals_.tokens += usage.input + usage.output;
  totals_.context = usage.input + usage.output;
  const Result<Message> message = message_from_json(member_at(event.fields, "message"));
  if (!message) return;
  if (thinking_.empty() && transcript_.streamed().empty()) {
    thinking_ = reasoning_of(*message);
    thinking_since_ = waiting_since_;
  }
  end_reasoning();
  const std::string text = text_of(*message);
  const std::string& shown = transcript_.streamed();
  if (shown.empty()) {
    if (!text.empty()) transcript_.stream(text);
  } else if (text.starts_with(shown)) {
    transcript_.stream(std::string_view(text).substr(shown.size()));
  } else if (text != shown) {  // a guard or a route put another text in its place
    transcript_.end_stream();
    transcript_.line(styled_line("(what came before was replaced)", Look::dim));
    if (!text.empty()) transcript_.stream(text);
  }
  transcript_.end_stream();
  answered_ = text;
  for (const Part& part : message->parts) {
    if (!std::holds_alternative<ImagePart>(part)) continue;
    transcript_.line(
        styled_line("▣ an image; !yoke runs images @last --to DIR saves it", Look::cyan));
  }
}

void TurnView::show_end(const Event& event) {
  ended_ = true;
  waits_for_model_ = false;
  end_reasoning();
  transcript_.end_stream();
  calls_.clear();
  questions_.clear();
  totals_.cost += state_.own_cost() + state_.children_cost;
  totals_.unpriced = totals_.unpriced || state_.unpriced;
  if (event.kind == EventKind::run_completed) {
    const std::string text = string_at(event.fields, "text");
    if (text == answered_) return;
    transcript_.gap();
    transcript_.markdown(text);
  } else if (event.kind == EventKind::run_cancelled) {
    transcript_.line(styled_line("stopped", Look::yellow));
  } else {
    const std::string why = string_at(event.fields, "message");
    transcript_.text("failed (" + event.reason + "): " + why, Look::red);
  }
}

StyledLines TurnView::plan_lines() const {
  StyledLines lines;
  if (!state_.plan) return lines;
  std::string text = plan_text(state_.plan->plan, marks_of(state_));
  if (text.ends_with('\n')) text.pop_back();
  for (const std::string& line : split(text, '\n')) {
    const bool failed = line.find("✗") != std::string::npos;
    lines.push_back(clipped(styled_line(screen_text(line), failed ? Look::red : Look::plain),
                            transcript_.columns() - 1));
  }
  return lines;
}

void TurnView::show_plan_now(std::string_view title) {
  transcript_.line(styled_line(title, Look::bold));
  for (StyledLine& line : plan_lines()) transcript_.line(std::move(line));
}

void TurnView::take_question(const Event& event) {
  PromptQuestion question;
  question.run_id = event.run_id;
  question.id = string_at(event.fields, "question");
  if (event.kind == EventKind::question_asked) {
    question.purpose = string_at(event.fields, "purpose");
    question.title = string_at(event.fields, "title");
    question.body = member_at(event.fields, "body");
    question.choices = member_at(event.fields, "choices");
    questions_.push_back(std::move(question));
    return;
  }
  std::erase_if(questions_, [&](const PromptQuestion& each) {
    return each.run_id == question.run_id && each.id == question.id;
  });
  if (event.kind != EventKind::question_answered) {
    transcript_.line(styled_line("? nobody answered in time", Look::yellow));
  }
}

void TurnView::note_child(const Event& event) {
  const std::string child = string_at(event.fields, "child");
  if (child.empty() || owners_.contains(child)) return;
  owners_[child] = event.run_id;
  children_.push_back(child);
}

void TurnView::on_main(const Event& event) {
  static_cast<void>(fold_in(state_, event));  // one that does not fit is shown all the same
  switch (event.kind) {
    case EventKind::model_called:
      if (!string_at(event.fields, "purpose").empty() ||
          !string_at(event.fields, "called_by").empty()) {
        break;
      }
      waits_for_model_ = true;
      waiting_since_ = LoopClock::now();
      break;
    case EventKind::model_replied:
      if (event.fields.contains("message") && waits_for_model_) show_reply(event);
      break;
    case EventKind::model_failed:
      end_reasoning();
      transcript_.end_stream();
      transcript_.text("! model: " + string_at(event.fields, "message"), Look::yellow);
      break;
    case EventKind::plan_proposed:
      show_plan_now("plan");
      plan_runs_ = true;
      break;
    case EventKind::plan_changed:
      show_plan_now("plan, changed");
      break;
    case EventKind::script_returned:
      if (plan_runs_) show_plan_now("plan, carried out");
      plan_runs_ = false;
      break;
    case EventKind::context_compacted:
      transcript_.line(styled_line("older messages were summed up, to fit the model", Look::dim));
      break;
    case EventKind::run_completed:
    case EventKind::run_cancelled:
    case EventKind::run_failed:
    case EventKind::run_quarantined:
      show_end(event);
      break;
    default:
      break;
  }
}

void TurnView::on_event(const Event& event) {
  const std::string short_list = short_args(member_at(event.fields, "args"), kShownBytesMax);
  switch (event.kind) {
    case EventKind::tool_called:
      open_call(event, string_at(event.fields, "tool"), short_list);
      break;
    case EventKind::child_started:
      open_call(event, "agent " + string_at(event.fields, "agent"),
                string_at(event.fields, "task"));
      note_child(event);
      break;
    case EventKind::tool_returned:
    case EventKind::child_finished:
      show_return(event);
      break;
    case EventKind::question_asked:
    case EventKind::question_answered:
    case EventKind::question_expired:
      take_question(event);
      break;
    case EventKind::tool_unknown:
      transcript_.text("? " + string_at(event.fields, "tool") +
                           " was in flight when yoke was stopped; finding out",
                       Look::yellow);
      break;
    case EventKind::hook_ran:
      if (string_at(event.fields, "verdict") == "failed") {
        transcript_.text(
            "! hook '" + string_at(event.fields, "hook") + "': " + string_at(event.fields, "why"),
            Look::yellow);
      }
      break;
    default:
      break;
  }
  if (is_main(event.run_id)) on_main(event);
}

void TurnView::on_delta(std::string_view run_id, std::string_view, const Delta& delta) {
  if (!is_main(run_id) || ended_) return;
  if (delta.kind == Delta::Kind::reset) {
    const bool any = !thinking_.empty() || !transcript_.streamed().empty();
    thinking_.clear();
    transcript_.end_stream();
    if (any) transcript_.line(styled_line("(the reply starts over)", Look::dim));
  } else if (delta.kind == Delta::Kind::reasoning) {
    if (thinking_.empty()) thinking_since_ = waiting_since_;
    thinking_ += delta.text;
  } else if (delta.kind == Delta::Kind::text && !delta.text.empty()) {
    end_reasoning();
    transcript_.stream(delta.text);
  }
}

void TurnView::on_progress(std::string_view run_id, std::string_view call_id, double done,
                           double total, std::string_view message) {
  const auto found = find_call(run_id, call_id);
  if (found == calls_.end()) return;
  std::string text = screen_text(message);
  if (total > 0) text = std::to_string(percent_of(done, total)) + " % " + text;
  std::replace(text.begin(), text.end(), '\n', ' ');
  found->progress = std::move(text);
}

void TurnView::on_log(std::string_view, std::string_view, std::string_view level,
                      std::string_view message) {
  if (level != "warn" && level != "error") return;
  transcript_.text("  " + std::string(level) + ": " + std::string(message), Look::dim);
}

StyledLine TurnView::call_line(const Call& call) const {
  StyledLine line = styled_line(std::string(2 + 2 * call.depth, ' '));
  append(line, std::string(spinner()) + " ", Look::cyan);
  const std::string tail = "  " + since_text(call.since);
  const std::string progress = call.progress.empty() ? "" : "  " + call.progress;
  const std::size_t columns = transcript_.columns() - 1;
  const std::size_t fixed = columns_of(line) + columns_of(tail);
  const std::size_t room = columns > fixed + 4 ? columns - fixed : 4;
  StyledLine title = styled_line(call.name, Look::bold);
  append(title, "(" + call.args + ")");
  const std::size_t for_progress = std::min(columns_of(std::string_view(progress)), room / 2);
  append(line, clipped(title, room - for_progress));
  append(line, clipped(progress, for_progress), Look::cyan);
  append(line, tail, Look::dim);
  return line;
}

StyledLines TurnView::live(std::size_t rows_max) const {
  StyledLines lines;
  if (ended_) return lines;
  if (!thinking_.empty()) {
    const Look look = Look::dim | Look::italic;
    StyledLines thoughts;
    for (const std::string& line : split(trim(thinking_), '\n')) {
      append(thoughts, wrapped(styled_line(screen_text(line), look), transcript_.columns()));
    }
    append(lines, last_rows(std::move(thoughts), unfolded_ ? rows_max / 2 : kThinkingRows));
  }
  append(lines, transcript_.unfinished());
  std::size_t shown = 0;
  for (const Call& call : calls_) {
    if (++shown > kCallRows) break;
    lines.push_back(call_line(call));
  }
  if (calls_.size() > kCallRows) {
    const std::size_t more = calls_.size() - kCallRows;
    lines.push_back(styled_line("  … and " + std::to_string(more) + " more", Look::dim));
  }
  if (plan_runs_) append(lines, last_rows(plan_lines(), kPlanRows));
  if (waits_for_model_ && thinking_.empty() && transcript_.streamed().empty()) {
    const std::string text = std::string(spinner()) + " thinking  " + since_text(waiting_since_);
    lines.push_back(styled_line(text, Look::dim));
  }
  return last_rows(std::move(lines), rows_max);
}

}  // namespace yoke
