#pragma once

// A broken invariant is a bug: print where and abort, in release too. The journal recovers the
// work.
namespace yoke {
[[noreturn]] void ensure_failed(const char* condition, const char* file, int line);
}

#define ENSURE(condition) \
  ((condition) ? static_cast<void>(0) : ::yoke::ensure_failed(#condition, __FILE__, __LINE__))
