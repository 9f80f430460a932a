#include "hosts/repl/history_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "hosts/config/read_file.h"

namespace yoke {
namespace {

constexpr int kTriesMax = 20;  // while others put new files in its place

// The file, made where it is missing, locked until this goes: it is the one that has the name.
class LockedFile {
 public:
  explicit LockedFile(const std::string& file) {
    for (int tries = 0; tries < kTriesMax && fd_ < 0; ++tries) {
      fd_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
      if (fd_ < 0) return;
      while (::flock(fd_, LOCK_EX) != 0 && errno == EINTR) {
      }
      struct stat opened {};
      struct stat named {};
      const bool same = ::fstat(fd_, &opened) == 0 && ::stat(file.c_str(), &named) == 0 &&
                        opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
      if (same) return;
      ::close(std::exchange(fd_, -1));
    }
  }
  ~LockedFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

  bool is_held() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

bool write_new(const std::string& file, const std::string& text) {
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) return false;
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t written = ::write(fd, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    done += static_cast<std::size_t>(written);
  }
  return ::close(fd) == 0 && done == text.size();
}

}  // namespace

InputHistory read_history_file(const std::string& file) {
  const Result<std::string> text = read_file(file);
  return text ? InputHistory::from_file_text(*text) : InputHistory();
}

InputHistory add_to_history_file(const std::string& file, InputHistory before,
                                 const std::string& entry) {
  std::error_code failed;
  std::filesystem::create_directories(std::filesystem::path(file).parent_path(), failed);
  const LockedFile held(file);
  InputHistory all = held.is_held() ? read_history_file(file) : std::move(before);
  all.add(entry);
  if (!held.is_held()) return all;
  // All or nothing: whoever reads it without the lock finds the old one or the new one.
  const std::string beside = file + ".new";
  const bool written = write_new(beside, all.file_text());
  if (written) std::filesystem::rename(beside, file, failed);
  return all;
}

}  // namespace yoke
