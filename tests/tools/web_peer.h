#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace yoke {

// What the peer saw of a request, and what it answers.
struct PeerRequest {
  std::string method;
  std::string target;  // path and query
  std::string body;
  std::function<std::string(const std::string&)> header;
};
struct PeerReply {
  int status = 200;
  std::string type = "text/plain";
  std::string body;
  std::string location = {};
};

// A web server of somebody else's making, on 127.0.0.1 and a port of its own. The handler runs on
// the server's threads, one request at a time.
class WebPeer {
 public:
  using Handler = std::function<PeerReply(const PeerRequest&)>;
  explicit WebPeer(Handler handler);
  ~WebPeer();
  WebPeer(const WebPeer&) = delete;
  WebPeer& operator=(const WebPeer&) = delete;

  int port() const { return port_; }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  struct Server;
  std::unique_ptr<Server> server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace yoke
