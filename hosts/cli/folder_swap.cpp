#include "hosts/cli/folder_swap.h"

#include <fstream>

namespace yoke {
namespace {

namespace fs = std::filesystem;

fs::path hidden_beside(const fs::path& folder, const char* ending) {
  return folder.parent_path() / ("." + folder.filename().string() + ending);
}

Result<void> put_file_whole(const fs::path& path, const std::string& bytes) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (file && !failed) return {};
  return Error{Errc::unavailable, "cannot be written", path.string()};
}

}  // namespace

FolderSwap::FolderSwap(fs::path folder)
    : folder_(std::move(folder)),
      beside_(hidden_beside(folder_, ".new")),
      aside_(hidden_beside(folder_, ".old")) {
  std::error_code none;
  if (!fs::exists(folder_, none) && fs::exists(aside_, none)) fs::rename(aside_, folder_, none);
}

FolderSwap::~FolderSwap() {
  std::error_code ignored;
  fs::remove_all(beside_, ignored);
  if (!swapped_) return;
  fs::remove_all(folder_, ignored);
  if (fs::exists(aside_, ignored)) fs::rename(aside_, folder_, ignored);
}

Result<void> FolderSwap::write(const std::map<std::string, std::string>& files) {
  std::error_code ignored;
  fs::remove_all(beside_, ignored);
  for (const auto& [name, bytes] : files) {
    const Result<void> written = put_file_whole(beside_ / name, bytes);
    if (!written) return written;
  }
  return {};
}

Result<void> FolderSwap::swap() {
  std::error_code failed;
  fs::remove_all(aside_, failed);
  if (fs::exists(folder_, failed)) fs::rename(folder_, aside_, failed);
  if (!failed) fs::rename(beside_, folder_, failed);
  if (!failed) {
    swapped_ = true;
    return {};
  }
  std::error_code ignored;
  if (!fs::exists(folder_, ignored)) fs::rename(aside_, folder_, ignored);
  return Error{Errc::unavailable, "cannot be replaced: " + failed.message(), folder_.string()};
}

void FolderSwap::keep() {
  if (!std::exchange(swapped_, false)) return;
  std::error_code ignored;
  fs::remove_all(aside_, ignored);
}

Result<void> replace_text_file(const std::string& path, const std::string& text) {
  const std::string part = path + ".part";
  Result<void> written = put_file_whole(part, text);
  std::error_code failed;
  if (written) fs::rename(part, path, failed);
  if (failed) written = Error{Errc::unavailable, "cannot be written", path};
  if (!written) fs::remove(part, failed);
  return written;
}

}  // namespace yoke
