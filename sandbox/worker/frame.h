#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "sandbox/jail/layers.h"
#include "sandbox/vm.h"
#include "sandbox/worker/packet.h"

// What the host and a worker say to each other. Every frame is a Message whose body is one JSON
// object with exactly the fields below; whatever differs is an error, and ends the worker.
namespace yoke::sandbox {

// ---- the host to a worker

// A source to be kept under a number, for the calls that name it.
struct LoadFrame {
  std::uint32_t program = 0;
  Source source;
};
struct ForgetFrame {
  std::uint32_t program = 0;
};
// Runs the file's body; answered by DefinedFrame.
struct DefineFrame {
  std::uint32_t program = 0;
  Quota quota;
};
// Calls a function in a fresh state; answered by AskedFrame or EndedFrame, as is AnswerFrame.
struct StartFrame {
  std::uint32_t program = 0;
  std::int64_t definition = 0;
  std::string function;
  Json args = Json::array();
  Quota quota;
  std::uint64_t seed = 0;
  Micros wall_us = 0;
  std::vector<std::string> modules = {};
  std::string group = {};  // whose turn it is: calls of one run share one turn
};
struct AnswerFrame {
  HostReply reply;
};
// Gives a call up; answered by EndedFrame unless it has ended already.
struct CancelFrame {};

using ToWorker =
    std::variant<LoadFrame, ForgetFrame, DefineFrame, StartFrame, AnswerFrame, CancelFrame>;

// ---- a worker to the host

// The first thing it says.
struct ReadyFrame {
  Layers layers;
};
struct DefinedFrame {
  std::vector<Definition> definitions = {};
  std::optional<Error> error = {};
};
struct AskedFrame {
  HostCall call;
  std::int64_t cpu_us = 0;  // what the call has used so far
};
struct EndedFrame {
  std::variant<Done, Failed> end = Failed{};
  Meter meter;
};
// A line of the call's log, or how far it is.
struct SaidFrame {
  bool is_progress = false;
  std::string level = {};
  std::string text = {};
  double done = 0;
  double total = 0;
};

using FromWorker = std::variant<ReadyFrame, DefinedFrame, AskedFrame, EndedFrame, SaidFrame>;

// Bodies are at most so long, either way: a source with its libraries, a file's content.
inline constexpr std::size_t kBodyBytesMax = 8 << 20;

Message encode(std::uint32_t call, const ToWorker& frame);
Message encode(std::uint32_t call, const FromWorker& frame);
// Errors: invalid, naming the frame and the field; too_large.
Result<ToWorker> decode_to_worker(const Message& message);
Result<FromWorker> decode_from_worker(const Message& message);

}  // namespace yoke::sandbox
