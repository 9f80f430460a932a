#include "runtime/base/json.h"
#include "runtime/base/ensure.h"
#include "sandbox/vm.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

// JSON text that is taken is written so that it reads back as the same value, and goes through Lua
// and through the script's own json module unchanged.
namespace yoke::fuzz {
namespace {

using sandbox::Done;
using sandbox::Program;
using sandbox::Quota;
using sandbox::Vm;

const char* const kThrough = R"(
return tool { run = function(input)
  return { input.value, json.decode(json.encode(input.value)) }
end })";

std::shared_ptr<const Program> program() {
  static const auto kProgram = sandbox::compile({"through.lua", kThrough}, Quota{});
  ENSURE(kProgram.has_value());
  return *kProgram;
}

// Lua has no unsigned integers: one over 2^63 - 1 is a float there.
Json as_in_lua(const Json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) {
    return value.get<double>();
  }
  if (!value.is_structured()) return value;
  Json copy = value;
  for (Json& item : copy) item = as_in_lua(item);
  return copy;
}

void check_text(const Json& value) {
  const std::string text = to_text(value);
  const Result<Json> again = parse_json(text);
  ENSURE(again.has_value());
  ENSURE(to_text(*again) == text);
  const Result<Json> pretty = parse_json(to_pretty_text(value));
  ENSURE(pretty.has_value());
  ENSURE(to_text(*pretty) == text);
}

void check_through_lua(const Json& value) {
  Vm vm(program(), Quota{}, {});
  const sandbox::Step step = vm.start(0, "run", Json::array({Json{{"value", value}}}));
  const auto* done = std::get_if<Done>(&step);
  ENSURE(done != nullptr);
  const std::string expected = to_text(as_in_lua(value));
  ENSURE(to_text(done->value.at(0)) == expected);
  ENSURE(to_text(done->value.at(1)) == expected);
}

}  // namespace
}  // namespace yoke::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  yoke::JsonLimits limits;
  limits.text_bytes_max = 16 << 10;  // so that no quota of the script's is met
  limits.depth_max = 60;
  const yoke::Result<yoke::Json> value = yoke::parse_json(yoke::fuzz::text_of(data, size), limits);
  if (!value) {
    ENSURE(!value.error().detail.empty());
    return 0;
  }
  yoke::fuzz::check_text(*value);
  yoke::fuzz::check_through_lua(*value);
  return 0;
}
