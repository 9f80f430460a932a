#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/result.h"
#include "runtime/base/secret.h"

// Files for their owner alone.
namespace yoke {

// The whole of it. not_found: there is none. denied: others may read it, or it is another user's.
Result<std::string> read_private_file(const std::string& path, std::size_t bytes_max);
// Instead of what was there, all or nothing, durable. Mode 0600; folders above that are missing are
// made with 0700.
Result<void> replace_private_file(const std::string& path, const std::string& text);
// Durable; not_found: it was not there.
Result<void> remove_private_file(const std::string& path);
// conflict: it is there already, and stays as it is.
Result<void> make_private_file(const std::string& path, const std::string& text);

// An open file descriptor.
class VaultFd {
 public:
  explicit VaultFd(int fd = -1) : fd_(fd) {}
  ~VaultFd();
  VaultFd(VaultFd&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  VaultFd& operator=(VaultFd&&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};
// The file of locks beside a vault, made when it is missing.
Result<VaultFd> open_lock_file(const std::string& path);
// One byte of it, until the descriptor closes; false: somebody else has it, and `wait` was not
// said.
Result<bool> lock_byte(int fd, std::int64_t at, bool wait);

}  // namespace yoke
