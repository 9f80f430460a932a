#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/journal/event.h"

// Runs as OpenTelemetry's spans, by the names of its conventions for generative AI. Pure: the same
// journal always gives the same spans, ids included, so that what is sent twice is known again.
namespace yoke {

using Attributes = std::vector<std::pair<std::string, Json>>;  // texts, numbers, booleans, lists

struct SpanEvent {
  Micros at = 0;
  std::string name;
  Attributes attributes = {};
};

struct Span {
  enum class Kind : std::uint8_t { internal = 1, server = 2, client = 3 };
  enum class Status : std::uint8_t { unset = 0, ok = 1, error = 2 };

  std::string trace_id;
  std::string span_id;
  std::string parent_id = {};  // empty: none
  std::string name;
  Kind kind = Kind::internal;
  Micros begun = 0;
  Micros ended = 0;
  Attributes attributes = {};
  std::vector<SpanEvent> events = {};
  Status status = Status::unset;
  std::string message = {};  // of an error
};

struct SpanOptions {
  bool newest_names = false;  // the conventions' newer set, which is still moving
  bool content = false;       // texts of conversations, arguments and results, too
  // Who serves a target "backend/model", in the conventions' words: "anthropic", "openai" …
  std::function<std::string(const std::string& target)> provider = {};
};

// The spans of a run that has ended, the run's own first; none of a journal without its start.
std::vector<Span> spans_of(const std::vector<Event>& events, const SpanOptions& options);

}  // namespace yoke
