#include <algorithm>
#include <utility>

#include "hosts/repl/history_file.h"
#include "hosts/repl/shell.h"
#include "hosts/screen/glyphs.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

using Pressed = KeyPress::Kind;

}  // namespace

void ReplShell::press(const KeyPress& key) {
  const bool interrupts = key.is_control('c');
  if (!interrupts) {
    may_leave_ = false;
    hint_.clear();
  }
  if (!press_always(key) && !press_searching(key)) {
    const bool tab = key.kind == Pressed::tab || key.kind == Pressed::back_tab;
    if (!tab) menu_.clear();
    if (tab) {
      press_tab(key.kind == Pressed::back_tab);
    } else if (panel_ && editor_.is_empty() && panel_->takes(key)) {
      act(panel_->press(key));
    } else {
      switch (editor_.press(key)) {
        case LineEditor::Outcome::submitted:
          entered();
          break;
        case LineEditor::Outcome::at_top:
          walk_history(true);
          break;
        case LineEditor::Outcome::at_bottom:
          walk_history(false);
          break;
        default:
          break;
      }
    }
  }
  changed();
  // A key shows at once, whatever streams meanwhile.
  if (!terminal_.is_behind()) paint();
}

// Keys that mean the same wherever the cursor is. True: it was one.
bool ReplShell::press_always(const KeyPress& key) {
  if (key.is_control('c')) {
    press_interrupt();
  } else if (key.kind == Pressed::escape) {
    if (search_ || !menu_.empty()) {
      search_.reset();
      menu_.clear();
    } else if (turn_runs_) {
      tasks_->spawn(stop_turn());
    }
  } else if (key.is_control('d') && editor_.is_empty() && !search_) {
    leave(Why::left);
  } else if (key.is_control('o')) {
    view_.fold(view_.is_unfolded());
  } else if (key.is_control('z')) {
    if (!lent_) tasks_->spawn(suspend());
  } else if (key.is_control('l')) {
    painted_anew_ = true;
  } else if (key.is_control('r')) {
    search_skip_ = search_ ? search_skip_ + 1 : 0;
    if (!search_) search_.emplace();
  } else {
    return false;
  }
  return true;
}

void ReplShell::press_interrupt() {
  if (search_) {
    search_.reset();
  } else if (may_leave_) {
    leave(Why::left);
  } else if (turn_runs_) {
    tasks_->spawn(stop_turn());
    may_leave_ = true;
    hint_ = "stopping; Ctrl+C again leaves";
  } else if (!editor_.is_empty()) {
    editor_.take();
    menu_.clear();
    history_.leave();
  } else {
    may_leave_ = true;
    hint_ = "Ctrl+C again leaves; Ctrl+D does, too";
  }
}

// Ctrl+R: what is typed is looked for in what was typed before.
bool ReplShell::press_searching(const KeyPress& key) {
  if (!search_) return false;
  const std::string* found = history_.find(*search_, search_skip_);
  if (key.kind == Pressed::text) {
    *search_ += printable(key.text);
    search_skip_ = 0;
    return true;
  }
  if (key.kind == Pressed::backspace) {
    if (!search_->empty()) search_->erase(glyph_before(*search_, search_->size()));
    search_skip_ = 0;
    return true;
  }
  if (found != nullptr) editor_.set(*found);
  search_.reset();
  return key.kind == Pressed::enter || key.kind == Pressed::tab;  // it is there to be changed first
}

void ReplShell::press_tab(bool back) {
  if (!menu_.empty()) {
    menu_at_ = (menu_at_ + (back ? menu_.size() - 1 : 1)) % menu_.size();
    editor_.replace(menu_from_, editor_.cursor(), menu_[menu_at_]);
    return;
  }
  Completion found = complete(editor_.held(), editor_.cursor(), words_);
  if (found.candidates.empty()) {
    if (!knows_words_) tab_waits_ = editor_.held();
    return;
  }
  if (found.candidates.size() == 1) {
    const std::string& only = found.candidates.front();
    const bool goes_on = only.ends_with('/') && only.size() > 1;
    editor_.replace(found.from, found.to, only + (goes_on ? "" : " "));
    return;
  }
  const std::string common = common_beginning(found.candidates);
  const std::size_t had = found.to - found.from;
  menu_from_ = found.from;
  if (common.size() > had) {
    editor_.replace(found.from, found.to, common);
    menu_at_ = found.candidates.size() - 1;  // the next Tab takes the first
  } else {
    menu_at_ = 0;
    editor_.replace(found.from, found.to, found.candidates.front());
  }
  menu_ = std::move(found.candidates);
}

void ReplShell::walk_history(bool older) {
  // What waits its turn comes back to be changed before anything older does.
  if (older && editor_.is_empty() && !queue_.empty() && queue_.back().run_id.empty()) {
    editor_.set(queue_.back().shown);
    queue_.pop_back();
    return;
  }
  const std::string* entry = older ? history_.older(editor_.text()) : history_.newer();
  if (entry != nullptr) editor_.set(*entry);
}

void ReplShell::entered() {
  // A backslash at the end goes on in the next line, as in a shell.
  const bool goes_on = editor_.held().ends_with('\\') && editor_.cursor() == editor_.held().size();
  if (goes_on) {
    editor_.press(KeyPress{Pressed::backspace});
    editor_.press(KeyPress{Pressed::newline});
    return;
  }
  std::string text = editor_.take();
  if (panel_) {
    act(panel_->entered(text));
    return;
  }
  if (trim(text).empty()) return;
  take_entered(std::move(text));
}

void ReplShell::take_entered(std::string text) {
  if (options_.history_file.empty()) {
    history_.add(text);
  } else {
    history_ = add_to_history_file(options_.history_file, std::move(history_), text);
  }
  TypedInput input = read_typed(text);
  if (auto* command = std::get_if<TypedCommand>(&input)) {
    tasks_->spawn(obey(std::move(*command)));
  } else if (auto* shell = std::get_if<TypedShell>(&input)) {
    tasks_->spawn(commands_.run_shell(std::move(shell->command)));
  } else {
    enqueue(std::get<TypedMessage>(input), std::move(text));
  }
}

}  // namespace yoke
