#include "tools/workers/worker_process.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "runtime/loop/signal.h"
#include "sandbox/worker/socket.h"
#include "tools/script_outcome.h"

namespace yoke {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kProgramsMax = 64;
// Of one look at the socket: other work of the loop comes in between.
constexpr int kPacketsAtOnce = 64;
// Beside a call's own quota: for reading its arguments and answers, which is no Lua.
constexpr std::chrono::nanoseconds kReadingAllowed = 50ms;
// What a line of the log takes beside its text.
constexpr std::int64_t kLineBytes = 16;

sandbox::Failed failed_with(std::string message) {
  sandbox::Failed failed;
  failed.message = std::move(message);
  return failed;
}

sandbox::Failed lost(const std::string& why) {
  return failed_with("the worker that ran it " + why);
}

// A worker takes no longer message, and one that is sent such a one ends, with all its calls.
bool is_too_long(const sandbox::Message& message) {
  return message.body.size() > sandbox::kBodyBytesMax;
}

}  // namespace

// ---- one call

class WorkerProcess::Session final : public ScriptSession {
 public:
  Session(std::shared_ptr<WorkerProcess> worker, std::uint32_t id, SessionOrder order,
          std::uint32_t program)
      : worker_(std::move(worker)), id_(id), order_(std::move(order)), program_(program) {
    worker_->calls_.emplace(id_, this);
  }

