#include "runtime/store/sqlite/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace yoke::sqlite {
namespace {

constexpr mode_t kFileMode = 0600;
constexpr mode_t kFolderMode = 0700;

[[noreturn]] void fault(const std::string& what, const std::string& path) {
  const int error_number = errno;
  if (error_number == ENOSPC || error_number == EDQUOT) {
    throw StoreFault("the disk is full: " + what + " '" + path + "' failed");
  }
  throw StoreFault(what + " '" + path + "' failed: " + system_text(error_number));
}

void write_all(int fd, std::string_view content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fault("writing", path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
}

bool is_synced(int fd) { return ::fsync(fd) == 0; }

bool sync_folder(const std::string& folder) {
  const FileHandle handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return handle && is_synced(handle.get());
}

bool make_one(const std::string& folder) {
  return ::mkdir(folder.c_str(), kFolderMode) == 0 && sync_folder(folder_of(folder));
}

[[noreturn]] void sync_fault(const std::string& path) {
  throw SyncFailed("syncing '" + path + "' failed: " + system_text(errno));
}

}  // namespace

FileHandle::~FileHandle() {
  if (fd_ >= 0) ::close(fd_);
}

FileHandle& FileHandle::operator=(FileHandle&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

std::string system_text(int error_number) {
  std::string text = std::generic_category().message(error_number);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::string folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

Result<void> make_folders(const std::string& folder) {
  if (make_one(folder)) return {};
  if (errno == ENOENT) {
    const Result<void> above = make_folders(folder_of(folder));
    if (!above) return above;
    if (make_one(folder)) return {};
  }
  const int error_number = errno;
  std::error_code ignored;
  if (std::filesystem::is_directory(folder, ignored)) return {};
  return Error{Errc::unavailable, "cannot make the folder '" + folder +
                                      "' for the store: " + system_text(error_number)};
}

Result<void> make_file(const std::string& path) {
  const FileHandle file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode));
  if (file) return {};
  const int error_number = errno;
  std::string detail = "cannot write the store '" + path + "': " + system_text(error_number);
  if (error_number == EACCES || error_number == EROFS || error_number == EPERM) {
    detail += "; make the file and its folder writable, or name another place with --store";
  }
  return Error{Errc::unavailable, std::move(detail)};
}

bool is_read_only_folder(const std::string& folder) { return ::access(folder.c_str(), W_OK) != 0; }

void write_whole(const std::string& path, std::string_view content) {
  const std::string draft = path + ".draft";
  {
    const FileHandle file(
        ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
    if (!file) fault("making", draft);
    write_all(file.get(), content, draft);
    if (!is_synced(file.get())) sync_fault(draft);
  }
  if (::rename(draft.c_str(), path.c_str()) != 0) fault("naming", path);
  if (!sync_folder(folder_of(path))) sync_fault(folder_of(path));
}

}  // namespace yoke::sqlite
