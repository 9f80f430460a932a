#pragma once

#include <memory>
#include <optional>
#include <string>

#include "hosts/hook/mcp/pipe_talk.h"
#include "hosts/hook/mcp/session.h"
#include "runtime/loop/mailbox.h"
#include "runtime/loop/offload.h"

namespace yoke::mcp_hook {

// The two ends of a client that started this process: a message a line.
struct PipeEnds {
  int in = 0;
  int out = 1;
};

// Whoever answers the client of a pipe.
class PipeBack {
 public:
  virtual ~PipeBack() = default;
  virtual void take(mcp::RpcMessage message) = 0;
  virtual bool is_quiet() const = 0;  // nothing is under way
};

// A client at this process's ends, whoever answers it: that may be one, and another after it.
// `in` is read, and `out` written, on threads of their own.
//
// Ownership: close() it before it goes.
// Threads:   loop thread only.
class PipeFront final : public Way {
 public:
  PipeFront(asio::any_io_executor executor, PipeEnds ends);
  ~PipeFront() override;
  PipeFront(const PipeFront&) = delete;
  PipeFront& operator=(const PipeFront&) = delete;

  // What was said before is said to `back`, then whatever the client says, until it closes its end;
  // then what is under way has a moment to end. Cancelled: nothing that was not taken is lost.
  // Errors: a Fault where the client cannot be written to any more.
  awaitable<void> attend(PipeBack& back);
  // Whoever was attended to has ended, and did not see these: the client hears what it waits for in
  // vain.
  void lose(const std::vector<mcp::RpcMessage>& unseen);
  void give_up(const std::string& why);
  bool has_left() const;  // the client, and all that it said was taken

  void push(const mcp::RpcMessage& message) override;  // to the client, in order
  void end() override {}                               // of a request: others go on

  awaitable<void> close();  // writes what is to be written, then stops

 private:
  class Lines;
  awaitable<void> read();
  awaitable<void> write();
  awaitable<void> flush();
  void take(const std::string& line, PipeBack& back);

  const int out_;
  const std::shared_ptr<Lines> in_;  // shared with the job that reads
  PipeTalk talk_;
  Mailbox<std::optional<std::string>> said_;  // by the client; none: its end
  Signal taken_;                              // there is room for more
  Mailbox<std::string> to_write_;
  bool writing_ = false;
  bool left_ = false;
  std::string broken_;  // why it cannot be written to
  Pool reading_;
  Pool writing_pool_;
  TaskGroup flow_;  // last
};

// The answers of this process to one client of a pipe.
class PipeSession final : public PipeBack {
 public:
  PipeSession(ServerRef server, Principal who, WayRef way, asio::any_io_executor executor);

  void take(mcp::RpcMessage message) override;
  bool is_quiet() const override { return session_->running() == 0; }
  void abandon() { session_->abandon(); }
  awaitable<void> close();

 private:
  const Principal who_;
  const WayRef way_;  // shared with what is being answered
  const SessionRef session_;
};

}  // namespace yoke::mcp_hook
