#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/reply_cache.h"
#include "models/routes/commit_buffer.h"
#include "runtime/ports/script_host.h"
#include "runtime/schema/schema.h"

namespace yoke {

// What becomes of an answer that fails after the caller has seen some of it.
enum class AfterCommit : std::uint8_t {
  restart,  // what was seen is voided, and the next target answers from the beginning
  error,    // the call fails
  go_on,    // "continue": a target that can writes on from where it broke off; else as restart
};

// A condition that an answer must meet, or a cascade goes on to its next target.
struct RouteCheck {
  enum class Kind : std::uint8_t {
    schema,   // a structured answer fits its schema
    tools,    // its calls name known tools, with arguments that fit
    text,     // its text does not hold `words`, whatever the case: the model's own mark of doubt
    pattern,  // nor does it match this regular expression (ECMA-262)
    field,    // the number at `words` in its JSON ("confidence", "a.b") is at least `least`
    lua,      // a script says so
  };
  Kind kind = Kind::schema;
  std::string words = {};
  double least = 0;
  std::shared_ptr<const Schema> regex = {};         // of a pattern; shared with its calls
  std::shared_ptr<const ScriptSource> script = {};  // shared with its calls
};

struct ReplyCacheSettings {
  CacheBounds bounds;
  bool sampled = false;  // replies to requests with a temperature above 0, too
  // How the targets are set up, as far as answers depend on it; make_router() writes it.
  std::string setup = {};
};

// One [routes.NAME].
struct RouteSettings {
  std::string strategy = "fallback";
  std::vector<std::string> targets;  // "backend/model", in order

  std::vector<double> weights = {};     // weighted: one a target
  std::vector<RouteCheck> checks = {};  // cascade
  // fastest: of calls that explore; hedged: of second requests; shadow: of calls that the others
  // answer too. None: the strategy's own.
  std::optional<double> share = {};

  CommitPoint commit = {};
  AfterCommit after = AfterCommit::restart;
  // How long a target that asks for patience is waited for while another could be asked.
  std::chrono::milliseconds wait{2'000};
  // How long a request may queue at a target while another could be asked; none: as long as need
  // be.
  std::optional<std::chrono::milliseconds> spill_after = {};
  int structured_attempts = 3;  // answers that are asked for until one fits its schema
  std::optional<ReplyCacheSettings> cache = {};
};

}  // namespace yoke
