#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace yoke {

// What the peer took.
struct PeerMail {
  std::string greeted_as;
  std::string user;
  std::string password;
  std::string from;
  std::vector<std::string> recipients;
  std::string data;  // as it was before dots were doubled
};

struct MailPeerOptions {
  std::string password;                // asked for when it is set, for any user
  std::string refused_recipient;       // answered with 550
  bool breaks_off_after_data = false;  // takes a message and says nothing
};

// A mail server on 127.0.0.1 and a port of its own: one session at a time, one message each, no
// TLS. Strict where servers in the world are: order of the commands, their form, line ends, length
// of lines. Whoever breaks a rule gets a 5xx and is remembered in problems().
class MailPeer {
 public:
  explicit MailPeer(MailPeerOptions options = {});
  ~MailPeer();
  MailPeer(const MailPeer&) = delete;
  MailPeer& operator=(const MailPeer&) = delete;

  int port() const { return port_; }
  std::string server() const { return "127.0.0.1:" + std::to_string(port_); }
  std::vector<PeerMail> mails() const;
  std::vector<std::string> problems() const;
  int sessions() const;

 private:
  class Session;
  void serve();

  const MailPeerOptions options_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<PeerMail> mails_;
  std::vector<std::string> problems_;
  int sessions_ = 0;
  std::thread thread_;
};

}  // namespace yoke
