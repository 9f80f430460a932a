#include "tests/tools/mail_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <string_view>

#include "runtime/base/ensure.h"

namespace yoke {
namespace {

constexpr std::size_t kLineBytesMax = 1'000;  // with its end, RFC 5321

std::string from_base64(std::string_view text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned bits = 0;
  int have = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) continue;
    bits = bits << 6 | static_cast<unsigned>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>(bits >> have & 0xff);
  }
  return out;
}

// "<a@b.example>" without the brackets, if that is what stands there.
std::optional<std::string> path_of(std::string_view text) {
  if (!text.starts_with('<') || !text.ends_with('>')) return std::nullopt;
  const std::string address(text.substr(1, text.size() - 2));
  const bool well = address.find('@') != std::string::npos &&
                    address.find_first_of(" <>\r\n") == std::string::npos;
  return well ? std::optional(address) : std::nullopt;
}

}  // namespace

// One connection, from the greeting to QUIT.
class MailPeer::Session {
 public:
  Session(MailPeer& peer, int socket) : peer_(peer), socket_(socket) {}

  void run() {
    say("220 peer.example ready");
    while (const std::optional<std::string> line = take_line()) {
      if (!answer(*line)) return;
    }
  }

 private:
  void say(const std::string& line) {
    const std::string out = line + "\r\n";
    ENSURE(::send(socket_, out.data(), out.size(), MSG_NOSIGNAL) >= -1);
  }
  bool refuse(const std::string& why) {
    const std::lock_guard lock(peer_.mutex_);
    peer_.problems_.push_back(why);
    say("503 " + why);
    return true;
  }

  // A line without its end; nothing when the other side has gone.
  std::optional<std::string> take_line() {
    for (;;) {
      const std::size_t end = buffer_.find('\n');
      if (end != std::string::npos) {
        std::string line = buffer_.substr(0, end + 1);
        buffer_.erase(0, end + 1);
        if (line.size() > kLineBytesMax) refuse("a line is too long");
        if (!line.ends_with("\r\n")) refuse("a line ends in LF alone");
        line.resize(line.size() - (line.ends_with("\r\n") ? 2 : 1));
        if (line.find('\r') != std::string::npos) refuse("a CR within a line");
        return line;
      }
      char part[4096];
      const ssize_t got = ::recv(socket_, part, sizeof part, 0);
      if (got <= 0) return std::nullopt;
      buffer_.append(part, static_cast<std::size_t>(got));
    }
  }

  bool answer(const std::string& line) {
    if (line.starts_with("EHLO ")) return greet(line.substr(5));
    if (mail_.greeted_as.empty()) return refuse("no EHLO came first");
    if (line.starts_with("AUTH PLAIN")) return log_in(line.substr(10));
    if (line.starts_with("MAIL FROM:")) return begin(line.substr(10));
    if (line.starts_with("RCPT TO:")) return add_recipient(line.substr(8));
    if (line == "DATA") return take_data();
    if (line == "QUIT") {
      say("221 bye");
      return false;
    }
    return refuse("an unknown command: " + line);
  }

  bool greet(const std::string& name) {
    if (name.empty() || name.find(' ') != std::string::npos) return refuse("a wrong EHLO");
    mail_.greeted_as = name;
    say("250-peer.example");
    if (!peer_.options_.password.empty()) say("250-AUTH PLAIN");
    say("250 SIZE 1000000");
    return true;
  }

  bool log_in(std::string text) {
    if (text.empty()) {
      say("334 ");
      text = take_line().value_or("");
    }
    const std::string plain = from_base64(text);  // NUL user NUL password
    const std::size_t middle = plain.find('\0', 1);
    if (plain.empty() || plain[0] != '\0' || middle == std::string::npos) {
      return refuse("a wrong AUTH");
    }
    mail_.user = plain.substr(1, middle - 1);
    mail_.password = plain.substr(middle + 1);
    logged_in_ = mail_.password == peer_.options_.password;
    say(logged_in_ ? "235 welcome" : "535 wrong password");
    return true;
  }

  bool begin(const std::string& text) {
    if (!peer_.options_.password.empty() && !logged_in_) {
      say("530 log in first");
      return true;
    }
    const auto path = path_of(text.substr(0, text.find(' ')));
    if (!path || !mail_.from.empty()) return refuse("a wrong MAIL");
    mail_.from = *path;
    say("250 ok");
    return true;
  }

  bool add_recipient(const std::string& text) {
    const auto path = path_of(text);
    if (!path || mail_.from.empty()) return refuse("a wrong RCPT");
    if (*path == peer_.options_.refused_recipient) {
      say("550 nobody of that name");
      return true;
    }
    mail_.recipients.push_back(*path);
    say("250 ok");
    return true;
  }

  bool take_data() {
    if (mail_.recipients.empty()) return refuse("DATA without recipients");
    say("354 go on");
    while (std::optional<std::string> line = take_line()) {
      if (*line == ".") return finish();
      if (line->starts_with('.')) line->erase(0, 1);
      mail_.data += *line + "\r\n";
    }
    return false;
  }

  bool finish() {
    {
      const std::lock_guard lock(peer_.mutex_);
      peer_.mails_.push_back(mail_);
    }
    if (peer_.options_.breaks_off_after_data) return false;
    say("250 taken");
    return true;
  }

  MailPeer& peer_;
  const int socket_;
  std::string buffer_;
  PeerMail mail_;
  bool logged_in_ = false;
};

MailPeer::MailPeer(MailPeerOptions options) : options_(std::move(options)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  ENSURE(::bind(listener_, plain, sizeof address) == 0);
  ENSURE(::listen(listener_, 8) == 0);
  socklen_t size = sizeof address;
  ENSURE(::getsockname(listener_, plain, &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

MailPeer::~MailPeer() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

void MailPeer::serve() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    {
      const std::lock_guard lock(mutex_);
      ++sessions_;
    }
    Session(*this, socket).run();
    ::close(socket);
  }
}

std::vector<PeerMail> MailPeer::mails() const {
  const std::lock_guard lock(mutex_);
  return mails_;
}
std::vector<std::string> MailPeer::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}
int MailPeer::sessions() const {
  const std::lock_guard lock(mutex_);
  return sessions_;
}

}  // namespace yoke
