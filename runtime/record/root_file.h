#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/store/roots.h"

// A root outside of its store: a small JSON file. Pure.
namespace yoke {

// What a file holds: the root and, where they were asked for, the newest heads of all runs it
// covers, so that a run that was rewritten can be named.
struct RootFile {
  AuditRoot root;
  std::vector<RunHead> heads = {};  // in the order of run ids
};

std::string root_file_text(const RootFile& file);

// Errors: invalid (no such file's text, or its root does not match its own hash or signature: it
// was changed), unsupported (a later version).
Result<RootFile> root_from_file(std::string_view text);

// Parts of it, for other files. Errors: invalid.
Json to_json(const AuditRoot& root);
Result<AuditRoot> audit_root_from(const Json& value);
Json heads_json(const std::vector<RunHead>& heads);
Result<std::vector<RunHead>> heads_from(const Json& value);

}  // namespace yoke
