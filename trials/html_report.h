#pragma once

#include <string>

#include "trials/comparison.h"

namespace yoke {

// The comparison as one HTML page that needs nothing else: no script, no address that is fetched.
// All that models, prompts and checks say is escaped, and the page forbids itself everything but
// its own style.
//
// `made`: when, as shown to people.
std::string html_report(const Trial& trial, const Comparison& comparison, const std::string& made);

// Text as HTML that shows it and nothing else.
std::string escaped(std::string_view text);

}  // namespace yoke
