#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "hosts/config/toml_reader.h"
#include "runtime/store/run_status.h"

namespace yoke {

// [record]: how the record is sealed.
struct RecordConfig {
  std::chrono::milliseconds seal_every = std::chrono::hours(1);  // 0: only by command
  std::string key = {};  // of what signs roots: a reference; empty: nobody does
  std::vector<std::string> public_keys = {};  // "ed25519:…", besides that of `key`
  int line = 0;
};

// [retention]: after how long what was said in runs is erased, by how they ended. A status that is
// not there is kept for ever.
using RetentionConfig = std::map<RunStatus, std::chrono::milliseconds>;

// What is wrong is left with the reader.
RecordConfig read_record_config(TomlReader& reader, const toml::table& root);
RetentionConfig read_retention_config(TomlReader& reader, const toml::table& root);

// From the file that `config` was read from. Errors: invalid, with file:line.
Result<RecordConfig> record_config_of(const Config& config);
Result<RetentionConfig> retention_config_of(const Config& config);

}  // namespace yoke
