#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/time.h"
#include "runtime/ports/script_host.h"
#include "runtime/ports/tool_spec.h"

namespace yoke {

// What a person agreed to, as yoke.lock keeps it.
struct Grant {
  ScriptOrigin origin = ScriptOrigin::own;
  std::string source_hash;
  Json permissions = Json::object();
  Micros granted_at = 0;
};

struct GrantDecision {
  bool granted = false;
  std::string why;                       // when not: one line that ends in the mend
  std::string reason = {};               // when not: "was never granted", a part of `why`
  std::vector<std::string> powers = {};  // when not: what it would be allowed that it is not yet
  Micros granted_at = 0;                 // when it last was granted something; 0: never
  bool file_changed = false;             // since then
};

// yoke.lock: which tool scripts may touch what.
//   own:      one that only computes or reads the project's files needs no grant; any other is
//   asked
//             about when its permissions grow beyond what was granted, and not when its code
//             changes.
//   stranger: asked about once, and again whenever the file or its permissions change.
//
// Threads: loop thread only; small blocking file access in open() and grant().
class Grants {
 public:
  // A missing file is an empty one. Errors: invalid, `place` is the file; unavailable.
  static Result<Grants> open(const std::string& path);

  GrantDecision decide(const ToolSpec& spec, ScriptOrigin origin) const;

  // Reads the file again, sets the entry, and replaces the file as a whole.
  Result<void> grant(const ToolSpec& spec, ScriptOrigin origin, Micros now);

  const std::map<std::string, Grant>& entries() const { return entries_; }

  // The hash that something else from elsewhere had when a person took it, by kind ("plugins") and
  // name; empty: it was never pinned.
  std::string pin_of(std::string_view kind, std::string_view name) const;
  // Whether a person took what has this hash, whatever its name was.
  bool has_pin(std::string_view kind, std::string_view hash) const;
  // As grant() does. An empty hash takes the pin away.
  Result<void> pin(const std::string& kind, const std::string& name, const std::string& hash,
                   Micros now);

 private:
  explicit Grants(std::string path) : path_(std::move(path)) {}
  Result<void> load();
  Result<void> save() const;

  std::string path_;
  std::map<std::string, Grant> entries_;
  Json pins_ = Json::object();  // {KIND: {NAME: {"hash", "pinned_at"}}}
};

// What the tool may do, one line a power, for people; "compute, and nothing else" for none.
Result<std::vector<std::string>> describe_permissions(const Json& permissions);

}  // namespace yoke
