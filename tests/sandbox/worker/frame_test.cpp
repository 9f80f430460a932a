#include "sandbox/worker/frame.h"

#include <catch2/catch.hpp>

namespace yoke::sandbox {
namespace {

template <class Frame>
void check_round_trip(const Frame& frame, Result<Frame> (*decode)(const Message&)) {
  const Message there = encode(7, frame);
  INFO(there.body);
  const Result<Frame> back = decode(there);
  INFO((back ? std::string() : back.error().message()));
  REQUIRE(back.has_value());
  CHECK(back->index() == frame.index());
  CHECK(encode(7, *back).body == there.body);
}

StartFrame start() {
  StartFrame frame;
  frame.program = 2;
  frame.definition = 1;
  frame.function = "run";
  frame.args = Json::array({Json{{"a", 1.0}, {"b", {1, nullptr, true, "\xe2\x82\xac"}}}});
  frame.quota.memory_bytes_max = 5 << 20;
  frame.quota.cpu_max = std::chrono::milliseconds(77);
  frame.seed = 0xffff'ffff'ffff'fff0u;
  frame.wall_us = 1'700'000'000'000'000;
  frame.modules = {"fs", "kv"};
  frame.group = "run";
  return frame;
}

}  // namespace

TEST_CASE("every frame comes out as it went in") {
  LoadFrame load;
  load.program = 1;
  load.source = Source{"tools/a.lua", "return 1\n", {{"lib.a", "x"}, {"lib.b", "y"}}};
  AnswerFrame refused;
  refused.reply.ok = false;
  refused.reply.message = "no";
  AnswerFrame answered;
  answered.reply.value = {{"x", 1}};
  for (const ToWorker& frame :
       {ToWorker(load), ToWorker(ForgetFrame{9}), ToWorker(DefineFrame{3, {}}), ToWorker(start()),
        ToWorker(refused), ToWorker(answered), ToWorker(CancelFrame{})}) {
    check_round_trip<ToWorker>(frame, decode_to_worker);
  }
  ReadyFrame ready;
  ready.layers.seccomp = true;
  ready.layers.landlock_abi = 6;
  DefinedFrame defined;
  defined.definitions.push_back(Definition{"tool", Json{{"name", "a"}}, {"run"}, 4});
  DefinedFrame wrong;
  wrong.error = Error{Errc::exhausted, "too much", "a.lua:1"};
  EndedFrame done;
  done.end = Done{Json{{"x", -0.5}}};
  done.meter.instructions = 12;
  Failed failed;
  failed.kind = Failed::Kind::quota;
  failed.quota = "memory";
  SaidFrame progress;
  progress.is_progress = true;
  progress.done = 0.5;
  SaidFrame line;
  line.level = "info";
  line.text = "a line";
  for (const FromWorker& frame :
       {FromWorker(ready), FromWorker(defined), FromWorker(wrong),
        FromWorker(AskedFrame{HostCall{"kv", "get", Json::array({"k"})}, 12}), FromWorker(done),
        FromWorker(EndedFrame{failed, {}}), FromWorker(progress), FromWorker(line)}) {
    check_round_trip<FromWorker>(frame, decode_from_worker);
  }
}

TEST_CASE("a frame with a field too many, too few or of another type names it") {
  const auto problem = [](std::uint8_t type, const char* body) {
    const auto frame = decode_from_worker(Message{type, 1, body});
    return frame ? std::string("none") : frame.error().detail;
  };
  CHECK(problem(3, R"({"module":"kv","function":"get","args":[]})") ==
        "a frame 'asked' is broken: 'cpu_us' is missing");
  CHECK(problem(3, R"({"module":"kv","function":"get","args":{},"cpu_us":1})") ==
        "a frame 'asked' is broken: 'args' is no list");
  CHECK(problem(3, R"({"module":"kv","function":"get","args":[],"cpu_us":-1})") ==
        "a frame 'asked' is broken: 'cpu_us' is no integer within its bounds");
  CHECK(problem(3, R"({"module":"kv","function":"get","args":[],"cpu_us":1,"more":1})") ==
        "a frame 'asked' is broken: 'more' is not known");
  CHECK(problem(0, "{}") == "no frame has the number 0");
  CHECK(problem(6, "{}") == "no frame has the number 6");
  CHECK(problem(5, "[]") == "a frame 'said' is broken: its body is no object");
}

}  // namespace yoke::sandbox
