#include "hosts/repl/policy_edit.h"

#include <filesystem>
#include <fstream>
#include <vector>

#include "hosts/config/config.h"
#include "hosts/config/read_file.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

std::string quoted_rule(const std::string& rule) {
  std::string out = "\"";
  for (const char c : rule) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

// Where the array that opens at `at` closes; strings and comments passed over.
std::size_t closing_bracket(const std::string& text, std::size_t at) {
  char quote = 0;
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\' && quote == '"') {
        ++i;
      } else if (c == quote) {
        quote = 0;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#') {
      i = text.find('\n', i);
      if (i == std::string::npos) return i;
    } else if (c == ']') {
      return i;
    } else if (c == '[') {
      return std::string::npos;
    }
  }
  return std::string::npos;
}

// The last byte of a value before `close`; npos: the array is empty.
std::size_t last_value(const std::string& text, std::size_t open, std::size_t close) {
  std::size_t last = std::string::npos;
  char quote = 0;
  for (std::size_t i = open + 1; i < close; ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\' && quote == '"') {
        ++i;
      } else if (c == quote) {
        quote = 0;
        last = i;
      }
    } else if (c == '#') {
      i = text.find('\n', i);
    } else if (c == '"' || c == '\'') {
      quote = c;
    }
  }
  return last;
}

Error cannot_add() {
  return Error{Errc::unsupported,
               "[policy] allow in yoke.toml cannot be added to as it stands; write the rule there "
               "yourself"};
}

}  // namespace

Result<std::string> with_allow_rule(const std::string& text, const std::string& rule) {
  std::size_t at = 0;
  std::size_t section_end = std::string::npos;  // behind the line of its header
  std::size_t allow = std::string::npos;
  bool inside = false;
  for (const std::string& line : split(text, '\n')) {
    const std::string_view trimmed = trim(line);
    if (trimmed.starts_with('[')) {
      inside = trimmed.substr(0, trimmed.find('#')).starts_with("[policy]");
      if (inside) section_end = std::min(at + line.size() + 1, text.size());
    } else if (inside && trimmed.starts_with("allow")) {
      const std::string_view rest = trim(trimmed.substr(5));
      if (rest.starts_with('=')) allow = at;
    } else if (trimmed.starts_with("policy")) {
      return cannot_add();
    }
    at += line.size() + 1;
  }
  std::string out = text;
  if (allow != std::string::npos) {
    const std::size_t open = text.find('[', allow);
    const std::size_t close = open == std::string::npos ? open : closing_bracket(text, open);
    if (close == std::string::npos) return cannot_add();
    const std::size_t last = last_value(text, open, close);
    const std::string added = quoted_rule(rule);
    if (last == std::string::npos) {
      out.insert(open + 1, added);
    } else {
      out.insert(last + 1, ", " + added);
    }
    return out;
  }
  const std::string line = "allow = [" + quoted_rule(rule) + "]\n";
  if (section_end != std::string::npos) {
    const bool ended = section_end > 0 && text[section_end - 1] == '\n';
    return out.insert(section_end, (ended ? "" : "\n") + line);
  }
  if (!out.empty() && !out.ends_with('\n')) out += "\n";
  return out + "\n[policy]\n" + line;
}

Result<void> add_allow_rule(const std::string& file, const std::string& rule) {
  namespace fs = std::filesystem;
  const Result<std::string> text = read_file(file);
  if (!text) return text.error();
  Result<std::string> with = with_allow_rule(*text, rule);
  if (!with) return with.error();
  const Result<Config> parsed = parse_config(*with, file);
  if (!parsed) return parsed.error();
  const std::string beside = file + ".new";
  std::error_code failed;
  {
    std::ofstream out(beside, std::ios::binary);
    out << *with;
    out.flush();
    if (!out) return Error{Errc::unavailable, "cannot write " + beside};
  }
  fs::permissions(beside, fs::status(file, failed).permissions(), failed);
  fs::rename(beside, file, failed);
  if (failed) return Error{Errc::unavailable, "cannot write " + file + ": " + failed.message()};
  return {};
}

}  // namespace yoke
