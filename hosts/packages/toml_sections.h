#pragma once

#include <string>

#include "runtime/base/result.h"

// Sections of a yoke.toml added and taken out as text, so that what a person wrote around them
// stays as it is, comments too.
namespace yoke {

// The text with `body` (lines of KEY = VALUE) as the section [path] at its end. Errors: conflict:
// it has one already; invalid: the text is no TOML, or would not be.
Result<std::string> with_toml_section(const std::string& text, const std::string& path,
                                      const std::string& body);

// The text without the section [path] and those below it. Errors: not_found; unsupported: it is
// written in another way ({ … }, or with dots), which a person takes out.
Result<std::string> without_toml_section(const std::string& text, const std::string& path);

// A text as TOML writes it, in quotes.
std::string toml_quoted(const std::string& text);

}  // namespace yoke
