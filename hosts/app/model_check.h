#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/journal/event.h"
#include "runtime/ports/model.h"

namespace yoke {

// What a round trip to a model tries. Pure: what to ask, and what its run's journal says of it.
enum class ProbeKind : unsigned char { plain, streamed, tool_call, structured, reasoning };
inline constexpr std::array kProbeKinds{ProbeKind::plain, ProbeKind::streamed, ProbeKind::tool_call,
                                        ProbeKind::structured, ProbeKind::reasoning};
std::string_view name_of(ProbeKind kind);

// Small, and with few tokens to answer in: what it may cost is bounded.
inline constexpr std::int64_t kCheckTokensMax = 1'024;
ModelRequest check_request(ProbeKind kind, const std::string& target);

struct ProbeResult {
  enum class State : unsigned char {
    works,
    does_not,  // it answered, and not so
    failed,    // it did not answer
    not_asked,
    stopped,  // its run was cancelled before it answered
  };
  ProbeKind kind = ProbeKind::plain;
  State state = State::not_asked;
  std::string note = {};    // "12 pieces", why not
  std::string run_id = {};  // empty: none
  Usage usage = {};
  NanoUsd cost = 0;
  bool priced = true;
  std::optional<double> total_ms = {};
};
std::string_view name_of(ProbeResult::State state);

// `first_piece_ms`: until the first piece that streamed; none: nothing did.
ProbeResult check_result(ProbeKind kind, const std::vector<Event>& events,
                         std::optional<double> first_piece_ms);

}  // namespace yoke
