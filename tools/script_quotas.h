#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "sandbox/quota.h"

namespace yoke {

// What scripts may use: a call of a tool, and all the calls of a run together.
struct ScriptQuotas {
  sandbox::Quota call;
  std::int64_t run_instructions_max = 2'000'000'000;
  std::int64_t run_host_calls_max = 5'000;
};

// Sets what yoke.toml's [sandbox] calls `key`: "memory_mb", "run.host_calls". Errors: invalid,
// naming the nearest known key, or the least and the most that the value may be: no setting makes a
// quota no bound.
Result<void> set_quota(ScriptQuotas& quotas, const std::string& key, std::int64_t value);

// The bounds of a call, by profile: "define", "tool", "model", "test", "workflow".
Result<sandbox::Quota> quota_of(const std::string& profile, const ScriptQuotas& quotas = {});

}  // namespace yoke