  ~Session() override {
    set_resting(false);
    worker_->calls_.erase(id_);
    if (started_ && !ended_ && worker_->state_ != State::lost) worker_->give_up(id_, computing_);
    worker_->changed_();
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  awaitable<sandbox::Step> advance(sandbox::HostReply reply) override {
    if (worker_->state_ == State::lost) co_return lost(worker_->loss_);
    sandbox::Message message = started_ ? answer_of(std::move(reply)) : encode(start_frame());
    if (is_too_long(message)) {
      co_return failed_with(
          "the arguments are more than a worker takes: " + std::to_string(message.body.size()) +
          " bytes, at most " + std::to_string(sandbox::kBodyBytesMax));
    }
    started_ = true;
    computing_ = true;
    set_resting(false);
    worker_->begin_computing(left() + kReadingAllowed);
    worker_->send(std::move(message));
    co_await arrived_.wait();
    sandbox::Step step = std::move(*step_);
    step_.reset();
    co_return step;
  }

  Json meter() const override { return ended_ ? to_json(meter_) : Json(nullptr); }

  bool is_computing() const { return computing_; }
  std::chrono::nanoseconds left() const {
    const std::chrono::nanoseconds all = order_.quota.cpu_max - cpu_;
    const std::chrono::nanoseconds stretch = order_.quota.stretch_cpu_max;
    return std::max<std::chrono::nanoseconds>(stretch > 0ns ? std::min(all, stretch) : all, 0ns);
  }

  // Each is false when the worker may not say so now.
  // `least` is the processor time that this step took at the least, whatever the worker says.
  bool asked(sandbox::AskedFrame frame, std::chrono::nanoseconds least) {
    if (!computing_ || ++host_calls_ > order_.quota.host_calls_max) return false;
    cpu_ = std::max<std::chrono::nanoseconds>(std::chrono::microseconds(frame.cpu_us),
                                              cpu_ + std::max(least, 0ns));
    arrive(std::move(frame.call));
    set_resting(order_.is_durable);
    return true;
  }
  bool ended(sandbox::EndedFrame frame) {
    if (!computing_) return false;
    ended_ = true;
    meter_ = frame.meter;
    meter_.host_calls = std::max(meter_.host_calls, host_calls_);
    std::visit([&](auto& end) { arrive(std::move(end)); }, frame.end);
    return true;
  }
  bool said(const sandbox::SaidFrame& frame) {
    said_bytes_ += static_cast<std::int64_t>(frame.text.size() + frame.level.size()) + kLineBytes;
    // The worker keeps the exact account; this one is for a worker that does not.
    if (!computing_ || said_bytes_ > 4 * order_.quota.log_bytes_max + 4'096) return false;
    ScriptLine line;
    line.is_progress = frame.is_progress;
    line.done = frame.done;
    line.total = frame.total;
    line.level = frame.level;
    line.text = frame.text;
    order_.on_line(line);
    return true;
  }
  void fail(const std::string& why) {
    if (!computing_) return;
    ended_ = true;
    arrive(lost(why));
  }

 private:
  sandbox::StartFrame start_frame() {
    sandbox::StartFrame start;
    start.program = program_;
    start.definition = order_.definition;
    start.function = order_.function;
    start.args = std::move(order_.args);
    start.quota = order_.quota;
    start.seed = order_.seed;
    start.wall_us = order_.wall_us;
    start.modules = order_.modules;
    start.group = order_.run_id;
    return start;
  }

  sandbox::Message encode(const sandbox::ToWorker& frame) const {
    return sandbox::encode(id_, frame);
  }
  // One that is too long is the script's to handle, as any other that fails.
  sandbox::Message answer_of(sandbox::HostReply reply) const {
    sandbox::Message message = encode(sandbox::AnswerFrame{std::move(reply)});
    if (!is_too_long(message)) return message;
    sandbox::HostReply refusal;
    refusal.ok = false;
    refusal.message = "the answer has " + std::to_string(message.body.size()) +
                      " bytes as JSON, at most " + std::to_string(sandbox::kBodyBytesMax) +
                      " reach a script: ask for less of it";
    return encode(sandbox::AnswerFrame{std::move(refusal)});
  }

  void set_resting(bool rests) {
    if (std::exchange(rests_, rests) == rests) return;
    worker_->resting_ += rests ? 1 : 0;
    worker_->resting_ -= rests ? 0 : 1;
    if (rests) worker_->changed_();
  }

  void arrive(sandbox::Step step) {
    computing_ = false;
    step_ = std::move(step);
    arrived_.notify();
  }

  const std::shared_ptr<WorkerProcess> worker_;
  const std::uint32_t id_;
  SessionOrder order_;
  const std::uint32_t program_;
  Signal arrived_;
  std::optional<sandbox::Step> step_;
  sandbox::Meter meter_;
  bool started_ = false;
  bool computing_ = false;
  bool rests_ = false;
  bool ended_ = false;
  std::chrono::nanoseconds cpu_{0};
  std::int64_t host_calls_ = 0;
  std::int64_t said_bytes_ = 0;
};

// ---- the process

WorkerProcess::WorkerProcess(const asio::any_io_executor& executor, Spawned process,
                             WorkerGrace grace, std::function<void()> changed)
    : process_(std::move(process)),
      grace_(grace),
      changed_(std::move(changed)),
      packets_(sandbox::kBodyBytesMax),
      watch_(std::make_unique<SocketWatch>(executor, process_.socket.get(), [this] { pump(); })) {}

// Not asked to go: one that was broken into need not.
WorkerProcess::~WorkerProcess() { kill(); }

std::unique_ptr<ScriptSession> WorkerProcess::open(const std::shared_ptr<WorkerProcess>& worker,
                                                   SessionOrder order,
                                                   const std::string& program_key) {
  const std::uint32_t program = worker->program_of(*order.source, program_key);
  return std::make_unique<Session>(worker, ++worker->last_call_, std::move(order), program);
}

std::uint32_t WorkerProcess::begin_define(const ScriptSource& source,
                                          const std::string& program_key,
                                          const sandbox::Quota& quota) {
  const std::uint32_t program = program_of(source, program_key);
  const std::uint32_t call = ++last_call_;
  defining_.emplace(call, std::nullopt);
  begin_computing(quota.cpu_max + kReadingAllowed);
  send(sandbox::encode(call, sandbox::DefineFrame{program, quota}));
  return call;
}

std::optional<WorkerProcess::Definitions> WorkerProcess::take_definitions(std::uint32_t call) {
  const auto found = defining_.find(call);
  if (state_ == State::lost) {
    defining_.erase(call);
    return Definitions(Error{Errc::unavailable, "the worker that read it " + loss_});
  }
  if (found == defining_.end() || !found->second) return std::nullopt;
  std::optional<Definitions> definitions = std::move(found->second);
  defining_.erase(found);
  return definitions;
}

std::uint32_t WorkerProcess::program_of(const ScriptSource& source, const std::string& key) {
  if (const auto known = programs_.find(key); known != programs_.end()) return known->second;
  if (programs_.size() >= kProgramsMax) {  // calls that run it keep it
    const auto oldest = programs_.find(oldest_programs_.front());
    send(sandbox::encode(0, sandbox::ForgetFrame{oldest->second}));
    programs_.erase(oldest);
    oldest_programs_.pop_front();
  }
  sandbox::LoadFrame load;
  load.program = ++last_program_;
  load.source = sandbox::Source{source.name, source.text, source.libs};
  programs_.emplace(key, load.program);
  oldest_programs_.push_back(key);
  send(sandbox::encode(0, load));
  return last_program_;
}

void WorkerProcess::send(sandbox::Message message) {
  if (state_ == State::lost || !broken_.empty()) return;
  outgoing_.push_back(std::move(message));
  if (!writing_) flush();
}

void WorkerProcess::flush() {
  while (!outgoing_.empty()) {
    const sandbox::Message& message = outgoing_.front();
    const std::optional<std::string> packet = sandbox::packet_at(message, sent_);
    const ssize_t put =
        ::send(socket(), packet->data(), packet->size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && errno == EINTR) continue;
    writing_ = put < 0 && (errno == EAGAIN || errno == ENOBUFS);
    if (writing_) {
      if (!std::exchange(waits_to_write_, true)) {
        watch_->when_writable([this] {
          waits_to_write_ = false;
          flush();
        });
      }
      return;
    }
    if (put < 0) return;  // it has gone, which the zygote will tell
    sent_ += packet->size() - sandbox::kPacketHeadBytes;
    if (sent_ < message.body.size()) continue;
    outgoing_.pop_front();
    sent_ = 0;
  }
}

void WorkerProcess::begin_computing(std::chrono::nanoseconds allowed) {
  if (computing_++ == 0) {
    busy_since_ = cpu();
    busy_allowed_ = 0ns;
    busy_steps_ = 0;
  }
  ++busy_steps_;
  busy_allowed_ += allowed;
}

void WorkerProcess::end_computing() { --computing_; }

void WorkerProcess::give_up(std::uint32_t call, bool is_computing) {
  Stopping stopping;
  stopping.cpu = cpu();
  stopping.at = std::chrono::steady_clock::now();
  stopping.is_computing = is_computing;
  stopping_.emplace(call, stopping);
  send(sandbox::encode(call, sandbox::CancelFrame{}));
}

void WorkerProcess::pump() { pump_some(); }

bool WorkerProcess::pump_some() {
  for (int i = 0; i < kPacketsAtOnce; ++i) {
    if (watch_ == nullptr) return false;
    const sandbox::Received received =
        sandbox::receive_packet(socket(), buffer_, sandbox::Wait::no);
    if (received == sandbox::Received::nothing) return false;
    if (received == sandbox::Received::closed) {  // why, the zygote will tell
      watch_.reset();
      kill();  // an empty packet looks the same, and who sent it is still there
      return false;
    }
    // A packet that is too long is no packet of ours either.
    Result<std::optional<sandbox::Message>> message = packets_.add(buffer_);
    if (!message) {
      broke(message.error().detail);
    } else if (*message) {
      take(**message);
    }
  }
  return true;
}

void WorkerProcess::take(const sandbox::Message& message) {
  Result<sandbox::FromWorker> frame = sandbox::decode_from_worker(message);
  if (!frame) return broke(frame.error().detail);
  const bool first = std::holds_alternative<sandbox::ReadyFrame>(*frame);
  if (first != (state_ == State::starting)) return broke("it begins with another frame");
  std::visit([&](auto& one) { on(message.call, std::move(one)); }, *frame);
}

void WorkerProcess::on(std::uint32_t, sandbox::ReadyFrame frame) {
  layers_ = frame.layers;
  state_ = State::ready;
  changed_();
}

void WorkerProcess::on(std::uint32_t call, sandbox::DefinedFrame frame) {
  const auto found = defining_.find(call);
  if (found == defining_.end() || found->second) return broke("nobody asked for a definition");
  end_computing();
  found->second = frame.error ? Definitions(*frame.error) : std::move(frame.definitions);
}

void WorkerProcess::on(std::uint32_t call, sandbox::AskedFrame frame) {
  if (const auto late = stopping_.find(call); late != stopping_.end()) {
    if (std::exchange(late->second.is_computing, false)) end_computing();
    return;  // it had not heard yet
  }
  look();
  if (state_ == State::lost) return;
  const auto found = calls_.find(call);
  // What it used while others computed too cannot be told apart.
  const std::chrono::nanoseconds used = computing_ > 0 ? cpu() - busy_since_ : 0ns;
  const std::chrono::nanoseconds least = busy_steps_ == 1 ? used - kReadingAllowed : 0ns;
  if (found == calls_.end() || !found->second->asked(std::move(frame), least)) {
    return broke("it asks for a call that may not ask");
  }
  end_computing();
}

void WorkerProcess::on(std::uint32_t call, sandbox::EndedFrame frame) {
  bool was_computing = true;
  if (const auto stopping = stopping_.find(call); stopping != stopping_.end()) {
    was_computing = stopping->second.is_computing;
    stopping_.erase(stopping);
  } else {
    const auto found = calls_.find(call);
    if (found == calls_.end() || !found->second->ended(std::move(frame))) {
      return broke("a call ends that does not run");
    }
  }
  if (was_computing) end_computing();
  changed_();
}

void WorkerProcess::on(std::uint32_t call, sandbox::SaidFrame frame) {
  if (stopping_.contains(call)) return;
  const auto found = calls_.find(call);
  if (found == calls_.end() || !found->second->said(frame)) broke("it says more than it may");
}

void WorkerProcess::broke(const std::string& why) { end("spoke wrongly: " + why); }

void WorkerProcess::end(const std::string& why) {
  if (!broken_.empty() || state_ == State::lost) return;
  broken_ = why;
  kill();
  lose(why);
}

void WorkerProcess::kill() const {
  ::syscall(SYS_pidfd_send_signal, process_.pidfd.get(), SIGKILL, nullptr, 0);
}

void WorkerProcess::ended(ProcessEnd how) {
  // What it said before it went still counts.
  while (pump_some()) {
  }
  lose(describe_end(how.code, how.status));
}

void WorkerProcess::lose(const std::string& why) {
  if (state_ == State::lost) return;
  state_ = State::lost;
  loss_ = why;
  watch_.reset();
  stopping_.clear();
  outgoing_.clear();
  computing_ = 0;
  const std::map<std::uint32_t, Session*> calls = calls_;
  for (const auto& [id, session] : calls) session->fail(why);
  changed_();
}

std::chrono::nanoseconds WorkerProcess::cpu() const {
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(process_.pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0) {
    return 0ns;  // it has gone
  }
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

void WorkerProcess::look() {
  if (state_ == State::lost) return;
  const auto now = std::chrono::steady_clock::now();
  WorkerUse use;
  if (state_ == State::starting) use.starting = now - born_;
  if (computing_ > 0) {
    use.busy_cpu = cpu() - busy_since_;
    use.busy_allowed = busy_allowed_;
  }
  std::size_t given_up = 0;
  for (const auto& [call, stopping] : stopping_) {
    given_up += stopping.is_computing ? 1 : 0;
    use.is_stopping = true;
    use.stopping_cpu = std::max(use.stopping_cpu, cpu() - stopping.cpu);
    use.stopping_wall = std::max<std::chrono::nanoseconds>(use.stopping_wall, now - stopping.at);
  }
  use.others_compute = computing_ > given_up;
  if (const std::optional<std::string> why = reason_to_kill(use, grace_)) end(*why);
}

}  // namespace yoke
