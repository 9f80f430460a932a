#pragma once

#include <memory>

#include "hosts/config/config.h"
#include "hosts/hook/mcp/pipe.h"
#include "runtime/http/client.h"

namespace yoke {

// Lets the process that holds the store answer a client of this one, over its control socket
// (mcp_hook::FarPipes).
//
// Ownership: borrows the front; serve() has returned before it goes.
// Threads:   loop thread only.
class McpBridge final : public mcp_hook::PipeBack {
 public:
  McpBridge(asio::any_io_executor executor, const Config& config, mcp_hook::PipeFront& front);

  enum class End : std::uint8_t {
    left,     // the client has
    lost,     // who answered has ended
    nobody,   // nobody listens there, or not any more
    refused,  // by who listens: why() says it
  };
  // Errors: a Fault where the client cannot be written to any more.
  awaitable<End> serve();
  const Error& why() const { return why_; }
  std::vector<mcp::RpcMessage> unseen();  // what was taken, and surely not seen over there

  void take(mcp::RpcMessage message) override;
  bool is_quiet() const override { return to_send_.empty() && !sending_; }

 private:
  HttpRequest request_to(const std::string& path, std::string body) const;
  awaitable<void> hear(TaskGroup& all);
  awaitable<void> send(TaskGroup& all);
  awaitable<void> attend(TaskGroup& all);
  bool take_bytes(std::string_view bytes);
  void take_outcome(const HttpOutcome& outcome);

  const std::string socket_;
  const std::string project_;
  mcp_hook::PipeFront& front_;
  HttpClient http_;
  std::string unread_;  // the beginning of a line
  std::string name_;    // of the pipe; empty: not opened yet
  Signal opened_;
  Mailbox<mcp::RpcMessage> to_send_;
  bool sending_ = false;
  std::vector<mcp::RpcMessage> failed_;
  std::optional<End> end_;
  Error why_{Errc::unavailable, ""};
};

}  // namespace yoke
