#include <algorithm>
#include <utility>

#include "hosts/repl/shell.h"
#include "hosts/screen/glyphs.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kMenuRows = 5;
constexpr std::size_t kQueuedRows = 3;

std::string short_count(std::int64_t count) {
  if (count < 1000) return std::to_string(count);
  const bool millions = count >= 1'000'000;
  const std::int64_t tenths = count / (millions ? 100'000 : 100);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + (millions ? "M" : "k");
}

// Names side by side, the chosen one marked.
StyledLines menu_lines(const std::vector<std::string>& names, std::size_t chosen,
                       std::size_t columns) {
  std::size_t widest = 1;
  for (const std::string& name : names)
    widest = std::max(widest, columns_of(std::string_view(name)));
  const std::size_t width = std::min(widest + 2, columns);
  const std::size_t per_row = std::max<std::size_t>(columns / width, 1);
  const std::size_t first_row = chosen / per_row < kMenuRows ? 0 : chosen / per_row - kMenuRows + 1;
  StyledLines lines;
  for (std::size_t row = first_row; row < first_row + kMenuRows; ++row) {
    if (row * per_row >= names.size()) break;
    StyledLine line;
    for (std::size_t i = row * per_row; i < std::min((row + 1) * per_row, names.size()); ++i) {
      const std::string name = clipped(screen_text(names[i]), width - 1);
      append(line, name, i == chosen ? Look::inverse : Look::dim);
      append(line, std::string(width - columns_of(std::string_view(name)), ' '));
    }
    lines.push_back(clipped(line, columns));
  }
  const std::size_t shown = std::min((first_row + kMenuRows) * per_row, names.size());
  if (shown < names.size()) {
    lines.push_back(styled_line("… " + std::to_string(names.size() - shown) + " more", Look::dim));
  }
  return lines;
}

}  // namespace

StyledLine ReplShell::prompt() const {
  if (search_) return styled_line("search: " + screen_text(*search_) + " ", Look::cyan);
  if (panel_) return panel_->prompt();
  return styled_line("> ", Look::cyan);
}

// What fits of it, the most wanted first, in the order in which it is read.
StyledLine ReplShell::status() const {
  struct Item {
    int rank;
    std::string text;
  };
  const TalkTotals& totals = view_.totals();
  const std::int64_t window = host_.window;
  std::string context;
  if (totals.context > 0) {
    context = "ctx " + (window > 0 ? std::to_string(100 * totals.context / window) + "%"
                                   : short_count(totals.context));
  }
  const auto took = turn_runs_ ? LoopClock::now() - turn_since_ : turn_took_;
  const auto elapsed = std::chrono::duration_cast<std::chrono::seconds>(took);
  std::vector<Item> items = {
      {0, state_.agent.empty() ? "plain" : screen_text(state_.agent)},
      {4, state_.model.empty() ? "" : screen_text(state_.model)},
      {6, screen_text(state_.session)},
      {1, context},
      {5, totals.tokens > 0 ? short_count(totals.tokens) + " tokens" : ""},
      {2, totals.steps > 0 ? cost_text(totals.cost, !totals.unpriced) : ""},
      {3, turn_runs_ || totals.turns > 0 ? std::to_string(elapsed.count()) + " s" : ""},
      {7, host_.where},
  };
  std::erase_if(items, [](const Item& item) { return item.text.empty(); });
  std::size_t columns = turn_runs_ ? 2 : 0;
  std::vector<bool> taken(items.size());
  for (int rank = 0; rank <= 7; ++rank) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::size_t wide = columns_of(std::string_view(items[i].text)) + 3;
      if (items[i].rank != rank || columns + wide > transcript_.columns()) continue;
      taken[i] = true;
      columns += wide;
    }
  }
  StyledLine line;
  if (turn_runs_) append(line, std::string(view_.spinner()) + " ", Look::cyan);
  bool any = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!taken[i]) continue;
    append(line, (any ? " · " : "") + items[i].text, Look::dim);
    any = true;
  }
  return line;
}

StyledLines ReplShell::below_prompt() const {
  StyledLines lines;
  const std::size_t columns = transcript_.columns() - 1;
  if (!menu_.empty()) append(lines, menu_lines(menu_, menu_at_, columns));
  if (!hint_.empty()) {
    lines.push_back(clipped(styled_line(hint_, Look::yellow), columns));
  } else if (turn_runs_ && stopping_) {
    lines.push_back(styled_line("stopping …", Look::yellow));
  }
  lines.push_back(clipped(status(), columns));
  return lines;
}

LiveArea ReplShell::area() const {
  const ScreenSize& size = screen_.size();
  const std::size_t columns = transcript_.columns() - 1;
  StyledLines above;
  const std::size_t queued = turn_runs_ ? queue_.size() : 0;  // else it is sent at once
  for (std::size_t i = 0; i < std::min(queued, kQueuedRows); ++i) {
    std::string text = screen_text(queue_[i].shown);
    std::replace(text.begin(), text.end(), '\n', ' ');
    above.push_back(clipped(styled_line("  queued: " + text, Look::dim), columns));
  }
  if (queued > kQueuedRows) {
    const std::string more = std::to_string(queued - kQueuedRows);
    above.push_back(styled_line("  … and " + more + " more", Look::dim));
  }
  EditorView typed;
  const std::size_t for_editor = std::max<std::size_t>(size.rows / 3, 1);
  if (search_) {
    const std::string* found = history_.find(*search_, search_skip_);
    LineEditor shown;
    shown.set(found == nullptr ? "" : *found);
    typed = shown.view(columns, for_editor, prompt());
  } else {
    typed = editor_.view(columns, for_editor, prompt());
  }
  StyledLines below = below_prompt();
  const std::size_t rows = size.rows - 1;
  if (panel_) {
    const std::size_t rest = typed.lines.size() + below.size() + 1;
    StyledLines question = panel_->lines(columns, rows - std::min(rows, rest));
    // What is asked is wanted before what waits its turn.
    if (above.size() + question.size() + rest > rows) above.clear();
    append(above, std::move(question));
  }
  const std::size_t used = above.size() + typed.lines.size() + below.size() + 1;
  LiveArea area;
  if (used < rows) area.lines = view_.live(rows - used);
  area.lines.emplace_back();  // the prompt stands apart from what was said
  append(area.lines, std::move(above));
  area.cursor_row = area.lines.size() + typed.row;
  area.cursor_column = typed.column;
  append(area.lines, std::move(typed.lines));
  append(area.lines, std::move(below));
  return area;
}

void ReplShell::paint() {
  if (lent_) return;
  const ScreenSize size = terminal_.size();
  if (size != screen_.size() || painted_anew_) {
    painted_anew_ = false;
    transcript_.set_columns(size.columns);
    const StyledLines last = transcript_.last(size.rows);
    // The area is laid out for a size that the screen must know first.
    screen_.repaint(size, {}, LiveArea());
    terminal_.write(screen_.repaint(size, last, area()));
    return;
  }
  const StyledLines finished = transcript_.take_finished();
  terminal_.write(screen_.update(finished, area()));
}

}  // namespace yoke
