#include "hosts/app/load_lines.h"

#include "hosts/terminal/terminal.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kPlainEvery{15};  // where a line cannot renew itself
constexpr std::size_t kDetailBytesMax = 300;

std::string seconds_of(std::chrono::milliseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
}

}  // namespace

std::string text_of(const LoadNote& note) {
  const std::string what = note.model.empty() ? "its model" : note.model;
  const std::string percent = note.percent ? std::to_string(*note.percent) + " %, " : std::string();
  switch (note.phase) {
    case LoadNote::Phase::loading:
      return note.backend + ": loading " + what + " … " + percent + seconds_of(note.since);
    case LoadNote::Phase::ready:
      return note.backend + ": ready after " + seconds_of(note.since);
    case LoadNote::Phase::restarting:
      return note.backend + ": " + shorten(note.detail, kDetailBytesMax) + "; starting it again";
    case LoadNote::Phase::failed:
      return note.backend + ": given up: " + shorten(note.detail, kDetailBytesMax);
  }
  return {};
}

void LoadLines::show(const LoadNote& note) {
  const std::string text = printable(text_of(note));
  Shown& shown = shown_[note.backend];
  if (note.phase != LoadNote::Phase::loading) {
    shown = {};
    terminal_.end_live();
    return terminal_.line(text);
  }
  if (terminal_.err_is_terminal()) return terminal_.live(text);
  const bool due = !shown.begun || note.since - shown.last >= kPlainEvery;
  if (!due) return;
  shown.begun = true;
  shown.last = note.since;
  terminal_.line(text);
}

}  // namespace yoke
