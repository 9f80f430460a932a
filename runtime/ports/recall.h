#pragma once

#include <string>

#include "runtime/base/json.h"
#include "runtime/base/label.h"
#include "runtime/loop/asio.h"

namespace yoke {

// Of whose run it is, what is to be looked for.
struct RecallAsked {
  std::string tenant;
  std::string session;  // empty: none
  std::string user;     // who started it; empty: not known
  std::string agent;
  std::string text;  // what the run is asked
};

// {"key","text","scope","saved":"2026-11-21","agent","run","trusted","label"}, the nearest first;
// or, where nothing could be looked for, one {"problem"}.
struct RecallFound {
  Json entries = Json::array();
  Label label = kTrustedPublic;  // of all of them together
};

// What is remembered that may matter to a run, looked for once, before it begins.
//
// Errors: none: what cannot be had is left out, and the entry says why.
class Recall {
 public:
  virtual ~Recall() = default;
  virtual awaitable<RecallFound> recall(RecallAsked asked) = 0;
};

}  // namespace yoke
