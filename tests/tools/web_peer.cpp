#include "tests/tools/web_peer.h"

#include <httplib.h>

#include <mutex>
#include <utility>

#include "runtime/base/ensure.h"

namespace yoke {

struct WebPeer::Server {
  httplib::Server http;
  std::mutex one_at_a_time;
};

WebPeer::WebPeer(Handler handler) : server_(std::make_unique<Server>()) {
  auto serve = [this, handler = std::move(handler)](const httplib::Request& request,
                                                    httplib::Response& response) {
    const std::lock_guard lock(server_->one_at_a_time);
    PeerRequest seen{request.method, request.target, request.body, [&](const std::string& name) {
                       return request.get_header_value(name.c_str());
                     }};
    const PeerReply reply = handler(seen);
    response.status = reply.status;
    if (!reply.location.empty()) response.set_header("Location", reply.location);
    response.set_content(reply.body, reply.type.c_str());
  };
  server_->http.Get(".*", serve);
  server_->http.Post(".*", serve);
  server_->http.Put(".*", serve);
  server_->http.Delete(".*", serve);
  server_->http.Patch(".*", serve);
  port_ = server_->http.bind_to_any_port("127.0.0.1");
  ENSURE(port_ > 0);
  thread_ = std::thread([this] { server_->http.listen_after_bind(); });
}

WebPeer::~WebPeer() {
  while (!server_->http.is_running()) std::this_thread::yield();
  server_->http.stop();
  thread_.join();
}

}  // namespace yoke
