#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"

namespace yoke {

// One thing that a manifest says, and what becomes of it here.
struct AgentFinding {
  enum class Verdict : std::uint8_t {
    honoured,
    differently,   // to the same end by another way; the text says which
    not_honoured,  // it has no effect here
    error,         // it cannot be used as it stands
  };
  Verdict verdict = Verdict::honoured;
  std::string pointer;     // JSON pointer; empty: the whole document
  std::string text;        // one line
  bool forbidden = false;  // the format's schema does not allow it: a strict check fails
};
using AgentFindings = std::vector<AgentFinding>;

// One member that a kind of object of a manifest may have, as the format's schema has it.
struct ShapeMember {
  std::string_view object;  // the kind that it is a member of
  std::string_view name;
  // "text", "flag", "number", "any", "url" (http), "https", "path" (in the package), "guid",
  // "color", "texts", "object:KIND", "list:KIND", "list" (of whatever)
  std::string_view kind;
  int least = 0;  // characters of a text, items of a list
  int most = 0;   // 0: any number
  bool required = false;
  int since = 0;                 // the minor version that first had it
  std::string_view values = {};  // "a|b": one of these; of texts each one
};
using Shape = std::span<const ShapeMember>;

// Puts down what the schema of minor version `minor` does not allow: members that are missing,
// unknown, of another type, too long, or newer. Texts that still hold a ${{PLACEHOLDER}} are not
// held against a pattern.
void check_shape(Shape shape, std::string_view kind, const Json& value, const std::string& pointer,
                 int minor, AgentFindings& findings);

// "pointer/name", the name escaped.
std::string pointer_to(const std::string& pointer, std::string_view name);

// The minor of "v1.8" or "1.8" with this major; -1: it is no such version.
int minor_version(std::string_view text, int major);

}  // namespace yoke
