#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>

#include "runtime/base/handle.h"
#include "runtime/base/result.h"
#include "runtime/loop/asio.h"
#include "sandbox/worker/zygote_frame.h"
#include "tools/workers/socket_watch.h"

namespace yoke {

// A worker process that the zygote has made.
struct Spawned {
  std::uint32_t id = 0;  // of the order
  pid_t pid = 0;
  Handle socket;
  Handle pidfd;
};

// How a worker process came to its end, as waitid(2) tells it.
struct ProcessEnd {
  int code = 0;    // CLD_EXITED, CLD_KILLED, CLD_DUMPED
  int status = 0;  // the exit status or the signal
};

// The process that workers are forked from: this program executed afresh with an empty environment,
// before anything secret was read. It lives as long as this.
//
// Threads:   loop thread only.
class ZygoteClient {
 public:
  // Called from within pump().
  struct Events {
    std::function<void(Spawned)> spawned;
    std::function<void(std::uint32_t id, int error)> not_spawned;
    std::function<void(pid_t pid, ProcessEnd end)> ended;
    std::function<void()> lost;  // it has gone, and its workers with it
  };

  // `program` is a program whose main() calls run_if_zygote() first. Errors: unavailable.
  static Result<std::unique_ptr<ZygoteClient>> start(const asio::any_io_executor& executor,
                                                     const std::string& program, Events events);

  ZygoteClient(const asio::any_io_executor& executor, pid_t pid, Handle socket, Events events);
  ~ZygoteClient();  // ends it, and thereby its workers
  ZygoteClient(const ZygoteClient&) = delete;
  ZygoteClient& operator=(const ZygoteClient&) = delete;

  // False when it has gone. The answer comes as an event.
  bool order(const sandbox::SpawnOrder& order);
  void pump();  // takes the reports that are there
  int socket() const { return socket_.get(); }

 private:
  void take(const sandbox::ZygoteReport& report, Handle socket, Handle pidfd);
  void lose();

  const pid_t pid_;
  const Handle socket_;
  const Events events_;
  bool lost_ = false;
  std::unique_ptr<SocketWatch> watch_;
};

}  // namespace yoke
