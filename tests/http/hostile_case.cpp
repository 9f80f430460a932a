#include "tests/http/hostile_case.h"

#include <charconv>
#include <fstream>
#include <sstream>

#include "runtime/base/result.h"

namespace yoke {
namespace {

char plain(char c) {
  switch (c) {
    case 'r':
      return '\r';
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case '0':
      return '\0';
    case '\\':
      return '\\';
    default:
      throw Fault(std::string("no such escape: \\") + c);
  }
}

std::string bytes_of(std::string_view text) {
  std::string bytes;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') {
      bytes += c;
      continue;
    }
    if (text.empty()) throw Fault("a line ends in a backslash");
    if (text.front() == '{') {
      std::size_t times = 0;
      const auto number = std::from_chars(text.data() + 1, text.data() + text.size(), times);
      const std::size_t blank = static_cast<std::size_t>(number.ptr - text.data());
      const std::size_t end = text.find('}');
      if (end == std::string_view::npos || end < blank) throw Fault("a repeat without its end");
      const std::string once = bytes_of(text.substr(blank + 1, end - blank - 1));
      for (std::size_t i = 0; i < times; ++i) bytes += once;
      text.remove_prefix(end + 1);
    } else if (text.front() == 'x') {
      unsigned value = 0;
      std::from_chars(text.data() + 1, text.data() + 3, value, 16);
      bytes += static_cast<char>(value);
      text.remove_prefix(3);
    } else {
      bytes += plain(text.front());
      text.remove_prefix(1);
    }
  }
  return bytes;
}

void take_outcome(const std::string& line, HostileCase& to) {
  std::istringstream words(line);
  std::string word;
  while (words >> word) {
    if (word == "cut") {
      to.cut = true;
    } else if (word.front() >= '0' && word.front() <= '9') {
      to.statuses.push_back(std::stoi(word));
    } else {
      to.refusal = word;
    }
  }
}

}  // namespace

std::vector<HostileCase> read_hostile_cases(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw Fault("cannot read " + file);
  std::vector<HostileCase> cases;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty() || line.starts_with("# ")) continue;
    if (line.starts_with("== ")) {
      cases.emplace_back().name = line.substr(3);
      continue;
    }
    if (cases.empty()) throw Fault(file + ":" + std::to_string(number) + ": no case begins here");
    if (line.starts_with("-> ")) {
      take_outcome(line.substr(3), cases.back());
      continue;
    }
    try {
      cases.back().bytes += bytes_of(line);
    } catch (const Fault& fault) {
      throw Fault(file + ":" + std::to_string(number) + ": " + fault.what());
    }
  }
  return cases;
}

}  // namespace yoke
