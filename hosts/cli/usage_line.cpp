#include "hosts/cli/usage_line.h"

#include "runtime/base/text.h"
#include "runtime/base/time.h"

namespace yoke {
namespace {

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

// "10 M" where that is exact, else "1,204".
std::string count_text(std::int64_t count) {
  constexpr std::int64_t kMillion = 1'000'000;
  if (count >= kMillion && count % kMillion == 0) return grouped(count / kMillion) + " M";
  return grouped(count);
}

std::string bytes_text(std::int64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  if (bytes < 1 << 20) return std::to_string((bytes + 512) / 1024) + " KiB";
  const std::int64_t tenths = (bytes * 10 + (1 << 19)) >> 20;
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text.append(1, '.').append(std::to_string(tenths % 10));
  return text.append(" MiB");
}

}  // namespace

std::string usage_line(const CallUsage& usage) {
  const std::string time = to_short_text(usage.took);
  if (!usage.meter.is_object()) return time + " · given up, so what it used is not known";
  const auto used = [&](const char* key) { return integer_at(usage.meter, key); };
  std::string line =
      time + " · " + count_text(used("instructions")) + " instructions of " +
      count_text(usage.quota.instructions_max) + " · " + bytes_text(used("memory_bytes")) + " of " +
      bytes_text(usage.quota.memory_bytes_max) + " · " + std::to_string(used("host_calls")) +
      " of " + std::to_string(usage.quota.host_calls_max) + " host calls";
  if (used("pattern_steps") > 0) {
    line += " · " + count_text(used("pattern_steps")) + " pattern steps of " +
            count_text(usage.quota.pattern_steps_max);
  }
  return line;
}

Json usage_json(const CallUsage& usage) {
  Json out = {{"time_us", usage.took.count()}};
  if (!usage.meter.is_object()) return out;
  const auto put = [&](const char* key, std::int64_t most) {
    out[key] = Json{{"used", integer_at(usage.meter, key)}, {"most", most}};
  };
  const sandbox::Quota& quota = usage.quota;
  put("instructions", quota.instructions_max);
  put("memory_bytes", quota.memory_bytes_max);
  put("pattern_steps", quota.pattern_steps_max);
  put("output_bytes", quota.output_bytes_max);
  put("log_bytes", quota.log_bytes_max);
  put("host_calls", quota.host_calls_max);
  put("cpu_us", std::chrono::duration_cast<std::chrono::microseconds>(quota.cpu_max).count());
  return out;
}

}  // namespace yoke
