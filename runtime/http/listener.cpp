#include "runtime/http/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>

#include "runtime/http/peer_user.h"

namespace yoke {
namespace {

using ErrorCode = boost::system::error_code;

Error cannot_listen(const std::string& address, std::uint16_t port, const ErrorCode& error) {
  std::string detail =
      "cannot listen at " + address + ":" + std::to_string(port) + ": " + error.message();
  if (error == asio::error::address_in_use) {
    detail += ": stop the other program, or choose another port";
  } else if (error == asio::error::access_denied) {
    detail +=
        ": a port below 1024 needs the capability CAP_NET_BIND_SERVICE, or a socket that is "
        "passed in by the service manager";
  }
  return Error{Errc::unavailable, std::move(detail)};
}

Error unfit(int descriptor, const std::string& why) {
  return Error{Errc::invalid,
               "descriptor " + std::to_string(descriptor) + " " + why +
                   ": it has to be a listening stream socket (systemd: ListenStream= "
                   "with Accept=no)"};
}

int option_of(int descriptor, int name) {
  int value = 0;
  socklen_t bytes = sizeof(value);
  if (::getsockopt(descriptor, SOL_SOCKET, name, &value, &bytes) != 0) return -1;
  return value;
}

HttpPlace place_of(const sockaddr_storage& raw, socklen_t bytes) {
  HttpPlace place;
  if (raw.ss_family == AF_UNIX) {
    const auto* file = reinterpret_cast<const sockaddr_un*>(&raw);
    const std::size_t length = bytes - offsetof(sockaddr_un, sun_path);
    place.path.assign(file->sun_path, length);
    if (place.path.starts_with('\0')) place.path.front() = '@';  // in the abstract namespace
    while (place.path.ends_with('\0')) place.path.pop_back();
    return place;
  }
  asio::ip::tcp::endpoint endpoint;
  std::copy_n(reinterpret_cast<const char*>(&raw),
              std::min<std::size_t>(bytes, endpoint.capacity()),
              reinterpret_cast<char*>(endpoint.data()));
  place.address = endpoint.address().to_string();
  place.port = endpoint.port();
  return place;
}

// A descriptor that is closed unless it is handed on.
struct Owned {
  ~Owned() {
    if (descriptor >= 0) ::close(descriptor);
  }
  int descriptor;
};

}  // namespace

std::string HttpPlace::text() const {
  if (address.empty()) return "unix:" + path;
  const bool six = address.find(':') != std::string::npos;
  const std::string host = six ? "[" + address + "]" : address;
  return (tls ? "https://" : "http://") + host + ":" + std::to_string(port);
}

Result<HttpListener> listen_at(const asio::any_io_executor& executor, const std::string& address,
                               std::uint16_t port) {
  ErrorCode error;
  const asio::ip::address numeric = asio::ip::make_address(address, error);
  if (error) {
    return Error{Errc::invalid, "cannot listen at '" + address +
                                    "': it is no numeric address, as 127.0.0.1 or ::1 is"};
  }
  const asio::ip::tcp::endpoint endpoint(numeric, port);
  asio::ip::tcp::acceptor acceptor(executor);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return cannot_listen(address, port, error);
  const int descriptor = acceptor.release(error);
  if (error) return cannot_listen(address, port, error);
  return listen_on(executor, descriptor);
}

Result<HttpListener> listen_at_file(const asio::any_io_executor& executor,
                                    const std::string& path) {
  Result<UnixListener> file = UnixListener::listen(path);
  if (!file) return file.error();
  Result<HttpListener> listener = listen_on(executor, file->release_socket());
  if (!listener) return listener.error();
  listener->place.path = path;
  listener->file = std::move(*file);
  return listener;
}

Result<HttpListener> listen_on(const asio::any_io_executor& executor, int descriptor) {
  Owned owned{descriptor};
  const int type = option_of(descriptor, SO_TYPE);
  if (type < 0) return unfit(descriptor, "is no socket");
  if (type != SOCK_STREAM || option_of(descriptor, SO_ACCEPTCONN) != 1) {
    return unfit(descriptor, "is a socket that does not listen for streams");
  }
  sockaddr_storage raw{};
  socklen_t bytes = sizeof(raw);
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&raw), &bytes) != 0) {
    return unfit(descriptor, "has no address");
  }
  const int family = raw.ss_family;
  if (family != AF_INET && family != AF_INET6 && family != AF_UNIX) {
    return unfit(descriptor, "is of a family that is not spoken here");
  }
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  ErrorCode error;
  HttpListener::Acceptor acceptor(executor);
  acceptor.assign(HttpListener::Stream(family, 0), descriptor, error);
  if (error) return unfit(descriptor, "cannot be waited for (" + error.message() + ")");
  owned.descriptor = -1;
  return HttpListener{std::move(acceptor), place_of(raw, bytes)};
}

bool came_from_same_user(const HttpRequest& request) {
  auto* user = dynamic_cast<HttpPeerUser*>(request.caller);
  return user != nullptr && user->is_same_user();
}

bool is_same_user(int descriptor) {
  ucred peer{};
  socklen_t bytes = sizeof(peer);
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0) return false;
  return peer.uid == ::geteuid() || peer.uid == 0;
}

}  // namespace yoke
