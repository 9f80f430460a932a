#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sandbox/worker/frame.h"
#include "tools/script_place.h"
#include "tools/workers/socket_watch.h"
#include "tools/workers/watch.h"
#include "tools/workers/zygote_client.h"

namespace yoke {

// The host's side of one worker process: its socket, the calls it runs, and what it may use. What
// it says is checked as if a stranger said it; the first word that is out of place ends it.
//
// Ownership: sessions share it with the pool.
// Threads:   loop thread only.
class WorkerProcess {
 public:
  enum class State { starting, ready, lost };
  using Definitions = Result<std::vector<sandbox::Definition>>;

  // `changed` is called when it becomes ready or lost, or a call of its ends; not from within a
  // method that the pool calls, save pump().
  WorkerProcess(const asio::any_io_executor& executor, Spawned process, WorkerGrace grace,
                std::function<void()> changed);
  ~WorkerProcess();  // kills it
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  State state() const { return state_; }
  const sandbox::Layers& layers() const { return layers_; }  // once it is ready
  pid_t pid() const { return process_.pid; }
  int socket() const { return process_.socket.get(); }
  std::size_t calls() const { return calls_.size() + stopping_.size(); }
  // Those of durable scripts that wait, for a person or for another call: they take no place, or
  // calls would wait for each other.
  std::size_t resting() const { return resting_; }
  std::size_t computing() const { return computing_; }
  bool is_busy() const { return computing_ > 0 || !stopping_.empty() || state_ == State::starting; }
  const std::string& loss() const { return loss_; }  // why it was lost

  // A call in it. The worker outlives the session, which shares it.
  static std::unique_ptr<ScriptSession> open(const std::shared_ptr<WorkerProcess>& worker,
                                             SessionOrder order, const std::string& program_key);

  std::uint32_t begin_define(const ScriptSource& source, const std::string& program_key,
                             const sandbox::Quota& quota);
  std::optional<Definitions> take_definitions(std::uint32_t call);

  void pump();   // takes what it has said
  void flush();  // sends what its socket will take
  bool has_more_to_send() const { return !outgoing_.empty(); }
  void end(const std::string& why);  // kills it; its calls fail: "the worker that ran it <why>"
  void ended(ProcessEnd how);        // the zygote has seen it go
  void look();                       // whether it uses more than it may; called every so often

 private:
  class Session;
  struct Stopping {
    std::chrono::nanoseconds cpu{0};  // of the process, when the call was given up
    std::chrono::steady_clock::time_point at;
    bool is_computing = false;
  };

  std::uint32_t program_of(const ScriptSource& source, const std::string& key);
  void send(sandbox::Message message);
  void begin_computing(std::chrono::nanoseconds allowed);
  void end_computing();
  void give_up(std::uint32_t call, bool is_computing);
  bool pump_some();  // whether there may be more
  void broke(const std::string& why);
  void lose(const std::string& why);
  void kill() const;
  std::chrono::nanoseconds cpu() const;

  void take(const sandbox::Message& message);
  void on(std::uint32_t call, sandbox::ReadyFrame frame);
  void on(std::uint32_t call, sandbox::DefinedFrame frame);
  void on(std::uint32_t call, sandbox::AskedFrame frame);
  void on(std::uint32_t call, sandbox::EndedFrame frame);
  void on(std::uint32_t call, sandbox::SaidFrame frame);

  const Spawned process_;
  const WorkerGrace grace_;
  const std::function<void()> changed_;
  const std::chrono::steady_clock::time_point born_ = std::chrono::steady_clock::now();
  State state_ = State::starting;
  std::string loss_;
  std::string broken_;  // it was killed for that, and its end is awaited
  sandbox::Layers layers_;
  sandbox::Assembler packets_;
  std::string buffer_;
  std::deque<sandbox::Message> outgoing_;
  std::size_t sent_ = 0;         // of the first message's body
  bool writing_ = false;         // the socket is full
  bool waits_to_write_ = false;  // the loop calls flush() when it is not
  std::map<std::string, std::uint32_t> programs_;
  std::deque<std::string> oldest_programs_;
  std::uint32_t last_program_ = 0;
  std::uint32_t last_call_ = 0;
  std::map<std::uint32_t, Session*> calls_;  // those that are wanted
  std::map<std::uint32_t, Stopping> stopping_;
  std::map<std::uint32_t, std::optional<Definitions>> defining_;
  std::size_t computing_ = 0;
  std::size_t resting_ = 0;
  std::size_t busy_steps_ = 0;              // that began since then
  std::chrono::nanoseconds busy_since_{0};  // the process's own time when it began to compute
  std::chrono::nanoseconds busy_allowed_{0};
  std::unique_ptr<SocketWatch> watch_;
};

}  // namespace yoke
