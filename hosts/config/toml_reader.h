#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "runtime/base/result.h"

namespace yoke {

// Reads tables and remembers the first thing that was wrong, with its line. Paths are those of the
// tables: "backends.lab".
class TomlReader {
 public:
  explicit TomlReader(std::string file) : file_(std::move(file)) {}

  bool failed() const { return error_.has_value(); }
  Error error() const { return *error_; }
  void fail(const toml::node& node, const std::string& what);

  // Every key of the table must be one of `known`.
  void check_keys(const toml::table& table, const std::string& path,
                  const std::vector<std::string>& known);

  // What a key that is not there gives is empty.
  std::string text(const toml::table& table, const std::string& path, const char* key);
  std::vector<std::string> texts(const toml::table& table, const std::string& path,
                                 const char* key);
  const toml::table* table(const toml::table& parent, const std::string& path, const char* key);
  std::map<std::string, std::string> text_map(const toml::table& parent, const std::string& path,
                                              const char* key);
  // Above zero unless `zero` is allowed.
  std::optional<std::chrono::milliseconds> duration(const toml::table& table,
                                                    const std::string& path, const char* key,
                                                    bool zero = false);
  std::optional<std::int64_t> bytes(const toml::table& table, const std::string& path,
                                    const char* key);  // "64MiB"
  std::optional<std::int64_t> whole(const toml::table& table, const std::string& path,
                                    const char* key, std::int64_t least, std::int64_t most);

 private:
  std::string file_;
  std::optional<Error> error_;
};

inline constexpr double kDollarsMax = 1'000'000;
// An amount of dollars from 0 to `most`; none when it is no such number.
std::optional<double> dollars_of(const toml::node* node, double most);

int line_of(const toml::node& node);

}  // namespace yoke
