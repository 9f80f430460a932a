#include "hosts/control/server.h"

namespace yoke {
struct ControlServer::Parts {};
std::unique_ptr<ControlServer> ControlServer::open(asio::any_io_executor, Engine&, Store&, Project&,
                                                   const std::string&) {
  return nullptr;
}
ControlServer::ControlServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ControlServer::~ControlServer() = default;
awaitable<void> ControlServer::finish() { co_return; }
}  // namespace yoke
