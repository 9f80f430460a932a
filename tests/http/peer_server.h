#pragma once

#include <httplib.h>

#include <string>
#include <thread>

#include "tests/http/certificates.h"

namespace yoke {

// A server of cpp-httplib, which shares no code with ours, on a thread of its own.
class PeerServer {
 public:
  PeerServer() : PeerServer(std::make_unique<httplib::Server>()) {}
  explicit PeerServer(const CertificateFiles& files)
      : PeerServer(
            std::make_unique<httplib::SSLServer>(files.certificate.c_str(), files.key.c_str())) {}
  ~PeerServer() {
    server_->stop();
    if (thread_.joinable()) thread_.join();
  }

  httplib::Server& routes() { return *server_; }  // before start()
  int start() {
    const int port = server_->bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) std::this_thread::yield();  // stop() is lost before that
    return port;
  }

 private:
  explicit PeerServer(std::unique_ptr<httplib::Server> server) : server_(std::move(server)) {}

  std::unique_ptr<httplib::Server> server_;
  std::thread thread_;
};

}  // namespace yoke
