#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "hosts/hook/mcp/session.h"

namespace yoke::mcp_hook {

// One request of the modern era over HTTP: its answer, or a stream that ends with it. Whoever hangs
// up withdraws it.
//
// Ownership: shared by the handler, by the stream and by the answering.
// Threads:   loop thread only.
class ModernCall final : public Exchange {
 public:
  explicit ModernCall(asio::any_io_executor executor) : group_(std::move(executor)) {}

  static void begin(const std::shared_ptr<ModernCall>& self, ServerRef server, Request request);

  // The reply: as JSON when it is there before anything else is to be told, else a stream.
  // `streams`: the client takes one.
  static awaitable<HttpReply> reply(std::shared_ptr<ModernCall> self, HttpCaller* caller,
                                    bool streams);

  void tell(std::string method, Json params) override;
  awaitable<mcp::RpcMessage> ask(std::string method, Json params) override;

 private:
  static awaitable<void> work(std::shared_ptr<ModernCall> self, ServerRef server, Request request);
  static awaitable<void> write(std::shared_ptr<ModernCall> self, HttpWriter& writer);
  awaitable<bool> first(Deadline until);
  mcp::RpcMessage last() const;

  Json id_;
  std::deque<std::string> told_;
  std::optional<Answer> answer_;
  bool done_ = false;
  Signal news_;
  Withdrawal withdrawal_;
  TaskGroup group_;  // last
};

// The status that an answer comes with.
int status_of(const Answer& answer);
HttpReply message_reply(int status, const mcp::RpcMessage& message);

}  // namespace yoke::mcp_hook
