#include "runtime/store/sqlite/side_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace yoke::sqlite {
namespace {

std::string lock_path(const std::string& store_path) { return store_path + ".lock"; }

struct flock whole_file() {
  struct flock range = {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return range;
}

int written_number(int fd) {
  std::array<char, 32> text;
  const ssize_t bytes = ::pread(fd, text.data(), text.size(), 0);
  int number = 0;
  if (bytes > 0) std::from_chars(text.data(), text.data() + bytes, number);
  return number;
}

}  // namespace

Result<SideLock> SideLock::take(const std::string& store_path) {
  std::string path = lock_path(store_path);
  FileHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file) {
    return Error{Errc::unavailable, "cannot write '" + path + "': " + system_text(errno) +
                                        "; the store needs a folder it can write to"};
  }
  struct flock range = whole_file();
  if (::fcntl(file.get(), F_OFD_SETLK, &range) != 0) {
    if (errno != EAGAIN && errno != EACCES) {
      return Error{Errc::unavailable, "cannot lock '" + path + "': " + system_text(errno)};
    }
    return Error{Errc::conflict, "the store '" + store_path + "' is in use by process " +
                                     std::to_string(written_number(file.get()))};
  }
  const std::string number = std::to_string(::getpid()) + "\n";
  const bool written =
      ::ftruncate(file.get(), 0) == 0 &&
      ::pwrite(file.get(), number.data(), number.size(), 0) == static_cast<ssize_t>(number.size());
  if (!written) {
    return Error{Errc::unavailable, "cannot write '" + path + "': " + system_text(errno)};
  }
  return SideLock(std::move(path), std::move(file));
}

int SideLock::holder(const std::string& store_path) {
  const FileHandle file(::open(lock_path(store_path).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return 0;
  struct flock range = whole_file();
  if (::fcntl(file.get(), F_OFD_GETLK, &range) != 0 || range.l_type == F_UNLCK) return 0;
  return written_number(file.get());
}

Error SideLock::lost() const {
  return Error{Errc::fenced, "the lock '" + path_ +
                                 "' was removed or replaced, so that another process may write to "
                                 "the store too; leave it in place, and go on with: yoke runs "
                                 "resume"};
}

bool SideLock::still_held() const {
  struct stat locked = {};
  struct stat named = {};
  return ::fstat(file_.get(), &locked) == 0 && ::stat(path_.c_str(), &named) == 0 &&
         locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
}

}  // namespace yoke::sqlite
