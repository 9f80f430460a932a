#include "tools/script_quotas.h"

#include <array>
#include <vector>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::int64_t kKilo = 1 << 10;
constexpr std::int64_t kMega = 1 << 20;

struct Setting {
  std::string_view key;
  std::int64_t least;
  std::int64_t most;
  void (*set)(ScriptQuotas& quotas, std::int64_t value);
};

constexpr std::array kSettings{
    Setting{"instructions", 10'000, 10'000'000'000,
            [](ScriptQuotas& quotas, std::int64_t value) { quotas.call.instructions_max = value; }},
    Setting{"memory_mb", 1, 256,
            [](ScriptQuotas& quotas, std::int64_t value) {
              quotas.call.memory_bytes_max = value * kMega;
            }},
    Setting{"cpu_ms", 10, 60'000,
            [](ScriptQuotas& quotas, std::int64_t value) {
              quotas.call.cpu_max = std::chrono::milliseconds(value);
            }},
    Setting{
        "pattern_steps", 10'000, 1'000'000'000,
        [](ScriptQuotas& quotas, std::int64_t value) { quotas.call.pattern_steps_max = value; }},
    Setting{"string_kb", 16, 4'096,
            [](ScriptQuotas& quotas, std::int64_t value) {
              quotas.call.string_bytes_max = value * kKilo;
            }},
    Setting{"output_kb", 1, 1'024,
            [](ScriptQuotas& quotas, std::int64_t value) {
              quotas.call.output_bytes_max = value * kKilo;
            }},
    Setting{"log_kb", 1, 1'024,
            [](ScriptQuotas& quotas, std::int64_t value) {
              quotas.call.log_bytes_max = value * kKilo;
            }},
    Setting{"host_calls", 1, 10'000,
            [](ScriptQuotas& quotas, std::int64_t value) { quotas.call.host_calls_max = value; }},
    Setting{"run.instructions", 10'000, 1'000'000'000'000,
            [](ScriptQuotas& quotas, std::int64_t value) { quotas.run_instructions_max = value; }},
    Setting{"run.host_calls", 1, 1'000'000,
            [](ScriptQuotas& quotas, std::int64_t value) { quotas.run_host_calls_max = value; }},
};

}  // namespace

Result<void> set_quota(ScriptQuotas& quotas, const std::string& key, std::int64_t value) {
  std::vector<std::string> known;
  for (const Setting& setting : kSettings) {
    known.emplace_back(setting.key);
    if (setting.key != key) continue;
    if (value < setting.least || value > setting.most) {
      return Error{Errc::invalid, "sandbox." + key + " is " + std::to_string(value) +
                                      "; it must be from " + std::to_string(setting.least) +
                                      " to " + std::to_string(setting.most)};
    }
    setting.set(quotas, value);
    return {};
  }
  return Error{Errc::invalid,
               "there is no setting 'sandbox." + key + "'" + did_you_mean(key, known)};
}

Result<sandbox::Quota> quota_of(const std::string& profile, const ScriptQuotas& quotas) {
  sandbox::Quota quota = quotas.call;
  if (profile == "tool") return quota;
  quota = {};
  if (profile == "model") {
    quota.instructions_max = 20'000'000;
    quota.memory_bytes_max = 64 << 20;
    quota.cpu_max = std::chrono::seconds(2);
    return quota;
  }
  if (profile == "test") {  // calls many tools, each with quotas of its own
    quota.instructions_max = 200'000'000;
    quota.memory_bytes_max = 128 << 20;
    quota.cpu_max = std::chrono::seconds(20);
    quota.host_calls_max = 10'000;
    return quota;
  }
  if (profile == "workflow") {  // lives long: it is bounded from one answer to the next
    quota.memory_bytes_max = 64 << 20;
    quota.cpu_max = std::chrono::minutes(30);
    quota.stretch_instructions_max = 50'000'000;
    quota.stretch_cpu_max = std::chrono::seconds(2);
    quota.pattern_steps_max = 100'000'000;
    quota.output_bytes_max = 1 << 20;
    quota.log_bytes_max = 1 << 20;
    quota.host_calls_max = 30'000;
    quota.coroutines_max = 11'000;
    return quota;
  }
  if (profile == "define") {
    quota.instructions_max = 1'000'000;
    quota.memory_bytes_max = 16 << 20;
    quota.cpu_max = std::chrono::milliseconds(250);
    quota.pattern_steps_max = 500'000;
    quota.log_bytes_max = 4 << 10;
    quota.host_calls_max = 0;
    return quota;
  }
  return Error{Errc::invalid, "there is no profile of quotas '" + printable(profile) + "'"};
}

}  // namespace yoke
