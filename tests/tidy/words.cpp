#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/outline.h"
#include "tests/tidy/rules.h"

namespace yoke::tidy {
namespace {

struct Ban {
  std::vector<std::string_view> words;    // tokens in a row
  std::vector<std::string_view> folders;  // where it is allowed
  std::string_view mend;
};

const std::vector<Ban>& bans() {
  static const std::vector<Ban> all = {
      {{"detached"}, {}, "it throws failures away: spawn into a TaskGroup"},
      {{"shared_from_this"}, {}, "one owner: pass a reference to what lives longer"},
      {{"sleep_for"}, {}, "wait on the loop's clock, which tests can move"},
      {{"using", "namespace"}, {}, "name what you use"},
      {{"std", "::", "cout"},
       {"hosts", "bench", "examples"},
       "only hosts write to the standard output"},
      {{"std", "::", "regex"}, {}, "use RE2: std::regex crashes on long input"},
      {{"std", "::", "basic_regex"}, {}, "use RE2: std::regex crashes on long input"},
      {{"awaitable_operators"}, {}, "race with with_deadline, join with a TaskGroup"},
  };
  return all;
}

// Split, so that this file does not break the rule it states.
constexpr std::array<std::string_view, 3> kUnfinished = {
    "FIX"
    "ME",
    "TO"
    "DO",
    "XX"
    "X"};
constexpr std::array<std::string_view, 3> kMachinePaths = {
    "/wo"
    "rk/",
    "/ro"
    "ot/",
    "/ho"
    "me/"};
constexpr std::array<std::string_view, 6> kRegistries = {
    "registry."
    "npmjs",
    "registry."
    "yarnpkg",
    "deb."
    "debian.org",
    "py"
    "pi.org",
    "pythonhosted"
    ".org",
    "proxy."
    "golang.org"};

bool is_word_part(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const bool open = at == 0 || !is_word_part(text[at - 1]);
    const std::size_t end = at + word.size();
    if (open && (end == text.size() || !is_word_part(text[end]))) return true;
  }
  return false;
}

bool matches_at(const Source& source, std::size_t at, const Ban& ban) {
  if (at + ban.words.size() > source.tokens.size()) return false;
  for (std::size_t i = 0; i < ban.words.size(); ++i) {
    if (!source.tokens[at + i].is(ban.words[i])) return false;
  }
  return true;
}

// An operator for literals has no name to write where it is used.
bool opens_literals(const Source& source, std::size_t at) {
  while (at + 1 < source.tokens.size() && !source.tokens[at + 1].is(";")) ++at;
  return source.tokens[at].text.ends_with("literals");
}

bool is_allowed(const Source& source, std::size_t at, const Ban& ban) {
  if (ban.words.back() == "namespace" && opens_literals(source, at)) return true;
  return std::any_of(ban.folders.begin(), ban.folders.end(),
                     [&](std::string_view folder) { return is_within(source.path, folder); });
}

// `new (place) T` constructs where memory is owned already; `= delete` and `operator new` declare.
bool is_naked(const Source& source, std::size_t at) {
  const auto neighbour_is = [&](std::size_t index, std::string_view what) {
    return index < source.tokens.size() && source.tokens[index].is(what);
  };
  if (at > 0 && neighbour_is(at - 1, "operator")) return false;
  if (source.tokens[at].is("new")) return !neighbour_is(at + 1, "(");
  return source.tokens[at].is("delete") && (at == 0 || !neighbour_is(at - 1, "="));
}

bool is_catch_all(const Source& source, int at) {
  const auto i = static_cast<std::size_t>(at);
  return i + 4 < source.tokens.size() && source.tokens[i].is("catch") &&
         source.tokens[i + 1].is("(") && source.tokens[i + 2].is("...") &&
         source.tokens[i + 4].is("{");
}

bool keeps_failure(const Source& source, const Outline& outline, int open) {
  for (int at = open; at < outline.match[open]; ++at) {
    if (source.tokens[at].is("current_exception")) return true;
    if (source.tokens[at].is("throw") && source.tokens[at + 1].is(";")) return true;
  }
  const int first = source.tokens[open].line;
  return std::any_of(source.comments.begin(), source.comments.end(), [&](const Comment& comment) {
    const bool here = comment.line >= first && comment.line <= first + 1;
    return here && comment.text.find("task root") != std::string::npos;
  });
}

// Whether the try block before the handlers only asks what a stored exception is.
bool only_asks(const Source& source, const Outline& outline, int handler) {
  int end = handler - 1;
  while (end > 0 && source.tokens[end].is("}") && outline.match[end] > 0) {
    const int open = outline.match[end];
    if (source.tokens[open - 1].is("try")) {
      const bool std_name = source.tokens[open + 1].is("std");
      return source.tokens[open + (std_name ? 3 : 1)].is("rethrow_exception");
    }
    if (!source.tokens[open - 1].is(")")) return false;
    end = outline.match[open - 1] - 2;  // over `catch (…)`
  }
  return false;
}

void check_catches(const Source& source, Findings& findings) {
  const Outline outline = outline_of(source);
  for (int at = 0; at < static_cast<int>(source.tokens.size()); ++at) {
    if (!is_catch_all(source, at) || outline.match[at + 4] < 0) continue;
    if (keeps_failure(source, outline, at + 4) || only_asks(source, outline, at)) continue;
    findings.push_back({source.path, source.tokens[at].line, "swallowed-exception",
                        "catch (...) keeps std::current_exception() or throws on; at a task's root "
                        "say `// task root: why`"});
  }
}

// What stands between the quotes of TEST_CASE("…" "…"); empty for anything else.
std::string name_of_case(const Source& source, std::size_t at) {
  std::string name;
  if (!source.tokens[at].is("TEST_CASE") && !source.tokens[at].is("SCENARIO")) return name;
  for (at += 2; at < source.tokens.size() && source.tokens[at].kind == TokenKind::text; ++at) {
    name += source.tokens[at].text;
  }
  return name;
}

int count_words(std::string_view text) {
  int words = 0;
  bool inside = false;
  for (const char c : text) {
    if (c != ' ' && !inside) ++words;
    inside = c != ' ';
  }
  return words;
}

}  // namespace

