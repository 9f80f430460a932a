#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/secret.h"

namespace yoke::local {

// The last lines that a server printed, and a file that all of them go to. Bytes come in cut
// anywhere; what `secrets` stand for is replaced in every line before it is kept.
//
// Limits: kLinesMax lines of kLineBytesMax bytes in memory; the file at most kFileBytesMax, then it
//         is renamed to FILE.1, over the one before.
// Errors: a file that cannot be written is given up; the lines in memory stay.
class LogRing {
 public:
  static constexpr std::size_t kLinesMax = 200;
  static constexpr std::size_t kLineBytesMax = 2'000;
  static constexpr std::size_t kFileBytesMax = 4u << 20;

  using OnLine = std::function<void(const std::string& line)>;

  // `file` may be empty: none. `on_line` may be empty.
  LogRing(std::string file, std::vector<Secret> secrets, OnLine on_line);
  ~LogRing();
  LogRing(const LogRing&) = delete;
  LogRing& operator=(const LogRing&) = delete;

  void feed(std::string_view bytes);
  void end();                          // of the process: what has no line break yet is a line too
  void note(const std::string& line);  // a line of our own, such as the command line

  const std::deque<std::string>& lines() const { return lines_; }
  std::string tail(std::size_t lines) const;  // the last ones, joined by " | "
  const std::string& file() const { return file_; }

 private:
  void add(std::string_view raw);
  void write(const std::string& line);
  void open();

  const std::string file_;
  const std::vector<Secret> secrets_;
  const OnLine on_line_;
  std::deque<std::string> lines_;
  std::string begun_;
  bool too_long_ = false;  // the rest of the line that is being read is dropped
  int fd_ = -1;
  std::size_t file_bytes_ = 0;
};

}  // namespace yoke::local
