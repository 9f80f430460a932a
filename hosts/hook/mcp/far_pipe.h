#pragma once

#include <map>
#include <memory>
#include <string>

#include "hosts/hook/endpoint.h"
#include "hosts/hook/mcp/pipe.h"

namespace yoke::mcp_hook {

// Pipes whose client another process of this user has: `yoke mcp serve` where this one holds the
// store. POST kFarPipePath, with the project of the other one, opens one; its reply is a stream of
// lines: the pipe's name, then a message a line, and an empty line now and then. POST
// kFarPipePath/NAME says a message. A pipe is closed when whoever reads its stream goes.
//
// Ownership: shared with its endpoints. stop() has returned before the server goes.
// Threads:   loop thread only.
class FarPipes {
 public:
  explicit FarPipes(ServerRef server) : server_(std::move(server)) {}

  static void add(const std::shared_ptr<FarPipes>& self, Endpoints& endpoints);
  awaitable<void> stop();  // what was told is still written; then their streams end

 private:
  struct Far;
  static awaitable<HttpReply> open(std::shared_ptr<FarPipes> self, HookCall call);
  static awaitable<HttpReply> say(std::shared_ptr<FarPipes> self, HookCall call);
  static awaitable<void> write(std::shared_ptr<FarPipes> self, std::shared_ptr<Far> far,
                               HttpWriter& writer);

  const ServerRef server_;
  std::map<std::string, std::shared_ptr<Far>> open_;  // shared with their streams
  std::int64_t count_ = 0;
  bool stopping_ = false;
};

inline constexpr const char* kFarPipePath = "/mcp/pipe";

}  // namespace yoke::mcp_hook
