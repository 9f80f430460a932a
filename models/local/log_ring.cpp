#include "models/local/log_ring.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "models/failure.h"
#include "runtime/base/text.h"

namespace yoke::local {

LogRing::LogRing(std::string file, std::vector<Secret> secrets, OnLine on_line)
    : file_(std::move(file)), secrets_(std::move(secrets)), on_line_(std::move(on_line)) {
  open();
}

LogRing::~LogRing() {
  if (fd_ >= 0) ::close(fd_);
}

// For its owner alone: a server's log may quote prompts.
void LogRing::open() {
  if (file_.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(file_).parent_path(), ignored);
  fd_ = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  struct stat info {};
  file_bytes_ = 0;
  if (fd_ >= 0 && ::fstat(fd_, &info) == 0) file_bytes_ = static_cast<std::size_t>(info.st_size);
}

void LogRing::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n' || c == '\r') {  // a progress bar ends its states with CR
      if (!begun_.empty()) add(begun_);
      begun_.clear();
      too_long_ = false;
    } else if (begun_.size() < kLineBytesMax) {
      begun_ += c;
    } else if (!too_long_) {
      too_long_ = true;
      begun_ += "…";
    }
  }
}

void LogRing::end() {
  if (!begun_.empty()) add(begun_);
  begun_.clear();
  too_long_ = false;
}

void LogRing::note(const std::string& line) {
  end();
  add(line);
}

void LogRing::add(std::string_view raw) {
  std::string line = printable(to_valid_utf8(raw));
  for (const Secret& secret : secrets_) remove_secret(line, secret);
  write(line);
  lines_.push_back(line);
  if (lines_.size() > kLinesMax) lines_.pop_front();
  if (on_line_) on_line_(line);
}

void LogRing::write(const std::string& line) {
  if (fd_ < 0) return;
  if (file_bytes_ + line.size() + 1 > kFileBytesMax) {
    ::close(fd_);
    fd_ = -1;
    ::rename(file_.c_str(), (file_ + ".1").c_str());
    open();
    if (fd_ < 0) return;
  }
  const std::string text = line + "\n";
  const ssize_t written = ::write(fd_, text.data(), text.size());
  if (written > 0) file_bytes_ += static_cast<std::size_t>(written);
  if (written == static_cast<ssize_t>(text.size())) return;
  ::close(fd_);
  fd_ = -1;
}

std::string LogRing::tail(std::size_t lines) const {
  const std::size_t from = lines_.size() - std::min(lines, lines_.size());
  std::vector<std::string> last;
  for (std::size_t at = from; at < lines_.size(); ++at) last.push_back(shorten(lines_[at], 300));
  return join(last, " | ");
}

}  // namespace yoke::local
