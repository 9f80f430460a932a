#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace yoke {

// What was typed before, newest last. Pure; its text is in the form of libedit's history files, so
// that either reads what the other wrote.
//
// Limits: kEntriesMax, the oldest go first.
class InputHistory {
 public:
  static constexpr std::size_t kEntriesMax = 1000;

  InputHistory() = default;
  static InputHistory from_file_text(std::string_view text);
  std::string file_text() const;

  void add(const std::string& entry);  // nothing for an empty one, or the newest again
  std::size_t size() const { return entries_.size(); }
  const std::vector<std::string>& entries() const { return entries_; }

  // Walks: `draft` is kept and comes back below the newest. Null: there is no further one.
  const std::string* older(const std::string& draft);
  const std::string* newer();
  void leave();  // the next walk begins at the newest

  // The newest entry below the `skip` newer ones that holds the words. Null: none.
  const std::string* find(std::string_view words, std::size_t skip) const;

 private:
  std::vector<std::string> entries_;
  std::size_t place_ = 0;  // how many from the end; 0: at the draft
  std::string draft_;
};

}  // namespace yoke
