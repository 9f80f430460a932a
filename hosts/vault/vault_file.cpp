#include "hosts/vault/vault_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "runtime/base/crash_point.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

Error vault_errno(const std::string& what, const std::string& path) {
  const int failed = errno;
  return Error{failed == ENOENT ? Errc::not_found : Errc::unavailable,
               "cannot " + what + " " + path + ": " + std::generic_category().message(failed)};
}

Result<void> write_all(int fd, const std::string& text, const std::string& path) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t wrote = ::write(fd, text.data() + at, text.size() - at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return vault_errno("write", path);
    at += static_cast<std::size_t>(wrote);
  }
  if (::fsync(fd) != 0) return vault_errno("write", path);
  return {};
}

Result<void> make_folder_above(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code failed;
  if (folder.empty() || fs::is_directory(folder, failed)) return {};
  fs::create_directories(folder.parent_path(), failed);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return vault_errno("make", folder);
  return {};
}

Result<void> sync_folder(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  const VaultFd fd(
      ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0 || ::fsync(fd.get()) != 0) return vault_errno("write", folder);
  return {};
}

// A file of its own beside `path`, written and synced.
Result<std::string> write_beside(const std::string& path, const std::string& text) {
  if (const Result<void> made = make_folder_above(path); !made) return made.error();
  std::string beside = path + ".XXXXXX";
  const VaultFd fd(::mkostemp(beside.data(), O_CLOEXEC));
  if (fd.get() < 0) return vault_errno("write", beside);
  const Result<void> wrote = write_all(fd.get(), text, beside);
  if (wrote) return beside;
  ::unlink(beside.c_str());
  return wrote.error();
}

}  // namespace

VaultFd::~VaultFd() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::string> read_private_file(const std::string& path, std::size_t bytes_max) {
  const VaultFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (fd.get() < 0) return vault_errno("read", path);
  struct stat seen {};
  if (::fstat(fd.get(), &seen) != 0) return vault_errno("read", path);
  if (!S_ISREG(seen.st_mode)) return Error{Errc::denied, path + " is no regular file"};
  const bool ours = seen.st_uid == ::geteuid() || seen.st_uid == 0;
  if (!ours) return Error{Errc::denied, path + " belongs to another user"};
  if ((seen.st_mode & 077) != 0) {
    return Error{Errc::denied, "others may read " + path + "; mend it with: chmod 600 " + path};
  }
  if (static_cast<std::size_t>(seen.st_size) > bytes_max) {
    return Error{Errc::too_large, path + " is larger than " + std::to_string(bytes_max) + " bytes"};
  }
  std::string text;
  char piece[16 * 1024];
  while (true) {
    const ssize_t got = ::read(fd.get(), piece, sizeof piece);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return vault_errno("read", path);
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
    if (text.size() > bytes_max) return Error{Errc::too_large, path + " grows while it is read"};
  }
}

Result<void> replace_private_file(const std::string& path, const std::string& text) {
  const Result<std::string> beside = write_beside(path, text);
  if (!beside) return beside.error();
  crash_point("vault.written");
  if (::rename(beside->c_str(), path.c_str()) != 0) {
    const Error failed = vault_errno("replace", path);
    ::unlink(beside->c_str());
    return failed;
  }
  crash_point("vault.renamed");
  return sync_folder(path);
}

Result<void> remove_private_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return vault_errno("remove", path);
  return sync_folder(path);
}

Result<void> make_private_file(const std::string& path, const std::string& text) {
  const Result<std::string> beside = write_beside(path, text);
  if (!beside) return beside.error();
  const bool linked = ::link(beside->c_str(), path.c_str()) == 0;
  const bool is_there = !linked && errno == EEXIST;
  const Error failed = vault_errno("make", path);
  ::unlink(beside->c_str());
  if (linked) return sync_folder(path);
  return is_there ? Error{Errc::conflict, path + " is there already"} : failed;
}

Result<VaultFd> open_lock_file(const std::string& path) {
  if (const Result<void> made = make_folder_above(path); !made) return made.error();
  VaultFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.get() < 0) return vault_errno("open", path);
  return fd;
}

Result<bool> lock_byte(int fd, std::int64_t at, bool wait) {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = at;
  range.l_len = 1;
  while (::fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range) != 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EACCES) return false;
    return Error{Errc::unavailable, "cannot lock: " + std::generic_category().message(errno)};
  }
  return true;
}

}  // namespace yoke
