#include "hosts/app/signal_words.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace yoke {
namespace {

bool needs_no_quotes(char c) {
  const bool is_word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return is_word || std::string_view("._-:/@+,").find(c) != std::string_view::npos;
}

std::string shell_word(const std::string& text) {
  const bool is_option = text.starts_with('-');
  if (!is_option && std::all_of(text.begin(), text.end(), needs_no_quotes)) return text;
  std::string word = is_option ? "-- '" : "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

}  // namespace

std::string signal_command(const std::string& run_id, const std::string& name) {
  return "yoke runs signal " + run_id + " " + shell_word(printable(name));
}

}  // namespace yoke
