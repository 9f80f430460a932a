#include <cstddef>
#include <string>
#include <string_view>

#include "tests/tidy/outline.h"
#include "tests/tidy/rules.h"

namespace yoke::tidy {
namespace {

constexpr int kLineColumnsMax = 100;
constexpr int kFileLinesMax = 500;
constexpr int kHeaderLinesMax = 200;
constexpr int kFunctionLinesMax = 70;
// The style asks for three; a fourth is left to the reader's judgement.
constexpr int kNestingMax = 4;

int columns_of(std::string_view line) {
  int columns = 0;
  for (const char c : line) {
    if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) ++columns;  // not inside a UTF-8 sequence
  }
  return columns;
}

// How many blocks lie between the block at `brace` and the function around it.
int depth_of(const Outline& outline, int brace) {
  int depth = 0;
  for (int at = brace; at >= 0 && outline.brace[at] != Brace::function; at = outline.parent[at]) {
    if (outline.brace[at] == Brace::scope) return 0;  // a local type starts anew
    if (outline.brace[at] == Brace::block) ++depth;
  }
  return depth;
}

void check_blocks(const Source& source, Findings& findings) {
  const Outline outline = outline_of(source);
  const int count = static_cast<int>(source.tokens.size());
  for (int i = 0; i < count; ++i) {
    if (outline.brace[i] == Brace::block && depth_of(outline, i) == kNestingMax + 1) {
      findings.push_back({source.path, source.tokens[i].line, "nesting",
                          "blocks nest deeper than " + std::to_string(kNestingMax) +
                              ": return early, or name the inner part as a function"});
    }
    if (outline.brace[i] != Brace::function || outline.match[i] < 0) continue;
    const int first = source.tokens[head_of(source, outline, i)].line;
    const int lines = source.tokens[outline.match[i]].line - first + 1;
    if (lines > kFunctionLinesMax) {
      findings.push_back({source.path, first, "function-length",
                          std::to_string(lines) + " lines, at most " +
                              std::to_string(kFunctionLinesMax) + ": split it"});
    }
  }
}

}  // namespace

Findings check_limits(const Source& source) {
  Findings findings;
  if (!is_cpp(source.path)) return findings;
  int number = 0;
  for (const std::string& line : lines_of(source.text)) {
    ++number;
    if (columns_of(line) > kLineColumnsMax) {
      findings.push_back({source.path, number, "line-length",
                          std::to_string(columns_of(line)) + " columns, at most " +
                              std::to_string(kLineColumnsMax)});
    }
  }
  const int limit = is_header(source.path) ? kHeaderLinesMax : kFileLinesMax;
  if (number > limit) {
    findings.push_back({source.path, limit + 1, "file-length",
                        std::to_string(number) + " lines, at most " + std::to_string(limit) +
                            ": split it by what its parts are about"});
  }
  const bool guarded = !source.tokens.empty() && source.tokens[0].text == "#pragma once";
  if (is_header(source.path) && !guarded) {
    findings.push_back({source.path, 1, "pragma-once", "start the header with #pragma once"});
  }
  check_blocks(source, findings);
  return findings;
}

}  // namespace yoke::tidy
