#pragma once

#include <string>

#include "hosts/config/config.h"
#include "hosts/config/read_file.h"
#include "hosts/config/toml_reader.h"

namespace yoke {

// What `read` makes of the file that `config` was read from, for sections that the configuration
// itself does not keep; T{} where there is no file. Errors: invalid, with file:line.
template <typename T>
Result<T> section_of(const Config& config, T (*read)(TomlReader&, const toml::table&)) {
  if (config.file.empty()) return T{};
  const Result<std::string> text = read_file(config.file);
  if (!text) return text.error();
  const toml::parse_result parsed = toml::parse(*text, config.file);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Error{Errc::invalid, std::string(error.description()),
                 config.file + ":" + std::to_string(error.source().begin.line)};
  }
  TomlReader reader(config.file);
  T section = read(reader, parsed.table());
  if (reader.failed()) return reader.error();
  return section;
}

}  // namespace yoke
