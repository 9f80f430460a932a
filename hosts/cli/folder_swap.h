#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "runtime/base/result.h"

namespace yoke {

// Puts a folder of files in the place of another, so that one of them is whole at any moment: the
// files are written beside it first, and what was there stays aside until the new one is kept. What
// a program that was ended left aside is put back by the next one.
class FolderSwap {
 public:
  explicit FolderSwap(std::filesystem::path folder);
  ~FolderSwap();  // puts back what was there, unless the new one is kept
  FolderSwap(const FolderSwap&) = delete;
  FolderSwap& operator=(const FolderSwap&) = delete;

  // Errors: unavailable, naming the file; the folder is as it was.
  Result<void> write(const std::map<std::string, std::string>& files);
  // Where the files are before swap().
  const std::filesystem::path& beside() const { return beside_; }
  Result<void> swap();  // errors: unavailable; the folder is as it was
  void keep();

 private:
  const std::filesystem::path folder_;
  const std::filesystem::path beside_;
  const std::filesystem::path aside_;
  bool swapped_ = false;
};

// The whole text, or none of it. Errors: unavailable, with the file.
Result<void> replace_text_file(const std::string& path, const std::string& text);

}  // namespace yoke
