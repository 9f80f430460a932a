#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/tool_names.h"
#include "runtime/base/secret.h"
#include "runtime/ports/model.h"

namespace yoke {

// What a reply is read against. What it refers to outlives the reading.
struct ReplyContext {
  const ToolNames& names;
  const Secret& key;
  std::string backend;            // "lab": for messages
  std::string model;              // as the vendor names it
  std::string origin;             // of its opaque parts
  std::int64_t input_tokens = 0;  // estimated, for an answer without usage
  std::int64_t output_tokens_max = 0;
  std::vector<std::string> stops = {};  // CallOptions::stop
};

// How a stream stopped short.
struct StreamCut {
  FailureClass failure_class = FailureClass::network;
  StreamFault fault = StreamFault::cut;
  std::string reason = {};
  bool retryable = true;
};

// How a raw model's tags part its reasoning from its text.
struct ThinkTags {
  bool expected = false;         // the text may carry <think>…</think>
  bool opening_omitted = false;  // … or only the closing tag
};

}  // namespace yoke
