#include "runtime/base/ensure.h"
#include "sandbox/worker/frame.h"
#include "sandbox/worker/serve.h"

namespace yoke::sandbox {

namespace {

const char* const kTour = R"(
return tool {
  name = "tour",
  run = function(input, ctx)
    local found = {}
    for name, value in pairs(input) do found[#found + 1] = name .. tostring(value) end
    table.sort(found)
    pcall(error, { "an error" })
    pcall(function() local nothing = nil; return nothing.field end)
    coroutine.wrap(function() coroutine.yield(1) end)()
    log.info("a line", #found)
    local answer = kv.get("key")
    return { text.find("some text", "t[e-x]+t"), text.replace("abc", "b", "c"),
      ("x"):rep(100):upper(), json.decode(json.encode(input)), crypto.uuid(),
      crypto.sha256("x"), crypto.hmac_sha256("k", "x"),
      time.format(time.now()), text.parse_csv("a,b\n1,2"), ("%5.2f %d %s"):format(1.5, 2, "x"),
      math.random(10), utf8.char(8364), answer }
  end,
})";

}  // namespace

void warm_up() {
  Source source;
  source.name = "tour.lua";
  source.text = kTour;
  const Result<std::shared_ptr<const Program>> program = compile(source, Quota{});
  ENSURE(program.has_value());
  Inputs inputs;
  inputs.wall_us = 1;
  inputs.modules = {"kv"};
  inputs.log = [](std::string_view, std::string_view) {};
  Vm vm(*program, Quota{}, std::move(inputs));
  const Json args = Json::array({Json{{"a", 1}, {"b", 2.5}}, Json::object()});
  ENSURE(std::holds_alternative<HostCall>(vm.start(0, "run", args)));
  HostReply reply;
  reply.value = "value";
  Step last = vm.resume(reply);
  ENSURE(std::holds_alternative<Done>(last));
  StartFrame start;
  start.args = args;
  ENSURE(decode_to_worker(encode(1, ToWorker(start))).has_error());  // it names no program
  EndedFrame ended;
  ended.end = std::move(std::get<Done>(last));
  ended.meter = vm.meter();
  ENSURE(decode_from_worker(encode(1, FromWorker(ended))).has_value());
}

}  // namespace yoke::sandbox
