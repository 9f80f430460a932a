#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke {

// Decompresses gzip or deflate (zlib or raw) piece by piece. Pure.
// Limits: memory is that of zlib's window; the sink bounds the output by refusing more.
class Inflater {
 public:
  enum class Format : std::uint8_t { gzip, deflate };
  using Sink = std::function<bool(std::string_view bytes)>;

  explicit Inflater(Format format);
  ~Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;

  // Feeds compressed bytes; what they hold goes to `sink` in pieces of at most 16 KiB.
  // invalid: not such data. exhausted: the sink refused.
  Result<void> feed(std::string_view bytes, const Sink& sink);
  // True at the end of a whole stream (of each member, for gzip), or before any byte.
  bool at_end() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace yoke
