#include "sandbox/worker/serve.h"

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "sandbox/worker/frame.h"
#include "sandbox/worker/socket.h"
#include "sandbox/worker/turns.h"

namespace yoke::sandbox {

namespace {

// How long a call computes before another has its turn. The first slice is the shortest: most calls
// are over before it is.
constexpr std::chrono::microseconds kFirstSlice{300};
constexpr std::chrono::microseconds kLaterSlice{1'000};

Failed failed_for(const Error& error) {
  Failed failed;
  failed.message = error.detail;
  failed.place = error.place;
  return failed;
}

double finite(double value) { return std::isfinite(value) ? value : 0; }

// One call: what is to be done next, and what it has said since it was last asked.
class Call {
 public:
  Call(std::shared_ptr<const Program> program, StartFrame start)
      : start_(std::move(start)), vm_(std::move(program), start_.quota, inputs()) {
    vm_.pause_after(kFirstSlice);
  }

  const std::string& group() const { return start_.group; }
  bool has_used_a_slice() const { return used_a_slice_; }
  Meter meter() const { return vm_.meter(); }

  // False when it asked nothing.
  bool answer(HostReply reply) {
    if (!std::exchange(asked_, false)) return false;
    reply_ = std::move(reply);
    used_a_slice_ = false;
    return true;
  }

  Step advance() {
    Step step = next();
    if (std::holds_alternative<Paused>(step)) {
      used_a_slice_ = true;
      vm_.pause_after(kLaterSlice);
    }
    asked_ = std::holds_alternative<HostCall>(step);
    return step;
  }

  std::vector<SaidFrame> take_said() {
    if (progress_) said_.push_back(*std::exchange(progress_, std::nullopt));
    return std::exchange(said_, {});
  }

 private:
  Step next() {
    if (!std::exchange(started_, true)) {
      const Json args = std::move(start_.args);
      return vm_.start(static_cast<int>(start_.definition), start_.function, args);
    }
    if (!reply_) return vm_.go_on();
    const HostReply reply = *std::exchange(reply_, std::nullopt);
    return vm_.resume(reply);
  }

  Inputs inputs() {
    Inputs inputs;
    inputs.random_seed = start_.seed;
    inputs.wall_us = start_.wall_us;
    inputs.modules = start_.modules;
    inputs.log = [this](std::string_view level, std::string_view text) {
      SaidFrame said;
      said.level = level;
      said.text = text;
      said_.push_back(std::move(said));
    };
    // However often a script tells of its progress, only the last of a slice is news.
    inputs.progress = [this](double done, double total, std::string_view text) {
      SaidFrame said;
      said.is_progress = true;
      said.done = finite(done);
      said.total = finite(total);
      said.text = text;
      progress_ = std::move(said);
    };
    return inputs;
  }

  StartFrame start_;
  bool started_ = false;
  bool asked_ = false;
  bool used_a_slice_ = false;
  std::optional<HostReply> reply_;
  std::vector<SaidFrame> said_;
  std::optional<SaidFrame> progress_;
  Vm vm_;
};

class Worker {
 public:
  explicit Worker(int socket) : socket_(socket), packets_(kBodyBytesMax) {}

  int serve(const Layers& layers) {
    say(0, ReadyFrame{layers});
    for (;;) {
      const Received last = receive_all();
      if (last == Received::broken) return 1;
      if (last == Received::closed || gone_) return 0;
      if (const std::optional<std::uint32_t> call = turns_.pop()) advance(*call);
    }
  }

 private:
  struct Loaded {
    Source source;
    std::shared_ptr<const Program> program;  // null until it is first needed
  };

  void say(std::uint32_t call, const FromWorker& frame) {
    if (!send_message(socket_, encode(call, frame))) gone_ = true;
  }

  // Takes what is there; waits for it where there is nothing else to do.
  Received receive_all() {
    for (;;) {
      const bool idle = turns_.empty();
      const Received received = receive_packet(socket_, buffer_, idle ? Wait::yes : Wait::no);
      if (received != Received::packet) return received;
      Result<std::optional<Message>> message = packets_.add(buffer_);
      if (!message) return Received::broken;
      if (*message && !take(**message)) return Received::broken;
    }
  }

  bool take(const Message& message) {
    Result<ToWorker> frame = decode_to_worker(message);
    if (!frame) return false;
    return std::visit([&](auto& one) { return on(message.call, std::move(one)); }, *frame);
  }

  bool on(std::uint32_t, LoadFrame frame) {
    return programs_.try_emplace(frame.program, Loaded{std::move(frame.source), nullptr}).second;
  }
  bool on(std::uint32_t, ForgetFrame frame) { return programs_.erase(frame.program) == 1; }

  bool on(std::uint32_t call, DefineFrame frame) {
    DefinedFrame defined;
    const Result<std::shared_ptr<const Program>> program = compiled(frame.program);
    if (program) {
      Vm vm(*program, frame.quota, Inputs{});
      Result<std::vector<Definition>> definitions = vm.define();
      if (definitions) {
        defined.definitions = std::move(*definitions);
      } else {
        defined.error = definitions.error();
      }
    } else {
      defined.error = program.error();
    }
    say(call, defined);
    return true;
  }

  bool on(std::uint32_t id, StartFrame frame) {
    if (calls_.contains(id)) return false;
    const Result<std::shared_ptr<const Program>> program = compiled(frame.program);
    if (!program) {
      say(id, EndedFrame{failed_for(program.error()), Meter{}});
      return true;
    }
    auto call = std::make_unique<Call>(*program, std::move(frame));
    turns_.push(id, call->group(), false);
    calls_.emplace(id, std::move(call));
    return true;
  }

  bool on(std::uint32_t id, AnswerFrame frame) {
    const auto call = calls_.find(id);
    if (call == calls_.end() || !call->second->answer(std::move(frame.reply))) return false;
    turns_.push(id, call->second->group(), false);
    return true;
  }

  // It may have ended meanwhile.
  bool on(std::uint32_t id, CancelFrame) {
    const auto call = calls_.find(id);
    if (call == calls_.end()) return true;
    Failed failed;
    failed.message = "the call was given up";
    end(id, std::move(failed));
    return true;
  }

  void advance(std::uint32_t id) {
    Call& call = *calls_.at(id);
    Step step = call.advance();
    for (const SaidFrame& said : call.take_said()) say(id, said);
    if (auto* asked = std::get_if<HostCall>(&step)) {
      say(id, AskedFrame{std::move(*asked), call.meter().cpu.count()});
    } else if (std::holds_alternative<Paused>(step)) {
      turns_.push(id, call.group(), call.has_used_a_slice());
    } else if (auto* done = std::get_if<Done>(&step)) {
      end(id, std::move(*done));
    } else {
      end(id, std::move(std::get<Failed>(step)));
    }
  }

  template <class End>
  void end(std::uint32_t id, End how) {
    EndedFrame ended;
    ended.end = std::move(how);
    ended.meter = calls_.at(id)->meter();
    turns_.remove(id);
    say(id, ended);    // the host goes on
    calls_.erase(id);  // while the state is taken apart
  }

  Result<std::shared_ptr<const Program>> compiled(std::uint32_t id) {
    const auto loaded = programs_.find(id);
    if (loaded == programs_.end()) {
      return Error{Errc::invalid, "no program has the number " + std::to_string(id)};
    }
    Loaded& known = loaded->second;
    if (known.program == nullptr) {
      Result<std::shared_ptr<const Program>> program = compile(known.source, Quota{});
      if (!program) return program;
      known.program = std::move(*program);
      known.source = {};
    }
    return known.program;
  }

  const int socket_;
  Assembler packets_;
  std::string buffer_;
  bool gone_ = false;  // the peer
  std::map<std::uint32_t, Loaded> programs_;
  std::map<std::uint32_t, std::unique_ptr<Call>> calls_;
  Turns turns_;
};

}  // namespace

int serve(int socket, const Layers& layers) { return Worker(socket).serve(layers); }

}  // namespace yoke::sandbox
