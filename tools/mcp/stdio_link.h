#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/secret.h"
#include "runtime/process/guarded_process.h"
#include "tools/mcp/link.h"

namespace yoke::mcp {

// A server that is a child process: a message a line on its standard streams.
//
// Ownership: owns the process. Its loop outlives it.
// Threads:   loop thread only.
// Errors:    start(): not_found (no such program or folder), unavailable.
// Limits:    a line is at most kMessageLimits.text_bytes_max; a server that says a longer one is
//            ended. kWaitingMax requests wait at a time.
class StdioLink final : public Link {
 public:
  static constexpr std::size_t kWaitingMax = 1'000;
  static constexpr std::size_t kBadLinesMax = 100;  // lines that are no message; then it is ended

  // Every line of its standard error, and what was wrong with a line that it said. May be empty.
  using OnLine = std::function<void(std::string_view line)>;

  // `secrets`: what it was given and must not hand on; cut out of all that it says, save lines to
  // `on_line`, which are raw.
  static Result<std::unique_ptr<StdioLink>> start(const asio::any_io_executor& executor,
                                                  process::Command command,
                                                  std::chrono::milliseconds grace, OnLine on_line,
                                                  const std::vector<Secret>& secrets = {});
  struct State;
  explicit StdioLink(std::shared_ptr<State> state);
  ~StdioLink() override;

  awaitable<LinkAnswer> request(LinkRequest request, LinkListener* listener) override;
  void tell(RpcMessage message) override;
  awaitable<void> say(RpcMessage message) override;
  void set_listener(LinkListener* listener) override;
  void begin(const std::string& version) override;
  bool is_open() const override;
  std::string why_closed() const override;
  awaitable<void> close(Deadline deadline) override;

  pid_t pid() const;  // 0 until it is known
  void let_go();      // begins what the destructor waits for

 private:
  std::shared_ptr<State> state_;  // shared with the requests that wait
};

}  // namespace yoke::mcp
