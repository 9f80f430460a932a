#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <string>

#include "runtime/base/result.h"

namespace yoke {

// The address of a socket file, of any length: what does not fit into sockaddr_un is reached
// through an open file descriptor of its folder, which lives as long as this.
class UnixAddress {
 public:
  UnixAddress() = default;
  ~UnixAddress();
  UnixAddress(UnixAddress&& other) noexcept;
  UnixAddress& operator=(UnixAddress&& other) noexcept;

  static Result<UnixAddress> of(const std::string& path);

  boost::asio::generic::stream_protocol::endpoint endpoint() const;
  int folder() const { return folder_; }
  const std::string& name() const { return name_; }  // of the file in its folder

 private:
  int folder_ = -1;
  std::string name_;
};

// A listening socket at a socket file that only its owner may open (mode 0600).
class UnixListener {
 public:
  UnixListener() = default;
  ~UnixListener();  // removes the file, if it is still this one's
  UnixListener(UnixListener&& other) noexcept;
  UnixListener& operator=(UnixListener&& other) noexcept;

  // Replaces a file that a dead process left. conflict: somebody answers there, or it is no socket.
  static Result<UnixListener> listen(const std::string& path);

  int release_socket();  // the listening descriptor, the caller's from here on

 private:
  bool is_own_file() const;

  UnixAddress address_;
  int socket_ = -1;
  // Of the file this made: the number of an inode may be used again, its time of birth is not.
  std::uint64_t inode_ = 0;  // 0: none
  std::int64_t born_ns_ = 0;
};

}  // namespace yoke
