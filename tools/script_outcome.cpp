#include "tools/script_outcome.h"

#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kTracebackBytesMax = 800;

}  // namespace

ToolOutcome outcome_of(const sandbox::Failed& failure) {
  using Kind = sandbox::Failed::Kind;
  ToolOutcome out;
  out.outcome = Outcome::error;
  if (!failure.place.empty()) out.message = failure.place + ": ";
  if (failure.kind == Kind::conversion) out.message += "the result is no plain data: ";
  out.message += failure.message;
  // One frame says no more than the place does.
  if (failure.traceback.find('\n') != std::string::npos) {
    out.message += "\ntraceback:\n" + shorten(failure.traceback, kTracebackBytesMax);
  }
  return out;
}

Json to_json(const sandbox::Meter& meter) {
  Json value = Json::object();
  value["instructions"] = meter.instructions;
  value["memory_bytes"] = meter.memory_bytes_peak;
  value["pattern_steps"] = meter.pattern_steps;
  value["output_bytes"] = meter.output_bytes;
  value["log_bytes"] = meter.log_bytes;
  value["host_calls"] = meter.host_calls;
  value["cpu_us"] = static_cast<std::int64_t>(meter.cpu.count());
  return value;
}

std::uint64_t seed_of(const ToolRequest& identity) {
  Hasher hasher;
  hasher.field("yoke.seed.1").field(identity.run_id).field(identity.call_id);
  const Hash hash = hasher.finish();
  std::uint64_t seed = 0;
  for (std::size_t i = 0; i < 8; ++i) seed = seed << 8 | hash[i];
  return seed;
}

}  // namespace yoke
