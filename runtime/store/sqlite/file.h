#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/result.h"
#include "runtime/store/store.h"

// Files as the store needs them: private to their owner, and on the disk when a function returns.
namespace yoke::sqlite {

// The disk did not confirm what was written: nothing that comes after it can be trusted.
class SyncFailed : public StoreFault {
 public:
  using StoreFault::StoreFault;
};

// Owns a file descriptor.
class FileHandle {
 public:
  explicit FileHandle(int fd = -1) : fd_(fd) {}
  ~FileHandle();
  FileHandle(FileHandle&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileHandle& operator=(FileHandle&& other) noexcept;

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

// "permission denied" for EACCES: the system's words for `error_number`, in small letters.
std::string system_text(int error_number);

std::string folder_of(const std::string& path);  // "." for a bare name

// Makes the folder and those above it, each for its owner alone, and syncs them. Errors:
// unavailable.
Result<void> make_folders(const std::string& folder);
// Makes the file, empty and for its owner alone, unless it is there. Errors: unavailable.
Result<void> make_file(const std::string& path);

// Whether the folder refuses new files.
bool is_read_only_folder(const std::string& folder);

// Writes the file as a whole: under another name first, synced, renamed, its folder synced.
// StoreFault when the disk is full or bad, SyncFailed among them.
void write_whole(const std::string& path, std::string_view content);

}  // namespace yoke::sqlite