Findings check_words(const Source& source) {
  Findings findings;
  for (std::size_t at = 0; at < source.tokens.size(); ++at) {
    const int line = source.tokens[at].line;
    for (const Ban& ban : bans()) {
      if (!matches_at(source, at, ban) || is_allowed(source, at, ban)) continue;
      findings.push_back({source.path, line, "banned-word",
                          std::string(ban.words.back()) + ": " + std::string(ban.mend)});
    }
    if (is_naked(source, at)) {
      findings.push_back({source.path, line, "banned-word",
                          source.tokens[at].text + ": let a value or a unique_ptr own it"});
    }
  }
  for (const Comment& comment : source.comments) {
    for (std::string_view word : kUnfinished) {
      if (!has_word(comment.text, word)) continue;
      findings.push_back({source.path, comment.line, "unfinished",
                          std::string(word) + ": finish it, or open an issue"});
    }
  }
  check_catches(source, findings);
  return findings;
}

Findings check_test_names(const Source& source) {
  constexpr int kWordsMin = 4;
  Findings findings;
  for (std::size_t at = 0; at < source.tokens.size(); ++at) {
    const std::string name = name_of_case(source, at);
    if (name.empty()) continue;
    const int line = source.tokens[at].line;
    if (count_words(name) < kWordsMin) {
      findings.push_back({source.path, line, "test-name",
                          "'" + name + "' is no behaviour: say who does what, and when"});
    }
    // CTest asks for a case by its name, which a list separator, a quote or a wildcard breaks.
    if (name.find_first_of(";\\*~") != std::string::npos || name.front() == ' ' ||
        name.back() == ' ') {
      findings.push_back({source.path, line, "test-name",
                          "'" + name + "' holds one of ; \\ * ~, or a space at an end"});
    }
  }
  return findings;
}

Findings check_places(const Source& source) {
  Findings findings;
  int number = 0;
  for (const std::string& line : lines_of(source.text)) {
    ++number;
    for (std::string_view path : kMachinePaths) {
      const std::size_t at = line.find(path);
      const bool whole = at != std::string::npos && (at == 0 || !is_word_part(line[at - 1]));
      if (!whole) continue;
      findings.push_back({source.path, number, "machine-path",
                          std::string(path) + " is a place on one machine: write it relative"});
    }
    for (std::string_view host : kRegistries) {
      if (line.find(host) == std::string::npos) continue;
      findings.push_back({source.path, number, "registry",
                          std::string(host) + ": leave the choice of a mirror to the machine"});
    }
  }
  return findings;
}

}  // namespace yoke::tidy
