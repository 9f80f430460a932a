#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/store/sqlite/file.h"

namespace yoke::sqlite {

// The lock "PATH.lock" that lets one process at a time write to the store at PATH. It belongs to
// the open file, not to the process, so a second store in one process is refused too; the kernel
// drops it when its holder dies. The file holds its holder's number and stays.
class SideLock {
 public:
  // Errors: conflict (names the process that holds it), unavailable.
  static Result<SideLock> take(const std::string& store_path);
  // The process that holds it; 0: nobody.
  static int holder(const std::string& store_path);

  // False once the file was removed or replaced: another process may have locked the new one.
  bool still_held() const;
  Error lost() const;  // fenced: what to say then

 private:
  SideLock(std::string path, FileHandle file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  FileHandle file_;
};

}  // namespace yoke::sqlite
