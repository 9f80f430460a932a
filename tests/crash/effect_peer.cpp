// effect_peer LOG: the world outside, for the kill tests. It prints its port on one line and runs
// until its standard input ends. Whatever takes effect is in LOG, synced, before it is answered.
//   GET  /read?item=X      an answer that depends on X alone; noted
//   POST /idempotent       takes effect once for each Idempotency-Key; notes each request
//   POST /once             takes effect for each request, whatever its key
//   GET  /effects?key=K    whether a request with that key took effect; noted nowhere
//   GET  /settled          answered once no other connection is open
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <list>
#include <map>
#include <stdexcept>

#include "runtime/base/hash.h"
#include "runtime/base/json.h"
#include "runtime/base/text.h"

namespace {

using yoke::Json;

struct Request {
  std::string method;
  std::string path;
  std::string query;  // the first value, unescaped
  std::string key;    // Idempotency-Key
  std::string body;
};

struct Connection {
  int fd = -1;
  std::string held;
  bool waits = false;  // it asked for /settled
};

std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(at + 1, 2), nullptr, 16));
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

bool same_name(const std::string& a, const std::string& b) {
  return a.size() == b.size() && ::strcasecmp(a.c_str(), b.c_str()) == 0;
}

std::string header_of(const std::string& head, const std::string& name) {
  for (const std::string& line : yoke::split(head, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || !same_name(line.substr(0, colon), name)) continue;
    return std::string(yoke::trim(line.substr(colon + 1)));
  }
  return {};
}

// Takes the first whole request out of what has come.
bool take_request(std::string& held, Request& request) {
  const std::size_t end = held.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const std::string head = held.substr(0, end);
  const std::string length = header_of(head, "Content-Length");
  const std::size_t body = length.empty() ? 0 : std::stoul(length);
  if (held.size() < end + 4 + body) return false;
  const std::vector<std::string> words = yoke::split(head.substr(0, head.find('\r')), ' ');
  if (words.size() != 3) throw std::runtime_error("not HTTP: " + head);
  const std::size_t mark = words[1].find('?');
  request.method = words[0];
  request.path = words[1].substr(0, mark);
  const std::size_t equals = words[1].find('=');
  if (equals != std::string::npos) request.query = unescaped(words[1].substr(equals + 1));
  request.key = header_of(head, "Idempotency-Key");
  request.body = held.substr(end + 4, body);
  held.erase(0, end + 4 + body);
  return true;
}

class Peer {
 public:
  explicit Peer(const char* log) : log_(::open(log, O_WRONLY | O_CREAT | O_APPEND, 0600)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 || log_ < 0) {
      throw std::runtime_error("cannot serve");
    }
    ::getsockname(listener_, generic, &size);
    std::printf("%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
    std::fflush(stdout);
  }

  void serve() {
    while (true) {
      std::vector<pollfd> wanted = {{STDIN_FILENO, POLLIN, 0}, {listener_, POLLIN, 0}};
      for (const Connection& each : peers_) wanted.push_back({each.fd, POLLIN, 0});
      ::poll(wanted.data(), wanted.size(), -1);
      if (wanted[0].revents != 0) return;
      std::size_t at = 2;
      for (auto each = peers_.begin(); each != peers_.end();) {
        const bool open = wanted[at++].revents == 0 || hear(*each);
        if (!open) ::close(each->fd);
        each = open ? std::next(each) : peers_.erase(each);
      }
      if (wanted[1].revents != 0) {
        Connection& joined = peers_.emplace_back();
        joined.fd = ::accept(listener_, nullptr, nullptr);
      } else {
        answer_settled();
      }
    }
  }

 private:
  bool hear(Connection& peer) {
    std::array<char, 8192> buffer{};
    const ssize_t got = ::recv(peer.fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    peer.held.append(buffer.data(), static_cast<std::size_t>(got));
    Request request;
    while (take_request(peer.held, request)) {
      if (request.path == "/settled") {
        peer.waits = true;
      } else {
        send(peer, answer(request));
      }
      request = Request{};
    }
    return true;
  }

  // A peer that waits is told once it is alone: whoever was killed has hung up, and everything
  // that it had sent has been heard.
  void answer_settled() {
    if (peers_.size() != 1 || !peers_.front().waits) return;
    peers_.front().waits = false;
    send(peers_.front(), Json{{"settled", true}});
  }

  Json answer(const Request& request) {
    if (request.path == "/effects") {
      const auto found = effects_.find(request.query);
      if (found == effects_.end()) return Json{{"happened", false}};
      return Json{{"happened", true}, {"result", found->second}};
    }
    const std::string about = request.body + request.query;
    const Json result{{"receipt", yoke::to_hex(yoke::sha256(request.path + about)).substr(0, 8)}};
    const bool again = effects_.contains(request.key);
    const bool honours = request.path == "/idempotent" && again;
    note(request, about, again);
    if (honours) return effects_[request.key];
    if (request.path != "/read") effects_[request.key] = result;
    return result;
  }

  void note(const Request& request, const std::string& about, bool again) const {
    const Json line{
        {"path", request.path}, {"key", request.key}, {"about", about}, {"again", again}};
    const std::string text = yoke::to_text(line) + "\n";
    const ssize_t written = ::write(log_, text.data(), text.size());
    const bool whole = written == static_cast<ssize_t>(text.size());
    if (!whole || ::fsync(log_) != 0) throw std::runtime_error("cannot write the log");
  }

  static void send(const Connection& peer, const Json& value) {
    const std::string body = yoke::to_text(value);
    const std::string text =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    ::send(peer.fd, text.data(), text.size(), MSG_NOSIGNAL);
  }

  int log_ = -1;
  int listener_ = -1;
  std::list<Connection> peers_;
  std::map<std::string, Json> effects_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: effect_peer LOG\n", stderr);
    return 2;
  }
  Peer peer(argv[1]);
  peer.serve();
  return 0;
}
