#include "runtime/http/unix_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace yoke {
namespace {

std::string problem(int code) { return std::generic_category().message(code); }

Error cannot(Errc code, const std::string& what, const std::string& path, const std::string& why) {
  return Error{code, "cannot " + what + " the socket '" + path + "': " + why};
}

// Asks whether a process answers: 0 when one does, else the error of connect().
int knock(const UnixAddress& address) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return errno;
  const auto peer = address.endpoint();
  int code = ::connect(socket, peer.data(), static_cast<socklen_t>(peer.size())) == 0 ? 0 : errno;
  if (code == EAGAIN) code = 0;  // it listens, and its queue is full
  ::close(socket);
  return code;
}

struct Birth {
  std::uint64_t inode = 0;
  std::int64_t born_ns = 0;
};

Birth birth_of(const UnixAddress& address) {
  struct statx found {};
  const int looked = ::statx(address.folder(), address.name().c_str(), AT_SYMLINK_NOFOLLOW,
                             STATX_INO | STATX_BTIME, &found);
  if (looked != 0) return {};
  Birth birth;
  birth.inode = found.stx_ino;
  birth.born_ns = found.stx_btime.tv_sec * 1'000'000'000 + found.stx_btime.tv_nsec;
  return birth;
}

// Makes room for a new socket file. The folder is locked meanwhile, so that of two processes that
// start at once neither removes what the other has just made.
Result<void> clear_place(const UnixAddress& address, const std::string& path) {
  struct stat found {};
  if (::fstatat(address.folder(), address.name().c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return {};
    return cannot(Errc::unavailable, "look at", path, problem(errno));
  }
  if (!S_ISSOCK(found.st_mode)) {
    return cannot(Errc::conflict, "make", path, "another kind of file is there");
  }
  const int answer = knock(address);
  if (answer == 0) return cannot(Errc::conflict, "make", path, "another process listens there");
  if (answer != ECONNREFUSED && answer != ENOENT) {
    return cannot(Errc::conflict, "replace", path, problem(answer));
  }
  if (::unlinkat(address.folder(), address.name().c_str(), 0) != 0 && errno != ENOENT) {
    return cannot(Errc::unavailable, "replace", path, problem(errno));
  }
  return {};
}

}  // namespace

UnixAddress::~UnixAddress() {
  if (folder_ >= 0) ::close(folder_);
}

UnixAddress::UnixAddress(UnixAddress&& other) noexcept
    : folder_(std::exchange(other.folder_, -1)), name_(std::move(other.name_)) {}

UnixAddress& UnixAddress::operator=(UnixAddress&& other) noexcept {
  std::swap(folder_, other.folder_);
  name_.swap(other.name_);
  return *this;
}

Result<UnixAddress> UnixAddress::of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  UnixAddress address;
  address.name_ = slash == std::string::npos ? path : path.substr(slash + 1);
  if (address.name_.empty() || address.name_.size() > 80) {
    return cannot(Errc::invalid, "use", path, "its file name must have 1 to 80 characters");
  }
  address.folder_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (address.folder_ < 0)
    return cannot(Errc::not_found, "open the folder of", path, problem(errno));
  return address;
}

boost::asio::generic::stream_protocol::endpoint UnixAddress::endpoint() const {
  const std::string path = "/proc/self/fd/" + std::to_string(folder_) + "/" + name_;
  sockaddr_un raw{};
  raw.sun_family = AF_UNIX;
  std::memcpy(raw.sun_path, path.c_str(), path.size() + 1);  // fits: see of()
  const std::size_t bytes = offsetof(sockaddr_un, sun_path) + path.size() + 1;
  return {&raw, bytes};
}

UnixListener::~UnixListener() {
  if (socket_ >= 0) ::close(socket_);
  if (is_own_file()) ::unlinkat(address_.folder(), address_.name().c_str(), 0);
}

bool UnixListener::is_own_file() const {
  if (inode_ == 0) return false;
  const Birth now = birth_of(address_);
  return now.inode == inode_ && now.born_ns == born_ns_;
}

UnixListener::UnixListener(UnixListener&& other) noexcept { *this = std::move(other); }

UnixListener& UnixListener::operator=(UnixListener&& other) noexcept {
  std::swap(address_, other.address_);
  std::swap(socket_, other.socket_);
  std::swap(inode_, other.inode_);
  std::swap(born_ns_, other.born_ns_);
  return *this;
}

Result<UnixListener> UnixListener::listen(const std::string& path) {
  Result<UnixAddress> address = UnixAddress::of(path);
  if (!address) return address.error();
  UnixListener listener;
  listener.address_ = std::move(*address);
  const int folder = listener.address_.folder();
  if (::flock(folder, LOCK_EX | LOCK_NB) != 0) {
    return cannot(Errc::conflict, "make", path, "another process is making it");
  }
  const Result<void> cleared = clear_place(listener.address_, path);
  if (!cleared) return cleared.error();
  listener.socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener.socket_ < 0) return cannot(Errc::unavailable, "make", path, problem(errno));
  // Set before bind(), the mode is the file's from its first instant.
  if (::fchmod(listener.socket_, 0600) != 0) {
    return cannot(Errc::unavailable, "make", path, problem(errno));
  }
  const auto place = listener.address_.endpoint();
  if (::bind(listener.socket_, place.data(), static_cast<socklen_t>(place.size())) != 0) {
    return cannot(Errc::unavailable, "make", path, problem(errno));
  }
  const Birth made = birth_of(listener.address_);
  listener.inode_ = made.inode;
  listener.born_ns_ = made.born_ns;
  if (::listen(listener.socket_, SOMAXCONN) != 0) {
    return cannot(Errc::unavailable, "listen at", path, problem(errno));
  }
  ::flock(folder, LOCK_UN);
  return listener;
}

int UnixListener::release_socket() { return std::exchange(socket_, -1); }

}  // namespace yoke
